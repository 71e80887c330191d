package datalake.trino;

import static com.google.inject.matcher.Matchers.any;
import static com.google.inject.matcher.Matchers.subclassesOf;
import static com.google.inject.multibindings.OptionalBinder.newOptionalBinder;

import com.google.inject.Binder;
import com.google.inject.Inject;
import com.google.inject.Module;
import io.trino.Session;
import io.trino.metadata.CatalogManager;
import io.trino.metadata.InternalNodeManager;
import io.trino.server.PluginClassLoader;
import io.trino.server.PluginManager.PluginsProvider;
import io.trino.server.SessionSupplier;
import java.time.Instant;
import java.util.List;
import org.aopalliance.intercept.MethodInvocation;

/** What the lake changes in Trino's server. */
final class LakeModule implements Module {
  private final Parent parent;
  private InternalNodeManager nodes;
  private CatalogManager catalogs;

  LakeModule(Parent parent) {
    this.parent = parent;
  }

  @Override
  public void configure(Binder binder) {
    LakePlugin.parent = parent;
    newOptionalBinder(binder, PluginsProvider.class)
        .setBinding()
        .toInstance(LakeModule::loadPlugins);
    binder.bindInterceptor(subclassesOf(SessionSupplier.class), any(), LakeModule::atQueryTime);
    binder.requestInjection(this);
  }

  @Inject
  void inject(InternalNodeManager nodes, CatalogManager catalogs) {
    this.nodes = nodes;
    this.catalogs = catalogs;
  }

  /**
   * The plugin is loaded from the server's own class path: the class-data archive covers no other
   * loader.
   */
  private static void loadPlugins(
      PluginsProvider.Loader loader, PluginsProvider.ClassLoaderFactory classLoaders) {
    loader.load(
        "lake",
        () ->
            new PluginClassLoader(
                "lake", List.of(), LakeModule.class.getClassLoader(), List.of("")));
  }

  /** Gives a session the time at which its query runs, now(), in the local run's virtual time. */
  private static Object atQueryTime(MethodInvocation invocation) throws Throwable {
    Object made = invocation.proceed();
    if (!(made instanceof Session session)) {
      return made;
    }
    String time =
        session.getCatalogProperties(LakePlugin.CATALOG).get(LakeSessionProperties.QUERY_TIME);
    return time == null ? session : Session.builder(session).setStart(Instant.parse(time)).build();
  }

  /**
   * Waits until this node is known to take queries: a server that has started answers
   * NO_NODES_AVAILABLE before.
   */
  void awaitNode() throws InterruptedException {
    for (; ; Thread.sleep(20)) {
      nodes.refreshNodes();
      boolean known =
          catalogs.getCatalogNames().stream()
              .map(catalogs::getCatalog)
              .allMatch(
                  catalog ->
                      !nodes
                          .getActiveCatalogNodes(catalog.orElseThrow().getCatalogHandle())
                          .isEmpty());
      if (known) {
        return;
      }
    }
  }
}

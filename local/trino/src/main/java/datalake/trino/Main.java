package datalake.trino;

import static com.google.inject.matcher.Matchers.any;
import static com.google.inject.matcher.Matchers.subclassesOf;
import static com.google.inject.multibindings.OptionalBinder.newOptionalBinder;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.inject.Binder;
import com.google.inject.Module;
import com.google.inject.Provider;
import io.trino.Session;
import io.trino.metadata.InternalNodeManager;
import io.trino.server.PluginInstaller;
import io.trino.server.PluginManager.PluginsProvider;
import io.trino.server.Server;
import io.trino.server.SessionSupplier;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.aopalliance.intercept.MethodInvocation;

/**
 * Runs Trino as the child of the local run: a coordinator that is its own only worker, on a port
 * that the parent chose, with one catalog, which is the parent's. It ends when the parent does,
 * killed or not.
 */
public final class Main extends Server {
  private final Parent parent;
  private Provider<InternalNodeManager> nodes;

  private Main(Parent parent) {
    this.parent = parent;
  }

  /** Takes the version of Trino as its argument. */
  public static void main(String[] arguments) {
    Parent parent = Parent.onStandardStreams();
    System.setOut(System.err);
    Main server = new Main(parent);
    server.start(arguments[0]);
    server.nodes.get().refreshNodes(); // or else this node takes queries some seconds later
    parent.call("started", Map.of());
  }

  @Override
  protected Iterable<? extends Module> getAdditionalModules() {
    return List.of(this::configure);
  }

  private void configure(Binder binder) {
    nodes = binder.getProvider(InternalNodeManager.class);
    // From the server's own class path: the archive of classes covers no other loader.
    Provider<PluginInstaller> installer = binder.getProvider(PluginInstaller.class);
    newOptionalBinder(binder, PluginsProvider.class)
        .setBinding()
        .toInstance((loader, loaders) -> installer.get().installPlugin(new LakePlugin(parent)));
    binder.bindInterceptor(subclassesOf(SessionSupplier.class), any(), this::atQueryTime);
  }

  /** Gives a session the time at which its query runs, now(), in the local run's virtual time. */
  private Object atQueryTime(MethodInvocation invocation) throws Throwable {
    Object made = invocation.proceed();
    if (!(made instanceof Session session) || session.getTraceToken().isEmpty()) {
      return made;
    }
    JsonNode time = parent.call("time", Map.of("query", session.getTraceToken().get()));
    return time.isNull()
        ? session
        : Session.builder(session).setStart(Instant.parse(time.asText())).build();
  }
}

package datalake.trino;

import static com.google.inject.multibindings.Multibinder.newSetBinder;

import io.trino.plugin.hive.InternalHiveConnectorFactory;
import io.trino.plugin.hive.metastore.HiveMetastore;
import io.trino.plugin.hive.metastore.Table;
import io.trino.spi.Plugin;
import io.trino.spi.connector.Connector;
import io.trino.spi.connector.ConnectorContext;
import io.trino.spi.connector.ConnectorFactory;
import io.trino.spi.eventlistener.EventListener;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Makes the connector "lake": Trino's Hive connector over the parent's catalog and objects. */
record LakePlugin(Parent parent) implements Plugin, ConnectorFactory {
  @Override
  public Iterable<ConnectorFactory> getConnectorFactories() {
    return List.of(this);
  }

  @Override
  public String getName() {
    return "lake";
  }

  @Override
  public Connector create(String catalog, Map<String, String> config, ConnectorContext context) {
    LakeQueries queries = new LakeQueries(parent);
    Object metastore =
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {HiveMetastore.class},
            (proxy, method, arguments) -> ask(method, arguments));
    return InternalHiveConnectorFactory.createConnector(
        catalog,
        config,
        context,
        binder -> newSetBinder(binder, EventListener.class).addBinding().toInstance(queries),
        Optional.of((HiveMetastore) metastore),
        Optional.of(queries),
        Optional.of(queries));
  }

  /**
   * Lets the parent answer a method of the metastore, or refuse it: there are some sixty, most of
   * them for writing. What can be asked about has a name: databases, tables and partitions.
   */
  private Object ask(Method method, Object[] arguments) {
    List<?> about =
        Stream.of(arguments == null ? new Object[0] : arguments)
            .flatMap(
                argument ->
                    argument instanceof Table table
                        ? Stream.of(table.getDatabaseName(), table.getTableName())
                        : argument instanceof List<?> names ? names.stream() : Stream.of(argument))
            .filter(String.class::isInstance)
            .toList();
    return parent.call(method.getName(), Map.of("about", about), method.getGenericReturnType());
  }
}

package datalake.trino;

import static com.google.inject.multibindings.Multibinder.newSetBinder;

import io.trino.filesystem.TrinoFileSystem;
import io.trino.filesystem.TrinoFileSystemFactory;
import io.trino.plugin.hive.InternalHiveConnectorFactory;
import io.trino.spi.Plugin;
import io.trino.spi.connector.Connector;
import io.trino.spi.connector.ConnectorContext;
import io.trino.spi.connector.ConnectorFactory;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.eventlistener.EventListener;
import io.trino.spi.security.ConnectorIdentity;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Makes the connector "lake": Trino's Hive connector over the parent's catalog and objects. */
public final class LakePlugin implements Plugin {
  /** The one catalog, called as Athena calls the Glue Data Catalog. */
  static final String CATALOG = "awsdatacatalog";

  static Parent parent;

  @Override
  public Iterable<ConnectorFactory> getConnectorFactories() {
    return List.of(new LakeConnectorFactory());
  }

  private static final class LakeConnectorFactory implements ConnectorFactory {
    @Override
    public String getName() {
      return "lake";
    }

    @Override
    public Connector create(String catalog, Map<String, String> config, ConnectorContext context) {
      Reads reads = new Reads();
      return InternalHiveConnectorFactory.createConnector(
          catalog,
          config,
          context,
          binder -> {
            newSetBinder(binder, EventListener.class)
                .addBinding()
                .toInstance(new QueryListener(parent, reads));
            InternalHiveConnectorFactory.bindSessionPropertiesProvider(
                binder, LakeSessionProperties.class);
          },
          Optional.of(LakeMetastore.over(parent)),
          Optional.of(new FileSystems(reads)),
          Optional.of(new LakeDirectoryLister(parent)));
    }
  }

  /** Gives each query its file system. */
  private record FileSystems(Reads reads) implements TrinoFileSystemFactory {
    @Override
    public TrinoFileSystem create(ConnectorSession session) {
      boolean joins = session.getProperty(LakeSessionProperties.JOIN_OBJECTS, Boolean.class);
      return new LakeFileSystem(reads.of(session.getQueryId()), joins);
    }

    @Override
    public TrinoFileSystem create(ConnectorIdentity identity) {
      return new LakeFileSystem(new Reads.Query(), false);
    }
  }
}

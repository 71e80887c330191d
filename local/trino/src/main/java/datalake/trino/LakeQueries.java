package datalake.trino;

import io.trino.filesystem.Location;
import io.trino.filesystem.TrinoFileSystem;
import io.trino.filesystem.TrinoFileSystemFactory;
import io.trino.plugin.hive.fs.DirectoryLister;
import io.trino.plugin.hive.fs.RemoteIterator;
import io.trino.plugin.hive.fs.TrinoFileStatus;
import io.trino.plugin.hive.metastore.Partition;
import io.trino.plugin.hive.metastore.Table;
import io.trino.spi.connector.ConnectorSession;
import io.trino.spi.eventlistener.EventListener;
import io.trino.spi.eventlistener.QueryCompletedEvent;
import io.trino.spi.security.ConnectorIdentity;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Gives each query the objects that it reads, and tells the parent once the query has ended. */
final class LakeQueries implements TrinoFileSystemFactory, DirectoryLister, EventListener {
  private final Parent parent;
  private final Map<String, LakeFileSystem> underWay = new ConcurrentHashMap<>();

  LakeQueries(Parent parent) {
    this.parent = parent;
  }

  @Override
  public TrinoFileSystem create(ConnectorSession session) {
    return underWay.computeIfAbsent(
        session.getQueryId(), id -> new LakeFileSystem(parent, session.getTraceToken().orElse("")));
  }

  @Override
  public TrinoFileSystem create(ConnectorIdentity identity) {
    return new LakeFileSystem(parent, "");
  }

  @Override
  public RemoteIterator<TrinoFileStatus> listFilesRecursively(
      TrinoFileSystem files, Table table, Location location) {
    Iterator<TrinoFileStatus> listed = ((LakeFileSystem) files).list(table, location);
    return new RemoteIterator<>() {
      @Override
      public boolean hasNext() {
        return listed.hasNext();
      }

      @Override
      public TrinoFileStatus next() {
        return listed.next();
      }
    };
  }

  @Override
  public void invalidate(Table table) {}

  @Override
  public void invalidate(Partition partition) {}

  @Override
  public void queryCompleted(QueryCompletedEvent event) {
    LakeFileSystem files = underWay.remove(event.getMetadata().getQueryId());
    parent.call(
        "completed",
        Map.of(
            "query", event.getContext().getTraceToken().orElse(""),
            "bytes", files == null ? 0 : files.bytes(),
            "inputs", event.getIoMetadata().getInputs(),
            "tables", event.getMetadata().getTables()));
  }
}

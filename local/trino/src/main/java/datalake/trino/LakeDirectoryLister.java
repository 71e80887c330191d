package datalake.trino;

import com.fasterxml.jackson.databind.JsonNode;
import io.trino.filesystem.FileEntry;
import io.trino.filesystem.Location;
import io.trino.filesystem.TrinoFileSystem;
import io.trino.plugin.hive.fs.DirectoryLister;
import io.trino.plugin.hive.fs.RemoteIterator;
import io.trino.plugin.hive.fs.TrinoFileStatus;
import io.trino.plugin.hive.metastore.Partition;
import io.trino.plugin.hive.metastore.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Lists the objects below a location as files to read, small JSON objects together where nobody can
 * tell.
 */
final class LakeDirectoryLister implements DirectoryLister {
  /** Trino takes a smaller file into memory whole, in one split. */
  private static final long WHOLE_FILE = 8 << 20;

  private static final Set<String> JSON =
      Set.of("org.openx.data.jsonserde.JsonSerDe", "org.apache.hive.hcatalog.data.JsonSerDe");

  private final Parent parent;

  LakeDirectoryLister(Parent parent) {
    this.parent = parent;
  }

  @Override
  public RemoteIterator<TrinoFileStatus> listFilesRecursively(
      TrinoFileSystem files, Table table, Location location) {
    LakeFileSystem lake = (LakeFileSystem) files;
    lake.query().read(table);
    boolean join = lake.joins() && JSON.contains(table.getStorage().getStorageFormat().getSerde());
    List<TrinoFileStatus> listed = new ArrayList<>();
    List<StoredObject> group = new ArrayList<>();
    long size = 0;
    for (JsonNode entry : parent.call("objects", Map.of("location", location.toString()))) {
      StoredObject object = StoredObject.of(entry);
      boolean fits =
          join
              && !group.isEmpty()
              && group.get(0).isText()
              && object.isText()
              && size + object.size() < WHOLE_FILE;
      if (!fits && !group.isEmpty()) {
        listed.add(file(lake, group, size));
        group = new ArrayList<>();
        size = 0;
      }
      group.add(object);
      size += object.size() + 1; // an end of the last line, if it has none
    }
    if (!group.isEmpty()) {
      listed.add(file(lake, group, size));
    }
    return iterator(listed.iterator());
  }

  private static TrinoFileStatus file(
      LakeFileSystem lake, List<StoredObject> objects, long joinedSize) {
    lake.query().list(objects);
    StoredObject first = objects.get(0);
    return new TrinoFileStatus(
        new FileEntry(
            Location.of(first.location()),
            objects.size() == 1 ? first.size() : joinedSize,
            Instant.ofEpochMilli(first.modified()),
            Optional.empty()));
  }

  private static RemoteIterator<TrinoFileStatus> iterator(Iterator<TrinoFileStatus> files) {
    return new RemoteIterator<>() {
      @Override
      public boolean hasNext() {
        return files.hasNext();
      }

      @Override
      public TrinoFileStatus next() {
        return files.next();
      }
    };
  }

  @Override
  public void invalidate(Table table) {}

  @Override
  public void invalidate(Partition partition) {}
}

package datalake.trino;

import io.airlift.slice.DynamicSliceOutput;
import io.airlift.slice.Slice;
import io.trino.filesystem.FileEntry;
import io.trino.filesystem.Location;
import io.trino.filesystem.TrinoInput;
import io.trino.filesystem.TrinoInputFile;
import io.trino.filesystem.TrinoInputStream;
import io.trino.filesystem.local.LocalInputFile;
import io.trino.filesystem.memory.MemoryFileSystem;
import io.trino.filesystem.memory.MemoryInputFile;
import io.trino.plugin.hive.fs.TrinoFileStatus;
import io.trino.plugin.hive.metastore.Table;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * The objects that one query has listed, to be read by their s3:// locations. What a query might
 * write stays in memory: the catalog refuses it.
 */
final class LakeFileSystem extends MemoryFileSystem {
  private final Parent parent;
  private final String query;
  private final Map<String, List<String>> files = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();

  /** Makes one for the query that the parent knows by an id. */
  LakeFileSystem(Parent parent, String query) {
    this.parent = parent;
    this.query = query;
  }

  /** The bytes that were read and are billed. */
  long bytes() {
    return bytes.get();
  }

  /** What is to be read as a file: an object, or several under the location of the first. */
  public record LakeFile(String location, List<String> objects, long size, long modified) {
    TrinoFileStatus status() {
      return new TrinoFileStatus(
          new FileEntry(
              Location.of(location), size, Instant.ofEpochMilli(modified), Optional.empty()));
    }
  }

  /** Lists a table's files at a location. */
  Iterator<TrinoFileStatus> list(Table table, Location location) {
    Map<String, ?> asked =
        Map.of(
            "query", query,
            "about", List.of(table.getDatabaseName(), table.getTableName()),
            "location", location.toString());
    LakeFile[] listed = (LakeFile[]) parent.call("files", asked, LakeFile[].class);
    for (LakeFile file : listed) {
      files.put(file.location(), file.objects());
    }
    return Stream.of(listed).map(LakeFile::status).iterator();
  }

  /** As in S3, there are no folders: one without objects is empty, not missing. */
  @Override
  public Optional<Boolean> directoryExists(Location location) {
    return Optional.empty();
  }

  @Override
  public TrinoInputFile newInputFile(Location location, long length) {
    return newInputFile(location);
  }

  @Override
  public TrinoInputFile newInputFile(Location location) {
    List<String> objects = files.get(location.toString());
    try {
      if (objects == null) {
        throw new FileNotFoundException(location + " is not an object of the query's tables");
      }
      return objects.size() > 1
          ? new MemoryInputFile(location, joined(objects))
          : new CountedFile(location, Path.of(objects.get(0)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Puts an end to the last line of each object, which one by itself needs not have. */
  private Slice joined(List<String> objects) throws IOException {
    DynamicSliceOutput lines = new DynamicSliceOutput(0);
    for (String object : objects) {
      byte[] body = Files.readAllBytes(Path.of(object));
      lines.writeBytes(body);
      bytes.addAndGet(body.length);
      if (body.length > 0 && body[body.length - 1] != '\n') {
        lines.writeByte('\n');
      }
    }
    return lines.slice();
  }

  /** An object of which is counted what is read. */
  private final class CountedFile extends LocalInputFile {
    CountedFile(Location location, Path object) {
      super(location, object);
    }

    @Override
    public TrinoInput newInput() throws IOException {
      TrinoInput input = super.newInput();
      return new TrinoInput() {
        @Override
        public void readFully(long position, byte[] into, int offset, int length)
            throws IOException {
          input.readFully(position, into, offset, length);
          bytes.addAndGet(length);
        }

        /** Not counted: a file's end is the format's own, and no column's data. */
        @Override
        public int readTail(byte[] into, int offset, int length) throws IOException {
          return input.readTail(into, offset, length);
        }

        @Override
        public void close() throws IOException {
          input.close();
        }
      };
    }

    @Override
    public TrinoInputStream newStream() throws IOException {
      TrinoInputStream stream = super.newStream();
      return new TrinoInputStream() {
        @Override
        public int read() throws IOException {
          byte[] one = new byte[1];
          return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
          int read = stream.read(into, offset, length);
          bytes.addAndGet(Math.max(read, 0));
          return read;
        }

        @Override
        public long getPosition() throws IOException {
          return stream.getPosition();
        }

        @Override
        public void seek(long position) throws IOException {
          stream.seek(position);
        }

        @Override
        public void close() throws IOException {
          stream.close();
        }
      };
    }
  }
}

package datalake.trino;

import io.airlift.slice.DynamicSliceOutput;
import io.airlift.slice.Slice;
import io.trino.filesystem.Location;
import io.trino.filesystem.TrinoInput;
import io.trino.filesystem.TrinoInputFile;
import io.trino.filesystem.TrinoInputStream;
import io.trino.filesystem.local.LocalInputFile;
import io.trino.filesystem.memory.MemoryFileSystem;
import io.trino.filesystem.memory.MemoryInputFile;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;

/**
 * The objects that one query has listed, to be read by their s3:// locations. What a query might
 * write stays in memory: the catalog refuses it.
 */
final class LakeFileSystem extends MemoryFileSystem {
  private final Reads.Query query;
  private final boolean joins;

  LakeFileSystem(Reads.Query query, boolean joins) {
    this.query = query;
    this.joins = joins;
  }

  Reads.Query query() {
    return query;
  }

  /** Whether small objects may be read as one file. */
  boolean joins() {
    return joins;
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
    List<StoredObject> objects = query.objects(location.toString());
    try {
      if (objects == null) {
        throw new FileNotFoundException(location + " is not an object of the query's tables");
      }
      return objects.size() > 1
          ? new MemoryInputFile(location, joined(objects))
          : counted(TrinoInputFile.class, new LocalInputFile(location, objects.get(0).file()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Puts an end to the last line of each object, which one by itself needs not have. */
  private Slice joined(List<StoredObject> objects) throws IOException {
    DynamicSliceOutput lines = new DynamicSliceOutput(StoredObject.joinedSize(objects));
    for (StoredObject object : objects) {
      byte[] body = Files.readAllBytes(object.file());
      lines.writeBytes(body);
      query.count(body.length);
      if (body.length > 0 && body[body.length - 1] != '\n') {
        lines.writeByte('\n');
      }
    }
    return lines.slice();
  }

  /** Counts what is read, but for a file's end: that is the format's own, and no column's data. */
  private <T> T counted(Class<T> type, T file) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              try {
                Object result = method.invoke(file, arguments);
                if (method.getName().equals("readFully")) {
                  query.count(result instanceof Slice read ? read.length() : (int) arguments[3]);
                }
                return result instanceof TrinoInput input
                    ? counted(TrinoInput.class, input)
                    : result instanceof TrinoInputStream stream
                        ? new CountedStream(stream)
                        : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  private final class CountedStream extends TrinoInputStream {
    private final TrinoInputStream stream;

    CountedStream(TrinoInputStream stream) {
      this.stream = stream;
    }

    @Override
    public int read() throws IOException {
      int value = stream.read();
      query.count(value < 0 ? 0 : 1);
      return value;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int read = stream.read(into, offset, length);
      query.count(Math.max(read, 0));
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
  }
}

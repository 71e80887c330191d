package datalake.trino;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * An object by its s3:// location, the file that holds it, its bytes, and when it was put, in
 * milliseconds since 1970.
 */
record StoredObject(String location, Path file, long size, long modified) {
  private static final Set<String> COMPRESSED =
      Set.of("gz", "bz2", "snappy", "zst", "lz4", "deflate", "lzo", "lzo_deflate");

  static StoredObject of(JsonNode entry) {
    return new StoredObject(
        entry.get("location").asText(),
        Path.of(entry.get("file").asText()),
        entry.get("size").asLong(),
        entry.get("modified").asLong());
  }

  boolean isText() {
    return !COMPRESSED.contains(location.substring(location.lastIndexOf('.') + 1));
  }

  /** How much objects take as one file of lines, at most. */
  static int joinedSize(List<StoredObject> objects) {
    return Math.toIntExact(objects.stream().mapToLong(object -> object.size() + 1).sum());
  }
}

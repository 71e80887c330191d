package datalake.trino;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.trino.filesystem.Location;
import io.trino.filesystem.TrinoInput;
import io.trino.filesystem.TrinoInputFile;
import io.trino.filesystem.TrinoInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LakeFileSystemTest {
  @TempDir Path store;

  private final Reads.Query query = new Reads.Query();
  private final LakeFileSystem lake = new LakeFileSystem(query, true);

  @Test
  void joinsObjectsWithALineEndBetweenThem() throws IOException {
    query.list(
        List.of(
            object("a.json", "{\"id\":1}"),
            object("b.json", "{\"id\":2}\n"),
            object("c.json", ""),
            object("d.json", "{\"id\":3}\n{\"id\":4}")));

    assertEquals("{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n{\"id\":4}\n", read("a.json"));
    assertEquals(34, query.bytes(), "without the line ends that a and d do not have");
  }

  @Test
  void readsAnObjectByItselfAsItIs() throws IOException {
    query.list(List.of(object("a.json", "{\"id\":1}")));

    assertEquals("{\"id\":1}", read("a.json"));
    assertEquals(8, query.bytes());
  }

  @Test
  void billsNotTheEndOfAFile() throws IOException {
    query.list(List.of(object("a.parquet", "columns and a footer")));

    try (TrinoInput input = file("a.parquet").newInput()) {
      assertEquals("columns", input.readFully(0, 7).toStringUtf8());
      assertEquals("footer", input.readTail(6).toStringUtf8());
      assertEquals(7, query.bytes());
    }
  }

  @Test
  void readsNothingThatTheQueryDidNotList() throws IOException {
    object("a.json", "{\"id\":1}");

    UncheckedIOException failed = assertThrows(UncheckedIOException.class, () -> file("a.json"));
    assertTrue(
        failed.getMessage().contains("s3://lake/a.json is not an object of the query's tables"));
  }

  @Test
  void takesWhatIsCompressedForNoText() throws IOException {
    assertTrue(object("a.json", "").isText());
    assertTrue(object("a", "").isText());
    assertFalse(object("a.json.gz", "").isText());
    assertFalse(object("a.bz2", "").isText());
  }

  private StoredObject object(String name, String text) throws IOException {
    Path file = Files.writeString(store.resolve(name), text);
    return new StoredObject("s3://lake/" + name, file, Files.size(file), 0);
  }

  private TrinoInputFile file(String name) {
    return lake.newInputFile(Location.of("s3://lake/" + name));
  }

  private String read(String name) throws IOException {
    try (TrinoInputStream stream = file(name).newStream()) {
      return new String(stream.readAllBytes(), UTF_8);
    }
  }
}

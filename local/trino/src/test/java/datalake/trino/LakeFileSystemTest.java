package datalake.trino;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.trino.filesystem.Location;
import io.trino.filesystem.TrinoInput;
import io.trino.filesystem.TrinoInputFile;
import io.trino.filesystem.TrinoInputStream;
import io.trino.plugin.hive.fs.TrinoFileStatus;
import io.trino.plugin.hive.metastore.StorageFormat;
import io.trino.plugin.hive.metastore.Table;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LakeFileSystemTest {
  @TempDir Path store;

  private final ByteArrayOutputStream asked = new ByteArrayOutputStream();
  private LakeFileSystem lake;

  @Test
  void joinsObjectsWithALineEndBetweenThem() throws IOException {
    list(
        object("a.json", "{\"id\":1}"),
        object("b.json", "{\"id\":2}\n"),
        object("c.json", ""),
        object("d.json", "{\"id\":3}\n{\"id\":4}"));

    assertEquals("{\"id\":1}\n{\"id\":2}\n{\"id\":3}\n{\"id\":4}\n", read("a.json"));
    assertEquals(34, lake.bytes(), "without the line ends that a and d do not have");
  }

  @Test
  void readsAnObjectByItselfAsItIs() throws IOException {
    list(object("a.json", "{\"id\":1}"));

    assertEquals("{\"id\":1}", read("a.json"));
    assertEquals(8, lake.bytes());
  }

  @Test
  void readsByteByByte() throws IOException {
    list(object("a.json", "é"));

    try (TrinoInputStream stream = file("a.json").newStream()) {
      assertEquals(0xc3, stream.read());
      assertEquals(0xa9, stream.read());
      assertEquals(-1, stream.read());
      assertEquals(2, lake.bytes());
    }
  }

  @Test
  void billsNotTheEndOfAFile() throws IOException {
    list(object("a.parquet", "columns and a footer"));

    try (TrinoInput input = file("a.parquet").newInput()) {
      assertEquals("columns", input.readFully(0, 7).toStringUtf8());
      assertEquals("footer", input.readTail(6).toStringUtf8());
      assertEquals(7, lake.bytes());
    }
  }

  @Test
  void readsNothingThatTheQueryDidNotList() throws IOException {
    list(object("b.json", "{\"id\":1}"));
    object("a.json", "{\"id\":1}");

    UncheckedIOException failed = assertThrows(UncheckedIOException.class, () -> file("a.json"));
    assertTrue(
        failed.getMessage().contains("s3://lake/a.json is not an object of the query's tables"));
  }

  @Test
  void listsWhatTheParentSaysForTheQuery() throws IOException {
    TrinoFileStatus listed = list(object("a.json", "{\"id\":1}")).next();

    assertEquals("s3://lake/a.json", listed.getPath());
    assertEquals(8, listed.getLength());
    assertEquals(1700000000000L, listed.getModificationTime());
    assertEquals(
        new ObjectMapper()
            .readTree(
                "{\"question\":\"files\",\"query\":\"q\",\"about\":[\"db\",\"t\"],\"location\":\"s3://lake/\"}"),
        new ObjectMapper().readTree(asked.toString(UTF_8)));
  }

  private Path object(String name, String text) throws IOException {
    return Files.writeString(store.resolve(name), text);
  }

  /** Lists a file that is these objects. */
  private Iterator<TrinoFileStatus> list(Path... objects) throws IOException {
    List<String> paths = new ArrayList<>();
    for (Path object : objects) {
      paths.add(object.toString());
    }
    String answer =
        new ObjectMapper()
            .writeValueAsString(
                List.of(
                    Map.of(
                        "location",
                        "s3://lake/" + objects[0].getFileName(),
                        "objects",
                        paths,
                        "size",
                        Files.size(objects[0]),
                        "modified",
                        1700000000000L)));
    Parent parent = new Parent(new ByteArrayInputStream(answer.getBytes(UTF_8)), asked, () -> {});
    lake = new LakeFileSystem(parent, "q");
    Table table =
        Table.builder()
            .setDatabaseName("db")
            .setTableName("t")
            .setOwner(Optional.empty())
            .setTableType("EXTERNAL_TABLE")
            .withStorage(
                storage ->
                    storage
                        .setLocation("s3://lake/")
                        .setStorageFormat(StorageFormat.create("serde", "input", "output")))
            .build();
    return lake.list(table, Location.of("s3://lake/"));
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

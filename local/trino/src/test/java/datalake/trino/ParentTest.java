package datalake.trino;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.trino.plugin.hive.metastore.Database;
import io.trino.spi.TrinoException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class ParentTest {
  private final CountDownLatch gone = new CountDownLatch(1);
  private BufferedReader questions;
  private OutputStream answers;
  private Parent parent;

  @BeforeEach
  void connect() throws IOException {
    Pipe asked = Pipe.open();
    Pipe answered = Pipe.open();
    questions = new BufferedReader(Channels.newReader(asked.source(), UTF_8));
    answers = Channels.newOutputStream(answered.sink());
    parent =
        new Parent(
            Channels.newInputStream(answered.source()),
            Channels.newOutputStream(asked.sink()),
            gone::countDown);
  }

  @AfterEach
  void disconnect() throws IOException {
    answers.close();
  }

  @Test
  void asksALineAndTakesALine() throws Exception {
    CompletableFuture<String> name =
        asking(() -> parent.call("table", Map.of("table", "Größe\n")).get("Name").asText());
    assertEquals("{\"question\":\"table\",\"table\":\"Größe\\n\"}", questions.readLine());
    answer("{\"Name\": \"größe\"}");
    assertEquals("größe", name.get());

    CompletableFuture<Integer> count = asking(() -> parent.call("databases", Map.of()).size());
    assertEquals("{\"question\":\"databases\"}", questions.readLine());
    answer("[\"a\", \"b\"]");
    assertEquals(2, count.get());
  }

  @Test
  void takesTrinosOwnClasses() throws Exception {
    answer("{\"databaseName\": \"lake\", \"parameters\": null}");
    Database database = (Database) parent.call("database", Map.of(), Database.class);
    assertEquals("lake", database.getDatabaseName());
    assertEquals(Map.of(), database.getParameters());
  }

  @Test
  void asksOneQuestionAfterTheOther() throws Exception {
    CompletableFuture<String> first = asking(() -> parent.call("first", Map.of()).asText());
    assertEquals("{\"question\":\"first\"}", questions.readLine());
    CompletableFuture<String> second = asking(() -> parent.call("second", Map.of()).asText());
    answer("\"one\"");
    assertEquals("one", first.get());
    assertEquals("{\"question\":\"second\"}", questions.readLine());
    answer("\"two\"");
    assertEquals("two", second.get());
  }

  @Test
  void failsWithTheParentsFault() throws Exception {
    answer("{\"fault\": \"there is no bucket b\"}");
    TrinoException failed =
        assertThrows(TrinoException.class, () -> parent.call("objects", Map.of()));
    assertEquals("there is no bucket b", failed.getMessage());
    assertEquals("HIVE_METASTORE_ERROR", failed.getErrorCode().getName());
  }

  @Test
  void failsOnWhatIsNoAnswer() throws Exception {
    answer("no JSON");
    assertThrows(UncheckedIOException.class, () -> parent.call("objects", Map.of()));
  }

  @Test
  void seesThatTheParentIsGone() throws Exception {
    assertEquals(1, gone.getCount());
    answers.close();
    assertTrue(gone.await(5, TimeUnit.SECONDS));
  }

  private static <T> CompletableFuture<T> asking(Supplier<T> question) {
    return CompletableFuture.supplyAsync(question);
  }

  private void answer(String line) throws IOException {
    answers.write((line + "\n").getBytes(UTF_8));
    answers.flush();
  }
}

package datalake.trino;

import static com.fasterxml.jackson.annotation.JsonSetter.Value.forValueNulls;
import static com.fasterxml.jackson.annotation.Nulls.AS_EMPTY;
import static io.trino.plugin.hive.HiveErrorCode.HIVE_METASTORE_ERROR;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.airlift.json.ObjectMapperProvider;
import io.trino.spi.TrinoException;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * The process that started this one. It knows the catalog and the objects, and answers questions
 * about them, one at a time: a line of JSON is asked on this process's standard output and a line
 * of JSON answered on its standard input. When that input ends, the parent is gone, and this
 * process ends at once.
 */
final class Parent {
  /** Knows Trino's own classes; a map that an answer leaves out is empty. */
  private static final ObjectMapper JSON = new ObjectMapperProvider().get();

  static {
    JSON.configOverride(Map.class).setSetterInfo(forValueNulls(AS_EMPTY));
  }

  private final OutputStream questions;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();

  Parent(InputStream input, OutputStream questions, Runnable gone) {
    this.questions = questions;
    BufferedReader lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
    Thread reader =
        new Thread(
            () -> {
              try {
                lines.lines().forEach(answers::add);
              } finally {
                gone.run();
              }
            },
            "parent");
    reader.setDaemon(true);
    reader.start();
  }

  /** Takes the standard streams before Trino makes them its log. */
  static Parent onStandardStreams() {
    return new Parent(
        new FileInputStream(FileDescriptor.in),
        new FileOutputStream(FileDescriptor.out),
        () -> Runtime.getRuntime().halt(1));
  }

  /** Asks for what is to be an object of a type. */
  Object call(String question, Map<String, ?> arguments, Type type) {
    return JSON.convertValue(call(question, arguments), JSON.constructType(type));
  }

  /**
   * Asks, and waits for the answer.
   *
   * @throws TrinoException if the parent can't answer
   * @throws UncheckedIOException if it can't be asked
   */
  synchronized JsonNode call(String question, Map<String, ?> arguments) {
    try {
      ObjectNode asked = JSON.createObjectNode().put("question", question);
      asked.setAll((ObjectNode) JSON.valueToTree(arguments));
      questions.write((asked + "\n").getBytes(StandardCharsets.UTF_8));
      questions.flush();
      JsonNode answer = JSON.readTree(answers.take());
      if (answer.has("fault")) {
        throw new TrinoException(HIVE_METASTORE_ERROR, answer.get("fault").asText());
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException("ask the parent for " + question, e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while asking the parent for " + question, e);
    }
  }
}

package streamtest.testee;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ConnectionTest {
  /** Each request is answered before the next one is read. */
  private static class AtOnce extends AbstractExecutorService {
    @Override
    public void execute(Runnable task) {
      task.run();
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return List.of();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }

  /** Tells what it was asked for by what it answers. */
  private static final class Telling implements EventStream {
    static boolean destroyed;

    @Override
    public Cursor open(long offset, List<String> types, boolean cancelled) throws Refused {
      if (offset == 13) {
        throw new Refused("truncated", "unlucky");
      }
      return new Cursor() {
        @Override
        public Delivery next(Stop stop) throws Refused {
          if (stop.isRequested()) {
            throw new Refused("cancelled");
          }
          throw new IllegalStateException("no disk");
        }

        @Override
        public void close() {
          destroyed = true;
        }
      };
    }

    @Override
    public List<Long> append(List<Envelope> batch, OptionalLong expected) {
      return List.of(-1L, (long) batch.get(0).data().length, expected.orElse(5));
    }
  }

  private static List<JsonNode> answers(String... requests) throws Exception {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    byte[] input = String.join("\n", requests).getBytes(StandardCharsets.UTF_8);
    new Connection(request -> new Telling(), new ConcurrentHashMap<>(), new AtOnce(), output)
        .serve(new Hello("telling"), new ByteArrayInputStream(input));
    List<JsonNode> answers = new ArrayList<>();
    for (String line : output.toString(StandardCharsets.UTF_8).split("\n")) {
      answers.add(Messages.parse(line));
    }
    return answers;
  }

  /** The last request is carried out after the requests have ended. */
  @Test
  void aCursorThatIsOpenedTooLateIsDestroyed() throws Exception {
    List<Runnable> late = new ArrayList<>();
    AtOnce workers =
        new AtOnce() {
          @Override
          public void execute(Runnable task) {
            late.add(task);
          }
        };
    byte[] input = (MAKE + "\n" + open(0)).getBytes(StandardCharsets.UTF_8);
    new Connection(
            request -> new Telling(),
            new ConcurrentHashMap<>(),
            workers,
            new ByteArrayOutputStream())
        .serve(new Hello("telling"), new ByteArrayInputStream(input));
    Telling.destroyed = false;
    late.forEach(Runnable::run);
    assertTrue(Telling.destroyed);
  }

  private static final String MAKE = "{\"id\": 1, \"do\": \"make\", \"stream\": \"s\"}";

  private static String open(long offset) {
    return "{\"id\": 2, \"do\": \"open\", \"stream\": \"s\", \"cursor\": \"c\", \"offset\": "
        + offset
        + "}";
  }

  @Test
  void itSaysHelloFirst() throws Exception {
    JsonNode hello = answers().get(0);
    assertEquals(1, hello.path("testee").asInt());
    assertEquals("telling", hello.path("name").asText());
  }

  @Test
  void offsetsGoUpTo64Bits() throws Exception {
    JsonNode answer =
        answers(
                MAKE,
                "{\"id\": 2, \"do\": \"append\", \"stream\": \"s\", \"expected\":"
                    + " 18446744073709551614, \"batch\": [{\"type\": \"A\", \"data\": \"AAEC\"}]}")
            .get(2);
    assertEquals(
        "[18446744073709551615,3,18446744073709551614]", answer.path("ok").toString());
  }

  @Test
  void aLineMayBeLong() throws Exception {
    String data = "AAAA".repeat(6 * 1024 * 1024); // of 18 MiB
    JsonNode answer =
        answers(
                MAKE,
                "{\"id\": 2, \"do\": \"append\", \"stream\": \"s\", \"batch\": [{\"type\": \"A\","
                    + " \"data\": \""
                    + data
                    + "\"}]}")
            .get(2);
    assertEquals(18 * 1024 * 1024, answer.path("ok").get(1).asInt());
  }

  @Test
  void aRefusalIsToldByItsKind() throws Exception {
    JsonNode answer = answers(MAKE, open(13)).get(2);
    assertEquals(2, answer.path("id").asInt());
    assertEquals("truncated", answer.path("error").asText());
    assertEquals("unlucky", answer.path("text").asText());
    assertFalse(answer.has("ok"));
  }

  @Test
  void whateverElseIsThrownIsAFailureOfTheBackend() throws Exception {
    List<JsonNode> answers =
        answers(
            MAKE,
            open(0),
            "{\"id\": 3, \"do\": \"next\", \"cursor\": \"c\", \"cancelled\": true}",
            "{\"id\": 4, \"do\": \"next\", \"cursor\": \"c\", \"cancelled\": false}",
            "{\"id\": 5, \"do\": \"fly\", \"stream\": \"s\"}");
    assertEquals("cancelled", answers.get(3).path("error").asText());
    assertEquals("backend_failure", answers.get(4).path("error").asText());
    assertTrue(answers.get(4).path("text").asText().contains("no disk"));
    assertEquals("not_supported", answers.get(5).path("error").asText());
  }

  @Test
  void cursorsGoWithTheirConnection() throws Exception {
    Telling.destroyed = false;
    answers(MAKE, open(0));
    assertTrue(Telling.destroyed);
  }
}

package streamtest.testee;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;

/**
 * Requests and their answers, each in a thread of its own, because any may wait. Streams may be
 * those of other connections, too; cursors are this one's own.
 */
final class Connection {
  private final EventStream.Maker maker;
  private final Map<String, EventStream> streams;
  private final Map<String, Cursor> cursors = new ConcurrentHashMap<>();
  private final Map<Long, Stop> reading = new ConcurrentHashMap<>();
  private final Object opening = new Object();
  private boolean ended = false; // guarded by opening
  private final ExecutorService workers;
  private final OutputStream output;

  Connection(
      EventStream.Maker maker,
      Map<String, EventStream> streams,
      ExecutorService workers,
      OutputStream output) {
    this.maker = maker;
    this.streams = streams;
    this.workers = workers;
    this.output = output;
  }

  /** Says hello, answers until the requests end, and destroys the cursors that are left. */
  void serve(Hello hello, InputStream input) throws IOException {
    write(Messages.hello(hello));
    BufferedReader lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8));
    try {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode request = Messages.parse(line);
        if (request.path("do").asText().equals("next")) {
          // So that a cancel that comes right behind it finds it.
          reading.put(id(request), new Stop(request.path("cancelled").asBoolean()));
        }
        workers.execute(() -> handle(request));
      }
    } finally {
      synchronized (opening) {
        ended = true;
      }
      cursors.values().forEach(cursor -> Testee.end("a cursor", cursor::destroy));
    }
  }

  private static long id(JsonNode request) {
    return request.path("id").asLong();
  }

  private void handle(JsonNode request) {
    ObjectNode answer = Messages.object().put("id", id(request));
    try {
      answer.set("ok", result(request));
    } catch (Refused refusal) {
      answer.put("error", refusal.kind()).put("text", refusal.getMessage());
    } catch (Throwable failure) { // whatever a stream throws is its failure
      answer.put("error", "backend_failure").put("text", failure.toString());
    }
    try {
      write(answer.toString());
    } catch (IOException broken) {
      return; // nobody is there to be answered
    }
  }

  private void write(String line) throws IOException {
    byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
    synchronized (output) {
      output.write(bytes);
      output.flush();
    }
  }

  private JsonNode result(JsonNode request) throws Exception {
    String what = request.path("do").asText();
    switch (what) {
      case "ping":
        return NullNode.getInstance();
      case "make":
        streams.put(named(request, "stream"), maker.make(Messages.request(request)));
        return NullNode.getInstance();
      case "twin":
        EventStream twin = stream(request, "of").twin(Messages.request(request));
        streams.put(named(request, "stream"), twin);
        return NullNode.getInstance();
      case "drop":
        streams.remove(named(request, "stream")).drop();
        return NullNode.getInstance();
      case "next":
        return next(request);
      case "cancel":
        Stop stop = reading.get(request.path("request").asLong());
        if (stop != null) { // else it has ended already
          stop.request();
        }
        return NullNode.getInstance();
      case "close":
        cursor(request).close();
        return NullNode.getInstance();
      case "destroy":
        cursors.remove(named(request, "cursor")).destroy();
        return NullNode.getInstance();
      default:
        return resultOf(what, stream(request, "stream"), request);
    }
  }

  private JsonNode next(JsonNode request) throws Exception {
    try {
      Delivery delivery = cursor(request).next(reading.get(id(request)));
      ObjectNode found = Messages.object();
      found.set("offset", Messages.offset(delivery.offset()));
      found.set("envelope", Messages.envelope(delivery.envelope()));
      return found;
    } finally {
      reading.remove(id(request));
    }
  }

  private JsonNode resultOf(String what, EventStream stream, JsonNode request) throws Exception {
    boolean cancelled = request.path("cancelled").asBoolean();
    switch (what) {
      case "application":
        return Messages.identity(stream.application());
      case "event_types":
        return Messages.json(stream.eventTypes(cancelled));
      case "open":
        List<String> types = Messages.texts(request.path("types"));
        Cursor cursor = stream.open(Messages.offset(request.path("offset")), types, cancelled);
        keep(named(request, "cursor"), cursor);
        return NullNode.getInstance();
      case "append":
        return append(stream, request);
      case "truncate":
        return Messages.offset(stream.truncate(Messages.offset(request.path("first"))));
      case "reopen":
        stream.reopen();
        return NullNode.getInstance();
      case "fail_next_append":
        stream.failNextAppend();
        return NullNode.getInstance();
      case "fill":
        stream.fill(request.path("type").asText(), request.path("count").asLong());
        return NullNode.getInstance();
      case "settle":
        stream.settle();
        return NullNode.getInstance();
      default:
        throw new Refused("not_supported", "nothing to do for " + what);
    }
  }

  private void keep(String name, Cursor cursor) {
    synchronized (opening) {
      if (!ended) {
        cursors.put(name, cursor);
        return;
      }
    }
    Testee.end("a cursor", cursor::destroy); // it comes too late to be found with the others
  }

  private static JsonNode append(EventStream stream, JsonNode request) throws Exception {
    JsonNode expected = request.path("expected");
    List<Long> offsets =
        stream.append(
            Messages.envelopes(request.path("batch")),
            expected.isMissingNode()
                ? OptionalLong.empty()
                : OptionalLong.of(Messages.offset(expected)));
    return Messages.json(offsets.stream().map(Messages::offset).toList());
  }

  private static String named(JsonNode request, String member) {
    return request.path(member).asText();
  }

  private EventStream stream(JsonNode request, String member) throws Refused {
    EventStream found = streams.get(named(request, member));
    if (found == null) {
      throw new Refused("invalid_argument", "there is no stream " + named(request, member));
    }
    return found;
  }

  private Cursor cursor(JsonNode request) throws Refused {
    Cursor found = cursors.get(named(request, "cursor"));
    if (found == null) {
      throw new Refused("invalid_argument", "there is no cursor " + named(request, "cursor"));
    }
    return found;
  }
}

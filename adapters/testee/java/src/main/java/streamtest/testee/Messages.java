package streamtest.testee;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** The protocol's lines, and the values in them. */
final class Messages {
  private static final int VERSION = 1;
  private static final int LONGEST_LINE = 64 * 1024 * 1024;
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxStringLength(LONGEST_LINE).build())
              .build());

  private Messages() {}

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  static JsonNode json(Object value) {
    return JSON.valueToTree(value);
  }

  /** One request. Throws if the line is no JSON. */
  static JsonNode parse(String line) throws JsonProcessingException {
    return JSON.readTree(line);
  }

  static String hello(Hello hello) {
    ObjectNode line = object().put("testee", VERSION).put("name", hello.name());
    line.set("capabilities", json(hello.capabilities()));
    line.set("hooks", json(hello.hooks()));
    line.set("lacks", json(hello.lacks()));
    line.set("event_types", json(hello.eventTypes()));
    line.set("boundaries", json(hello.boundaries()));
    line.set("variants", json(hello.variants()));
    return line.toString();
  }

  static EventStream.Request request(JsonNode message) {
    return new EventStream.Request(
        identity(message.path("application")),
        texts(message.path("event_types")),
        message.path("unique_name").asText(),
        message.path("variant").asText());
  }

  /** Offsets go up to 2^64-1: a long holds them as unsigned. */
  static long offset(JsonNode number) {
    return number.bigIntegerValue().longValue();
  }

  static JsonNode offset(long offset) {
    return offset >= 0
        ? JSON.getNodeFactory().numberNode(offset)
        : JSON.getNodeFactory().numberNode(new BigInteger(Long.toUnsignedString(offset)));
  }

  static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(each -> texts.add(each.asText()));
    return texts;
  }

  static List<Envelope> envelopes(JsonNode batch) throws IOException {
    List<Envelope> envelopes = new ArrayList<>();
    for (JsonNode each : batch) {
      envelopes.add(envelope(each));
    }
    return envelopes;
  }

  private static Envelope envelope(JsonNode node) throws IOException {
    JsonNode data = node.path("data");
    return new Envelope(
        node.path("type").asText(),
        identity(node.path("source_application")),
        node.path("message_id").asText(),
        node.path("causation_id").asText(),
        node.path("correlation_id").asText(),
        identity(node.path("source_handler")),
        node.path("source_instance_id").asText(),
        node.path("created_at").asLong(),
        node.path("media_type").asText(),
        data.isMissingNode() ? new byte[0] : data.binaryValue());
  }

  static ObjectNode envelope(Envelope envelope) {
    ObjectNode node = object().put("type", envelope.type());
    node.set("source_application", identity(envelope.sourceApplication()));
    node.put("message_id", envelope.messageId());
    node.put("causation_id", envelope.causationId());
    node.put("correlation_id", envelope.correlationId());
    node.set("source_handler", identity(envelope.sourceHandler()));
    node.put("source_instance_id", envelope.sourceInstanceId());
    node.put("created_at", envelope.createdAt());
    node.put("media_type", envelope.mediaType());
    return node.put("data", envelope.data());
  }

  private static Identity identity(JsonNode node) {
    return new Identity(node.path("name").asText(), node.path("key").asText());
  }

  static ObjectNode identity(Identity identity) {
    return object().put("name", identity.name()).put("key", identity.key());
  }
}

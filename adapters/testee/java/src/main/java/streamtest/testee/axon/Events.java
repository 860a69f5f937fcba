package streamtest.testee.axon;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.axonframework.common.IdentifierFactory;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.GenericEventMessage;
import streamtest.testee.Envelope;
import streamtest.testee.Identity;

/**
 * An envelope as an event message of Axon: the data is the payload, the instant its timestamp, all
 * else its metadata. The message's own identifier is Axon's: it must be unique and short, and the
 * kit's message ids are any text.
 */
final class Events {
  private static final long SECOND = 1_000_000_000L;

  private Events() {}

  static EventMessage<byte[]> message(Envelope envelope) {
    Map<String, Object> rest = new HashMap<>();
    rest.put("type", envelope.type());
    rest.put("messageId", envelope.messageId());
    rest.put("causationId", envelope.causationId());
    rest.put("correlationId", envelope.correlationId());
    rest.put("sourceInstanceId", envelope.sourceInstanceId());
    rest.put("mediaType", envelope.mediaType());
    put(rest, "sourceApplication", envelope.sourceApplication());
    put(rest, "sourceHandler", envelope.sourceHandler());
    Instant created =
        Instant.ofEpochSecond(
            Math.floorDiv(envelope.createdAt(), SECOND),
            Math.floorMod(envelope.createdAt(), SECOND));
    String identifier = IdentifierFactory.getInstance().generateIdentifier();
    return new GenericEventMessage<>(identifier, envelope.data(), rest, created);
  }

  static String type(EventMessage<?> message) {
    return text(message, "type");
  }

  static Envelope envelope(EventMessage<?> message) {
    Instant created = message.getTimestamp();
    return new Envelope(
        type(message),
        identity(message, "sourceApplication"),
        text(message, "messageId"),
        text(message, "causationId"),
        text(message, "correlationId"),
        identity(message, "sourceHandler"),
        text(message, "sourceInstanceId"),
        created.getEpochSecond() * SECOND + created.getNano(),
        text(message, "mediaType"),
        (byte[]) message.getPayload());
  }

  private static void put(Map<String, Object> rest, String name, Identity identity) {
    rest.put(name + "Name", identity.name());
    rest.put(name + "Key", identity.key());
  }

  private static Identity identity(EventMessage<?> message, String name) {
    return new Identity(text(message, name + "Name"), text(message, name + "Key"));
  }

  private static String text(EventMessage<?> message, String name) {
    return (String) message.getMetaData().get(name);
  }
}

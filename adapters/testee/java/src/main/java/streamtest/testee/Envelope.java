package streamtest.testee;

import java.util.Objects;

/**
 * An event as it is appended and must come back. What is empty was left out. The data belongs to
 * the envelope and isn't copied: nobody changes it.
 *
 * @param type the event's type, which filters name; never empty
 * @param createdAt nanoseconds since 1970
 * @param data any bytes
 */
public record Envelope(
    String type,
    Identity sourceApplication,
    String messageId,
    String causationId,
    String correlationId,
    Identity sourceHandler,
    String sourceInstanceId,
    long createdAt,
    String mediaType,
    byte[] data) {
  /** Nothing may be null. */
  public Envelope {
    Objects.requireNonNull(type);
    Objects.requireNonNull(sourceApplication);
    Objects.requireNonNull(messageId);
    Objects.requireNonNull(causationId);
    Objects.requireNonNull(correlationId);
    Objects.requireNonNull(sourceHandler);
    Objects.requireNonNull(sourceInstanceId);
    Objects.requireNonNull(mediaType);
    Objects.requireNonNull(data);
  }
}

package streamtest.testee.axon;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.axonframework.eventhandling.EventMessage;
import org.junit.jupiter.api.Test;
import streamtest.testee.Envelope;
import streamtest.testee.Identity;

class EventsTest {
  private static Envelope created(long nanoseconds) {
    return new Envelope(
        "A",
        new Identity("us", "k"),
        "m",
        "c",
        "r",
        new Identity("h", "hk"),
        "i",
        nanoseconds,
        "t",
        new byte[] {0, -1});
  }

  @Test
  void anEnvelopeComesBackWhole() {
    Envelope sent = created(1_700_000_000_123_456_789L);
    EventMessage<?> message = Events.message(sent);
    Envelope got = Events.envelope(message);
    assertEquals("A", Events.type(message));
    assertArrayEquals(sent.data(), got.data());
    assertEquals(sent.sourceApplication(), got.sourceApplication());
    assertEquals(sent.messageId(), got.messageId());
    assertEquals(sent.causationId(), got.causationId());
    assertEquals(sent.correlationId(), got.correlationId());
    assertEquals(sent.sourceHandler(), got.sourceHandler());
    assertEquals(sent.sourceInstanceId(), got.sourceInstanceId());
    assertEquals(sent.mediaType(), got.mediaType());
  }

  @Test
  void anInstantComesBackToTheNanosecond() {
    for (long nanoseconds : new long[] {0, 1, -1, -1_000_000_001L, Long.MAX_VALUE}) {
      assertEquals(nanoseconds, Events.envelope(Events.message(created(nanoseconds))).createdAt());
    }
  }
}

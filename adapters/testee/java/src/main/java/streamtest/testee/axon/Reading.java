package streamtest.testee.axon;

import java.util.concurrent.TimeUnit;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingEventStream;

/** How the next event is waited for. Axon offers two ways. */
public enum Reading {
  /** By the call that "blocks for as long as there are no available messages in the stream". */
  BLOCKING {
    @Override
    TrackedEventMessage<?> next(TrackingEventStream events) throws InterruptedException {
      return events.nextAvailable();
    }
  },
  /** By asking for a second again and again, as Axon's own processors do. */
  POLLING {
    @Override
    TrackedEventMessage<?> next(TrackingEventStream events) throws InterruptedException {
      while (!events.hasNextAvailable(1, TimeUnit.SECONDS)) {
        // Nothing has come in that second.
      }
      return events.nextAvailable();
    }
  };

  abstract TrackedEventMessage<?> next(TrackingEventStream events) throws InterruptedException;

  /** What the certificate says of it. */
  @Override
  public String toString() {
    return this == BLOCKING ? "nextAvailable" : "hasNextAvailable";
  }
}

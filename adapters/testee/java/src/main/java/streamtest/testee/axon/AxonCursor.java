package streamtest.testee.axon;

import java.util.Set;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingEventStream;
import streamtest.testee.Cursor;
import streamtest.testee.Delivery;
import streamtest.testee.Refused;
import streamtest.testee.Stop;

/**
 * What {@code openStream} gives, as a cursor. A read waits as {@link Reading} says, and is
 * cancelled as that is: the thread that waits is interrupted. Closing is {@code close}, whatever
 * waits.
 *
 * <p>Axon leaves it to who reads to pass over what he doesn't want; its processors do so event by
 * event, and so does this.
 */
final class AxonCursor implements Cursor {
  private final TrackingEventStream events;
  private final Offsets offsets = new Offsets();
  private final Reading reading;
  private final Set<String> types;

  AxonCursor(TrackingEventStream events, Reading reading, Set<String> types) {
    this.events = events;
    this.reading = reading;
    this.types = types;
  }

  @Override
  public Delivery next(Stop stop) throws Refused {
    stop.onRequest(Thread.currentThread()::interrupt);
    try {
      while (true) {
        TrackedEventMessage<?> event = reading.next(events);
        long offset = offsets.of(event.trackingToken());
        if (types.contains(Events.type(event))) {
          return new Delivery(offset, Events.envelope(event));
        }
        if (Thread.interrupted()) { // passing over is done here, so that stopping it is, too
          throw new InterruptedException();
        }
      }
    } catch (InterruptedException asked) {
      throw new Refused("cancelled");
    } finally {
      stop.onRequest(null);
      Thread.interrupted(); // what comes next in this thread was not asked to stop
    }
  }

  @Override
  public void close() {
    events.close();
  }
}

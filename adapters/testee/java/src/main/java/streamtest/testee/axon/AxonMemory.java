package streamtest.testee.axon;

import java.util.Map;
import org.axonframework.eventhandling.GlobalSequenceTrackingToken;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventsourcing.eventstore.inmemory.InMemoryEventStorageEngine;
import streamtest.testee.Hello;

/** The embedded event store over its storage engine in memory. */
public final class AxonMemory extends AxonStream {
  /** An empty store of its own for each stream. */
  public AxonMemory(Reading reading) {
    super(new InMemoryEventStorageEngine(), reading);
  }

  /** The store knows neither whose it is nor its types, and can neither be cut nor reopened. */
  public static Hello hello(Reading reading) {
    return new Hello("Axon Framework " + version() + ", EmbeddedEventStore in memory, " + reading)
        .claiming(Map.of("staleness", STALENESS, "lenient_cancellation", true))
        .serving("fill")
        .lacking("application", "event_types", "type_check");
  }

  @Override
  TrackingToken tokenAt(long index) {
    return new GlobalSequenceTrackingToken(index);
  }
}

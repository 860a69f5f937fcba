package streamtest.testee.axon;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Properties;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventsourcing.eventstore.EmbeddedEventStore;
import org.axonframework.eventsourcing.eventstore.EventStorageEngine;
import org.axonframework.messaging.unitofwork.DefaultUnitOfWork;
import streamtest.testee.Cursor;
import streamtest.testee.Envelope;
import streamtest.testee.EventStream;
import streamtest.testee.Identity;
import streamtest.testee.Refused;

/**
 * The embedded event store of Axon Framework, as it is configured unless told otherwise, over one
 * of its storage engines. Events are published in a unit of work, as applications do.
 */
abstract class AxonStream implements EventStream {
  private static final int FILLED_AT_ONCE = 1000;

  /** What {@code fetchDelay} is unless told otherwise: how often the store looks by itself. */
  static final int STALENESS = 1000;

  private final Reading reading;
  private volatile EmbeddedEventStore store;

  AxonStream(EventStorageEngine engine, Reading reading) {
    this.reading = reading;
    store = over(engine);
  }

  private static EmbeddedEventStore over(EventStorageEngine engine) {
    return EmbeddedEventStore.builder().storageEngine(engine).build();
  }

  /** The version of Axon that is there. */
  static String version() {
    try (var file =
        EmbeddedEventStore.class.getResourceAsStream(
            "/META-INF/maven/org.axonframework/axon-eventsourcing/pom.properties")) {
      Properties properties = new Properties();
      properties.load(file);
      return properties.getProperty("version");
    } catch (IOException | NullPointerException missing) {
      return "of an unknown version";
    }
  }

  /** The token of the last event before one of that global index. */
  abstract TrackingToken tokenAt(long index);

  final EmbeddedEventStore store() {
    return store;
  }

  /** Shuts the store down, and builds another over that engine. */
  final void replaceBy(EventStorageEngine engine) {
    store.shutDown();
    store = over(engine);
  }

  @Override
  public Cursor open(long offset, List<String> types, boolean cancelled) throws Refused {
    if (cancelled) {
      throw new Refused("cancelled");
    }
    if (types.isEmpty()) {
      throw new Refused("no_event_types");
    }
    TrackingToken token = offset == 0 ? null : tokenAt(Offsets.before(offset));
    return new AxonCursor(store.openStream(token), reading, new HashSet<>(types));
  }

  @Override
  public List<Long> append(List<Envelope> batch, OptionalLong expected) {
    List<EventMessage<?>> events = new ArrayList<>();
    for (Envelope envelope : batch) {
      events.add(Events.message(envelope));
    }
    publish(events);
    return List.of();
  }

  final void publish(List<EventMessage<?>> events) {
    DefaultUnitOfWork.startAndGet(null).execute(() -> store.publish(events));
  }

  @Override
  public void fill(String type, long count) {
    for (long filled = 0; filled < count; filled += FILLED_AT_ONCE) {
      List<EventMessage<?>> events = new ArrayList<>();
      for (long i = filled; i < Math.min(count, filled + FILLED_AT_ONCE); ++i) {
        events.add(Events.message(filler(type)));
      }
      publish(events);
    }
  }

  private static Envelope filler(String type) {
    return new Envelope(
        type, Identity.NONE, "", "", "", Identity.NONE, "", 0, "", new byte[0]);
  }

  @Override
  public void drop() {
    store.shutDown();
  }
}

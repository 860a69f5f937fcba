package streamtest.testee;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A stream in memory that keeps the contract: an example, and the proof that what a testee of this
 * library fails is its stream's.
 */
public final class MemoryStream implements EventStream {
  private final Request made;
  private final List<Envelope> events = new ArrayList<>(); // guarded by this

  public MemoryStream(Request made) {
    this.made = made;
  }

  /** What it has: all of the core. */
  public static Hello hello() {
    return new Hello("memory of the Java library");
  }

  @Override
  public Identity application() {
    return made.application();
  }

  @Override
  public List<String> eventTypes(boolean cancelled) throws Refused {
    if (cancelled) {
      throw new Refused("cancelled");
    }
    return made.eventTypes();
  }

  @Override
  public Cursor open(long offset, List<String> types, boolean cancelled) throws Refused {
    if (cancelled) {
      throw new Refused("cancelled");
    }
    if (types.isEmpty()) {
      throw new Refused("no_event_types");
    }
    for (String type : types) {
      if (!made.eventTypes().contains(type)) {
        throw new Refused("unsupported_event_type", type);
      }
    }
    return new Reader(offset, new HashSet<>(types));
  }

  @Override
  public synchronized List<Long> append(List<Envelope> batch, OptionalLong expected) {
    List<Long> offsets = new ArrayList<>();
    for (Envelope envelope : batch) {
      offsets.add((long) events.size());
      events.add(envelope);
    }
    notifyAll();
    return offsets;
  }

  private void wake() {
    synchronized (this) {
      notifyAll();
    }
  }

  private final class Reader implements Cursor {
    private final Set<String> types;
    private long position; // guarded by the stream, as all of it
    private boolean closed;

    Reader(long offset, Set<String> types) {
      this.position = offset;
      this.types = types;
    }

    @Override
    public Delivery next(Stop stop) throws Refused, InterruptedException {
      // From a thread of its own, because who asks holds the stop, and who reads the stream.
      stop.onRequest(() -> new Thread(MemoryStream.this::wake).start());
      synchronized (MemoryStream.this) {
        while (true) {
          if (stop.isRequested()) {
            throw new Refused("cancelled");
          }
          if (closed) {
            throw new Refused("cursor_closed");
          }
          if (Long.compareUnsigned(position, events.size()) < 0) {
            long offset = position++;
            Envelope envelope = events.get((int) offset);
            if (types.contains(envelope.type())) {
              return new Delivery(offset, envelope);
            }
          } else {
            MemoryStream.this.wait();
          }
        }
      }
    }

    @Override
    public void close() throws Refused {
      synchronized (MemoryStream.this) {
        if (closed) {
          throw new Refused("cursor_closed");
        }
        closed = true;
        MemoryStream.this.notifyAll();
      }
    }

    @Override
    public void destroy() {
      synchronized (MemoryStream.this) {
        closed = true;
        MemoryStream.this.notifyAll();
      }
    }
  }
}

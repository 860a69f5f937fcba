package streamtest.testee.axon;

import java.util.SortedSet;
import java.util.TreeSet;
import org.axonframework.eventhandling.GapAwareTrackingToken;
import org.axonframework.eventhandling.GlobalSequenceTrackingToken;
import org.axonframework.eventhandling.TrackingToken;

/**
 * Where the events of one cursor stand. An event's offset is its global index, which its tracking
 * token tells: it is the token's, except for an event that came late. That one's token keeps the
 * highest index, and has lost the gap that the event fills.
 */
final class Offsets {
  private TrackingToken last;

  /**
   * The global index before that offset, above 0, where reading begins behind. An offset that is
   * beyond what an index can be is as far as the last one: no event lies there or between.
   */
  static long before(long offset) {
    return offset < 0 ? Long.MAX_VALUE : offset - 1;
  }

  /** The offset of the event that came with that token. Tokens come in the order of one stream. */
  long of(TrackingToken token) {
    TrackingToken previous = last;
    last = token;
    if (token instanceof GapAwareTrackingToken now
        && previous instanceof GapAwareTrackingToken then
        && now.getIndex() == then.getIndex()) {
      return filled(then.getGaps(), now.getGaps());
    }
    return token instanceof GlobalSequenceTrackingToken global
        ? global.getGlobalIndex()
        : ((GapAwareTrackingToken) token).getIndex();
  }

  private static long filled(SortedSet<Long> then, SortedSet<Long> now) {
    SortedSet<Long> gone = new TreeSet<>(then);
    gone.removeAll(now);
    if (gone.isEmpty()) {
      throw new IllegalStateException("an event came whose token moves nowhere");
    }
    return gone.last(); // those below it may have been given up at the same time
  }
}

package streamtest.testee.axon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Set;
import org.axonframework.eventhandling.GapAwareTrackingToken;
import org.axonframework.eventhandling.GlobalSequenceTrackingToken;
import org.axonframework.eventhandling.TrackingToken;
import org.junit.jupiter.api.Test;

class OffsetsTest {
  private final Offsets offsets = new Offsets();

  private static TrackingToken token(long index, Long... gaps) {
    return GapAwareTrackingToken.newInstance(index, Set.of(gaps));
  }

  @Test
  void anIndexIsAnOffset() {
    assertEquals(0, offsets.of(new GlobalSequenceTrackingToken(0)));
    assertEquals(7, offsets.of(new GlobalSequenceTrackingToken(7)));
    assertEquals(3, new Offsets().of(token(3)));
  }

  @Test
  void anEventBehindAGapIsWhereItsTokenSays() {
    assertEquals(3, offsets.of(token(3)));
    assertEquals(6, offsets.of(token(6, 4L, 5L)));
  }

  @Test
  void anEventThatCameLateIsWhereTheGapWas() {
    offsets.of(token(6, 4L, 5L));
    assertEquals(5, offsets.of(token(6, 4L)));
    assertEquals(4, offsets.of(token(6)));
    assertEquals(7, offsets.of(token(7)));
  }

  @Test
  void gapsBelowThatAreGivenUpWithIt() {
    offsets.of(token(6, 1L, 5L));
    assertEquals(5, offsets.of(token(6)));
  }

  @Test
  void aTokenThatMovesNowhereIsNoEvents() {
    offsets.of(token(6));
    assertThrows(IllegalStateException.class, () -> offsets.of(token(6)));
  }

  @Test
  void readingBeginsBehindTheOffsetBefore() {
    assertEquals(0, Offsets.before(1));
    assertEquals(Long.MAX_VALUE - 1, Offsets.before(Long.MAX_VALUE));
    assertEquals(Long.MAX_VALUE, Offsets.before(Long.MIN_VALUE)); // 2^63
    assertEquals(Long.MAX_VALUE, Offsets.before(-1)); // 2^64 - 1
  }
}

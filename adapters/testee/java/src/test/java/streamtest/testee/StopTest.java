package streamtest.testee;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StopTest {
  private final AtomicInteger woken = new AtomicInteger();

  @Test
  void askingWakesOnce() {
    Stop stop = new Stop(false);
    stop.onRequest(woken::incrementAndGet);
    stop.request();
    stop.request();
    assertEquals(1, woken.get());
    assertTrue(stop.isRequested());
  }

  @Test
  void whatWasAskedBeforeWakesAtOnce() {
    new Stop(true).onRequest(woken::incrementAndGet);
    assertEquals(1, woken.get());
  }

  @Test
  void nobodyIsWokenAfterTheEnd() {
    Stop stop = new Stop(false);
    stop.onRequest(woken::incrementAndGet);
    stop.onRequest(null);
    stop.request();
    assertEquals(0, woken.get());
  }
}

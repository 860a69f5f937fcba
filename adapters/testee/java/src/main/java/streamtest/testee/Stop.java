package streamtest.testee;

/**
 * Asks one read to stop waiting. Asking comes from another thread, and may come before the read
 * began or after its end. Thread-safe.
 */
public final class Stop {
  private boolean requested;
  private Runnable wake;

  /** A stop that may have been asked for already. */
  public Stop(boolean requested) {
    this.requested = requested;
  }

  /** Whether it was asked for. */
  public synchronized boolean isRequested() {
    return requested;
  }

  /**
   * {@code wake} is called once when it is asked for, at once if it has been, and in any thread. It
   * must not block. Called with null, it takes the last one back: once that returned, the last one
   * neither runs nor will.
   */
  public synchronized void onRequest(Runnable wake) {
    this.wake = wake;
    if (requested && wake != null) {
      wake.run();
    }
  }

  /** Asks. A second time does nothing. */
  public synchronized void request() {
    if (requested) {
      return;
    }
    requested = true;
    if (wake != null) {
      wake.run();
    }
  }
}

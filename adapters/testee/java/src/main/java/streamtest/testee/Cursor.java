package streamtest.testee;

/** One cursor. One read is under way at a time; {@link #close} comes from another thread. */
public interface Cursor {
  /**
   * The next event that matches; waits for it as long as it takes.
   *
   * @throws Refused {@code cancelled} if it was asked to stop, {@code cursor_closed}, {@code
   *     truncated}
   * @throws Exception a failure of what is behind the stream
   */
  Delivery next(Stop stop) throws Exception;

  /**
   * Closes it, perhaps from several threads at once.
   *
   * @throws Refused {@code cursor_closed} if it had been closed
   */
  void close() throws Exception;

  /** The cursor goes, closed or not. */
  default void destroy() throws Exception {
    close();
  }
}

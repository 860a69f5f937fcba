package streamtest.testee;

import java.util.List;
import java.util.OptionalLong;

/**
 * One stream, fresh and empty when it is made. Any member may be called by several threads at once.
 *
 * <p>What a stream doesn't have is left out of the {@link Hello}, and its member left as it is
 * here: the kit doesn't call it.
 */
public interface EventStream {
  /** Makes a stream from the request to make it. */
  interface Maker {
    EventStream make(Request request) throws Exception;
  }

  /**
   * The request to make a stream.
   *
   * @param application whose stream it is
   * @param eventTypes the types that it may get
   * @param uniqueName a name that no other stream has
   * @param variant one of the hello's, or empty
   */
  record Request(
      Identity application, List<String> eventTypes, String uniqueName, String variant) {}

  /**
   * Opens a cursor.
   *
   * @param offset compared as unsigned: any is possible
   * @param types perhaps none, perhaps repeated
   * @param cancelled the caller's token had asked to stop before the call
   */
  Cursor open(long offset, List<String> types, boolean cancelled) throws Exception;

  /**
   * Appends all or nothing.
   *
   * @param expected the next offset that the appender expects, where that is offered
   * @return the offset of each event; none if the stream doesn't tell
   */
  List<Long> append(List<Envelope> batch, OptionalLong expected) throws Exception;

  /** Whose stream it is. */
  default Identity application() throws Exception {
    throw new Refused("not_supported", "the stream doesn't know its application");
  }

  /** Which types it may get. */
  default List<String> eventTypes(boolean cancelled) throws Exception {
    throw new Refused("not_supported", "the stream doesn't know its event types");
  }

  /** Removes what lies before that offset, and gives the first one that is really retained. */
  default long truncate(long first) throws Exception {
    throw new Refused("not_supported");
  }

  /** Closes the stream, and opens it anew on what is stored. */
  default void reopen() throws Exception {
    throw new Refused("not_supported");
  }

  /** The next append fails, and nothing is written. */
  default void failNextAppend() throws Exception {
    throw new Refused("not_supported");
  }

  /** So many events of that type behind the last; nobody looks at their contents. */
  default void fill(String type, long count) throws Exception {
    throw new Refused("not_supported");
  }

  /** Returns when what was acknowledged is visible. */
  default void settle() throws Exception {
    throw new Refused("not_supported");
  }

  /** Another stream on the same backend. */
  default EventStream twin(Request request) throws Exception {
    throw new Refused("not_supported");
  }

  /** Closes the stream, and removes it from where it was stored. */
  default void drop() throws Exception {}
}

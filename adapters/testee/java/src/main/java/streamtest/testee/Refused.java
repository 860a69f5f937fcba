package streamtest.testee;

/**
 * The stream's refusal: one of the contract's kinds, such as {@code truncated} or {@code
 * cursor_closed}. Anything else that a stream throws is answered as {@code backend_failure}.
 */
public final class Refused extends Exception {
  private static final long serialVersionUID = 1L;

  private final String kind;

  /** A refusal of that kind, with nothing more to say of it. */
  public Refused(String kind) {
    this(kind, kind);
  }

  /** A refusal of that kind; the text is for people. */
  public Refused(String kind, String text) {
    super(text);
    this.kind = kind;
  }

  /** The kind, as the protocol spells it. */
  public String kind() {
    return kind;
  }
}

package streamtest.testee;

/** Who somebody is: a name for people and a key for machines. Both are empty if there is nobody. */
public record Identity(String name, String key) {
  /** Nobody. */
  public static final Identity NONE = new Identity("", "");
}

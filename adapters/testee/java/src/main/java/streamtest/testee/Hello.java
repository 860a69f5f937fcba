package streamtest.testee;

import java.util.List;
import java.util.Map;

/**
 * What a testee says of its stream before anything else, as docs/testee-protocol.md tells it.
 *
 * @param name shown on the certificate, with the stream's version
 * @param capabilities what it claims: true, a number or a text each
 * @param hooks which of the stream's members beyond the core it serves
 * @param lacks which means of the core the stream doesn't have
 * @param eventTypes their names, if it can carry only certain ones
 * @param boundaries page sizes that the cases should hit
 * @param variants names of configurations, one report each
 */
public record Hello(
    String name,
    Map<String, Object> capabilities,
    List<String> hooks,
    List<String> lacks,
    List<String> eventTypes,
    List<Long> boundaries,
    List<String> variants) {
  /** A stream that has all of the core and nothing else. */
  public Hello(String name) {
    this(name, Map.of(), List.of(), List.of(), List.of(), List.of(), List.of());
  }

  /** The same with these capabilities. */
  public Hello claiming(Map<String, Object> claims) {
    return new Hello(name, claims, hooks, lacks, eventTypes, boundaries, variants);
  }

  /** The same with these hooks. */
  public Hello serving(String... served) {
    return new Hello(
        name, capabilities, List.of(served), lacks, eventTypes, boundaries, variants);
  }

  /** The same without these means of the core. */
  public Hello lacking(String... missing) {
    return new Hello(
        name, capabilities, hooks, List.of(missing), eventTypes, boundaries, variants);
  }

  /** The same with pages of these sizes. */
  public Hello paging(Long... sizes) {
    return new Hello(name, capabilities, hooks, lacks, eventTypes, List.of(sizes), variants);
  }
}

package streamtest.testee;

/**
 * What a read gives.
 *
 * @param offset where the event stands; compared and written as unsigned
 */
public record Delivery(long offset, Envelope envelope) {}

package streamtest.testee;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import streamtest.testee.axon.AxonJdbc;
import streamtest.testee.axon.AxonMemory;
import streamtest.testee.axon.Reading;

/** {@code java -jar streamtest-testee.jar --stream NAME [--listen PORT]}. */
public final class Main {
  private static final String USAGE =
      """
      usage: java -jar streamtest-testee.jar --stream NAME [--listen PORT]

        --stream NAME  one of %s
        --listen PORT  on loopback, for tcp:127.0.0.1:PORT, until the standard input ends;
                       0: a free port

      Testees over published event streams, for streamtest. For example:
        streamtest certify "exec:java -jar streamtest-testee.jar --stream axon-memory"
      """;

  private Main() {}

  private record Offered(Hello hello, EventStream.Maker maker) {}

  private static Map<String, Offered> offered() {
    return new TreeMap<>(
        Map.of(
            "memory", new Offered(MemoryStream.hello(), MemoryStream::new),
            "axon-memory", axonMemory(Reading.BLOCKING),
            "axon-memory-polled", axonMemory(Reading.POLLING),
            "axon-jdbc", axonJdbc(Reading.BLOCKING),
            "axon-jdbc-polled", axonJdbc(Reading.POLLING)));
  }

  private static Offered axonMemory(Reading reading) {
    return new Offered(AxonMemory.hello(reading), request -> new AxonMemory(reading));
  }

  private static Offered axonJdbc(Reading reading) {
    return new Offered(AxonJdbc.hello(reading), request -> new AxonJdbc(reading));
  }

  /** Exit code 2 if the arguments are none that it knows. */
  public static void main(String[] arguments) throws IOException {
    Map<String, Offered> offered = offered();
    Offered stream = null;
    Integer port = null;
    try {
      for (int i = 0; i < arguments.length; i += 2) {
        switch (arguments[i]) {
          case "--stream" -> stream = offered.get(arguments[i + 1]);
          case "--listen" -> port = Integer.valueOf(arguments[i + 1]);
          default -> throw new IllegalArgumentException(arguments[i]);
        }
      }
    } catch (ArrayIndexOutOfBoundsException | IllegalArgumentException wrong) {
      stream = null;
    }
    if (stream == null) {
      System.err.printf(USAGE, String.join(", ", offered.keySet()));
      System.exit(2);
    }
    if (port == null) {
      Testee.serve(stream.hello(), stream.maker());
    } else {
      Testee.listen(stream.hello(), stream.maker(), port);
    }
    System.exit(0); // whatever threads a stream has left
  }
}

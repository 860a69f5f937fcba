package streamtest.testee;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Lets streamtest certify an event stream that lives on the Java platform. Implement {@link
 * EventStream} and {@link Cursor}, throw {@link Refused} for what the contract calls an error, and
 * serve:
 *
 * <pre>{@code
 * public static void main(String[] arguments) throws IOException {
 *   Testee.serve(new Hello("mystream 1.0"), MyStream::new);
 * }
 * }</pre>
 *
 * <p>{@code listen} instead of {@code serve} lets it be reached by TCP. The protocol is told in
 * docs/testee-protocol.md of the kit.
 */
public final class Testee {
  private Testee() {}

  /** Something to do at an end, which may fail. */
  interface End {
    void run() throws Exception;
  }

  /**
   * Says hello on the standard output, answers until the standard input ends, and drops what is
   * left. What a stream prints meanwhile goes to the standard error.
   *
   * @throws IOException the standard input or output broke
   */
  public static void serve(Hello hello, EventStream.Maker maker) throws IOException {
    PrintStream output = System.out;
    System.setOut(System.err); // what a stream prints must not come between the answers
    Map<String, EventStream> streams = new ConcurrentHashMap<>();
    new Connection(maker, streams, workers(), output).serve(hello, System.in);
    streams.values().forEach(stream -> end("a stream", stream::drop));
  }

  /**
   * Serves each connection as {@link #serve} does its input, on loopback, until the standard input
   * ends. Prints the port. Streams are those of all connections, cursors are destroyed with theirs.
   *
   * @param port 0 for a free one
   * @throws IOException nobody can listen there
   */
  public static void listen(Hello hello, EventStream.Maker maker, int port) throws IOException {
    PrintStream output = System.out;
    System.setOut(System.err);
    Map<String, EventStream> streams = new ConcurrentHashMap<>();
    ExecutorService workers = workers();
    try (ServerSocket server = new ServerSocket(port, 0, InetAddress.getLoopbackAddress())) {
      workers.execute(() -> acceptAll(server, hello, maker, streams, workers));
      output.println(server.getLocalPort());
      output.flush();
      System.in.transferTo(OutputStream.nullOutputStream());
    }
    streams.values().forEach(stream -> end("a stream", stream::drop));
  }

  private static void acceptAll(
      ServerSocket server,
      Hello hello,
      EventStream.Maker maker,
      Map<String, EventStream> streams,
      ExecutorService workers) {
    while (true) {
      try {
        Socket socket = server.accept();
        workers.execute(() -> serve(socket, hello, maker, streams, workers));
      } catch (IOException closed) {
        return; // the standard input has ended
      }
    }
  }

  private static void serve(
      Socket socket,
      Hello hello,
      EventStream.Maker maker,
      Map<String, EventStream> streams,
      ExecutorService workers) {
    try (socket;
        InputStream input = socket.getInputStream()) {
      socket.setTcpNoDelay(true);
      new Connection(maker, streams, workers, socket.getOutputStream()).serve(hello, input);
    } catch (IOException broken) {
      return; // its cursors have gone with it
    }
  }

  /** The others end all the same. */
  static void end(String what, End end) {
    try {
      end.run();
    } catch (Exception failure) {
      System.err.println(what + " was left behind: " + failure);
    }
  }

  /** They end with the process, whatever they wait for. */
  private static ExecutorService workers() {
    return Executors.newCachedThreadPool(
        task -> {
          Thread thread = new Thread(task, "testee");
          thread.setDaemon(true);
          return thread;
        });
  }
}

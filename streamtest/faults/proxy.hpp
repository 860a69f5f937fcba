#ifndef STREAMTEST_FAULTS_PROXY_HPP
#define STREAMTEST_FAULTS_PROXY_HPP

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace streamtest {

/// One way through a proxy.
enum class Direction { to_server, to_client };

/// A TCP proxy on loopback whose network fails on command, for a stream that reaches its backend by
/// TCP: the harness gives its client the proxy's address instead of the server's, and offers the
/// proxy to the cases by the hook `network`. ERR-2, ERR-3, CLS-4.
///
/// Lifetime: connections live until one side ends them, a fault does, or the proxy is destroyed,
/// which cuts them. Thread-safety: every member from any thread; a fault is in force when the call
/// returns, and no byte passes against it afterwards. One thread of its own moves the bytes, and
/// keeps at most 64 KiB a connection and direction.
class FaultProxy {
 public:
  /// Listens on a free port of 127.0.0.1. The server need not be there yet: it is connected to anew
  /// for each client. Throws `boost::system::system_error` if the host can't be resolved or there
  /// is no port.
  FaultProxy(const std::string& host, std::uint16_t port);
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;
  ~FaultProxy();

  /// Where clients connect to.
  std::uint16_t port() const;
  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }

  /// Resets every connection, in the middle of what is under way. New ones are served.
  void cut();
  /// As cut(), and new connections are reset as well until heal(): the server is gone.
  void refuse();
  /// No byte moves any more on the connections that there are, either way, and nobody is told; new
  /// ones are served. Until heal(): a cable pulled, a peer that vanished.
  void stall();
  /// Tells the receiving side of every connection that nothing more comes, as an orderly end does;
  /// the other way goes on.
  void half_close(Direction direction);
  /// From now on bytes arrive so much later.
  void delay(std::chrono::microseconds delay);
  /// Lets so many more bytes through to clients, counted over all connections, and cuts them all
  /// when there is another one; once.
  void limit(std::uint64_t bytes);
  /// Ends refuse(), stall(), delay() and limit(). What was held back goes on its way.
  void heal();

  /// Connections that clients made so far, served or not.
  std::uint64_t connections() const;
  /// Waits for the first one; false if the patience is over before. A client may connect in its own
  /// time.
  bool await_connection(std::chrono::nanoseconds patience) const;

 private:
  class Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace streamtest

#endif

#ifndef STREAMTEST_TESTS_CONFORMANCE_NETWORK_BARE_STREAMS_HPP
#define STREAMTEST_TESTS_CONFORMANCE_NETWORK_BARE_STREAMS_HPP

#include <cstddef>
#include <memory>

namespace network {

/// Callback streams of gRPC, as bare as they can be written: a server whose calls wait until there
/// is a message for them, and a client that reads them.
class BareStreams {
 public:
  explicit BareStreams(std::size_t connections);
  ~BareStreams();

  void open();
  /// How many calls wait at the server.
  std::size_t waiting() const;
  /// Sends one message to each.
  void append();
  /// How many have it.
  std::size_t reached() const;

 private:
  class Inside;
  const std::unique_ptr<Inside> inside_;
};

}  // namespace network

#endif

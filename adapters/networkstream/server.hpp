#ifndef NETWORKSTREAM_SERVER_HPP
#define NETWORKSTREAM_SERVER_HPP

#include <networkstream/control.hpp>
#include <networkstream/served.hpp>
#include <networkstream/tls.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace networkstream {

struct ServerOptions {
  /// Where to listen: "HOST:PORT", "[::]:PORT" or "unix:PATH". Port 0 takes a free one.
  std::string address = "127.0.0.1:0";
  /// Unset: whoever can reach the address can read, and see what others read.
  std::optional<ServerTls> tls = {};
  /// Encodes events for readers that don't know the media type they are stored in. Empty: they are
  /// refused.
  Transcoder transcoder = {};
  /// How many threads look for the events that waiting readers get.
  std::size_t threads = 1;
  /// A peer that says nothing for so long is asked whether it is there, and given up if it doesn't
  /// answer within the second time.
  std::chrono::milliseconds keepalive{20'000};
  std::chrono::milliseconds keepalive_timeout{10'000};
  /// Lets clients replace, append to and truncate streams. Never for production.
  std::optional<Control> control = {};
};

/// Serves the streams of any number of applications by gRPC: `StreamAPI` of the Dogma tool chain,
/// as docs/network-stream.md says. Readers in any language; ours is networkstream::Stream.
///
/// No call has a thread of its own, and few events are in hand for each, so that ten thousand
/// readers cost memory only, and a slow or vanished one its own (CON-4). What a stream says of
/// itself goes to the reader as a status: truncation, damage, failure.
///
/// Thread-safety: every member from any thread, but not from inside a transcoder, a stream or the
/// control, for which serve(), withdraw() and stop() may wait. Lifetime: the destructor stops it.
class Server {
 public:
  /// Listens when it returns. Throws `std::runtime_error` that says why if it can't.
  explicit Server(ServerOptions options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// "HOST:PORT" with the port that was taken.
  const std::string& address() const;

  /// Offers the stream under this key, instead of what was offered before: whoever reads that is
  /// told so and gets no event of this one. Throws `std::invalid_argument` if the key is empty, the
  /// stream is null or a type has no media type.
  void serve(const std::string& application_key, Served served);
  /// False if nobody knows the key. Its readers are told.
  bool withdraw(const std::string& application_key);

  /// Tells every reader that the server is stopping, and refuses new ones; nothing is served any
  /// more. A second caller waits for the first. Waits for its calls to end, which takes no peer's
  /// consent: those that don't take the news within a second are cut.
  void stop();

 private:
  class Inside;
  const std::unique_ptr<Inside> inside_;
};

}  // namespace networkstream

#endif

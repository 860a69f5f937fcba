#ifndef TESTEE_CONNECTION_HPP
#define TESTEE_CONNECTION_HPP

#include <nlohmann/json.hpp>

#include <atomic>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace testee {

using Json = nlohmann::json;

/// Where a testee listens.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};

/// The testee is of no use any more.
class Lost : public std::runtime_error {
 public:
  Lost(const std::string& what, bool misbehaved)
      : std::runtime_error(what), misbehaved_(misbehaved) {}

  /// It broke the protocol, so that nothing is known about its stream; else it ended.
  bool misbehaved() const { return misbehaved_; }

 private:
  bool misbehaved_;
};

/// Why a testee is lost. A value, because an exception must not be shared by threads.
struct Loss {
  std::string reason;
  bool misbehaved = false;
};

/// The answer to a request, when it comes.
class Reply {
 public:
  using Outcome = std::variant<Json, Loss>;

  explicit Reply(std::future<Outcome> outcome) : outcome_(std::move(outcome)) {}

  /// Waits for it; once. Throws `Lost` if the testee is lost before it comes.
  Json get();

 private:
  std::future<Outcome> outcome_;
};

/// A testee, started by this or listening elsewhere: requests go out, answers come in in any order
/// (docs/testee-protocol.md).
///
/// Thread-safety: every member from any thread. Requests never wait for the testee to read them.
/// One thread of its own moves the bytes; the destructor closes the testee's input and gives it two
/// seconds to end; one that was started is killed then.
class Connection {
 public:
  /// Starts the command and waits for its hello, for half a minute at most. Throws `Lost`, also if
  /// the hello isn't one.
  explicit Connection(const std::string& command);
  /// Connects to one that listens, and waits for its hello, for three seconds each. While a request
  /// waits for its answer the testee is asked for a sign of life; one that says nothing for three
  /// seconds is lost, as is one whose connection breaks. Throws `Lost` as above.
  explicit Connection(const Endpoint& endpoint);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  const Json& hello() const { return hello_; }

  /// Sends a request and gives its id and its answer to come, the whole object.
  std::pair<std::uint64_t, Reply> start(Json request);

  /// The answer to a request. Throws `Lost`.
  Json call(Json request) { return start(std::move(request)).second.get(); }

  /// Why it is of no use any more, if so.
  std::optional<Loss> loss() const;

  /// A name that was never used in this connection: "s1", "c2", …
  std::string new_name(const char* prefix) { return prefix + std::to_string(++last_name_); }

 private:
  class Inside;
  explicit Connection(std::unique_ptr<Inside> inside);

  std::unique_ptr<Inside> inside_;
  Json hello_;
  std::atomic<std::uint64_t> last_name_ = 0;
};

}  // namespace testee

#endif

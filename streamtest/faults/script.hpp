#ifndef STREAMTEST_FAULTS_SCRIPT_HPP
#define STREAMTEST_FAULTS_SCRIPT_HPP

#include <streamtest/faults/proxy.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace streamtest {

/// A fault script can't be read. The text begins with the line ("line 3: …") and says what to do.
class FaultScriptError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a network goes through, step by step: a text with one step a line.
///
///     # A connection that is slow, breaks now and then, and is gone for a while in the end.
///     delay 2ms..20ms
///     limit 1000..5000
///     wait 200ms..1s
///     refuse
///     wait 500ms
///     heal
///     repeat
///
/// | step | what it does |
/// |---|---|
/// | `wait T` | lets so much time go by before the next step |
/// | `cut`, `refuse`, `stall`, `heal` | as the members of FaultProxy say |
/// | `half_close to_client`, `half_close to_server` | likewise |
/// | `delay T`, `limit N` | likewise; N in bytes |
/// | `repeat` | begins anew; only at the end, and only if something is waited for |
///
/// T is a whole number with `us`, `ms` or `s`, up to an hour; N a whole number up to 2^40. Either
/// may be a range, `LOW..HIGH`: a random value in it, both included, another one each time. A `#`
/// and what follows it is a comment.
///
/// A value; immutable.
class FaultScript {
 public:
  /// Throws FaultScriptError for a step that isn't known, an argument that is missing, left over or
  /// out of range, a `repeat` that isn't last or would go round without a wait, and a text without
  /// a step.
  static FaultScript parse(std::string_view text);

  struct Step {
    enum class Kind { wait, cut, refuse, stall, half_close, delay, limit, heal, repeat };
    Kind kind = Kind::wait;
    Direction direction = Direction::to_client;
    std::uint64_t low = 0;  ///< of a range; in microseconds or bytes
    std::uint64_t high = 0;
  };
  const std::vector<Step>& steps() const { return steps_; }

 private:
  std::vector<Step> steps_;
};

/// Plays a script on a proxy, in a thread of its own, from its construction on. Every random value
/// comes from the seed.
///
/// Lifetime: the proxy must outlive it. The destructor stops at the step that is under way, at
/// once, and leaves the network as it is then. Thread-safe.
class FaultPlayer {
 public:
  /// Told of each step as it begins, in the player's thread: "delay 12 ms". Mustn't throw; while it
  /// blocks the network stays as it is.
  using Log = std::function<void(const std::string& step)>;

  FaultPlayer(FaultProxy& proxy, FaultScript script, std::uint64_t seed, Log log = {});
  FaultPlayer(const FaultPlayer&) = delete;
  FaultPlayer& operator=(const FaultPlayer&) = delete;
  ~FaultPlayer();

  /// The last step was taken. Never with `repeat`.
  bool finished() const;
  /// Blocks until it is finished.
  void wait() const;

 private:
  class Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace streamtest

#endif

#ifndef TESTEE_PLUGIN_KIT_SIDE_HPP
#define TESTEE_PLUGIN_KIT_SIDE_HPP

#include <streamtest/certify/options.hpp>
#include <streamtest/subject/harness.hpp>
#include <streamtest/subject/witness.hpp>

#include <testee/hello.hpp>
#include <testee/plugin/claims.hpp>
#include <testee/stream.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

// What the plug-ins for testees share: how the kit meets a testee, and all of a harness but what
// its readers do.

namespace testee {

/// A testee that ends takes its stream along; of one that breaks the protocol nothing is known.
[[noreturn]] inline void tell(const std::string& reason, bool misbehaved) {
  if (misbehaved) throw streamtest::HarnessFailure(reason);
  throw streamtest::StreamLost(reason);
}

template <typename Call>
auto told(Call call) {
  try {
    return call();
  } catch (const Lost& lost) {
    tell(lost.what(), lost.misbehaved());
  }
}

/// The connection to a running testee, and a fresh one when that is lost. Thread-safe.
class Testees {
 public:
  using Connect = std::function<std::shared_ptr<Connection>()>;

  explicit Testees(Connect connect) : connect_(std::move(connect)) {}

  /// Throws `Lost` if none can be started.
  std::shared_ptr<Connection> running() {
    std::lock_guard lock(mutex_);
    if (connection_ && connection_->loss()) {
      if (in_case_) replaced_ = connection_->loss();
      connection_.reset();
    }
    in_case_ = true;
    if (!connection_) connection_ = start();
    return connection_;
  }

  /// Tells of a testee that was lost when nobody asked it for anything but to drop its streams.
  /// What comes out later than this is no case's.
  void after_case() {
    std::lock_guard lock(mutex_);
    in_case_ = false;
    std::optional<Loss> lost = std::exchange(replaced_, std::nullopt);
    if (!lost && connection_) lost = connection_->loss();
    if (lost) tell(lost->reason, lost->misbehaved);
  }

 private:
  /// One that can't even be started says nothing of its stream.
  std::shared_ptr<Connection> start() const {
    try {
      return connect_();
    } catch (const Lost& lost) {
      throw Lost(lost.what(), true);
    }
  }

  std::mutex mutex_;
  Connect connect_;
  std::shared_ptr<Connection> connection_;
  bool in_case_ = false;
  std::optional<Loss> replaced_;
};

/// A cursor of this library as the kit reads it.
template <typename Inside>
struct ToldCursor {
  eventstream::Result<eventstream::Event> next(const std::stop_token& token) {
    return told([&] { return inside.next(token); });
  }
  eventstream::Result<void> close() {
    return told([&] { return inside.close(); });
  }

  Inside inside;
};

/// A stream of this library, or a reference to one, whose cursors are `Cursor`s.
template <typename Inside, typename Cursor>
struct ToldStream {
  eventstream::Identity application() {
    return told([&] { return inside.application(); });
  }
  eventstream::Result<eventstream::EventTypeSet> event_types(const std::stop_token& token) {
    return told([&] { return inside.event_types(token); });
  }
  eventstream::Result<ToldCursor<Cursor>> open(eventstream::Offset offset,
                                               const eventstream::EventTypeSet& filter,
                                               const std::stop_token& token) {
    return told([&]() -> eventstream::Result<ToldCursor<Cursor>> {
      eventstream::Result<Cursor> cursor = inside.open(offset, filter, token);
      if (!cursor) return cursor.error();
      return ToldCursor<Cursor>{*std::move(cursor)};
    });
  }

  Inside inside;
};

/// A harness's hooks, each a request. Which of them there really are is told by the hello.
class Hooks {
 public:
  static streamtest::Capabilities capabilities() { return {}; }
  Hooks(Stream stream, bool settles) : made_(std::move(stream)), settles_(settles) {}

  eventstream::Result<streamtest::Offsets> append(std::span<const eventstream::Parcel> batch) {
    return told([&] { return made_.append(batch); });
  }
  eventstream::Result<streamtest::Offsets> append_expecting(
      std::span<const eventstream::Parcel> batch, eventstream::Offset expected) {
    return told([&] { return made_.append(batch, expected); });
  }
  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first_retained) {
    return told([&] { return made_.truncate(first_retained); });
  }
  void fail_next_append() {
    told([&] { made_.fail_next_append(); });
  }
  void reopen() {
    told([&] { made_.reopen(); });
  }
  void fill(const eventstream::EventType& type, std::uint64_t count) {
    told([&] { made_.fill(type, count); });
  }
  void settle() {
    if (settles_) told([&] { made_.settle(); });
  }

 protected:
  /// The testee's stream, by the connection that made it.
  Stream& made() { return made_; }
  Stream made_twin(const streamtest::Scenario& scenario) { return {made_, request(scenario)}; }
  bool settles() const { return settles_; }

 private:
  Stream made_;
  bool settles_;
};

/// The hello of the testee that is met first. Throws `streamtest::UsageError` that names the target
/// if there is none.
inline Hello first_hello(Testees& testees, const std::string& target) {
  try {
    return hello_from(testees.running()->hello());
  } catch (const std::exception& error) {
    throw streamtest::UsageError(target + ": " + error.what());
  }
}

/// The factory of harnesses that are made of a testee's fresh stream and of whether it settles.
template <typename Harness, typename Make>
streamtest::SubjectFactory factory_of(const std::shared_ptr<Testees>& testees, const Hello& hello,
                                      Make make) {
  streamtest::SubjectFactory factory = streamtest::make_factory<Harness>(
      hello.name,
      [testees, make, settles = serves(hello, "settle")](const streamtest::Scenario& scenario) {
        return told([&] { return make(Stream(testees->running(), request(scenario)), settles); });
      });
  declare(factory, hello);
  factory.after_case = [testees] { testees->after_case(); };
  return factory;
}

}  // namespace testee

#endif

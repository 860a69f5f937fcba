#include <streamtest/certify/options.hpp>
#include <streamtest/certify/plugin.hpp>
#include <streamtest/subject/witness.hpp>

#include <testee/hello.hpp>
#include <testee/stream.hpp>

#include <array>
#include <mutex>

// The targets `exec:COMMAND`: the testee's stream as the kit sees it.

namespace {

using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using streamtest::Capabilities;
using streamtest::Hooks;
using streamtest::UsageError;
using testee::Json;

/// A testee that ends takes its stream along; of one that breaks the protocol nothing is known.
[[noreturn]] void tell(const std::string& reason, bool misbehaved) {
  if (misbehaved) throw streamtest::HarnessFailure(reason);
  throw streamtest::StreamLost(reason);
}

template <typename Call>
auto told(Call call) {
  try {
    return call();
  } catch (const testee::Lost& lost) {
    tell(lost.what(), lost.misbehaved());
  }
}

/// The running testee, and a fresh one when that is lost. Thread-safe.
class Testees {
 public:
  explicit Testees(std::string command) : command_(std::move(command)) {}

  /// Throws `testee::Lost` if none can be started.
  std::shared_ptr<testee::Connection> running() {
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
    std::optional<testee::Loss> lost = std::exchange(replaced_, std::nullopt);
    if (!lost && connection_) lost = connection_->loss();
    if (lost) tell(lost->reason, lost->misbehaved);
  }

 private:
  /// One that can't even be started says nothing of its stream.
  std::shared_ptr<testee::Connection> start() const {
    try {
      return std::make_shared<testee::Connection>(command_);
    } catch (const testee::Lost& lost) {
      throw testee::Lost(lost.what(), true);
    }
  }

  std::mutex mutex_;
  std::string command_;
  std::shared_ptr<testee::Connection> connection_;
  bool in_case_ = false;
  std::optional<testee::Loss> replaced_;
};

struct Cursor {
  Result<Event> next(const std::stop_token& token) {
    return told([&] { return cursor.next(token); });
  }
  Result<void> close() {
    return told([&] { return cursor.close(); });
  }

  testee::Cursor cursor;
};

struct Stream {
  Identity application() {
    return told([&] { return stream.application(); });
  }
  Result<EventTypeSet> event_types(const std::stop_token& token) {
    return told([&] { return stream.event_types(token); });
  }
  Result<Cursor> open(Offset offset, const EventTypeSet& filter, const std::stop_token& token) {
    return told([&]() -> Result<Cursor> {
      Result<testee::Cursor> cursor = stream.open(offset, filter, token);
      if (!cursor) return cursor.error();
      return Cursor{*std::move(cursor)};
    });
  }

  testee::Stream stream;
};

testee::StreamRequest request(const streamtest::Scenario& scenario) {
  return {.application = scenario.application,
          .event_types = scenario.event_types,
          .unique_name = scenario.unique_name,
          .variant = scenario.variant};
}

/// Which hooks there really are is told by the hello.
class Harness {
 public:
  static Capabilities capabilities() { return {}; }
  Harness(testee::Stream stream, bool settles) : stream_{std::move(stream)}, settles_(settles) {}

  Stream& stream() { return stream_; }
  Result<streamtest::Offsets> append(std::span<const Parcel> batch) {
    return told([&] { return inside().append(batch); });
  }
  Result<streamtest::Offsets> append_expecting(std::span<const Parcel> batch, Offset expected) {
    return told([&] { return inside().append(batch, expected); });
  }
  Result<Offset> truncate(Offset first_retained) {
    return told([&] { return inside().truncate(first_retained); });
  }
  void fail_next_append() {
    told([&] { inside().fail_next_append(); });
  }
  void reopen() {
    told([&] { inside().reopen(); });
  }
  void fill(const eventstream::EventType& type, std::uint64_t count) {
    told([&] { inside().fill(type, count); });
  }
  std::unique_ptr<Harness> twin(const streamtest::Scenario& scenario) {
    return told([&] {
      return std::make_unique<Harness>(testee::Stream(inside(), request(scenario)), settles_);
    });
  }
  void settle() {
    if (settles_) told([&] { inside().settle(); });
  }

 private:
  testee::Stream& inside() { return stream_.stream; }

  Stream stream_;
  bool settles_;
};

constexpr std::array<std::pair<std::string_view, bool Capabilities::*>, 8> flags{
    {{"retention", &Capabilities::retention},
     {"coarse_position", &Capabilities::coarse_position},
     {"sparse_offsets", &Capabilities::sparse_offsets},
     {"lenient_cancellation", &Capabilities::lenient_cancellation},
     {"lazy_type_check", &Capabilities::lazy_type_check},
     {"conditional_append", &Capabilities::conditional_append},
     {"cursors_outlive_stream", &Capabilities::cursors_outlive_stream},
     {"twin", &Capabilities::twin}}};

constexpr std::array<std::pair<std::string_view, std::optional<std::uint64_t> Capabilities::*>, 5>
    limits{{{"max_event_size", &Capabilities::max_event_size},
            {"max_batch_events", &Capabilities::max_batch_events},
            {"max_batch_bytes", &Capabilities::max_batch_bytes},
            {"max_filter_types", &Capabilities::max_filter_types},
            {"max_cursors", &Capabilities::max_cursors}}};

constexpr std::array<std::pair<std::string_view, bool Hooks::*>, 7> hooks{
    {{"truncate", &Hooks::truncate},
     {"reopen", &Hooks::reopen},
     {"append_expecting", &Hooks::append_expecting},
     {"fail_next_append", &Hooks::fail_next_append},
     {"fill", &Hooks::fill},
     {"twin", &Hooks::twin},
     {"settle", &Hooks::settle}}};

[[noreturn]] void bad_claim(const std::string& name, const Json& value, std::string_view wanted) {
  throw UsageError("the testee's hello: capability \"" + name + "\" must be " +
                   std::string(wanted) + ", and is " + value.dump());
}

bool claim_truncation(Capabilities& claims, const std::string& value) {
  if (value == "strict" || value == "coarse" || value == "held") {
    claims.truncation = value == "strict"   ? streamtest::Truncation::strict
                        : value == "coarse" ? streamtest::Truncation::coarse
                                            : streamtest::Truncation::held;
    return true;
  }
  if (!value.starts_with("held(") || !value.ends_with(")")) return false;
  const Json held = Json::parse(value.substr(5, value.size() - 6), nullptr, false);
  if (!held.is_number_unsigned()) return false;
  claims.truncation = streamtest::Truncation::held;
  claims.held_events = held.get<std::uint64_t>();
  return true;
}

void claim(Capabilities& claims, const std::string& name, const Json& value) {
  for (const auto& [known, member] : flags)
    if (name == known) {
      if (!value.is_boolean()) bad_claim(name, value, "true");
      claims.*member = value.get<bool>();
      return;
    }
  for (const auto& [known, member] : limits)
    if (name == known) {
      if (!value.is_number_unsigned() || value == 0) bad_claim(name, value, "a number above 0");
      claims.*member = value.get<std::uint64_t>();
      return;
    }
  if (name == "staleness") {
    constexpr std::uint64_t longest = 24 * 3600 * 1000;
    if (!value.is_number_unsigned() || value > longest)
      bad_claim(name, value, "a number of milliseconds, at most a day");
    claims.staleness = std::chrono::milliseconds(value.get<std::uint64_t>());
  } else if (name == "truncation") {
    if (!value.is_string() || !claim_truncation(claims, value.get<std::string>()))
      bad_claim(name, value, "strict, held, held(N) or coarse");
  } else if (name == "durability" || name == "damage_detection") {
    throw UsageError("the testee's hello: \"" + name +
                     "\" can't be claimed, because this protocol has no means to kill or damage a "
                     "stream; leave it out");
  } else {
    throw UsageError("the testee's hello: there is no capability \"" + name + "\"");
  }
}

Hooks hooks_of(const testee::Hello& hello) {
  Hooks served;
  for (const std::string& name : hello.hooks) {
    const auto known = std::ranges::find(hooks, name, &decltype(hooks)::value_type::first);
    if (known == hooks.end())
      throw UsageError("the testee's hello: there is no hook \"" + name + "\"");
    served.*known->second = true;
  }
  return served;
}

streamtest::Lacks lacks_of(const testee::Hello& hello) {
  streamtest::Lacks lacks;
  for (const std::string& name : hello.lacks) {
    const auto means = streamtest::means_named(name);
    if (!means)
      throw UsageError("the testee's hello: there is no means \"" + name +
                       "\" of the core that a stream could lack");
    lacks.insert(*means);
  }
  return lacks;
}

/// A key in the form of a UUID that no other name gives.
Identity with_uuid(std::string_view unique_name) {
  std::uint64_t halves[2] = {14695981039346656037ULL, 1099511628211ULL};
  for (std::uint64_t& half : halves)
    for (const char letter : unique_name)  // FNV-1a, from two beginnings
      half = (half ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-8%03x-%012llx",
                static_cast<unsigned>(halves[0] >> 32),
                static_cast<unsigned>(halves[0] >> 16 & 0xffff),
                static_cast<unsigned>(halves[0] & 0xfff), static_cast<unsigned>(halves[1] >> 52),
                static_cast<unsigned long long>(halves[1] & 0xffffffffffff));
  return {std::string(unique_name), text};
}

streamtest::SubjectFactory factory_for(const std::string& command) {
  if (command.empty())
    throw UsageError("exec: needs a command behind the colon, such as 'exec:python3 mytestee.py'");
  const auto testees = std::make_shared<Testees>(command);
  testee::Hello hello;
  try {
    hello = testee::hello_from(testees->running()->hello());
  } catch (const std::exception& error) {
    throw UsageError("exec:" + command + ": " + error.what());
  }
  const Hooks served = hooks_of(hello);
  streamtest::SubjectFactory factory = streamtest::make_factory<Harness>(
      hello.name, [testees, served](const streamtest::Scenario& scenario) {
        return told([&] {
          return std::make_unique<Harness>(testee::Stream(testees->running(), request(scenario)),
                                           served.settle);
        });
      });
  for (const auto& [name, value] : hello.capabilities) claim(factory.capabilities, name, value);
  factory.hooks = served;
  factory.lacks = lacks_of(hello);
  factory.variants = hello.variants;
  factory.boundaries = hello.boundaries;
  for (const std::string& name : hello.event_types)
    factory.vocabulary.event_types.emplace_back(name);
  if (hello.identity == testee::Hello::Identity::uuid) factory.vocabulary.identity = with_uuid;
  factory.after_case = [testees] { testees->after_case(); };
  factory.in_another_process = true;
  return factory;
}

}  // namespace

STREAMTEST_PLUGIN_FACTORY("testee", factory_for);

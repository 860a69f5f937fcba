#ifndef STREAMTEST_SUBJECT_SUBJECT_HPP
#define STREAMTEST_SUBJECT_SUBJECT_HPP

#include <eventstream/cursor.hpp>
#include <eventstream/event.hpp>
#include <eventstream/event_type.hpp>
#include <eventstream/identity.hpp>
#include <eventstream/result.hpp>
#include <streamtest/rules/rule.hpp>
#include <streamtest/subject/capabilities.hpp>
#include <streamtest/subject/means.hpp>
#include <streamtest/subject/scenario.hpp>
#include <streamtest/subject/vocabulary.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace eventstream {
class Appender;
class Stream;
}  // namespace eventstream

namespace streamtest {

class HandlerSubject;
class ConsumerSubject;
class FaultProxy;

/// A cursor of any type. Threads: as the contract says of cursors.
class AnyCursor {
 public:
  AnyCursor() = default;
  AnyCursor(const AnyCursor&) = delete;
  AnyCursor& operator=(const AnyCursor&) = delete;
  virtual ~AnyCursor() = default;

  virtual eventstream::Result<eventstream::Event> next(std::stop_token token) = 0;
  virtual eventstream::Result<void> close() = 0;

  /// The cursor itself if it is the project's own, which also reads asynchronously and without
  /// waiting; else null.
  virtual eventstream::Cursor* native() { return nullptr; }
};

/// What happens to what is stored.
enum class Damage {
  flipped_byte,  ///< a byte of an event, or of what leads to it, is another one
  torn_tail,     ///< what was written last is there in part, as a crash of the machine leaves it
};

/// What a harness can do beyond append, seen from its members.
struct Hooks {
  bool truncate = false;
  bool append_expecting = false;
  bool fail_next_append = false;
  bool reopen = false;
  bool attaches = false;
  bool damage = false;
  bool fill = false;
  bool twin = false;
  bool settle = false;
  bool async_append = false;
  bool network = false;
  bool fail_next = false;  ///< a handler's
};

/// One fresh stream under test with its harness, type-erased. Hooks that the harness lacks throw
/// `std::logic_error`; cases ask first.
class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;

  virtual eventstream::Identity application() = 0;
  virtual eventstream::Result<eventstream::EventTypeSet> event_types(std::stop_token token) = 0;
  virtual eventstream::Result<std::unique_ptr<AnyCursor>> open(
      eventstream::Offset offset, const eventstream::EventTypeSet& filter,
      std::stop_token token) = 0;

  virtual eventstream::Result<std::vector<eventstream::Offset>> append(
      std::span<const eventstream::Parcel> batch) = 0;
  using Appended = std::function<void(eventstream::Result<std::vector<eventstream::Offset>>)>;
  /// As append(), without waiting; `done` is called once, perhaps within this call.
  virtual void async_append(std::vector<eventstream::Parcel> batch, Appended done) {
    done(append(batch));
  }
  virtual eventstream::Result<std::vector<eventstream::Offset>> append_expecting(
      std::span<const eventstream::Parcel> batch, eventstream::Offset expected) = 0;
  virtual eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first_retained) = 0;
  virtual void fail_next_append() = 0;
  virtual void reopen() = 0;
  virtual void fill(const eventstream::EventType& type, std::uint64_t count) = 0;
  virtual void damage(Damage kind, std::uint64_t choice) = 0;
  virtual std::unique_ptr<Subject> twin(const Scenario& scenario) = 0;
  /// The proxy between the stream and its backend.
  virtual FaultProxy& network() = 0;
  /// Returns once what was acknowledged is visible; does nothing without the hook.
  virtual void settle() = 0;

  /// The stream itself if it derives from the project's interfaces, for benchmarks; else null.
  virtual eventstream::Stream* native_stream() { return nullptr; }
  virtual eventstream::Appender* native_appender() { return nullptr; }
};

/// A kind of stream, handler or consumer to certify: what it claims and how to make one. A value;
/// what makes one may be called from any thread, and throws what the harness throws.
struct SubjectFactory {
  std::string name;
  Role role = Role::stream;
  Capabilities capabilities;
  Lacks lacks;
  Vocabulary vocabulary;
  Hooks hooks;
  std::vector<std::string> variants;      ///< configurations to certify one by one; empty: just one
  std::vector<std::uint64_t> boundaries;  ///< page and cache sizes that cases should hit
  std::function<std::unique_ptr<Subject>(const Scenario&)> make;  ///< set for a stream
  /// Set for a handler, and for a stream whose harness brings one along.
  std::function<std::unique_ptr<HandlerSubject>(const Scenario&)> make_handler;
  /// Set for a consumer, and for a stream whose harness brings one along.
  std::function<std::unique_ptr<ConsumerSubject>(const Scenario&)> make_consumer;
  /// Called after each case; throws StreamLost or HarnessFailure for what came to light as its
  /// streams went, which counts if the case itself went well. Null: nothing can.
  std::function<void()> after_case;
  /// The stream lives in another process: what this one holds and uses tells nothing of it.
  bool in_another_process = false;
  /// Whether what all its streams share in this process has come to life, by delivery, a bit each:
  /// explorations see to it. Shared by all copies.
  std::shared_ptr<std::atomic<unsigned>> alive = std::make_shared<std::atomic<unsigned>>(0);
};

/// What is wrong between claims and hooks ("declares truncation but has no truncate()"), one
/// sentence each; empty if all is well.
std::vector<std::string> contradictions(const SubjectFactory& factory);

/// Capabilities that the harness has hooks for but doesn't claim.
std::vector<std::string> may_claim(const SubjectFactory& factory);

}  // namespace streamtest

#endif

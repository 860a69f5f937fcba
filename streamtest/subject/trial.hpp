#ifndef STREAMTEST_SUBJECT_TRIAL_HPP
#define STREAMTEST_SUBJECT_TRIAL_HPP

#include <streamtest/subject/driver.hpp>
#include <streamtest/subject/subject.hpp>
#include <streamtest/subject/witness.hpp>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace streamtest {

class ThreadRuntime;

/// The name of an error of ours, or what else is known of it.
std::string error_name(const boost::system::error_code& error);

/// An event that the stream acknowledged, with the offset it was given.
struct Logged {
  eventstream::Offset offset = 0;
  eventstream::Parcel parcel;
};

/// What a reader is expected to give: an event or a kind of failure.
using Expectation = std::variant<Logged, eventstream::Errc>;

class Trial;

/// A next that was begun.
class Pending {
 public:
  Pending(Trial& trial, std::string cursor, std::shared_ptr<Slot> slot)
      : trial_(&trial), cursor_(std::move(cursor)), slot_(std::move(slot)) {}

  bool done() const { return slot_->done(); }
  /// Throws NotSupported if the stream lacks cancelling.
  void cancel();
  /// Cancels where the stream can; for a next that is of no interest any more.
  void give_up();
  /// What it returned; a Violation if it doesn't within the patience, if next threw, or if it gave
  /// an event without an envelope.
  eventstream::Result<eventstream::Event> result();
  /// As result(), but tells a next that is stuck from one that returned.
  bool returned_in_time();
  void must_deliver(const Logged& expected) { must_give(expected); }
  void must_fail(eventstream::Errc code) { must_give(code); }
  void must_give(const Expectation& expected);

  /// Proves by cause that it waits (contract, D8): it hasn't returned before `cause` runs, and
  /// returns exactly what `cause` says it gives. Both halves are in one call, so that none can be
  /// forgotten.
  template <typename Cause>
  void must_wait_until(Cause cause) {
    must_be_waiting();
    must_give(Expectation(cause()));
  }

  /// It hasn't returned; where nothing that it could return has happened, it never may have.
  void must_be_waiting();

 private:
  void rethrow() const;

  Trial* trial_;
  std::string cursor_;
  std::shared_ptr<Slot> slot_;
};

/// An open cursor of a trial, read through the trial's driver. A value-like handle; the trial
/// closes what is left open at its end. Not thread-safe but for close().
class Reader {
 public:
  Reader(Trial& trial, std::string name, std::shared_ptr<AnyCursor> cursor)
      : trial_(&trial), name_(std::move(name)), cursor_(std::move(cursor)) {}

  const std::string& name() const { return name_; }
  Pending start_next(bool cancelled = false);
  /// Begins a next, waits for it and gives what it returned.
  eventstream::Result<eventstream::Event> next() { return start_next().result(); }
  void must_deliver(const Logged& expected) { start_next().must_deliver(expected); }
  void must_fail(eventstream::Errc code) { start_next().must_fail(code); }
  eventstream::Result<void> close(const std::string& actor = "case");
  /// Destroys the cursor without closing it first.
  void destroy();
  /// The cursor itself if it can be read without waiting, else null.
  eventstream::Cursor* native() { return cursor_->native(); }

 private:
  friend class Trial;
  Trial* trial_;
  std::string name_;
  std::shared_ptr<AnyCursor> cursor_;
};

/// One fresh stream, everything that was appended to it, and the cursors opened on it. Records each
/// call in the witness's history. append() may be called from several threads at once, everything
/// else from one.
///
/// At its end it cancels and closes what is still pending or open, whatever happened, then destroys
/// the cursors and the stream: nothing stays behind.
class Trial {
 public:
  /// Makes the stream. Throws HarnessFailure if the harness throws; with Scenario::existing that
  /// is a Violation, and the history goes on.
  Trial(const SubjectFactory& factory, Scenario scenario, const Witness& witness, Driver& driver,
        std::chrono::nanoseconds patience);
  /// A trial of a stream that was made already, a twin: it goes on with the history of the one it
  /// was made from, where its cursors are called t1, t2, …
  Trial(const SubjectFactory& factory, Scenario scenario, std::unique_ptr<Subject> twin,
        const Witness& witness, Driver& driver, std::chrono::nanoseconds patience);
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial();

  const Witness& witness() const { return *witness_; }
  Driver& driver() { return *driver_; }
  Subject& subject() { return *subject_; }
  const Scenario& scenario() const { return scenario_; }
  std::chrono::nanoseconds patience() const { return patience_; }
  /// For shrinking, which asks many times whether a read is stuck.
  void set_patience(std::chrono::nanoseconds patience) { patience_ = patience; }
  [[noreturn]] void fail(std::string message) const { witness_->fail(std::move(message)); }

  bool has(Means means) const { return !lacks_->contains(means); }
  /// Throws NotSupported if the stream lacks it.
  void needs(Means means) const;

  /// The i-th event type of the scenario, and the filter that holds those.
  const eventstream::EventType& type(std::size_t index) const { return types_.at(index); }
  eventstream::EventTypeSet filter(const std::vector<std::size_t>& indexes) const;
  const eventstream::EventTypeSet& all_types() const { return scenario_.event_types; }

  /// A new parcel with a token that was never used.
  eventstream::Parcel parcel(const eventstream::EventType& type);
  /// The token of a parcel of this kit, however the vocabulary carries it.
  std::string token(const eventstream::Envelope& envelope) const;

  /// Appends one batch of events of the types with these indexes and learns their offsets. An
  /// append that fails is a HarnessFailure. The events are in log() from then on.
  std::vector<Logged> append(const std::vector<std::size_t>& type_indexes,
                             const std::string& actor = "case");
  Logged append_one(std::size_t type_index = 0, const std::string& actor = "case") {
    return append({type_index}, actor).front();
  }
  std::vector<Logged> append_parcels(std::vector<eventstream::Parcel> batch,
                                     const std::string& actor = "case");
  /// Learns the batch that the harness was asked to append, and answered so: what append_parcels()
  /// does after the append. For races that call the subject themselves.
  std::vector<Logged> acknowledged(
      const std::vector<eventstream::Parcel>& batch,
      const eventstream::Result<std::vector<eventstream::Offset>>& told);
  /// Appends and gives the harness's answer, without learning anything.
  eventstream::Result<std::vector<eventstream::Offset>> try_append(
      const std::vector<eventstream::Parcel>& batch, const std::string& actor = "case",
      std::optional<eventstream::Offset> expected = {});

  /// After an append: the stream doesn't tell offsets, so that they are learned by reading.
  bool learns_offsets() const { return learner_.has_value(); }
  /// Everything acknowledged so far in the order of offsets, truncated events included. Complete
  /// only if no append is under way.
  std::vector<Logged> log() const;
  /// One more than the highest assigned offset; 0 on an empty stream.
  eventstream::Offset end() const;
  /// The first event at or after the position whose type is in the filter, if there is one.
  std::optional<Logged> first_match(eventstream::Offset position,
                                    const eventstream::EventTypeSet& filter) const;

  /// What the stream says; NotSupported if it lacks the means to, or to be told to stop.
  eventstream::Identity application();
  eventstream::Result<eventstream::EventTypeSet> event_types(std::stop_token token = {});

  /// A token that asks to stop, now or later, needs cancelling.
  eventstream::Result<Reader> try_open(eventstream::Offset offset,
                                       const eventstream::EventTypeSet& filter,
                                       std::stop_token token = {},
                                       const std::string& actor = "case");
  /// Opens; a refusal is a Violation.
  Reader open(eventstream::Offset offset, const eventstream::EventTypeSet& filter,
              const std::string& actor = "case");
  /// As open(), but what is read is what `wrap` makes of the cursor: one that calls it in a loop or
  /// times it, say.
  using Wrap = std::function<std::shared_ptr<AnyCursor>(std::unique_ptr<AnyCursor>)>;
  Reader open_wrapped(eventstream::Offset offset, const eventstream::EventTypeSet& filter,
                      const Wrap& wrap, const std::string& actor = "case");

  /// Truncates and gives the real first offset; an error from the harness is a HarnessFailure.
  eventstream::Offset truncate(eventstream::Offset first_retained,
                               const std::string& actor = "case");

  /// Closes and destroys all cursors, whatever they say to it.
  void end_cursors();
  /// Closes and destroys all cursors, and the stream is closed and opened anew (hook `reopen`).
  void reopen();

  /// Closes and destroys all cursors, closes the stream and damages what is stored (hook `damage`).
  /// What follows is reopen() or try_reopen().
  void damage(Damage kind, std::uint64_t choice);
  /// As reopen() of a closed stream; false if that throws, as damage lets it.
  bool try_reopen();

  /// True if the event is the logged one: same offset, type and token, and this stream's
  /// application as source.
  bool same(const Logged& expected, const eventstream::Event& event) const;
  std::string describe(const eventstream::Result<eventstream::Event>& result) const;
  std::string describe(const Expectation& expected) const;

  /// Cancels and closes everything and destroys the stream now. Safe to call twice.
  void end_trial();
  /// Destroys the stream (with its harness), cursors stay open.
  void destroy_stream();

 private:
  friend class Reader;
  friend class Pending;
  struct Open {
    std::string name;
    std::shared_ptr<AnyCursor> cursor;
    std::shared_ptr<Slot> pending;
  };

  eventstream::Result<Reader> try_open(eventstream::Offset offset,
                                       const eventstream::EventTypeSet& filter,
                                       std::stop_token token, const std::string& actor,
                                       const Wrap& wrap);
  std::vector<eventstream::Offset> learn(const std::vector<eventstream::Parcel>& batch);
  Open* find(const AnyCursor* cursor);
  void forget(const AnyCursor* cursor);

  const Witness* witness_;
  Driver* driver_;
  std::chrono::nanoseconds patience_;
  std::shared_ptr<ThreadRuntime> runtime_;  ///< null in the trial of a twin, which shares it
  const Vocabulary* vocabulary_;
  const Lacks* lacks_;
  Scenario scenario_;
  std::vector<eventstream::EventType> types_;
  char letter_ = 'c';  ///< what the cursors' names begin with
  std::unique_ptr<Subject> subject_;
  std::atomic<std::uint64_t> tokens_ = 0;
  mutable std::mutex mutex_;
  std::vector<Logged> log_;
  std::uint64_t opened_ = 0;
  std::vector<Open> open_;
  std::mutex learning_;
  std::optional<Reader> learner_;  ///< reads offsets from a stream that doesn't tell them
  std::map<std::string, eventstream::Offset> learned_;  ///< by token
};

}  // namespace streamtest

#endif

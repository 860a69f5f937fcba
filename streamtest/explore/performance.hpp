#ifndef STREAMTEST_EXPLORE_PERFORMANCE_HPP
#define STREAMTEST_EXPLORE_PERFORMANCE_HPP

#include <streamtest/explore/concurrent_program.hpp>
#include <streamtest/explore/way.hpp>
#include <streamtest/history/checker.hpp>
#include <streamtest/history/history.hpp>
#include <streamtest/history/record.hpp>
#include <streamtest/subject/driver.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace streamtest {

class ThreadRuntime;

/// What a stream may do, in the checker's terms.
Allowances allowances_of(const Capabilities& capabilities);

/// What a program is run with.
struct Circumstances {
  const SubjectFactory* factory = nullptr;
  Scenario scenario;  ///< of a fresh stream
  Delivery delivery = Delivery::blocking;
  std::chrono::nanoseconds patience{};  ///< the longest that a read which is due may take
  /// Called by the main actor when the program's actors have come to rest; what follows is the
  /// kit's. May be empty.
  std::function<void()> rested = {};
  /// Called by the main actor now and then while something comes of a run that takes real time, so
  /// that a watchdog sees it. May be empty.
  std::function<void()> comes = {};
};

/// What a watchdog of this history takes for a sign of life, where nothing else is recorded.
void show_life(History& history);

/// Situations that a run came to.
enum class Label {
  append_during_read,
  close_during_read,
  cancel_during_read,
  truncate_during_read,
  appends_side_by_side,
  reads_side_by_side,
  read_waited,  ///< a read was seen to wait at a moment when nothing could happen
};
inline constexpr std::size_t label_count = 7;
std::string_view to_string(Label label);

/// Held for some instructions that call nothing. An ordinary mutex would be one more place where
/// controlled threads can be interrupted; this one is never found locked there.
class BriefLock {
 public:
  void lock() {
    while (taken_.test_and_set(std::memory_order_acquire)) std::this_thread::yield();
  }
  void unlock() { taken_.clear(std::memory_order_release); }

 private:
  std::atomic_flag taken_;
};

/// One run of a program on a fresh stream: does it, writes down what was called and what came of
/// it, brings all reads to their end, reads everything once more, and judges.
///
/// Actors are threads, or in a simulated way handlers, each of which makes one call.
///
/// run() is the body of a way's run. It comes back in any case but that a call of the main actor is
/// stuck; calls of the other actors that are stuck are left to themselves, which is why they share
/// in the ownership of this. What it tells is valid once the way's run has ended.
class Performance : public std::enable_shared_from_this<Performance> {
 public:
  Performance(Circumstances circumstances, ConcurrentProgram program, Way& way, Checker& checker);
  ~Performance();

  void run();

  /// Judged once more, by the way's run having ended: a call of the main actor may be stuck.
  void conclude(const Way::End& end);

  /// All threads were joined and the stream destroyed: what still lives then was the stream's.
  bool left_nothing() const { return left_nothing_; }

  const std::vector<Anomaly>& anomalies() const { return anomalies_; }
  const Record& record() const { return record_; }
  /// Why nothing is known of the stream: its harness failed, or its process has ended. Empty if
  /// there was none.
  const std::string& trouble() const { return trouble_; }
  /// Throws HarnessFailure or StreamLost if there was trouble.
  void must_be_well() const;
  /// Who a controlled thread of the run was: the record's name for an actor, "thread 4" for others.
  std::string thread_name(std::uint32_t thread) const;
  bool came_to(Label label) const { return labels_[static_cast<std::size_t>(label)]; }

 private:
  struct Place;
  struct Actor;
  struct Part;
  class Reading;
  class Lull;
  struct Batch {
    std::uint32_t first = 0;  ///< in Record::sent
    std::vector<eventstream::Parcel> parcels;
  };

  bool make_stream();
  void play();
  bool do_alone(const Program& commands);
  void start(std::size_t actor, const Program& commands);
  bool rest();
  bool judge(bool quiescent);
  bool end_reads(Actor& main);
  bool read_everything();
  void leave(bool ended);
  void leave_handlers();
  bool snapshot();
  void label();

  void perform(Actor& actor, const Program& commands);
  void perform(Actor& actor, const Command& command);
  bool alone(const Actor& actor) const;
  void read_on(Actor& actor);
  void append(Actor& actor, const Command& command);
  void open(Actor& actor, const Command& command);
  CameTo read(Actor& actor, Place& place, CallKind kind, bool cancelled = false);
  void close(Actor& actor, Place& place);
  void destroy(Actor& actor, Place& place);
  void truncate(Actor& actor, const Command& command);

  void cast(Actor& actor, const Program& commands, bool reads_on);
  void go_on(Part& part);
  void act(Part& part);
  void append_later(Part& part, const Command& command);
  bool read_later(Part& part, Place& place);
  bool read_on_later(Part& part);
  void finish(Actor& actor);

  std::size_t begin(Actor& actor, Call call);
  std::size_t begin_append(Actor& actor, const Command& command);
  CameTo appended(Call& call, eventstream::Result<std::vector<eventstream::Offset>> offsets);
  void acknowledge(Actor& actor, std::size_t number);
  CameTo came_back(Call& call, const eventstream::Result<eventstream::Event>& event) const;
  template <typename Act>
  void during(Actor& actor, std::size_t number, Act act);
  void prepare(const Program& commands);
  eventstream::Result<eventstream::Event> read_blocking(Place& place, AnyCursor& cursor, Call& call,
                                                        bool cancelled);
  eventstream::Result<eventstream::Event> read_asynchronously(Place& place,
                                                              eventstream::Cursor& cursor,
                                                              Call& call);
  static void under_way(Place& place, std::function<void()> cancel);
  static Tick no_longer(Place& place);
  void cancel(Place& place);
  CameTo threw(const Call& call, const std::exception& error);
  void note_trouble(const std::string& text, bool stream_lost = false);
  void note_trouble(std::string_view where, const std::exception& error);
  void comes() const;
  bool is_well();
  static CameTo outcome(const boost::system::error_code& error);
  std::uint32_t name_cursor(std::size_t slot);
  SeenEvent seen(const eventstream::Event& event) const;
  eventstream::Offset resolve(eventstream::Offset choice);

  const Circumstances circumstances_;
  const ConcurrentProgram program_;
  // Of the factory, which whoever is stuck may outlive.
  const bool sparse_;
  const std::function<std::string(const eventstream::Envelope&)> token_;
  Way* way_;                                ///< of who calls run(); others may outlive it
  simulation::Context* context_ = nullptr;  ///< of the run, if the way is simulated
  Checker* checker_;
  std::vector<eventstream::EventType> types_;
  std::shared_ptr<ThreadRuntime> runtime_;  ///< the stream's, if the way has none
  std::unique_ptr<Subject> subject_;
  std::unique_ptr<Reading> reading_;
  std::deque<Actor> actors_;  ///< the program's, the main one and the one that reads in the end
  std::deque<Place> places_;
  Program endings_;  ///< one event of each type, for every reader that waits
  Program last_;     ///< what the one that reads in the end does
  std::unordered_map<const Command*, Batch> batches_;       ///< of every append
  std::unordered_map<std::string, std::uint32_t> numbers_;  ///< of the events, by token
  std::vector<std::thread> threads_;
  std::deque<Part> parts_;  ///< of actors that are handlers
  bool left_nothing_ = false;
  bool alone_ = true;  ///< nobody but the main actor has begun
  std::atomic<Tick> ticks_ = 1;
  std::atomic<bool> over_ = false;  ///< nobody begins another read
  Tick final_phase_ = never;        ///< when the last reader was about to begin
  BriefLock lock_;                  ///< guards what follows, up to the record
  std::vector<std::string> cursors_;
  std::vector<eventstream::Offset> acknowledged_;  ///< rising; on a stream with gaps
  std::string trouble_;
  bool stream_lost_ = false;            ///< that is what the trouble is
  std::map<Tick, std::string> thrown_;  ///< by the calls that were invoked then
  Record record_;
  std::vector<Anomaly> anomalies_;
  std::array<bool, label_count> labels_{};
};

}  // namespace streamtest

#endif

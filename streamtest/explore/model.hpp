#ifndef STREAMTEST_EXPLORE_MODEL_HPP
#define STREAMTEST_EXPLORE_MODEL_HPP

#include <streamtest/explore/program.hpp>
#include <streamtest/explore/situation.hpp>
#include <streamtest/subject/capabilities.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

// What a stream is allowed to do, as a pure model: a list of events, a truncation point, and for
// each cursor what is known of it from calls that returned. It calls nothing and shares no code
// with any stream.

namespace streamtest {

/// An event of the stream, as its append was acknowledged.
struct Known {
  eventstream::Offset offset = 0;
  std::size_t type = 0;
  std::string content;  ///< whatever tells it from others
  std::string text;     ///< as messages show it
};

/// What came of a call.
struct Seen {
  enum class Kind { ok, event, truncated, cancelled, closed, other, stuck };
  Kind kind = Kind::ok;
  eventstream::Offset offset = 0;  ///< of an event, like the rest
  std::size_t type = 0;
  std::string content = {};
  std::string text = {};  ///< as messages show it
};

/// What a read may return, from its beginning until now.
struct Allowed {
  std::optional<std::size_t> event = {};  ///< an index into log()
  bool truncated = false;
  bool cancelled = false;
  bool closed = false;
};

/// A rule that may be what a breach is really about: so it is if the breach doesn't come up once
/// these commands are left out of the program.
struct Suspect {
  std::string rule;
  Drop drop;
  std::optional<Drop> also = {};  ///< nor if these are left out instead
};

/// Something that the contract doesn't allow.
struct Breach {
  std::string rule;  ///< that was broken, whatever the cause
  std::string what;  ///< "gave event 2, expected event 1", to be put behind the call's name
  bool stuck = false;
  std::vector<Suspect> suspects = {};
};

/// Each member tells the model of a call that was made and returned; those that judge give a
/// breach if the contract doesn't allow what was seen, and the model isn't used any further. A
/// read is judged against everything that it was allowed to return between its beginning and the
/// judgement: it may have begun late, and returned early (contract, D8).
class Model {
 public:
  explicit Model(const Capabilities& claims) : claims_(claims) {}

  std::optional<Breach> append(std::vector<Known> batch);
  /// `answer` is nothing if the stream refused.
  std::optional<Breach> truncate(eventstream::Offset asked,
                                 std::optional<eventstream::Offset> answer);
  /// There is a cursor in the slot afterwards if the stream gave one.
  std::optional<Breach> open(std::size_t slot, eventstream::Offset offset,
                             std::vector<std::size_t> filter, const Seen& seen);
  std::optional<Breach> close(std::size_t slot, const Seen& seen);
  void destroy(std::size_t slot);
  /// The stream was closed and opened anew: there are no cursors any more.
  void reopen();

  void start(std::size_t slot, bool cancelled = false);
  /// The read that was begun last, which may have returned long ago.
  void cancel(std::size_t slot);
  /// The read was seen to wait, so it has looked at everything. Only an exact driver sees that.
  void saw_wait(std::size_t slot);
  /// What the read returned, or that it is stuck.
  std::optional<Breach> returned(std::size_t slot, const Seen& seen);

  bool has(std::size_t slot) const { return cursors_.contains(slot); }
  bool is_closed(std::size_t slot) const { return cursors_.at(slot).closed; }
  bool is_reading(std::size_t slot) const { return has(slot) && cursors_.at(slot).read; }
  /// The pending read must return without anything more being done.
  bool is_due(std::size_t slot) const;
  Allowed allowed(std::size_t slot) const { return cursors_.at(slot).read->allowed; }
  /// The type of an event that would sooner or later be one for this cursor; none if it stands too
  /// far out.
  std::optional<std::size_t> sentinel(std::size_t slot) const;

  const std::vector<Known>& log() const { return log_; }
  eventstream::Offset end() const { return log_.empty() ? 0 : log_.back().offset + 1; }
  std::string describe(const Allowed& allowed) const;
  bool has_truncated() const { return truncations_; }
  /// What it has come to so far.
  const Situations& situations() const { return situations_; }

 private:
  using Offset = eventstream::Offset;
  struct Read {
    Allowed allowed;
    bool cancelled_before = false;  ///< its token had asked to stop
    bool cancelled = false;
    bool after_close = false;
    bool unmatched_append = false;  ///< while it had to wait
    bool cut_while_waiting = false;
    bool with_others = false;  ///< the append that made it due made others due
    std::size_t logged = 0;    ///< events when it began
    Offset cut_before = 0;
  };
  struct Cursor {
    std::size_t slot = 0;
    Offset from = 0;
    Offset position = 0;  ///< below it nothing may be delivered any more
    Offset seen = 0;      ///< what it is known to have looked at, at least the position
    std::vector<std::size_t> filter;
    Offset cut_before = 0;
    bool beyond_end = false;  ///< it was opened there
    bool delivered = false;
    bool told_truncated = false;
    bool closed = false;
    bool was_cancelled = false;            ///< a read of it
    std::map<Offset, std::uint64_t> held;  ///< events below a cut that it gave since, by the cut
    std::optional<Read> read;
  };

  void came_to(Situation situation) { situations_.set(static_cast<std::size_t>(situation)); }
  void came_to_event(const Cursor& cursor, std::size_t event);
  bool wants(const Cursor& cursor, std::size_t type) const;
  std::optional<std::size_t> match(const Cursor& cursor) const;
  const Known* at(Offset offset) const;
  bool was_cut(const Known& event) const { return event.offset < cut_; }
  bool may_be_truncated(const Cursor& cursor) const;
  bool may_deliver(const Cursor& cursor, const Known& event) const;
  bool is_due(const Cursor& cursor) const;
  void look(Cursor& cursor);

  bool take(Cursor& cursor, const Seen& seen);
  Breach judge(const Cursor& cursor, const Seen& seen) const;
  Breach wrong_event(const Cursor& cursor, const Seen& seen) const;
  Breach wrong_place(const Cursor& cursor, const Seen& seen) const;
  Breach wrong_truncated(const Cursor& cursor, const Seen& seen) const;
  Breach without_cause(const Cursor& cursor, const Seen& seen) const;
  Breach stuck(const Cursor& cursor) const;
  Breach breach(std::string rule, const Cursor& cursor, const Seen& seen,
                std::string_view why) const;
  std::string not_told(const Cursor& cursor) const;
  std::vector<Suspect> suspects(const Cursor& cursor, std::string by_cancel) const;

  Capabilities claims_;
  std::vector<Known> log_;
  std::set<Offset> delivered_;  ///< by any cursor
  std::map<std::size_t, Cursor> cursors_;
  Offset cut_ = 0;       ///< below it no event is left
  Offset told_cut_ = 0;  ///< the same, with what was asked for on a stream with gaps
  bool truncations_ = false;
  bool cancels_ = false;
  std::set<std::size_t> opened_slots_;
  std::set<std::size_t> closed_slots_;  ///< where a cursor was closed or destroyed
  bool reopened_ = false;
  bool cut_in_this_opening_ = false;  ///< and nothing above it since
  bool cut_then_append_ = false;      ///< in this opening
  bool cut_was_kept_ = false;         ///< through an append and a reopening of the same opening
  Situations situations_;
};

}  // namespace streamtest

#endif

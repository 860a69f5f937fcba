#include "defect.hpp"
#include "role.hpp"

#include <eventstream/event.hpp>
#include <streamtest/subject/harness.hpp>

#include <map>
#include <mutex>

// A stand-in for handlers that keep their offsets, as simple as can be, with a switch for each
// defect. What is stored outlives the handler that stored it.

namespace mutants {
namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Result;

enum class HandlerDefect {
  none,
  next_is_the_last_handled,
  one_offset_for_all,
  offset_is_kept_by_name,
  offset_is_not_stored,
  expected_is_not_compared,
  first_event_is_not_compared,
  failed_effect_stays,
  offset_moves_before_the_effect,
  check_and_write_are_apart,
};

HandlerDefect defect_of(const std::string& id);

struct Store {
  std::map<std::string, Offset> next;
  std::vector<std::string> effects;
};

class StandIn {
 public:
  StandIn(HandlerDefect defect, EventTypeSet types) : defect_(defect), types_(std::move(types)) {}

  EventTypeSet event_types() const { return types_; }

  Result<Offset> next_offset(const Identity& application, const std::stop_token&) {
    std::lock_guard lock(mutex_);
    const Offset next = store_.next[key(application)];
    if (has(HandlerDefect::next_is_the_last_handled) && next > 0) return next - 1;
    return next;
  }

  Result<void> handle_event(Offset expected, const Event& event, const std::stop_token&) {
    std::unique_lock lock(mutex_);
    const std::string key = this->key(event.parcel->source_application);
    const bool known = store_.next.contains(key) && store_.next[key] > 0;
    // B87
    const bool compares = !has(HandlerDefect::expected_is_not_compared) &&
                          (known || !has(HandlerDefect::first_event_is_not_compared));
    if (compares && store_.next[key] != expected) return Errc::conflict;
    if (has(HandlerDefect::check_and_write_are_apart)) {
      lock.unlock();
      let_others_in();
      lock.lock();
    }
    // B115
    if (has(HandlerDefect::offset_moves_before_the_effect)) store_.next[key] = event.offset + 1;
    store_.effects.push_back(event.parcel->message_id);
    if (std::exchange(fails_, false)) {
      if (!has(HandlerDefect::failed_effect_stays)) store_.effects.pop_back();
      return Errc::backend_failure;
    }
    store_.next[key] = event.offset + 1;
    return {};
  }

  std::vector<std::string> effects() const { return store_.effects; }
  void fail_next() { fails_ = true; }
  void reopen() {
    if (has(HandlerDefect::offset_is_not_stored)) store_.next.clear();
  }

 private:
  bool has(HandlerDefect defect) const { return defect_ == defect; }
  std::string key(const Identity& application) const {
    if (has(HandlerDefect::one_offset_for_all)) return {};
    return has(HandlerDefect::offset_is_kept_by_name) ? application.name() : application.key();
  }

  const HandlerDefect defect_;
  const EventTypeSet types_;
  std::mutex mutex_;
  Store store_;
  bool fails_ = false;
};

class StandInHarness {
 public:
  explicit StandInHarness(const streamtest::Scenario& scenario)
      : handler_(defect_of(scenario.arguments), scenario.event_types) {}
  StandIn& handler() { return handler_; }
  std::vector<std::string> effects() { return handler_.effects(); }
  void fail_next() { handler_.fail_next(); }
  void reopen() { handler_.reopen(); }

 private:
  StandIn handler_;
};

struct Line {
  const char* id;
  const char* rule;
  HandlerDefect defect;
  const char* phrase;
  const char* sentence;
};

constexpr Line lines[] = {
    {"S-7", "HND-1", HandlerDefect::next_is_the_last_handled, "gave success: expected",
     "next_offset() is the last handled offset, not one more"},
    {"X-HND-1", "HND-1", HandlerDefect::one_offset_for_all, "gave success: expected 0",
     "one offset is kept for all applications together"},
    {"X-HND-1b", "HND-1", HandlerDefect::offset_is_kept_by_name, "and another name",
     "offsets are kept by the application's name instead of its key"},
    {"X-HND-1c", "HND-1", HandlerDefect::offset_is_not_stored, "opened anew: expected",
     "effects are stored and offsets are not"},
    {"O-56", "HND-2", HandlerDefect::expected_is_not_compared, "expected it to fail, seen success",
     "the offset isn't compared with the next one: a stale call is applied again"},
    {"X-HND-2", "HND-2", HandlerDefect::first_event_is_not_compared,
     "where 0 is the next offset: expected it to fail",
     "the offset isn't compared for an application's first event"},
    {"X-HND-2b", "HND-2", HandlerDefect::failed_effect_stays, "the effects for",
     "the effect isn't undone when it fails"},
    {"X-HND-2c", "HND-2", HandlerDefect::offset_moves_before_the_effect, "the effects for",
     "the offset moves before the effect, and stays when that fails"},
    {"X-HND-2d", "HND-2", HandlerDefect::check_and_write_are_apart, "racing calls",
     "the check of the offset and the write are two critical sections"},
};

HandlerDefect defect_of(const std::string& id) {
  for (const Line& line : lines)
    if (id == line.id) return line.defect;
  return HandlerDefect::none;
}

streamtest::SubjectFactory make(const std::string& id) {
  return streamtest::make_factory<StandInHarness>(id);
}

std::vector<RoleEntry> all() {
  std::vector<RoleEntry> list;
  for (const Line& line : lines)
    list.push_back({{line.id, "hnd", line.rule, line.phrase, line.sentence, false}, make});
  list.push_back(stored_handler());
  list.push_back(
      {{"CONTROL-H", "hnd", "", "", "the stand-in handler without a defect", true}, make});
  return list;
}

}  // namespace

const std::vector<RoleEntry>& handler_entries() {
  static const std::vector<RoleEntry> list = all();
  return list;
}

}  // namespace mutants

#include <streamtest/cases/consumer_judges.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace streamtest {

using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Offset;

namespace {

/// Something went wrong there, which the consumer must get over.
bool tells_failure(const Act& act) {
  if (act.step == Step::advise || act.step == Step::wait || act.step == Step::close) return false;
  return act.failed || !act.why.empty();
}

/// The consumer goes on with its work there.
bool is_work(const Act& act) {
  return act.step != Step::advise && act.step != Step::wait && act.step != Step::close;
}

std::string names(const EventTypeSet& types) {
  std::string text;
  for (const EventType& type : types) text += (text.empty() ? "" : ", ") + type.name();
  return "{" + text + "}";
}

std::string milliseconds(std::chrono::nanoseconds delay) {
  return fmt::format("{} ms", std::chrono::duration<double, std::milli>(delay).count());
}

}  // namespace

std::string misplaced(const Script& script, const std::vector<Act>& acts) {
  EventTypeSet both;
  for (const EventType& type : script.wanted)
    if (script.produced.contains(type)) both.insert(type);
  bool asked = false;  // since the last failure
  Offset told = 0;     // by the handler, then
  Offset expected = 0;
  for (const Act& act : acts) {
    if (act.step == Step::next_offset && !act.failed) {
      asked = true;
      told = act.offset;
    }
    if (act.step == Step::open) {
      if (!asked)
        return fmt::format(
            "open({}): the handler wasn't asked for its next offset since the last "
            "failure",
            act.offset);
      if (act.offset != told)
        return fmt::format("open({}): expected {}, the handler's next offset", act.offset, told);
      if (act.types != both)
        return fmt::format(
            "open({}) with the types {}: expected {}, those both produced and "
            "wanted",
            act.offset, names(act.types), names(both));
      expected = told;
    }
    if (act.step == Step::handle) {
      if (act.offset != expected)
        return fmt::format(
            "handle_event({}, event {}): expected {}, one more than the last event "
            "that was handled",
            act.offset, act.event->offset, expected);
      // One that failed may be tried again where it stands.
      if (!act.failed) expected = act.event->offset + 1;
    }
    if (tells_failure(act)) asked = false;
  }
  return {};
}

std::string disordered(const Script& script, const std::vector<Act>& acts) {
  auto due = std::ranges::find_if(
      script.events, [&](const eventstream::Event& event) { return event.offset >= script.start; });
  std::uint64_t calls = 0;
  for (const Act& act : acts) {
    if (act.step != Step::handle) continue;
    const Offset offset = act.event->offset;
    if (act.overlaps)
      return fmt::format("event {} was handed to the handler while it handled another one", offset);
    if (due == script.events.end())
      return fmt::format("event {} was handed to the handler after all had been handled", offset);
    if (offset > due->offset)
      return fmt::format("event {} was handed to the handler before event {} had been handled",
                         offset, due->offset);
    if (offset < due->offset)
      return fmt::format("event {} was handed to the handler again: expected event {}", offset,
                         due->offset);
    const auto fault = script.faults.find({Step::handle, calls++});
    const bool elsewhere =
        fault != script.faults.end() && fault->second.manner == Fault::Manner::elsewhere;
    if (!act.failed || elsewhere) ++due;
  }
  return {};
}

std::string trusting(const Script&, const std::vector<Act>& acts) {
  const Act* bad = nullptr;
  for (const Act& act : acts) {
    if (act.step == Step::open && !act.failed) bad = nullptr;
    if (bad && act.step == Step::handle)
      return fmt::format(
          "an event {} reached the handler, or what followed it did without a "
          "restart",
          bad->why);
    if (bad && act.step == Step::read && act.cursor == bad->cursor)
      return fmt::format("the cursor that had given an event {} was read again: expected a restart",
                         bad->why);
    if (act.step == Step::read && !act.why.empty()) bad = &act;
  }
  return {};
}

namespace {

/// How many failures there were in a row. After an event that must not be handled two numbers are
/// right: it was read, and it was no good.
class Count {
 public:
  void read(bool bad) {
    if (last_was_handler_) return;
    if (!bad) counts_.clear();
    counts_.insert(0);
  }
  void handled() { counts_ = {0}; }
  void failed(bool by_handler) {
    std::set<std::uint64_t> more;
    for (const std::uint64_t count : counts_) more.insert(count + 1);
    counts_ = std::move(more);
    last_was_handler_ = by_handler;
  }
  /// The consumer has shown which it means.
  bool settle(std::uint64_t count) {
    if (!counts_.contains(count)) return false;
    counts_ = {count};
    return true;
  }
  std::uint64_t most() const { return *counts_.rbegin(); }

 private:
  std::set<std::uint64_t> counts_{0};
  bool last_was_handler_ = false;
};

}  // namespace

std::string impatient(const Script&, const std::vector<Act>& acts) {
  Count count;
  const Act* failure = nullptr;  // that no delay has followed yet
  bool advised = false;
  std::chrono::nanoseconds told{};
  std::chrono::nanoseconds waited{};
  for (const Act& act : acts) {
    if (act.step == Step::advise) {
      if (!failure) return "the strategy was asked for a delay, and nothing had failed";
      if (!count.settle(act.failures))
        return fmt::format(
            "after a failure of {} the strategy was asked for the delay after {} "
            "failures: expected {}",
            to_string(failure->step), act.failures, count.most());
      advised = true;
      told = act.delay;
    }
    if (act.step == Step::wait) waited += act.delay;
    if (is_work(act) && failure) {
      if (!advised)
        return fmt::format("{} followed a failure of {}, and the strategy wasn't asked for a delay",
                           to_string(act.step), to_string(failure->step));
      if (waited != told)
        return fmt::format(
            "a failure of {} was followed by a delay of {}: expected {}, as the "
            "strategy said",
            to_string(failure->step), milliseconds(waited), milliseconds(told));
      failure = nullptr;
      advised = false;
    }
    if (is_work(act)) waited = {};
    if (act.step == Step::read && !act.failed) count.read(!act.why.empty());
    if (tells_failure(act)) {
      count.failed(act.step == Step::handle);
      failure = &act;
    } else if (act.step == Step::handle) {
      count.handled();
    }
  }
  return {};
}

/// Clocks count 292 years of nanoseconds, some of them from 1970: a point of time further ahead
/// than this may lie in the past.
constexpr std::chrono::nanoseconds longest_finite = std::chrono::years(200);

std::string waiting_strangely(const Script&, const std::vector<Act>& acts) {
  std::uint64_t failures = 0;
  bool waits = false;  // there was a delay above zero before
  bool waiting = false;
  std::chrono::nanoseconds waited{};
  for (const Act& act : acts) {
    if (act.step == Step::wait) {
      if (act.delay < std::chrono::nanoseconds(0))
        return fmt::format("after {} failures it waited for {}: expected no negative delay",
                           failures, milliseconds(act.delay));
      if (act.delay > longest_finite)
        return fmt::format(
            "after {} failures it waited for {}: expected a finite delay, and no clock counts so "
            "far",
            failures, milliseconds(act.delay));
      // A delay may be waited for in slices.
      waited = waiting ? waited + act.delay : act.delay;
      waiting = true;
    }
    if (is_work(act) && waiting) {
      const bool above = waited > std::chrono::nanoseconds(0);
      if (waits && !above)
        return fmt::format(
            "after {} failures in a row it waited for {}, and for longer before: it "
            "runs hot",
            failures, milliseconds(waited));
      waits = waits || above;
      waiting = false;
    }
    if (tells_failure(act)) ++failures;
  }
  return {};
}

std::string withholding(const Script&, const std::vector<Act>& acts) {
  for (const Act& act : acts) {
    // One that is open still may be closed when the next one is there.
    if (act.step == Step::open && act.open_cursors > 1)
      return fmt::format(
          "{} cursors were open when it opened another one: expected each to be "
          "closed after its failure",
          act.open_cursors);
    if (act.step == Step::wait && !act.all_permits_free)
      return "it held a permit while it waited after a failure: expected it to be released";
  }
  return {};
}

std::string unpermitted(const Script&, const std::vector<Act>& acts) {
  for (const Act& act : acts)
    if (act.step == Step::handle && act.all_permits_free)
      return fmt::format("the handler was called with event {} while no permit was held",
                         act.event->offset);
  return {};
}

}  // namespace streamtest

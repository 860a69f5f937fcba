#include <streamtest/cases/apart.hpp>
#include <streamtest/cases/case.hpp>
#include <streamtest/cases/kill.hpp>
#include <streamtest/subject/handler_harness.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace streamtest {
namespace {

using eventstream::Offset;
using eventstream::Result;

/// One handler whose processes are killed while they handle the events 0, 1, 2, …
class HandlerCrash {
 public:
  explicit HandlerCrash(Bench& bench) : bench_(&bench), apart_(bench) {
    bench.history().clear();
    task_.scenario = apart_.scenario();
    task_.seed = bench.random()();
    task_.handles = true;
  }
  HandlerCrash(const HandlerCrash&) = delete;
  HandlerCrash& operator=(const HandlerCrash&) = delete;
  ~HandlerCrash() {
    if (opened_ || runs_ == 0) return;
    task_.scenario.existing = true;
    Apart::clean_up([&] { bench_->factory().make_handler(task_.scenario); });
  }

  bool has_handled() const { return acknowledged_ > 0; }

  void run() {
    ++runs_;
    run_and_kill(*bench_, task_,
                 some_moment(*bench_, {WorkerLine::Kind::ready, WorkerLine::Kind::begun,
                                       WorkerLine::Kind::stored}),
                 fmt::format("worker {}", runs_), [this](const WorkerLine& line) { take(line); });
    task_.scenario.existing = true;
  }

  /// Opens what is left: as many effects as the offset says, each once and in order.
  void must_be_together() {
    const std::unique_ptr<HandlerSubject> handler = open();
    Offset next = next_offset(*handler);
    std::vector<std::string> effects = effects_of(*handler);
    // A server may end now what the killed process had asked of it: both are looked at in one
    // state.
    for (Offset after = next_offset(*handler); after != next; after = next_offset(*handler)) {
      next = after;
      effects = effects_of(*handler);
    }
    if (next < acknowledged_ && bench_->capabilities().durability != Durability::none)
      bench_->fail(
          fmt::format("{} events were handled before a crash, and next_offset is {} after it: "
                      "expected at least "
                      "as many",
                      acknowledged_, next));
    if (effects.size() != next)
      bench_->fail(fmt::format(
          "after a crash next_offset is {}, and there are the effects of {} events: expected those "
          "of the first {}",
          next, effects.size(), next));
    for (Offset offset = 0; offset < next; ++offset) {
      const eventstream::Event due = planned_event(bench_->factory(), task_, offset);
      if (effects[offset] != due.parcel->message_id)
        bench_->fail(fmt::format("after a crash effect {} is that of {}: expected {}", offset,
                                 effects[offset], due.parcel->message_id));
    }
  }

 private:
  void take(const WorkerLine& line) {
    if (line.kind == WorkerLine::Kind::begun)
      call_ = bench_->history().invoke("handle_event", fmt::format("worker {}", runs_), "",
                                       fmt::format("{}", line.number));
    if (line.kind == WorkerLine::Kind::stored) {
      bench_->history().complete(call_, {"ok", line.number, {}, {}});
      acknowledged_ = std::max<Offset>(acknowledged_, line.number + 1);
    }
    if (line.kind == WorkerLine::Kind::refused)
      bench_->history().complete(call_, {line.text, line.number, {}, {}});
  }

  Offset next_offset(HandlerSubject& handler) {
    try {
      const Result<Offset> next = handler.next_offset(task_.scenario.application, {});
      if (next) return *next;
      bench_->fail(fmt::format("after a crash next_offset failed: {}", error_name(next.error())));
    } catch (const Violation&) {
      throw;
    } catch (const std::exception& error) {
      bench_->fail(fmt::format("after a crash next_offset threw: {}", error.what()));
    }
  }

  static std::vector<std::string> effects_of(HandlerSubject& handler) {
    try {
      return handler.effects();
    } catch (const std::exception& error) {
      throw HarnessFailure(
          fmt::format("the harness threw while it told its effects: {}", error.what()));
    }
  }

  std::unique_ptr<HandlerSubject> open() {
    opened_ = true;
    try {
      return bench_->factory().make_handler(task_.scenario);
    } catch (const std::exception& error) {
      bench_->fail(fmt::format("the handler can't be opened again: {}", error.what()));
    }
  }

  Bench* bench_;
  const Apart apart_;
  WorkerTask task_;
  std::size_t runs_ = 0;
  bool opened_ = false;
  Offset acknowledged_ = 0;
  History::Number call_ = 0;
};

// Effect and offset in two transactions, or in two places.
void a_kill_leaves_both_or_neither(Bench& bench) {
  if (!bench.hooks().attaches) throw NotSupported("needs a harness that says `attaches`");
  bool handled = false;
  for (Rounds rounds = bench.rounds(30, fewest_kills); rounds.more();) {
    HandlerCrash crash(bench);
    crash.run();
    if (bench.below(2) == 0) crash.run();
    crash.must_be_together();
    handled = handled || crash.has_handled();
  }
  if (!handled) throw Inconclusive("in no process that was killed an event had been handled");
}

constexpr Case handler_crash_table[] = {
    {.rule = "HND-2",
     .name = "a_kill_leaves_both_or_neither",
     .body = a_kill_leaves_both_or_neither,
     .reads = Case::Reads::once},
};

}  // namespace

std::span<const Case> handler_crash_cases() {
  return handler_crash_table;
}

}  // namespace streamtest

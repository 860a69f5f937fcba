#include <streamtest/cases/case.hpp>
#include <streamtest/cases/steps.hpp>
#include <streamtest/subject/handler_trial.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <set>

namespace streamtest {
namespace {

using eventstream::Event;
using eventstream::Identity;
using eventstream::Offset;
using Answer = HandlerTrial::Answer;

/// An event at 2^64-1 is out of scope (D10).
constexpr Offset highest = ~Offset{0} - 1;

void needs_reopen(const Bench& bench) {
  if (!bench.hooks().reopen) throw NotSupported("needs reopen()");
}

void needs_fail_next(const Bench& bench) {
  if (!bench.hooks().fail_next) throw NotSupported("needs fail_next()");
}

/// So many events, of applications by turns; the offsets have gaps, as those of other types leave.
void handle_some(Bench& bench, HandlerTrial& trial, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t source = i % trial.applications();
    trial.must_handle(trial.event(source, trial.next(source) + bench.below(3)));
  }
}

// An offset that is kept for all applications together, or by a name that may change.
void an_unknown_application_is_at_0(Bench& bench) {
  HandlerTrial trial(bench, 6);
  trial.must_stand();
  for (std::size_t handled = 0; handled < trial.applications(); ++handled) {
    trial.must_handle(trial.event(handled, 0));  // the others are still unknown
    bench.count();
  }
}

// The event's own offset, a count of events, or an offset of another application (B114, B119).
void next_offset_follows_each_event(Bench& bench) {
  for (const Offset gap : {Offset{0}, Offset{1}, Offset{2}, Offset{100}, Offset{1} << 32}) {
    HandlerTrial trial(bench);
    for (std::size_t i = 0; i < 12; ++i) {
      const std::size_t source = i % 5 % trial.applications();
      trial.must_handle(trial.event(source, trial.next(source) + (i % 3 == 1 ? 0 : gap)));
      bench.count();
    }
  }
  for (Rounds rounds = bench.rounds(40); rounds.more();) {
    HandlerTrial trial(bench, 1 + bench.below(5));
    for (std::size_t i = 0; i < 20; ++i) {
      const std::size_t source = bench.below(trial.applications());
      trial.must_handle(trial.event(source, trial.next(source) + bench.below(4)));
    }
    bench.count();
  }
}

// Offsets that are kept as signed numbers, or as 32 bits. A handler may refuse what it can't store.
void huge_offsets_are_kept_or_refused(Bench& bench) {
  for (const Offset offset : {Offset{0x7fffffff}, Offset{0xffffffff}, (Offset{1} << 53) + 1,
                              (Offset{1} << 63) - 1, Offset{1} << 63, highest}) {
    HandlerTrial trial(bench);
    trial.must_handle(trial.event(0, 3));
    const Event event = trial.event(0, offset);
    trial.accept(event, trial.call(4, event));
    bench.count();
  }
}

// An offset that is kept by the name, which is for people and may change.
void the_key_tells_applications_apart(Bench& bench) {
  HandlerTrial trial(bench, 2);
  const Identity renamed(trial.application(1).name(), trial.application(0).key());
  const Identity other(trial.application(0).name(), trial.application(1).key());
  for (Offset offset = 0; offset < 4; ++offset) {
    trial.must_handle(trial.event(0, 2 * offset));
    for (const auto& [identity, due] :
         {std::pair{renamed, trial.next(0)}, std::pair{other, trial.next(1)}}) {
      const Offset seen = trial.next_offset(identity);
      if (seen != due)
        bench.fail(
            fmt::format("next_offset of the application with key {} and another name, {}: "
                        "expected {}, seen {}",
                        identity.key(), identity.name(), due, seen));
      bench.count();
    }
  }
}

// Offsets that are only in memory, or are stored before their events are.
void next_offset_outlives_a_reopening(Bench& bench) {
  needs_reopen(bench);
  for (const std::size_t length : {0, 1, 2, 3, 7, 20}) {
    HandlerTrial trial(bench);
    handle_some(bench, trial, length);
    trial.reopen();
    handle_some(bench, trial, length);
    trial.reopen();
    trial.reopen();  // with nothing in between
    handle_some(bench, trial, 1);
    bench.count();
  }
}

/// Offsets that aren't the next one: what a consumer that is late, early or confused would pass.
std::set<Offset> wrong_offsets(const HandlerTrial& trial, std::size_t source) {
  const Offset next = trial.next(source);
  std::set<Offset> wrong{next + 1, next + 7, next - 1, next / 2, 0, Offset{1} << 63, highest};
  for (std::size_t other = 0; other < trial.applications(); ++other)
    wrong.insert(trial.next(other));
  wrong.erase(next);
  wrong.erase(~Offset{0});
  return wrong;
}

// An expectation that isn't looked at (B87), at first or at all, or only against what is lower.
void a_wrong_offset_has_no_effect(Bench& bench) {
  for (const std::size_t length : {0, 1, 2, 5, 11}) {
    HandlerTrial trial(bench);
    handle_some(bench, trial, length);
    for (std::size_t source = 0; source < trial.applications(); ++source)
      for (const Offset wrong : wrong_offsets(trial, source)) {
        trial.must_refuse(wrong, trial.event(source, std::max(wrong, trial.next(source))));
        bench.count();
      }
    if (bench.hooks().reopen) trial.reopen();
    handle_some(bench, trial, 3);
  }
}

// An event that comes again because its consumer didn't hear of its success.
void an_event_is_applied_once(Bench& bench) {
  for (const Offset gap : {0, 1, 5}) {
    HandlerTrial trial(bench);
    for (std::size_t i = 0; i < 9; ++i) {
      const std::size_t source = i % trial.applications();
      const Offset expected = trial.next(source);
      const Event event = trial.event(source, expected + gap);
      trial.must_handle(event);
      trial.must_refuse(expected, event);
      bench.count();
    }
  }
}

// Effect and offset in two transactions: one is there and the other isn't when the effect fails.
void a_failed_effect_takes_its_offset_along(Bench& bench) {
  needs_fail_next(bench);
  for (const std::size_t before : {0, 1, 4})
    for (const std::size_t failures : {1, 2, 5})
      for (const bool reopens : {false, true}) {
        if (reopens && !bench.hooks().reopen) continue;
        HandlerTrial trial(bench);
        handle_some(bench, trial, before);
        const Event event = trial.event(0, trial.next(0) + 2);
        bool applied = false;
        for (std::size_t i = 0; i < failures && !applied; ++i) {
          trial.fail_next();
          applied = trial.accept(event, trial.call(trial.next(0), event));
          if (reopens) trial.reopen();
        }
        if (!applied) trial.must_handle(event);
        handle_some(bench, trial, 4);
        bench.count();
      }
}

// A cancelled call that has stored one of the two.
void a_cancelled_call_does_both_or_neither(Bench& bench) {
  std::stop_source stopped;
  stopped.request_stop();
  for (Rounds rounds = bench.rounds(60); rounds.more();) {
    HandlerTrial trial(bench);
    handle_some(bench, trial, bench.below(4));
    const Event event = trial.event(0, trial.next(0));
    if (rounds.done() % 4 == 1) {
      trial.accept(event, trial.call(trial.next(0), event, stopped.get_token()));
    } else {
      std::stop_source stop;
      Answer answer = eventstream::Errc::backend_failure;
      bench.together({[&] { answer = trial.call(trial.next(0), event, stop.get_token()); },
                      [&] {
                        Bench::spin(bench.below(2000));
                        stop.request_stop();
                      }});
      trial.accept(event, answer);
    }
    handle_some(bench, trial, 3);
    bench.count();
  }
}

/// Calls of one application that race, each with the next offset.
struct Contender {
  Event event;
  History::Number number = 0;
  Answer answer = eventstream::Errc::backend_failure;
};

/// At most one succeeded, and its event alone is there; if none did, one at most is there.
void one_may_have_won(Bench& bench, HandlerTrial& trial, std::deque<Contender>& contenders) {
  for (const Contender& each : contenders) trial.end(each.number, each.answer);
  const auto winners = std::ranges::count_if(
      contenders, [](const Contender& each) { return each.answer.has_value(); });
  if (winners > 1)
    bench.fail(fmt::format("of {} racing calls that expected offset {}, {} succeeded: expected one",
                           contenders.size(), trial.next(0), winners));
  auto winner = std::ranges::find_if(contenders,
                                     [](const Contender& each) { return each.answer.has_value(); });
  // A call that failed may have done both all the same.
  if (winner == contenders.end())
    winner = std::ranges::find_if(contenders, [&](const Contender& each) {
      return trial.next_offset(each.event.parcel->source_application) == each.event.offset + 1;
    });
  if (winner != contenders.end())
    trial.accept(winner->event, winner->answer);
  else
    trial.must_stand();
}

// The check of the offset and the write are two steps, so that both of two calls get between them.
void of_racing_calls_one_succeeds(Bench& bench) {
  for (const bool same_event : {true, false})
    for (const std::size_t count : {2, 4}) {
      HandlerTrial trial(bench);
      std::deque<Contender> contenders(count);
      const auto prepare = [&] {
        const Event event = trial.event(0, trial.next(0));
        for (std::size_t i = 0; i < count; ++i) {
          Contender& each = contenders[i];
          each.event = same_event || i == 0 ? event : trial.event(0, event.offset + i);
          each.number = trial.begin(fmt::format("caller {}", i + 1), trial.next(0), each.event);
        }
      };
      std::vector<std::function<void()>> calls;
      for (Contender& each : contenders)
        calls.emplace_back([&] { each.answer = trial.call(trial.next(0), each.event, {}, false); });
      race(bench, bench.rounds(200), prepare, calls, [&] {
        one_may_have_won(bench, trial, contenders);
        bench.count();
      });
      trial.must_handle(trial.event(0, trial.next(0)));
      if (bench.hooks().reopen) trial.reopen();
    }
}

constexpr Case::Reads once = Case::Reads::once;
constexpr Case handler_table[] = {
    {"HND-1", "an_unknown_application_is_at_0", an_unknown_application_is_at_0, once},
    {"HND-1", "next_offset_follows_each_event", next_offset_follows_each_event, once},
    {"HND-1", "huge_offsets_are_kept_or_refused", huge_offsets_are_kept_or_refused, once},
    {"HND-1", "the_key_tells_applications_apart", the_key_tells_applications_apart, once},
    {"HND-1", "next_offset_outlives_a_reopening", next_offset_outlives_a_reopening, once},
    {"HND-2", "a_wrong_offset_has_no_effect", a_wrong_offset_has_no_effect, once},
    {"HND-2", "an_event_is_applied_once", an_event_is_applied_once, once},
    {"HND-2", "a_failed_effect_takes_its_offset_along", a_failed_effect_takes_its_offset_along,
     once},
    {"HND-2", "a_cancelled_call_does_both_or_neither", a_cancelled_call_does_both_or_neither, once},
    {"HND-2", "of_racing_calls_one_succeeds", of_racing_calls_one_succeeds, once},
};

}  // namespace

std::span<const Case> handler_cases() {
  return handler_table;
}

}  // namespace streamtest

#include <streamtest/sched/pinned.hpp>
#include <streamtest/sched/places.hpp>
#include <streamtest/sched/sched.hpp>
#include <streamtest/schedule/search.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <stdexcept>

namespace streamtest::sched {
namespace {

constexpr unsigned times_replayed = 3;
constexpr std::chrono::milliseconds grace_while_shrinking{1};
constexpr std::uint64_t most_runs_for_fewer = 500;
/// Schedules in which a body that can meet a point meets one.
constexpr std::uint64_t enough_to_meet = 100;

/// What shrinking keeps: the verdict, and of an exception what it says.
Run as_run(const Outcome& outcome) {
  if (outcome.verdict == Verdict::ok || outcome.verdict == Verdict::lost_control)
    return {.failure = "", .hash = outcome.hash};
  const std::string kind(to_string(outcome.verdict));
  return {.failure = outcome.verdict == Verdict::failed ? kind + ": " + outcome.message : kind,
          .hash = outcome.hash};
}

std::string trace_text(const Outcome& outcome) {
  std::vector<ThreadStep> steps = outcome.trace;
  steps.insert(steps.end(), outcome.stood.begin(), outcome.stood.end());
  const std::vector<std::string> places = detail::places(steps);
  std::string text;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const ThreadStep& step = steps[i];
    const bool stood = i >= outcome.trace.size();
    const bool switched = i > 0 && !stood && steps[i - 1].actor != step.actor;
    if (!switched && step.operation.starts_with("go on after")) continue;
    const std::string what = step.object == 0 ? std::string(step.operation)
                                              : fmt::format("{} ({})", step.operation, step.object);
    text += fmt::format("{} {:>5}  actor {:<2} {:<24} {}\n", switched ? "->" : "  ",
                        stood ? std::string("end") : std::to_string(step.move), step.actor, what,
                        places[i]);
  }
  return text;
}

constexpr std::string_view nothing_controlled =
    "nothing controlled: the body's threads met no point, so no order was tried; what it calls may "
    "be linked statically, or in a library that doesn't see the executable's functions";

Report as_report(const Outcome& outcome) {
  Report report{.verdict = outcome.verdict,
                .controlled = outcome.met_a_point,
                .message = outcome.message,
                .schedules = 1,
                .uncontrolled = outcome.uncontrolled,
                .hash = outcome.hash};
  if (outcome.verdict == Verdict::ok && !outcome.met_a_point)
    report.message = std::string(nothing_controlled);
  return report;
}

Report traced_replay(const Schedule& schedule, const std::function<void()>& body, Limits limits) {
  limits.trace = true;
  Replay chooser(schedule);
  const Outcome outcome = run(limits, chooser, body);
  Report report = as_report(outcome);
  if (chooser.diverged()) {
    report.verdict = Verdict::diverged;
    report.message = fmt::format("the schedule doesn't fit this program, which came to: {}{}{}",
                                 to_string(outcome.verdict), outcome.message.empty() ? "" : ", ",
                                 outcome.message);
  }
  if (report.verdict != Verdict::ok) report.trace = trace_text(outcome);
  report.schedule = to_text(schedule);
  return report;
}

}  // namespace

std::string Report::text() const {
  if (passed()) return fmt::format("ok: {} schedules", schedules);
  std::string all = fmt::format("{}: {}\n", to_string(verdict), message);
  if (!schedule.empty()) {
    all += fmt::format("schedule {}", schedule);
    if (!strategy.empty())
      all += fmt::format(", found by {} after {} schedules, {}", strategy, schedules,
                         replayed == times_replayed ? std::string("replays 3/3")
                                                    : fmt::format("does not replay: {} of {} times",
                                                                  replayed, times_replayed));
    all += '\n';
  }
  if (uncontrolled > 0)
    all += fmt::format(
        "{} wake-ups or locks came from threads outside the run; with these it need not replay\n",
        uncontrolled);
  return all + trace;
}

Report explore(const Options& options, const std::function<void()>& body) {
  static const std::string wrong = self_check();
  if (!wrong.empty())
    return {.verdict = Verdict::lost_control,
            .controlled = false,
            .message = "this build is not under control: " + wrong};
  const detail::Pinned pinned;
  std::optional<Outcome> lost;
  bool met_a_point = false;
  std::uint64_t uncontrolled = 0;
  std::uint64_t schedules = 0;
  Limits limits = options.limits;
  const RunProgram program = [&](Chooser& chooser) {
    Outcome outcome = run(limits, chooser, body);
    met_a_point |= outcome.met_a_point;
    uncontrolled += outcome.uncontrolled;
    Run result = as_run(outcome);
    if (outcome.verdict == Verdict::lost_control) lost = std::move(outcome);
    return result;
  };
  const auto strategy = make_portfolio(options.seed);
  const auto more = [&] {
    return !lost && schedules < options.schedules && (met_a_point || schedules < enough_to_meet);
  };
  std::optional<Failing> failing = search(*strategy, program, more, schedules);
  if (!failing) {
    Report report = as_report(lost ? *lost : Outcome{.met_a_point = met_a_point});
    report.schedules = schedules;
    report.uncontrolled = uncontrolled;
    return report;
  }
  const std::string found_by = failing->strategy;
  limits.grace = std::min(limits.grace, grace_while_shrinking);
  std::uint64_t runs_for_fewer = 0;
  const Failing smallest =
      with_fewer_deviations(shrink(std::move(*failing), program), program,
                            [&] { return runs_for_fewer++ < most_runs_for_fewer; });
  limits.grace = options.limits.grace;
  const unsigned replayed = replays(smallest, program, times_replayed);
  limits.real_time = limits.patience;
  Report report = traced_replay(smallest.schedule, body, limits);
  const bool helped = report.uncontrolled > 0;
  if (report.verdict == Verdict::ok || helped) {
    report.verdict = helped ? Verdict::lost_control : Verdict::diverged;
    report.message =
        fmt::format("'{}' was seen, and not again in the same order{}", smallest.run.failure,
                    helped ? ": in real time, a thread from outside the run does its part, or may"
                           : "; the body doesn't do the same each time");
  }
  report.replayed = replayed;
  report.strategy = found_by;
  report.schedules = schedules;
  report.uncontrolled += uncontrolled;
  return report;
}

Report replay(std::string_view schedule, const std::function<void()>& body, const Limits& limits) {
  const std::optional<Schedule> read = schedule_from_text(schedule);
  if (!read) throw std::invalid_argument("'" + std::string(schedule) + "' is no schedule");
  return traced_replay(*read, body, limits);
}

}  // namespace streamtest::sched

#include <streamtest/explore/whereabouts.hpp>
#include <streamtest/schedule/thread_control.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace streamtest {
namespace {

/// An actor was chosen though another one came first.
struct Switch {
  std::size_t move = 0;  ///< its number in the trace: each is chosen once
  Actor stood = 0;
  Actor went_on = 0;
};

/// Replays, and notes the switches among what deviates.
class Noting final : public Chooser {
 public:
  explicit Noting(const Schedule& schedule) : replay_(schedule) {}

  std::size_t choose(std::span<const Move> moves) override {
    const std::size_t choice = replay_.choose(moves);
    if (moves[choice].actor != moves.front().actor)
      switches_.push_back({moves_, moves.front().actor, moves[choice].actor});
    ++moves_;
    return choice;
  }
  std::size_t pick(std::size_t count) override { return replay_.pick(count); }

  const std::vector<Switch>& switches() const { return switches_; }

 private:
  Replay replay_;
  std::size_t moves_ = 0;
  std::vector<Switch> switches_;
};

/// What the actor was about to do at that move: what it did next, or never came to do.
std::optional<ThreadStep> pending(const Way::Trace& trace, std::size_t move, Actor actor) {
  const auto is_its = [actor](const ThreadStep& step) { return step.actor == actor; };
  const auto from =
      trace.steps.begin() + static_cast<std::ptrdiff_t>(std::min(move, trace.steps.size()));
  const auto next = std::find_if(from, trace.steps.end(), is_its);
  if (next != trace.steps.end()) return *next;
  const auto last = std::ranges::find_if(trace.stood, is_its);
  return last == trace.stood.end() ? std::nullopt : std::optional(*last);
}

/// "after unlock", "before lock".
std::string moment(std::string_view operation) {
  constexpr std::string_view after = "go on after ";
  if (operation == "begin") return "before its beginning";
  if (operation.starts_with(after)) return fmt::format("after {}", operation.substr(after.size()));
  return fmt::format("before {}", operation);
}

std::string in(const std::string& place) {
  return place.empty() ? "" : " in " + place;
}

}  // namespace

std::vector<std::string> whereabouts(Way& way, const Schedule& schedule, std::uint64_t hash,
                                     const std::shared_ptr<Performance>& performance) {
  const ThreadControl* const control = thread_control();
  if (!way.exact() || way.simulated() || !control) return {};
  Noting chooser(schedule);
  Way::Trace trace;
  const Way::End end = way.run(chooser, [performance] { performance->run(); }, {.trace = &trace});
  if (end.lost || end.hash != hash) return {};
  performance->conclude(end);

  std::vector<Switch> switches;
  std::vector<ThreadStep> steps;
  for (const Switch& each : chooser.switches())
    if (std::optional<ThreadStep> step = pending(trace, each.move, each.stood)) {
      switches.push_back(each);
      steps.push_back(*std::move(step));
    }
  const Record& record = performance->record();
  for (const ThreadStep& step : trace.stood) {
    const std::string name = performance->thread_name(step.actor);
    const bool is_stuck = std::ranges::any_of(record.calls, [&](const Call& call) {
      return call.returned == never && record.actors.at(call.actor) == name;
    });
    if (is_stuck) steps.push_back(step);
  }
  const std::vector<std::string> places = control->places(steps);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::string name = performance->thread_name(steps[i].actor);
    if (i < switches.size())
      lines.push_back(fmt::format("{} went on while {} stood {}{}",
                                  performance->thread_name(switches[i].went_on), name,
                                  moment(steps[i].operation), in(places[i])));
    else
      lines.push_back(
          fmt::format("{} never came back from {}{}", name, steps[i].operation, in(places[i])));
  }
  return lines;
}

}  // namespace streamtest

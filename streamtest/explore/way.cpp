#include <streamtest/explore/rehearsal.hpp>
#include <streamtest/explore/way.hpp>

#include <fmt/format.h>

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <utility>

namespace streamtest {
namespace {

/// Lets time go by: the system's, or that of the run that the caller belongs to.
void let_time_go_by(std::chrono::nanoseconds duration) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, duration, [] { return false; });
}

using Reasons = std::vector<std::string>;

class FreeWay final : public Way {
 public:
  explicit FreeWay(Reasons why) : why_(std::move(why)) {}

  std::string_view name() const override { return "free threads"; }
  bool exact() const override { return false; }
  std::span<const std::string> why_weaker() const override { return why_; }

  End run(Chooser&, const std::function<void()>& body, const Manner&) override {
    body();
    return {};
  }
  void settle() override {}
  void pause(std::chrono::nanoseconds duration) override { let_time_go_by(duration); }

 private:
  const Reasons why_;
};

class ControlledWay final : public Way {
 public:
  ControlledWay(const ThreadControl& control, Reasons why)
      : control_(&control), why_(std::move(why)) {}

  std::string_view name() const override { return "controlled threads"; }
  bool exact() const override { return true; }
  std::span<const std::string> why_weaker() const override { return why_; }

  End run(Chooser& chooser, const std::function<void()>& body, const Manner& manner) override {
    const bool restless = chooser.pick(2) == 1;
    // What goes on after the body is of a stream that is stuck, or soon over.
    const ThreadLimits limits{.moves = 100'000,
                              .moves_afterwards = 1'000,
                              .early_timeouts_below = std::chrono::milliseconds(restless ? 10 : 0),
                              .spurious_wakeups = restless,
                              .grace = manner.grace,
                              .real_time = manner.real_time,
                              .trace = manner.trace != nullptr};
    ThreadOutcome outcome = control_->run(limits, chooser, body);
    if (manner.trace) *manner.trace = {std::move(outcome.trace), std::move(outcome.stood)};
    using enum ThreadVerdict;
    End end{.left_threads = outcome.verdict == leaked,
            .why = outcome.message,
            .hash = outcome.hash,
            .moves = outcome.moves,
            .actors = outcome.actors,
            .waited = outcome.waited};
    end.completed = outcome.verdict == ok || outcome.verdict == leaked;
    // One that spins, or waits where nobody sees it, isn't wrong: it can't be looked at this way.
    end.lost = outcome.verdict == step_limit || outcome.verdict == lost_control ||
               outcome.verdict == failed || outcome.uncontrolled > 0;
    if (outcome.uncontrolled > 0)
      end.why = "a thread that is none of the run's does its part in it";
    return end;
  }
  void settle() override { control_->settle(); }
  void pause(std::chrono::nanoseconds duration) override { let_time_go_by(duration); }

 private:
  const ThreadControl* control_;
  const Reasons why_;
};

/// Control that controls nothing would pass whatever it is given, so it has to prove itself: once
/// in each process, because what a process loads decides it.
void require_control(const ThreadControl& control) {
  static const std::string wrong = control.self_check();
  if (wrong.empty()) return;
  throw HarnessFailure(fmt::format(
      "this build is not under control: {}.\n"
      "It explores with threads under control and can't control them, so no order that it tried "
      "would prove anything. Is it linked statically or with -Bsymbolic, or is a library loaded "
      "before it (LD_PRELOAD) that has pthread functions of its own? Mend that, or let threads run "
      "free: use streamtest-plain, or link your program without streamtest::sched",
      wrong));
}

/// How many sockets this process has; 0 where the system doesn't tell.
std::size_t connections() {
  std::size_t count = 0;
  std::error_code none;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd", none))
    count +=
        std::filesystem::read_symlink(each.path(), none).string().starts_with("socket:") ? 1 : 0;
  return count;
}

std::unique_ptr<Way> controlled_way(Reasons why) {
  const ThreadControl* control = thread_control();
  if (!control) return nullptr;
  require_control(*control);
  return std::make_unique<ControlledWay>(*control, std::move(why));
}

bool makes_connections(Bench& bench) {
  const std::size_t before = connections();
  const std::unique_ptr<Trial> trial = bench.trial();
  (void)trial->open(0, trial->all_types());
  return connections() > before;
}

/// Threads, under control if they can be; `why` they aren't handlers.
std::unique_ptr<Way> threads_for(Reasons why) {
  if (std::unique_ptr<Way> controlled = controlled_way(why)) return controlled;
  why.emplace_back("this program has no control of threads, which is in streamtest::sched");
  return std::make_unique<FreeWay>(std::move(why));
}

std::string not_simulated(std::string_view why) {
  return fmt::format("handlers can't be simulated: {}", why);
}

}  // namespace

bool has_control() noexcept {
  return thread_control() != nullptr;
}

std::unique_ptr<Way> make_free_way(std::string why) {
  return std::make_unique<FreeWay>(why.empty() ? Reasons() : Reasons{std::move(why)});
}

std::unique_ptr<Way> make_controlled_way() {
  return controlled_way({});
}

std::unique_ptr<Way> make_way_for(Bench& bench) {
  if (bench.factory().in_another_process)
    return make_free_way("the stream lives in another process");
  if (makes_connections(bench))
    return make_free_way(
        "the stream has connections, and who is at their other end is out of reach");
  if (has_control()) bring_to_life(bench);
  if (!bench.capabilities().deterministic || bench.driver().delivery() == Delivery::blocking)
    return threads_for({});
  std::unique_ptr<Way> simulated = make_simulated_way();
  const std::string why = rehearse(bench);
  return why.empty() ? std::move(simulated) : make_weaker_way(*simulated, why);
}

std::unique_ptr<Way> make_weaker_way(const Way& lost, std::string_view why) {
  Reasons reasons(lost.why_weaker().begin(), lost.why_weaker().end());
  reasons.push_back(lost.simulated() ? not_simulated(why) : std::string(why));
  if (lost.simulated()) return threads_for(std::move(reasons));
  return std::make_unique<FreeWay>(std::move(reasons));
}

Way::Manner in_real_time(const Bench& bench) {
  return {.real_time = 2 * bench.patience() + std::chrono::milliseconds(500)};
}

std::string lost_text(const Way& lost, std::string_view why) {
  return lost.simulated() ? not_simulated(why)
                          : fmt::format("threads can't be controlled here: {}", why);
}

}  // namespace streamtest

#include <streamtest/explore/performance.hpp>
#include <streamtest/explore/simulated_way.hpp>
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
    // What goes on after the body is of a stream that is stuck: nobody looks at it any more.
    const ThreadLimits limits{.moves = 100'000,
                              .moves_afterwards = 200,
                              .early_timeouts_below = std::chrono::milliseconds(restless ? 10 : 0),
                              .spurious_wakeups = restless,
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
    if (end.why.empty() && outcome.uncontrolled > 0)
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

/// What all streams of a process share comes to life with the first of them, as does a thread that
/// wakes their readers: here, for what is made in a run sleeps with it forever. Nobody asks whether
/// the stream does well.
void bring_to_life(Bench& bench) {
  const std::unique_ptr<Way> way = make_free_way();
  Checker checker(allowances_of(bench.capabilities()));
  std::make_shared<Performance>(Circumstances{.factory = &bench.factory(),
                                              .scenario = bench.scenario(bench.event_types(3)),
                                              .delivery = bench.driver().delivery(),
                                              .patience = bench.patience()},
                                every_call(bench), *way, checker)
      ->run();
}

/// Threads, under control if they can be; `why` they aren't handlers.
std::unique_ptr<Way> threads_for(Bench& bench, Reasons why) {
  const auto free = [&why](std::string_view reason) {
    why.emplace_back(reason);
    return std::make_unique<FreeWay>(std::move(why));
  };
  if (bench.factory().in_another_process) return free("the stream lives in another process");
  const std::size_t before = connections();
  const std::unique_ptr<Trial> trial = bench.trial();
  (void)trial->open(0, trial->all_types());
  if (connections() > before)
    return free("the stream has connections, and who is at their other end is out of reach");
  std::unique_ptr<Way> controlled = controlled_way(why);
  if (!controlled)
    return free("this program has no control of threads, which is in streamtest::sched");
  bring_to_life(bench);
  return controlled;
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
  if (!bench.capabilities().deterministic || bench.driver().delivery() == Delivery::blocking ||
      bench.factory().in_another_process)
    return threads_for(bench, {});
  std::unique_ptr<Way> simulated = make_simulated_way();
  const std::string why = rehearse(bench);
  return why.empty() ? std::move(simulated) : make_weaker_way(*simulated, bench, why);
}

std::unique_ptr<Way> make_weaker_way(const Way& lost, Bench& bench, std::string_view why) {
  Reasons reasons(lost.why_weaker().begin(), lost.why_weaker().end());
  reasons.push_back(lost.simulated() ? not_simulated(why) : std::string(why));
  if (lost.simulated()) return threads_for(bench, std::move(reasons));
  return std::make_unique<FreeWay>(std::move(reasons));
}

std::string lost_text(const Way& lost, std::string_view why) {
  return lost.simulated() ? not_simulated(why)
                          : fmt::format("threads can't be controlled here: {}", why);
}

}  // namespace streamtest

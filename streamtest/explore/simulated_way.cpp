#include <streamtest/explore/performance.hpp>
#include <streamtest/explore/simulated_runtime.hpp>
#include <streamtest/explore/simulated_way.hpp>
#include <streamtest/explore/way.hpp>
#include <streamtest/schedule/schedule.hpp>
#include <streamtest/schedule/search.hpp>
#include <streamtest/schedule/thread_control.hpp>

#include <fmt/format.h>

#include <functional>
#include <future>
#include <stdexcept>
#include <thread>
#include <utility>

namespace streamtest {
namespace {

using std::chrono::nanoseconds;

/// What happens is not the chooser's any more.
class Escaped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class SimulatedWay final : public Way {
 public:
  std::string_view name() const override { return "simulated handlers"; }
  bool exact() const override { return true; }
  bool simulated() const override { return true; }

  End run(Chooser& chooser, const std::function<void()>& body, const Manner&) override {
    const bool restless = chooser.pick(2) == 1;
    Stage stage(chooser, restless);
    stage_ = &stage;
    End end;
    try {
      body();
      if (!stage.runtime->used())
        throw Escaped(
            "it claims `deterministic`, but never asked for the Scenario's executor or clock");
    } catch (const Escaped& escaped) {
      end = {.completed = false, .lost = true, .why = escaped.what()};
    } catch (const std::exception& error) {
      end = {.completed = false,
             .lost = true,
             .why = fmt::format("a handler threw: {}", error.what())};
    }
    stage.context.drain();
    stage_ = nullptr;
    end.hash = stage.outcome.hash;
    end.moves = stage.outcome.steps;
    end.actors = static_cast<std::uint32_t>(stage.context.actors());
    return end;
  }

  void settle() override { go_on(stage_->restless ? breath : nanoseconds(0)); }
  void pause(nanoseconds duration) override { go_on(duration); }

  simulation::Context* context() override { return stage_ ? &stage_->context : nullptr; }
  std::shared_ptr<Runtime> runtime() override { return stage_ ? stage_->runtime : nullptr; }

 private:
  /// Timers up to here may fire though others could act; those of longer standing have to wait
  /// until somebody pauses.
  static constexpr std::chrono::milliseconds breath{10};

  struct Stage {
    Stage(Chooser& who, bool is_restless)
        : chooser(&who),
          restless(is_restless),
          context({.early_timers = is_restless}),
          runtime(std::make_shared<SimulatedRuntime>(context)) {}

    Chooser* chooser;
    bool restless;
    simulation::Context context;
    std::shared_ptr<SimulatedRuntime> runtime;
    simulation::Outcome outcome = {};
  };

  void go_on(nanoseconds duration) {
    stage_->outcome = stage_->context.run(*stage_->chooser, stage_->context.now() + duration);
    using enum simulation::End;
    if (stage_->outcome.end == threads_appeared || stage_->outcome.end == step_limit)
      throw Escaped(to_text(stage_->outcome));
  }

  Stage* stage_ = nullptr;  ///< of the run that goes on
};

/// What a rehearsal uses is kept by who is stuck in it.
struct Rehearsal {
  explicit Rehearsal(const Capabilities& capabilities) : checker(allowances_of(capabilities)) {}

  const std::unique_ptr<Way> way = make_simulated_way();
  Checker checker;
  std::shared_ptr<Performance> performance;
  Replay order{Schedule{}};
  Way::End end;
};

/// Whether it returns in so much time. If not, its thread is left where it is
/// (docs/decisions/0005-stuck-threads.md), with all that `body` holds.
bool comes_back(const std::function<void()>& body, nanoseconds patience) {
  std::promise<void> over;
  const std::future<void> is_over = over.get_future();
  std::thread thread([body, over = std::move(over)]() mutable {
    body();
    over.set_value();
  });
  const bool back = is_over.wait_for(patience) == std::future_status::ready;
  if (back)
    thread.join();
  else
    thread.detach();
  return back;
}

}  // namespace

ConcurrentProgram every_call(const Bench& bench) {
  using Kind = Command::Kind;
  ConcurrentProgram program{
      .before = {{.kind = Kind::open, .slot = 0, .types = {0, 1, 2}}},
      .actors = {{{.kind = Kind::next, .slot = 0}}, {{.kind = Kind::append, .types = {0, 1}}}}};
  if (bench.capabilities().truncation != Truncation::none && bench.hooks().truncate)
    program.actors.push_back({{.kind = Kind::truncate, .offset = 1}});
  program.actors.push_back({{.kind = Kind::close, .slot = 0}});
  if (!bench.factory().lacks.contains(Means::cancelling))
    program.actors.back().insert(program.actors.back().begin(), {.kind = Kind::cancel, .slot = 0});
  return program;
}

std::unique_ptr<Way> make_simulated_way() {
  return std::make_unique<SimulatedWay>();
}

std::string rehearse(Bench& bench) {
  const auto rehearsal = std::make_shared<Rehearsal>(bench.capabilities());
  rehearsal->performance =
      std::make_shared<Performance>(Circumstances{.factory = &bench.factory(),
                                                  .scenario = bench.scenario(bench.event_types(3)),
                                                  .delivery = Delivery::asynchronous,
                                                  .patience = bench.patience()},
                                    every_call(bench), *rehearsal->way, rehearsal->checker);
  const auto run = [rehearsal] {
    rehearsal->end =
        rehearsal->way->run(rehearsal->order, [rehearsal] { rehearsal->performance->run(); });
    // Here, where whoever ends it may still wait for a thread of its own.
    rehearsal->performance.reset();
  };
  if (const ThreadControl* control = thread_control()) {
    Replay usual{Schedule{}};
    const ThreadOutcome outcome = control->run({.moves = 1'000'000}, usual, run);
    if (outcome.verdict != ThreadVerdict::ok && outcome.verdict != ThreadVerdict::leaked)
      return fmt::format("its only thread doesn't come back: {}{}", to_string(outcome.verdict),
                         outcome.message.empty() ? "" : ", " + outcome.message);
  } else if (!comes_back(run, bench.patience())) {
    return "its only thread doesn't come back";
  }
  return rehearsal->end.lost ? rehearsal->end.why : std::string();
}

}  // namespace streamtest

#include <streamtest/explore/simulated_runtime.hpp>
#include <streamtest/explore/way.hpp>

#include <fmt/format.h>

#include <functional>
#include <stdexcept>
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

}  // namespace

std::unique_ptr<Way> make_simulated_way() {
  return std::make_unique<SimulatedWay>();
}

}  // namespace streamtest

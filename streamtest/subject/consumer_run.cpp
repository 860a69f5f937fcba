#include <streamtest/subject/consumer_run.hpp>

#include <fmt/format.h>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::Result;

namespace {

/// A driver waits for reads and gives up those that are stuck; to it, a run is one.
class RunAsRead final : public AnyCursor {
 public:
  RunAsRead(std::shared_ptr<ConsumerSubject> consumer, std::shared_ptr<Stage> stage,
            ConsumerSetup setup, std::shared_ptr<History> history, History::Number number)
      : consumer_(std::move(consumer)),
        stage_(std::move(stage)),
        setup_(std::move(setup)),
        history_(std::move(history)),
        number_(number) {}

  Result<Event> next(std::stop_token token) override {
    try {
      const Result<void> result =
          consumer_->run(stage_->stream(), stage_->handler(), std::move(token), setup_);
      end(result, {});
    } catch (const std::exception& error) {
      end(Errc::backend_failure, error.what());
    } catch (...) {
      end(Errc::backend_failure, "something that is no std::exception");
    }
    return Event();
  }
  Result<void> close() override { return {}; }

 private:
  void end(const Result<void>& result, const std::string& exception) {
    const std::string kind = !exception.empty() ? "exception: " + exception
                             : result           ? "ok"
                                                : error_name(result.error());
    history_->complete(number_, {kind, {}, {}, {}});
    stage_->returned(result, exception);
  }

  const std::shared_ptr<ConsumerSubject> consumer_;
  const std::shared_ptr<Stage> stage_;
  const ConsumerSetup setup_;
  const std::shared_ptr<History> history_;
  const History::Number number_;
};

}  // namespace

std::shared_ptr<ConsumerSubject> make_consumer(Bench& bench) {
  try {
    return bench.factory().make_consumer(bench.scenario(bench.event_types(3)));
  } catch (const std::exception& error) {
    throw HarnessFailure(
        fmt::format("the harness threw while it made a fresh consumer: {}", error.what()));
  }
}

ConsumerRun::ConsumerRun(Bench& bench, std::shared_ptr<ConsumerSubject> consumer, Script script,
                         RunSetup setup)
    : bench_(&bench),
      consumer_(std::move(consumer)),
      setup_(std::move(setup)),
      stage_(std::make_shared<Stage>(std::move(script), setup_.semaphore, setup_.permits,
                                     bench.shared_history(), setup_.actor)),
      slot_(std::make_shared<Slot>([](const Slot&) {})) {}

ConsumerRun::~ConsumerRun() {
  if (!slot_->cancel) return;  // never started
  stop();
  stage_->release();
  // Its verdict is known; several that are stuck should not add up to a hang.
  const auto patience = bench_->patience() / (was_stuck_ ? 20 : 1);
  if (!stage_->await_return(patience)) stage_->abandon();
}

void ConsumerRun::start(bool stopped) {
  ConsumerSetup setup;
  if (setup_.strategy) setup.strategy = stage_->strategy(setup_.strategy);
  setup.semaphore = setup_.semaphore;
  setup.clock = stage_->clock();
  if (setup_.log) setup.log = [](std::string_view) {};
  const History::Number number = bench_->history().invoke("run", setup_.actor, "", "");
  bench_->driver().start(std::make_shared<RunAsRead>(consumer_, stage_, std::move(setup),
                                                     bench_->shared_history(), number),
                         slot_, stopped);
}

void ConsumerRun::fail_stuck(std::string_view when) {
  was_stuck_ = true;
  bench_->fail(fmt::format("run is stuck: it had not returned {} s after it was asked to stop {}",
                           std::chrono::ceil<std::chrono::seconds>(bench_->patience()).count(),
                           when));
}

std::string ConsumerRun::ending() const {
  if (!stage_->exception().empty())
    return fmt::format("threw an exception ({})", stage_->exception());
  const Result<void>& result = stage_->result();
  return result ? "returned success" : fmt::format("returned {}", error_name(result.error()));
}

}  // namespace streamtest

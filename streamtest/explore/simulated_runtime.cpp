#include <streamtest/explore/simulated_runtime.hpp>
#include <streamtest/simulation/strand.hpp>
#include <streamtest/simulation/timer.hpp>
#include <streamtest/subject/wait_with.hpp>

#include <string>

namespace streamtest {
namespace {

using SimulatedMoment = simulation::Clock::time_point;

class SimulatedAlarm final : public Alarm, public std::enable_shared_from_this<SimulatedAlarm> {
 public:
  SimulatedAlarm(const simulation::Executor& executor, SimulatedMoment moment)
      : timer_(executor, moment) {}

  void start(std::unique_ptr<Waiter> waiter) override {
    wait_with(timer_, shared_from_this(), std::move(waiter));
  }

  bool cancel() override { return timer_.cancel() > 0; }

 private:
  simulation::Timer timer_;
};

}  // namespace

/// A stream's actor is none of the program's, whatever it is called.
simulation::Executor SimulatedRuntime::executor_for(std::string_view actor) {
  used_ = true;
  return context_->executor("the stream's " + std::string(actor));
}

boost::asio::any_io_executor SimulatedRuntime::executor(std::string_view actor) {
  return executor_for(actor);
}

boost::asio::any_io_executor SimulatedRuntime::strand(std::string_view actor) {
  return simulation::Strand(executor_for(actor));
}

Runtime::time_point SimulatedRuntime::now() const {
  used_ = true;
  return time_point(std::chrono::duration_cast<duration>(context_->now().time_since_epoch()));
}

std::shared_ptr<Alarm> SimulatedRuntime::alarm(time_point moment) {
  return std::make_shared<SimulatedAlarm>(executor_for("clock"),
                                          SimulatedMoment(moment.time_since_epoch()));
}

}  // namespace streamtest

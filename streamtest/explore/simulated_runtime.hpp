#ifndef STREAMTEST_EXPLORE_SIMULATED_RUNTIME_HPP
#define STREAMTEST_EXPLORE_SIMULATED_RUNTIME_HPP

#include <streamtest/simulation/context.hpp>
#include <streamtest/subject/runtime.hpp>

#include <memory>
#include <string_view>

namespace streamtest {

/// A stream's executor and clock on a simulated context, which must outlive what is made here. Of
/// the thread that runs the context.
class SimulatedRuntime final : public Runtime {
 public:
  explicit SimulatedRuntime(simulation::Context& context) : context_(&context) {}

  boost::asio::any_io_executor executor(std::string_view actor) override;
  boost::asio::any_io_executor strand(std::string_view actor) override;
  time_point now() const override;
  std::shared_ptr<Alarm> alarm(time_point moment) override;

  /// False if nobody has asked for anything.
  bool used() const { return used_; }

 private:
  simulation::Executor executor_for(std::string_view actor);

  simulation::Context* context_;
  mutable bool used_ = false;
};

}  // namespace streamtest

#endif

#ifndef STREAMTEST_SIMULATION_STRAND_HPP
#define STREAMTEST_SIMULATION_STRAND_HPP

#include <streamtest/simulation/context.hpp>

#include <deque>
#include <memory>
#include <type_traits>
#include <utility>

namespace streamtest::simulation {

/// Runs handlers in the order in which they were given to it, each as a step of its own of the
/// inner executor's actor. `boost::asio::strand` works too, but runs all that it has in one step:
/// what could have come in between is never seen.
///
/// An executor in Asio's sense; copies are the same strand. The Context must outlive it.
class Strand {
 public:
  explicit Strand(const Executor& inner) : state_(std::make_shared<State>(inner)) {}

  Executor get_inner_executor() const noexcept { return state_->inner; }
  Context& context() const noexcept { return state_->inner.context(); }
  Actor actor() const noexcept { return state_->inner.actor(); }
  /// True in a handler of this strand.
  bool running_in_this_thread() const noexcept { return state_->running; }

  /// Within this call if blocking is `possibly`, as it is at first, and a handler of this strand
  /// is running; else as a step of its own, after those that were given before.
  template <std::invocable Function>
  void execute(Function&& function) const {
    if (possibly_blocking_ && state_->running)
      std::decay_t<Function>(std::forward<Function>(function))();
    else
      submit(make_task(std::forward<Function>(function)));
  }

  friend bool operator==(const Strand& a, const Strand& b) noexcept { return a.state_ == b.state_; }

  // ---- What Asio asks for: see boost::asio::execution

  boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept;
  boost::asio::execution::blocking_t query(boost::asio::execution::blocking_t) const noexcept;
  Strand require(boost::asio::execution::blocking_t::possibly_t) const noexcept;
  Strand require(boost::asio::execution::blocking_t::never_t) const noexcept;

 private:
  struct State {
    explicit State(const Executor& executor)
        : inner(executor.require(boost::asio::execution::blocking.never)) {}

    Executor inner;
    std::deque<std::unique_ptr<Task>> tasks;
    bool running = false;
  };

  class Turn;

  void submit(std::unique_ptr<Task> task) const;

  std::shared_ptr<State> state_;
  bool possibly_blocking_ = true;
};

}  // namespace streamtest::simulation

#endif

#include <streamtest/simulation/strand.hpp>

namespace streamtest::simulation {

using boost::asio::execution::blocking_t;

boost::asio::execution_context& Strand::query(boost::asio::execution::context_t) const noexcept {
  return context();
}

blocking_t Strand::query(blocking_t) const noexcept {
  return possibly_blocking_ ? blocking_t(blocking_t::possibly) : blocking_t(blocking_t::never);
}

Strand Strand::require(blocking_t::possibly_t) const noexcept {
  Strand changed = *this;
  changed.possibly_blocking_ = true;
  return changed;
}

Strand Strand::require(blocking_t::never_t) const noexcept {
  Strand changed = *this;
  changed.possibly_blocking_ = false;
  return changed;
}

/// What is posted to the inner executor: runs one task, and has the next one posted. Destroyed
/// unrun, as a draining context does, it takes the tasks with it: they hold copies of the strand,
/// which would keep one another alive for ever.
class Strand::Turn {
 public:
  explicit Turn(std::shared_ptr<State> state) : state_(std::move(state)) {}
  Turn(Turn&&) noexcept = default;
  Turn& operator=(Turn&&) = delete;
  ~Turn() {
    if (state_) std::exchange(state_->tasks, {}).clear();
  }

  void operator()() {
    const Running running(std::move(state_));
    const std::unique_ptr<Task> task = std::move(running.state->tasks.front());
    running.state->tasks.pop_front();
    task->run();
  }

 private:
  /// Goes on to the next task also if this one throws.
  struct Running {
    explicit Running(std::shared_ptr<State> of) : state(std::move(of)) { state->running = true; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() {
      state->running = false;
      if (!state->tasks.empty()) state->inner.execute(Turn(state));
    }
    std::shared_ptr<State> state;
  };

  std::shared_ptr<State> state_;
};

void Strand::submit(std::unique_ptr<Task> task) const {
  state_->tasks.push_back(std::move(task));
  // Else somebody has posted, or will.
  if (state_->tasks.size() == 1 && !state_->running) state_->inner.execute(Turn(state_));
}

}  // namespace streamtest::simulation

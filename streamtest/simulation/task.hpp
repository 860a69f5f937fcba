#ifndef STREAMTEST_SIMULATION_TASK_HPP
#define STREAMTEST_SIMULATION_TASK_HPP

#include <memory>
#include <type_traits>
#include <utility>

namespace streamtest::simulation {

/// A handler that is run once or never. Handlers can often only be moved, so std::function is no
/// home for them.
class Task {
 public:
  Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() = default;

  virtual void run() = 0;
};

template <class Function>
std::unique_ptr<Task> make_task(Function&& function) {
  class Of final : public Task {
   public:
    explicit Of(Function&& f) : function_(std::forward<Function>(f)) {}
    void run() override { std::move(function_)(); }

   private:
    std::decay_t<Function> function_;
  };
  return std::make_unique<Of>(std::forward<Function>(function));
}

}  // namespace streamtest::simulation

#endif

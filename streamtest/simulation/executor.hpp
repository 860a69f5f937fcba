#ifndef STREAMTEST_SIMULATION_EXECUTOR_HPP
#define STREAMTEST_SIMULATION_EXECUTOR_HPP

#include <streamtest/schedule/chooser.hpp>
#include <streamtest/simulation/task.hpp>

#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/execution/relationship.hpp>
#include <boost/asio/execution_context.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace streamtest::simulation {

class Context;

/// What runs handlers on a Context, for one actor: all that runs through executors of one actor is
/// that actor's doing, in schedules, strategies and timelines.
///
/// An executor in Asio's sense, convertible to `any_io_executor`, for `post`, `dispatch`, `defer`,
/// `co_spawn`, channels and whatever else takes one. Handlers never run at the same time, and each
/// is one step; those that are ready at the same moment run in any order, also those of one actor,
/// as Asio promises no more. For order among them there is Strand.
///
/// A small value. The Context must outlive it. Of one thread, as the Context is.
class Executor {
 public:
  /// Made by Context::executor().
  Executor(const Executor& other) noexcept;
  Executor& operator=(const Executor& other) noexcept;
  ~Executor();

  Context& context() const noexcept { return *context_; }
  Actor actor() const noexcept { return actor_; }

  /// The same executor that, if `on` is true, as it is at first, runs at once what is dispatched to
  /// it from a handler of the same actor, as `io_context` does; else it makes another step of it.
  Executor inline_dispatch(bool on) const noexcept;

  /// Runs the function: as a step of its own in Context::run(), or within this call if blocking is
  /// `possibly` (as it is at first, and never after `post`), inline dispatch is on, and a handler
  /// of the same actor is running. Throws what the function throws, in the second case.
  template <std::invocable Function>
  void execute(Function&& function) const {
    if (runs_inline())
      std::decay_t<Function>(std::forward<Function>(function))();
    else
      submit(make_task(std::forward<Function>(function)));
  }

  /// The same context and actor; whatever the properties.
  friend bool operator==(const Executor& a, const Executor& b) noexcept {
    return a.context_ == b.context_ && a.actor_ == b.actor_;
  }

  // ---- What Asio asks for: see boost::asio::execution

  boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept;
  boost::asio::execution::blocking_t query(boost::asio::execution::blocking_t) const noexcept;
  Executor require(boost::asio::execution::blocking_t::possibly_t) const noexcept;
  Executor require(boost::asio::execution::blocking_t::never_t) const noexcept;

  /// Tracked: counted in Outcome::work for as long as it lives.
  boost::asio::execution::outstanding_work_t query(
      boost::asio::execution::outstanding_work_t) const noexcept;
  Executor require(boost::asio::execution::outstanding_work_t::tracked_t) const noexcept;
  Executor require(boost::asio::execution::outstanding_work_t::untracked_t) const noexcept;

  /// It makes no difference: the order is the chooser's.
  static constexpr boost::asio::execution::relationship_t query(
      boost::asio::execution::relationship_t) noexcept {
    return boost::asio::execution::relationship.fork;
  }

 private:
  friend class Context;

  struct Properties {
    bool possibly_blocking : 1 = true;
    bool inline_dispatch : 1 = true;
    bool tracked : 1 = false;
  };

  Executor(Context& context, Actor actor, Properties properties) noexcept;

  bool runs_inline() const noexcept;
  void submit(std::unique_ptr<Task> task) const;

  Context* context_;
  Actor actor_;
  Properties properties_;
};

}  // namespace streamtest::simulation

#endif

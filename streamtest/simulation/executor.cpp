#include <streamtest/simulation/context.hpp>

#include <utility>

namespace streamtest::simulation {

using boost::asio::execution::blocking_t;
using boost::asio::execution::outstanding_work_t;

Executor::Executor(Context& context, Actor actor, Properties properties) noexcept
    : context_(&context), actor_(actor), properties_(properties) {
  // Handlers are also moved, hence copied, by threads that shouldn't be there.
  if (properties_.tracked) context_->work_.fetch_add(1, std::memory_order_relaxed);
}

Executor::Executor(const Executor& other) noexcept
    : Executor(*other.context_, other.actor_, other.properties_) {}

Executor& Executor::operator=(const Executor& other) noexcept {
  Executor copy(other);
  std::swap(context_, copy.context_);
  std::swap(actor_, copy.actor_);
  std::swap(properties_, copy.properties_);
  return *this;
}

Executor::~Executor() {
  if (properties_.tracked) context_->work_.fetch_sub(1, std::memory_order_relaxed);
}

Executor Executor::inline_dispatch(bool on) const noexcept {
  Properties changed = properties_;
  changed.inline_dispatch = on;
  return {*context_, actor_, changed};
}

boost::asio::execution_context& Executor::query(boost::asio::execution::context_t) const noexcept {
  return *context_;
}

blocking_t Executor::query(blocking_t) const noexcept {
  return properties_.possibly_blocking ? blocking_t(blocking_t::possibly)
                                       : blocking_t(blocking_t::never);
}

Executor Executor::require(blocking_t::possibly_t) const noexcept {
  Properties changed = properties_;
  changed.possibly_blocking = true;
  return {*context_, actor_, changed};
}

Executor Executor::require(blocking_t::never_t) const noexcept {
  Properties changed = properties_;
  changed.possibly_blocking = false;
  return {*context_, actor_, changed};
}

outstanding_work_t Executor::query(outstanding_work_t) const noexcept {
  return properties_.tracked ? outstanding_work_t(outstanding_work_t::tracked)
                             : outstanding_work_t(outstanding_work_t::untracked);
}

Executor Executor::require(outstanding_work_t::tracked_t) const noexcept {
  Properties changed = properties_;
  changed.tracked = true;
  return {*context_, actor_, changed};
}

Executor Executor::require(outstanding_work_t::untracked_t) const noexcept {
  Properties changed = properties_;
  changed.tracked = false;
  return {*context_, actor_, changed};
}

bool Executor::runs_inline() const noexcept {
  return properties_.possibly_blocking && properties_.inline_dispatch && context_->runs(actor_);
}

void Executor::submit(std::unique_ptr<Task> task) const {
  context_->post(actor_, std::move(task));
}

}  // namespace streamtest::simulation

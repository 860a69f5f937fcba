#include <streamtest/history/history.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace streamtest {

std::chrono::nanoseconds History::now() const {
  return std::chrono::steady_clock::now() - start_;
}

History::Number History::invoke(std::string name, std::string actor, std::string cursor,
                                std::string arguments) {
  std::lock_guard lock(mutex_);
  ++progress_;
  operations_.push_back(
      {std::move(name), std::move(actor), std::move(cursor), std::move(arguments), now(), {}, {}});
  return first_ + operations_.size() - 1;
}

void History::complete(Number number, Outcome outcome) {
  std::lock_guard lock(mutex_);
  ++progress_;
  if (number < first_ || number - first_ >= operations_.size()) return;
  Operation& operation = operations_[number - first_];
  operation.returned = now();
  operation.outcome = std::move(outcome);
}

void History::clear() {
  std::lock_guard lock(mutex_);
  first_ += operations_.size();
  operations_.clear();
}

std::vector<Operation> History::operations() const {
  std::lock_guard lock(mutex_);
  return operations_;
}

std::uint64_t History::progress() const {
  std::lock_guard lock(mutex_);
  return progress_;
}

namespace {

std::string call_text(const Operation& operation) {
  const std::string target = operation.cursor.empty() ? "" : operation.cursor + ".";
  return fmt::format("{}{}({})", target, operation.name, operation.arguments);
}

std::string outcome_text(const Operation& operation) {
  if (!operation.returned) return "pending";
  std::string text = operation.outcome.kind;
  if (operation.outcome.offset) text += fmt::format(" {}", *operation.outcome.offset);
  if (!operation.outcome.event_type.empty())
    text += fmt::format(" {}", operation.outcome.event_type);
  return text;
}

}  // namespace

std::string to_text(const std::vector<Operation>& operations, std::size_t count) {
  std::string text;
  const std::size_t begin = operations.size() > count ? operations.size() - count : 0;
  if (begin > 0) text += fmt::format("  … {} earlier operations\n", begin);
  for (std::size_t i = begin; i < operations.size(); ++i) {
    const Operation& operation = operations[i];
    const auto microseconds =
        std::chrono::duration_cast<std::chrono::microseconds>(operation.invoked).count();
    text += fmt::format("  {:>4}  {:>10} us  {:<10} {} -> {}\n", i + 1, microseconds,
                        operation.actor, call_text(operation), outcome_text(operation));
  }
  return text;
}

std::string pending_text(const std::vector<Operation>& operations, std::chrono::nanoseconds now) {
  std::string text;
  for (const Operation& operation : operations) {
    if (operation.returned) continue;
    const auto age =
        std::chrono::duration_cast<std::chrono::seconds>(now - operation.invoked).count();
    text += fmt::format("  {} by {}, pending for {} s\n", call_text(operation), operation.actor,
                        std::max<long>(age, 0));
  }
  return text.empty() ? "  none: the case itself does not return\n" : text;
}

}  // namespace streamtest

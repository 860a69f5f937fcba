#include <streamtest/history/history.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <set>
#include <utility>

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

/// Marks the operation that the text is about because it names the cursor.
void mark_cursor(const std::vector<Operation>& operations, const std::string& name,
                 const std::string& text, std::set<std::size_t>& marked) {
  const bool of_close = text.find("close of " + name) != std::string::npos;
  for (std::size_t i = operations.size(); i-- > 0;)
    if (operations[i].cursor == name && operations[i].name == (of_close ? "close" : "next")) {
      marked.insert(i);
      break;
    }
  for (std::size_t i = 0; i < operations.size(); ++i)
    if (operations[i].name == "open" && operations[i].arguments.ends_with(" as " + name))
      marked.insert(i);
}

/// Marks the append that gave the event this offset: the acknowledged one that begins closest
/// below.
void mark_append(const std::vector<Operation>& operations, std::uint64_t offset,
                 std::set<std::size_t>& marked) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const Operation& each = operations[i];
    if (each.name != "append" || each.outcome.kind != "ok" || !each.outcome.offset) continue;
    if (*each.outcome.offset > offset) continue;
    if (!best || *each.outcome.offset >= *operations[*best].outcome.offset) best = i;
  }
  if (best) marked.insert(*best);
}

}  // namespace

Marked named_operations(const std::vector<Operation>& operations, std::string_view text) {
  static const std::regex names(R"(\b([a-z][0-9]+)\b|\b(?:event|offset) ([0-9]{1,18})\b)");
  std::set<std::size_t> marked;
  const std::string whole(text);
  for (auto found = std::sregex_iterator(whole.begin(), whole.end(), names);
       found != std::sregex_iterator(); ++found) {
    if ((*found)[1].matched)
      mark_cursor(operations, (*found)[1], whole, marked);
    else
      mark_append(operations, std::stoull((*found)[2]), marked);
  }
  return {marked.begin(), marked.end()};
}

std::string to_text(const std::vector<Operation>& operations, const Marked& marked,
                    std::size_t count) {
  std::string text;
  const std::size_t tail = operations.size() > count ? operations.size() - count : 0;
  std::size_t unsaid = 0;
  const auto sum_up = [&] {
    const std::size_t others = std::exchange(unsaid, 0);
    if (others == 0) return;
    text += fmt::format("  … {} other {}\n", others, others == 1 ? "operation" : "operations");
  };
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const bool is_marked = std::binary_search(marked.begin(), marked.end(), i);
    if (i < tail && !is_marked) {
      ++unsaid;
      continue;
    }
    sum_up();
    const Operation& operation = operations[i];
    const auto microseconds =
        std::chrono::duration_cast<std::chrono::microseconds>(operation.invoked).count();
    text +=
        fmt::format("{} {:>4}  {:>10} us  {:<10} {} -> {}\n", is_marked ? "→" : " ", i + 1,
                    microseconds, operation.actor, call_text(operation), outcome_text(operation));
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

#ifndef TESTS_UNIT_CASES_LIE_HPP
#define TESTS_UNIT_CASES_LIE_HPP

#include <streamtest/subject/subject.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace streamtest {

/// What a stream says that isn't so: the smallest defect that there is, one wrong answer. What can
/// be lied depends on the call.
enum class Lie {
  // Instead of any answer that is due:
  says_closed,
  says_truncated,
  says_failure,
  says_conflict,
  throws,
  stuck,  ///< next: it doesn't return before it is cancelled or closed
  // An event, or an offset, that is another:
  again,
  skips,
  other_data,
  other_time,
  other_source,
  empty,  ///< without an envelope
  higher,
  lower,
  // What is told of something that wasn't done, or not like that:
  undone,
  reversed,
  lacking,
  excess,
};

/// Which call lies. Next is what a cursor that only blocks returns; poll and wait are what is
/// behind it in one that is read without waiting, too.
enum class Call {
  next,
  poll,  ///< one that finds something
  wait,  ///< one that finds nothing
  close,
  open,
  event_types,
  append,
  append_expecting,
  truncate,
  make,
  reopen,
  next_offset,
  handle_event,
  effects,
};

/// One stream that lies in so many calls of a kind in a row, counted from the first one on over all
/// of its trials, its twins and its cursors.
struct Lying {
  Call call = Call::next;
  Lie lie = Lie::says_failure;
  std::uint64_t first = 0;
  std::uint64_t times = 1;
  bool harmless = false;  ///< what is stored isn't damaged, whatever damage() was asked for
};

constexpr std::uint64_t always = ~std::uint64_t{0};

/// Shared by all that lies in one run of a case. Thread-safe.
class Liar {
 public:
  explicit Liar(Lying plan) : plan_(plan) {}

  /// The lie that this call is for, if it is.
  std::optional<Lie> lies(Call call) {
    if (call != plan_.call) return std::nullopt;
    const std::uint64_t number = calls_++;
    if (number < plan_.first || number - plan_.first >= plan_.times) return std::nullopt;
    return plan_.lie;
  }
  const Lying& plan() const { return plan_; }
  bool is_about(Call call) const { return plan_.call == call; }

 private:
  const Lying plan_;
  std::atomic<std::uint64_t> calls_ = 0;
};

/// The streams and handlers of another factory, but for the lies.
SubjectFactory lying(const SubjectFactory& truthful, std::shared_ptr<Liar> liar);

}  // namespace streamtest

#endif

#ifndef STREAMTEST_TESTS_UNIT_HISTORY_RECORD_SURGERY_HPP
#define STREAMTEST_TESTS_UNIT_HISTORY_RECORD_SURGERY_HPP

#include "random_record.hpp"

#include <algorithm>
#include <optional>
#include <vector>

// How records are looked through and cut, for the injections.

namespace streamtest {

inline bool is_read(const Call& call) {
  return call.kind == CallKind::next || call.kind == CallKind::try_next;
}
inline bool gave(const Call& call) {
  return is_read(call) && call.came_to == CameTo::ok;
}

inline bool found_nothing(const Call& call) {
  return is_read(call) && call.came_to == CameTo::nothing;
}
inline bool is_single_append(const Call& call) {
  return call.kind == CallKind::append && call.came_to == CameTo::ok && call.count == 1;
}

/// One of the calls that `suits`, at random.
template <typename Suits>
inline std::optional<std::size_t> pick(const Record& record, Random& random, Suits suits) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < record.calls.size(); ++i)
    if (suits(record.calls[i])) numbers.push_back(i);
  if (numbers.empty()) return std::nullopt;
  return numbers[below(random, numbers.size())];
}

inline bool in_final(const Record& record, const Call& call) {
  return call.invoked >= record.final_phase;
}

inline const Call& append_of(const Record& record, std::uint32_t event) {
  return *std::find_if(record.calls.begin(), record.calls.end(), [&](const Call& call) {
    return call.kind == CallKind::append && event >= call.first && event < call.first + call.count;
  });
}

/// The next call of the same cursor, or null.
inline Call* next_of(Record& record, std::size_t number) {
  for (std::size_t i = number + 1; i < record.calls.size(); ++i)
    if ((is_read(record.calls[i]) || record.calls[i].kind == CallKind::close) &&
        record.calls[i].cursor == record.calls[number].cursor)
      return &record.calls[i];
  return nullptr;
}

inline void remove(Record& record, std::size_t number) {
  record.calls.erase(record.calls.begin() + static_cast<std::ptrdiff_t>(number));
}

/// Makes room between any two ticks.
inline void spread(Record& record) {
  for (Call& call : record.calls) {
    call.invoked *= 8;
    if (call.returned != never) call.returned *= 8;
    if (call.cancelled != never) call.cancelled *= 8;
  }
  if (record.final_phase != never) record.final_phase *= 8;
}

/// Adds a call of two ticks that ends right before `moment`, after spread().
inline void insert(Record& record, Call call, Tick moment) {
  call.invoked = moment - 3;
  call.returned = moment - 1;
  const auto at = std::find_if(record.calls.begin(), record.calls.end(),
                               [&](const Call& each) { return each.invoked > call.invoked; });
  record.calls.insert(at, call);
}

/// What returned later is pending, and what began later isn't there.
inline void end_at(Record& record, Tick moment) {
  std::erase_if(record.calls, [&](const Call& call) { return call.invoked > moment; });
  for (Call& call : record.calls)
    if (call.returned > moment) {
      call.returned = never;
      call.came_to = CameTo::pending;
      call.offsets.clear();
      call.seen = {};
    }
  record.final_phase = never;
  record.quiescent = false;
}

/// A read whose event nothing cut, and which the cursor's next call follows with another event.
inline std::optional<std::size_t> read_in_the_middle(Record& record, Random& random) {
  return pick(record, random, [&](const Call& call) {
    if (!gave(call) || in_final(record, call)) return false;
    const Call* next = next_of(record, static_cast<std::size_t>(&call - record.calls.data()));
    return next != nullptr && gave(*next);
  });
}

}  // namespace streamtest

#endif

#include <streamtest/sched/waiter_counts.hpp>

#include <atomic>

namespace streamtest::sched::detail {

namespace {

#if defined(__GLIBCXX__) && _GLIBCXX_RELEASE < 16
/// The place is told by the address, as a number of words.
int& count_in(std::size_t place) {
  alignas(64) static const std::array<int, 16> words{};
  return std::__detail::__waiter_pool_base::_S_for(&words.at(place))._M_wait;
}
#else
int& count_in(std::size_t) {
  static int none = 0;  // it can't be seen, or nobody is counted
  return none;
}
#endif

}  // namespace

WaiterCounts::WaiterCounts() {
  for (std::size_t i = 0; i < places; ++i)
    counts_.at(i) = __atomic_load_n(&count_in(i), __ATOMIC_SEQ_CST);
}

void WaiterCounts::restore() const {
  for (std::size_t i = 0; i < places; ++i) {
    // Taken off, not set: threads that are no part of the run may begin or end to wait meanwhile.
    const int more = __atomic_load_n(&count_in(i), __ATOMIC_SEQ_CST) - counts_.at(i);
    if (more > 0) __atomic_fetch_sub(&count_in(i), more, __ATOMIC_SEQ_CST);
  }
}

}  // namespace streamtest::sched::detail

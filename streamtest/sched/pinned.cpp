#include <streamtest/sched/pinned.hpp>

namespace streamtest::sched::detail {

Pinned::Pinned() {
  const int processor = ::sched_getcpu();
  if (processor < 0 || ::sched_getaffinity(0, sizeof before_, &before_) != 0 ||
      CPU_COUNT(&before_) < 2)
    return;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<unsigned>(processor), &one);
  changed_ = ::sched_setaffinity(0, sizeof one, &one) == 0;
}

Pinned::~Pinned() {
  if (changed_) ::sched_setaffinity(0, sizeof before_, &before_);
}

}  // namespace streamtest::sched::detail

#include "odd.hpp"

namespace odd {

const std::vector<Entry>& entries() {
  static const std::vector<Entry> list = {
      {"ODD-slow", "mem", "each of its operations takes up to 200 us, at random", slow},
      {"ODD-spurious", "mem", "it notifies its waiters at random, without a cause", spurious},
      {"ODD-polling", "mem", "waiters are woken only by a thread that looks every 3 ms", polling},
      {"ODD-linked", "list", "a linked list whose cursors hold what was truncated", linked},
      {"ODD-copying", "mem", "every read makes a deep copy of its envelope", copying},
      {"ODD-batching", "mem", "its cursors prefetch up to seven events, one by one", batching},
      {"ODD-prefetching", "mem", "a thread a cursor reads up to 16 events ahead", prefetching},
      {"ODD-handing", "mem", "each next is carried out by another thread", handing},
      {"ODD-sparse", "mem", "its offsets rise with gaps and don't begin at 0", sparse},
      {"ODD-coarse", "mem", "it deletes whole segments of eight events only", coarse},
      {"ODD-lazy", "mem", "it refuses an unknown type with the first read, not at open", lazy},
      {"ODD-committing", "mem",
       "a thread commits in groups; events show up to a millisecond before appends return",
       committing},
      {"ODD-retrying", "hnd", "it tries a failed effect again, and throws what others return",
       retrying_handler},
      {"ODD-thrifty", "con",
       "it takes a permit before it reads, asks for types once and sleeps in slices",
       thrifty_consumer},
  };
  return list;
}

}  // namespace odd

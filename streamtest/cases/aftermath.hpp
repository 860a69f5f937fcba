#ifndef STREAMTEST_CASES_AFTERMATH_HPP
#define STREAMTEST_CASES_AFTERMATH_HPP

#include <eventstream/event.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What the cases about crashes judge. Internal to the cases.

namespace streamtest {

/// The third member (from 0) of batch 12 is called "12-3".
std::string name_of(std::uint64_t batch, std::uint64_t member);
std::pair<std::uint64_t, std::uint64_t> parts_of(const std::string& name);

/// What was said before crashes, and what is there after them. A plain value; what is wrong with it
/// follows from nothing else.
struct Aftermath {
  struct Batch {
    std::size_t size = 0;
    bool acknowledged = false;
    bool may_be_lost = false;                       ///< its end was torn off
    std::vector<eventstream::Offset> offsets = {};  ///< as acknowledged, if the stream tells
  };
  struct Survivor {
    eventstream::Offset offset = 0;
    std::string name;  ///< empty if nobody planned it
  };

  std::map<std::uint64_t, Batch> batches;           ///< those that were begun, by number
  std::map<eventstream::Offset, std::string> seen;  ///< what readers were given
  eventstream::Offset start = 0;                    ///< what is below may have been cut
  std::vector<Survivor> survivors;                  ///< what is there from `start` on, in order
  eventstream::Offset appended = 0;                 ///< where an append after the crashes went
  bool sparse = false;                              ///< offsets may have gaps

  /// An acknowledged event isn't there any more, or not at the offset that was acknowledged.
  std::optional<std::string> lost() const;
  /// An event that a reader was given isn't there any more.
  std::optional<std::string> taken_back() const;
  /// A batch is there in part or twice, an acknowledged one out of order, offsets have a gap, or
  /// there is something that nobody appended.
  std::optional<std::string> torn() const;

 private:
  std::optional<eventstream::Offset> place_of(const std::string& name) const;
  std::optional<std::string> misplaced(std::uint64_t number, const Batch& batch) const;
};

}  // namespace streamtest

#endif

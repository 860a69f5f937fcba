#ifndef STREAMTEST_HISTORY_TYPE_INDEX_HPP
#define STREAMTEST_HISTORY_TYPE_INDEX_HPP

#include <streamtest/history/record.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace streamtest {

/// Events by type and place, to be asked for the next one of a filter in O(types × log n). A plain
/// value that keeps its memory from one filling to the next; used by one thread at a time. Internal
/// to the checker.
class TypeIndex {
 public:
  struct Item {
    std::uint64_t key = 0;      ///< its place
    Tick acknowledged = never;  ///< when it was there for all; never if that isn't known
    std::uint32_t type = 0;
    std::uint32_t event = 0;
  };
  static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

  /// Empties it, for types below `types`.
  void clear(std::size_t types);
  /// Keys may come in any order; the type must be below the limit.
  void add(const Item& item) { items_.push_back(item); }
  /// After the last add(), before the first question.
  void build();

  bool empty() const { return items_.empty(); }
  /// By type and key.
  std::span<const Item> items() const { return items_; }
  /// The least key at or above `key` of one of the types; none if there is none.
  std::uint64_t next(std::span<const std::uint32_t> types, std::uint64_t key) const;
  /// True if one of the types has an item at or above `key` that was acknowledged before `moment`.
  bool any_acknowledged(std::span<const std::uint32_t> types, std::uint64_t key, Tick moment) const;
  /// The one with the least key of those that any_acknowledged() is about; O(n). Null if none.
  const Item* first_acknowledged(std::span<const std::uint32_t> types, std::uint64_t key,
                                 Tick moment) const;

 private:
  std::size_t position(std::uint32_t type, std::uint64_t key) const;

  std::vector<Item> items_;        // as added, then by type and key
  std::vector<Item> unsorted_;     // scratch
  std::vector<std::size_t> from_;  // the first of each type in items_; one more at the end
  std::vector<Tick> earliest_;     // acknowledged of the item or of a later one of its type
};

}  // namespace streamtest

#endif

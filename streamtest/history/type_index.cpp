#include <streamtest/history/type_index.hpp>

#include <algorithm>

namespace streamtest {

void TypeIndex::clear(std::size_t types) {
  items_.clear();
  from_.assign(types + 1, 0);
}

void TypeIndex::build() {
  // Counting by type keeps the order in which they came, which mostly is that of the keys.
  for (const Item& item : items_) ++from_[item.type + 1];
  for (std::size_t type = 1; type < from_.size(); ++type) from_[type] += from_[type - 1];
  unsorted_.swap(items_);
  items_.resize(unsorted_.size());
  for (const Item& item : unsorted_) items_[from_[item.type]++] = item;
  std::move_backward(from_.begin(), from_.end() - 1, from_.end());
  from_.front() = 0;
  earliest_.resize(items_.size());
  const auto by_key = [](const Item& a, const Item& b) { return a.key < b.key; };
  for (std::size_t type = 0; type + 1 < from_.size(); ++type) {
    const auto begin = items_.begin() + static_cast<std::ptrdiff_t>(from_[type]);
    const auto end = items_.begin() + static_cast<std::ptrdiff_t>(from_[type + 1]);
    if (!std::is_sorted(begin, end, by_key)) std::sort(begin, end, by_key);
    Tick earliest = never;
    for (std::size_t i = from_[type + 1]; i-- > from_[type];)
      earliest_[i] = earliest = std::min(earliest, items_[i].acknowledged);
  }
}

std::size_t TypeIndex::position(std::uint32_t type, std::uint64_t key) const {
  if (type + 1 >= from_.size()) return items_.size();
  const auto begin = items_.begin() + static_cast<std::ptrdiff_t>(from_[type]);
  const auto end = items_.begin() + static_cast<std::ptrdiff_t>(from_[type + 1]);
  const auto found = std::lower_bound(
      begin, end, key, [](const Item& item, std::uint64_t least) { return item.key < least; });
  return found == end ? items_.size() : static_cast<std::size_t>(found - items_.begin());
}

std::uint64_t TypeIndex::next(std::span<const std::uint32_t> types, std::uint64_t key) const {
  std::uint64_t least = none;
  for (const std::uint32_t type : types) {
    const std::size_t at = position(type, key);
    if (at < items_.size()) least = std::min(least, items_[at].key);
  }
  return least;
}

bool TypeIndex::any_acknowledged(std::span<const std::uint32_t> types, std::uint64_t key,
                                 Tick moment) const {
  return std::any_of(types.begin(), types.end(), [&](std::uint32_t type) {
    const std::size_t at = position(type, key);
    return at < items_.size() && earliest_[at] < moment;
  });
}

const TypeIndex::Item* TypeIndex::first_acknowledged(std::span<const std::uint32_t> types,
                                                     std::uint64_t key, Tick moment) const {
  const Item* first = nullptr;
  for (const std::uint32_t type : types)
    for (std::size_t at = position(type, key); at < items_.size() && items_[at].type == type;
         ++at) {
      if (items_[at].acknowledged >= moment) continue;
      if (first == nullptr || items_[at].key < first->key) first = &items_[at];
      break;
    }
  return first;
}

}  // namespace streamtest

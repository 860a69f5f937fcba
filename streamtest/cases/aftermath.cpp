#include <streamtest/cases/aftermath.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace streamtest {

using eventstream::Offset;

std::string name_of(std::uint64_t batch, std::uint64_t member) {
  return fmt::format("{}-{}", batch, member);
}

std::pair<std::uint64_t, std::uint64_t> parts_of(const std::string& name) {
  std::pair<std::uint64_t, std::uint64_t> parts;
  const char* const end = name.data() + name.size();
  const auto dash = std::from_chars(name.data(), end, parts.first);
  std::from_chars(std::min(dash.ptr + 1, end), end, parts.second);
  return parts;
}

std::optional<Offset> Aftermath::place_of(const std::string& name) const {
  const auto found = std::find_if(survivors.begin(), survivors.end(),
                                  [&](const Survivor& survivor) { return survivor.name == name; });
  return found == survivors.end() ? std::nullopt : std::optional(found->offset);
}

std::optional<std::string> Aftermath::misplaced(std::uint64_t number, const Batch& batch) const {
  for (std::size_t member = 0; member < batch.size; ++member) {
    const std::string name = name_of(number, member);
    const std::optional<Offset> place = place_of(name);
    if (batch.offsets.empty()) {
      // Where it stood isn't known, so what was cut can't be told from what was lost.
      if (!place && start == 0)
        return fmt::format("event {} was acknowledged before a crash and is not there after it",
                           name);
      continue;
    }
    const Offset offset = batch.offsets.at(member);
    if (offset < start) continue;
    if (!place)
      return fmt::format(
          "event {} was acknowledged at offset {} before a crash and is not there after it", name,
          offset);
    if (*place != offset)
      return fmt::format(
          "event {} was acknowledged at offset {} before a crash and has offset {} after it", name,
          offset, *place);
  }
  return std::nullopt;
}

std::optional<std::string> Aftermath::lost() const {
  for (const auto& [number, batch] : batches) {
    if (!batch.acknowledged || batch.may_be_lost) continue;
    if (std::optional<std::string> wrong = misplaced(number, batch)) return wrong;
  }
  return std::nullopt;
}

std::optional<std::string> Aftermath::taken_back() const {
  for (const auto& [offset, name] : seen) {
    if (offset < start) continue;
    const std::optional<Offset> place = place_of(name);
    if (place != offset)
      return fmt::format(
          "event {} was given to a reader at offset {} before a crash and {}", name, offset,
          place ? fmt::format("has offset {} after it", *place) : "is not there after it");
  }
  return std::nullopt;
}

std::optional<std::string> Aftermath::torn() const {
  const Survivor* last = nullptr;
  std::set<std::uint64_t> whole;
  std::uint64_t number = 0;
  std::size_t member = 0;
  std::size_t size = 0;  // of the batch that is under way, 0 between batches
  const auto unfinished = [&] {
    return fmt::format("after a crash only {} of the {} events of batch {} are there", member + 1,
                       size, number);
  };
  for (const Survivor& survivor : survivors) {
    if (last && !sparse && survivor.offset != last->offset + 1)
      return fmt::format("after a crash offset {} is followed by {}", last->offset,
                         survivor.offset);
    const auto [next_number, next_member] = parts_of(survivor.name);
    const auto batch = batches.find(next_number);
    if (survivor.name.empty() || batch == batches.end() || next_member >= batch->second.size)
      return fmt::format("after a crash offset {} holds an event that nobody appended",
                         survivor.offset);
    if (size > 0 && (next_number != number || next_member != member + 1)) return unfinished();
    // Of one that wasn't acknowledged nobody knows when it was written (D13).
    const bool late = last && next_number < number && batch->second.acknowledged;
    if (size == 0 && (late || !whole.insert(next_number).second))
      return fmt::format("after a crash batch {} stands behind batch {}", next_number, number);
    if (size == 0 && next_member != 0 && (last || start == 0))
      return fmt::format("after a crash batch {} begins with its event {}", next_number,
                         next_member);
    last = &survivor;
    number = next_number;
    member = next_member;
    size = member + 1 == batch->second.size ? 0 : batch->second.size;
  }
  if (size > 0) return unfinished();
  if (last && !sparse && appended != last->offset + 1)
    return fmt::format("after a crash offset {} is followed by {}", last->offset, appended);
  return std::nullopt;
}

}  // namespace streamtest

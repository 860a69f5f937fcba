#include <streamtest/subject/capabilities.hpp>

#include <algorithm>

namespace streamtest {

std::size_t batch_limit(const Capabilities& capabilities, std::size_t wanted) {
  // An event of the kit takes a few hundred bytes, however it is encoded.
  constexpr std::uint64_t bytes_of_an_event = 1024;
  std::uint64_t limit = wanted;
  if (capabilities.max_batch_events) limit = std::min(limit, *capabilities.max_batch_events);
  if (capabilities.max_batch_bytes)
    limit = std::min(limit, *capabilities.max_batch_bytes / bytes_of_an_event);
  return std::max<std::size_t>(limit, 1);
}

std::string to_string(Truncation truncation) {
  switch (truncation) {
    case Truncation::none:
      return "none";
    case Truncation::strict:
      return "strict";
    case Truncation::held:
      return "held";
    case Truncation::coarse:
      return "coarse";
  }
  return "unknown";
}

std::string to_string(Durability durability) {
  switch (durability) {
    case Durability::none:
      return "none";
    case Durability::process:
      return "process";
    case Durability::machine:
      return "machine";
  }
  return "unknown";
}

std::vector<std::pair<std::string, std::string>> declared(const Capabilities& capabilities) {
  std::vector<std::pair<std::string, std::string>> list;
  const auto flag = [&](const char* name, bool value) {
    if (value) list.emplace_back(name, "yes");
  };
  const auto limit = [&](const char* name, const std::optional<std::uint64_t>& value) {
    if (value) list.emplace_back(name, std::to_string(*value));
  };
  if (capabilities.truncation == Truncation::held)
    list.emplace_back(
        "truncation",
        "held(" + (capabilities.held_events ? std::to_string(*capabilities.held_events) : "any") +
            ")");
  else if (capabilities.truncation != Truncation::none)
    list.emplace_back("truncation", to_string(capabilities.truncation));
  flag("retention", capabilities.retention);
  flag("coarse_position", capabilities.coarse_position);
  if (capabilities.durability != Durability::none)
    list.emplace_back("durability", to_string(capabilities.durability));
  flag("damage_detection", capabilities.damage_detection);
  flag("sparse_offsets", capabilities.sparse_offsets);
  flag("lenient_cancellation", capabilities.lenient_cancellation);
  flag("lazy_type_check", capabilities.lazy_type_check);
  flag("conditional_append", capabilities.conditional_append);
  limit("max_event_size", capabilities.max_event_size);
  limit("max_batch_events", capabilities.max_batch_events);
  limit("max_batch_bytes", capabilities.max_batch_bytes);
  limit("max_filter_types", capabilities.max_filter_types);
  limit("max_cursors", capabilities.max_cursors);
  if (capabilities.staleness.count() > 0)
    list.emplace_back("staleness", std::to_string(capabilities.staleness.count()) + " ms");
  flag("cursors_outlive_stream", capabilities.cursors_outlive_stream);
  flag("twin", capabilities.twin);
  flag("deterministic", capabilities.deterministic);
  return list;
}

}  // namespace streamtest

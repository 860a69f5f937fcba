#include <streamtest/subject/subject.hpp>

namespace streamtest {

namespace {

constexpr std::uint64_t fewest_cursors = 4;
constexpr std::uint64_t fewest_types = 3;

}  // namespace

std::vector<std::string> contradictions(const SubjectFactory& factory) {
  std::vector<std::string> list;
  const Capabilities& claims = factory.capabilities;
  if (claims.truncation != Truncation::none && !factory.hooks.truncate)
    list.push_back(
        "it declares truncation but its harness has no truncate(Offset); add the hook or drop the "
        "claim");
  if (claims.conditional_append && !factory.hooks.append_expecting)
    list.push_back(
        "it declares conditional_append but its harness has no append_expecting(batch, Offset); "
        "add the hook or drop "
        "the claim");
  if (claims.durability != Durability::none && !factory.hooks.attaches)
    list.push_back(
        "it declares durability but its harness doesn't say `attaches`; let it honour "
        "Scenario::existing and say so, or drop the claim");
  if (claims.damage_detection && !(factory.hooks.damage && factory.hooks.reopen))
    list.push_back(
        "it declares damage_detection but its harness has no damage(Damage, choice) with a "
        "reopen(); add the hooks or drop the claim");
  if (claims.twin && !factory.hooks.twin)
    list.push_back(
        "it declares twin but its harness has no twin(const Scenario&); add the hook or drop the "
        "claim");
  if (claims.max_cursors.value_or(fewest_cursors) < fewest_cursors)
    list.push_back(
        "its max_cursors is below 4; the kit needs as many at once, to compare what two of them "
        "see while others learn offsets and watch");
  if (claims.max_filter_types.value_or(fewest_types) < fewest_types)
    list.push_back(
        "its max_filter_types is below 3; the kit needs filters of three types to read everything "
        "that it appends");
  if (!factory.vocabulary.event_types.empty() &&
      factory.vocabulary.event_types.size() < fewest_types)
    list.push_back(
        "its vocabulary lists fewer than three event types; the kit needs three to tell filters "
        "apart");
  if (static_cast<bool>(factory.vocabulary.make) != static_cast<bool>(factory.vocabulary.token))
    list.push_back("its vocabulary has only one of make and token; the kit needs both or neither");
  return list;
}

std::vector<std::string> may_claim(const SubjectFactory& factory) {
  std::vector<std::string> list;
  if (factory.hooks.truncate && factory.capabilities.truncation == Truncation::none)
    list.emplace_back("truncation");
  if (factory.hooks.append_expecting && !factory.capabilities.conditional_append)
    list.emplace_back("conditional_append");
  if (factory.hooks.attaches && factory.capabilities.durability == Durability::none)
    list.emplace_back("durability");
  if (factory.hooks.damage && !factory.capabilities.damage_detection)
    list.emplace_back("damage_detection");
  if (factory.hooks.twin && !factory.capabilities.twin) list.emplace_back("twin");
  return list;
}

}  // namespace streamtest

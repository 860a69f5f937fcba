#include <streamtest/certify/options.hpp>

#include <testee/plugin/claims.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace testee {
namespace {

using eventstream::Identity;
using streamtest::Capabilities;
using streamtest::Hooks;
using streamtest::UsageError;

constexpr std::array<std::pair<std::string_view, bool Capabilities::*>, 8> flags{
    {{"retention", &Capabilities::retention},
     {"coarse_position", &Capabilities::coarse_position},
     {"sparse_offsets", &Capabilities::sparse_offsets},
     {"lenient_cancellation", &Capabilities::lenient_cancellation},
     {"lazy_type_check", &Capabilities::lazy_type_check},
     {"conditional_append", &Capabilities::conditional_append},
     {"cursors_outlive_stream", &Capabilities::cursors_outlive_stream},
     {"twin", &Capabilities::twin}}};

constexpr std::array<std::pair<std::string_view, std::optional<std::uint64_t> Capabilities::*>, 5>
    limits{{{"max_event_size", &Capabilities::max_event_size},
            {"max_batch_events", &Capabilities::max_batch_events},
            {"max_batch_bytes", &Capabilities::max_batch_bytes},
            {"max_filter_types", &Capabilities::max_filter_types},
            {"max_cursors", &Capabilities::max_cursors}}};

constexpr std::array<std::pair<std::string_view, bool Hooks::*>, 7> hooks{
    {{"truncate", &Hooks::truncate},
     {"reopen", &Hooks::reopen},
     {"append_expecting", &Hooks::append_expecting},
     {"fail_next_append", &Hooks::fail_next_append},
     {"fill", &Hooks::fill},
     {"twin", &Hooks::twin},
     {"settle", &Hooks::settle}}};

[[noreturn]] void bad_claim(const std::string& name, const Json& value, std::string_view wanted) {
  throw UsageError("the testee's hello: capability \"" + name + "\" must be " +
                   std::string(wanted) + ", and is " + value.dump());
}

bool claim_truncation(Capabilities& claims, const std::string& value) {
  if (value == "strict" || value == "coarse" || value == "held") {
    claims.truncation = value == "strict"   ? streamtest::Truncation::strict
                        : value == "coarse" ? streamtest::Truncation::coarse
                                            : streamtest::Truncation::held;
    return true;
  }
  if (!value.starts_with("held(") || !value.ends_with(")")) return false;
  const Json held = Json::parse(value.substr(5, value.size() - 6), nullptr, false);
  if (!held.is_number_unsigned()) return false;
  claims.truncation = streamtest::Truncation::held;
  claims.held_events = held.get<std::uint64_t>();
  return true;
}

void claim(Capabilities& claims, const std::string& name, const Json& value) {
  for (const auto& [known, member] : flags)
    if (name == known) {
      if (!value.is_boolean()) bad_claim(name, value, "true");
      claims.*member = value.get<bool>();
      return;
    }
  for (const auto& [known, member] : limits)
    if (name == known) {
      if (!value.is_number_unsigned() || value == 0) bad_claim(name, value, "a number above 0");
      claims.*member = value.get<std::uint64_t>();
      return;
    }
  if (name == "staleness") {
    constexpr std::uint64_t longest = 24 * 3600 * 1000;
    if (!value.is_number_unsigned() || value > longest)
      bad_claim(name, value, "a number of milliseconds, at most a day");
    claims.staleness = std::chrono::milliseconds(value.get<std::uint64_t>());
  } else if (name == "truncation") {
    if (!value.is_string() || !claim_truncation(claims, value.get<std::string>()))
      bad_claim(name, value, "strict, held, held(N) or coarse");
  } else if (name == "durability" || name == "damage_detection") {
    throw UsageError("the testee's hello: \"" + name +
                     "\" can't be claimed, because this protocol has no means to kill or damage a "
                     "stream; leave it out");
  } else if (name == "deterministic") {
    throw UsageError(
        "the testee's hello: \"deterministic\" can't be claimed, because a stream in another "
        "process can't run on the kit's executor; leave it out");
  } else {
    throw UsageError("the testee's hello: there is no capability \"" + name + "\"");
  }
}

Hooks hooks_of(const Hello& hello) {
  Hooks served;
  for (const std::string& name : hello.hooks) {
    const auto known = std::ranges::find(hooks, name, &decltype(hooks)::value_type::first);
    if (known == hooks.end())
      throw UsageError("the testee's hello: there is no hook \"" + name + "\"");
    served.*known->second = true;
  }
  return served;
}

streamtest::Lacks lacks_of(const Hello& hello) {
  streamtest::Lacks lacks;
  for (const std::string& name : hello.lacks) {
    const auto means = streamtest::means_named(name);
    if (!means)
      throw UsageError("the testee's hello: there is no means \"" + name +
                       "\" of the core that a stream could lack");
    lacks.insert(*means);
  }
  return lacks;
}

/// A key in the form of a UUID that no other name gives.
Identity with_uuid(std::string_view unique_name) {
  std::uint64_t halves[2] = {14695981039346656037ULL, 1099511628211ULL};
  for (std::uint64_t& half : halves)
    for (const char letter : unique_name)  // FNV-1a, from two beginnings
      half = (half ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-4%03x-8%03x-%012llx",
                static_cast<unsigned>(halves[0] >> 32),
                static_cast<unsigned>(halves[0] >> 16 & 0xffff),
                static_cast<unsigned>(halves[0] & 0xfff), static_cast<unsigned>(halves[1] >> 52),
                static_cast<unsigned long long>(halves[1] & 0xffffffffffff));
  return {std::string(unique_name), text};
}

}  // namespace

StreamRequest request(const streamtest::Scenario& scenario) {
  return {.application = scenario.application,
          .event_types = scenario.event_types,
          .unique_name = scenario.unique_name,
          .variant = scenario.variant};
}

bool serves(const Hello& hello, std::string_view hook) {
  return std::ranges::count(hello.hooks, hook) > 0;
}

void declare(streamtest::SubjectFactory& factory, const Hello& hello) {
  const bool network = factory.hooks.network;  // the plug-in's, whatever the testee serves
  factory.hooks = hooks_of(hello);
  factory.hooks.network = network;
  for (const auto& [name, value] : hello.capabilities) claim(factory.capabilities, name, value);
  factory.lacks = lacks_of(hello);
  factory.variants = hello.variants;
  factory.boundaries = hello.boundaries;
  for (const std::string& name : hello.event_types)
    factory.vocabulary.event_types.emplace_back(name);
  if (hello.identity == Hello::Identity::uuid) factory.vocabulary.identity = with_uuid;
  factory.in_another_process = true;
}

}  // namespace testee

#include <streamtest/cases/case.hpp>
#include <streamtest/cases/follower.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace streamtest {
namespace {

using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Result;

EventTypeSet ask(Trial& trial, const std::string& when) {
  Result<EventTypeSet> types = trial.event_types();
  if (!types)
    trial.fail(fmt::format("event_types() failed {}: {}", when, error_name(types.error())));
  return *std::move(types);
}

/// Asks, spoils the answer, and asks again: both answers must hold every type that may be appended.
void must_hold_all(Trial& trial, const std::string& when) {
  const EventType stranger("stranger-" + trial.scenario().unique_name);
  for (const std::string_view which : {"the first", "a later"}) {
    EventTypeSet seen = ask(trial, when);
    for (const EventType& type : trial.all_types())
      if (!seen.contains(type))
        trial.fail(fmt::format(
            "{} answer of event_types() {} lacks \"{}\", which may be appended; it holds {} types",
            which, when, type.name(), seen.size()));
    if (seen.contains(stranger))
      trial.fail(
          fmt::format("event_types() {} holds \"{}\", which only the caller of an earlier call put "
                      "into its own set",
                      when, stranger.name()));
    seen.insert(stranger);
    seen = EventTypeSet{stranger};
  }
}

// The types must be known before any event is there (O-16), and stay known after the last one is
// cut.
void types_are_always_known(Bench& bench) {
  for (const std::size_t count : {3, 5, 26}) {
    if (type_limit(bench, count) < count) break;
    const auto trial = bench.trial(count);
    must_hold_all(*trial, "on an empty stream");
    for (std::size_t i = 0; i < count; ++i) {
      trial->append_one(i);
      must_hold_all(*trial, fmt::format("after {} appends", i + 1));
    }
    bench.count(1 + count);
    if (!can_truncate(bench)) continue;
    trial->truncate(trial->end());
    must_hold_all(*trial, "after everything was truncated");
    bench.count();
  }
}

/// Names that are different, though a careless comparison takes some for the same: by case, accent,
/// normal form, width, blanks, prefix, or as a pattern. Grouped so that neighbours are the likely
/// mistakes.
std::vector<std::string> careless_names() {
  return {
      "a",       "A",      "\u00e4",  "a\u0308",    "\u00c4",     "A\u0308",
      "\u00e1",  "\u00e0",  // case, accents, normal forms
      "\u00c5",  "\u212b", "A\u030a", "\u00df",     "ss",         "SS",
      "\u1e9e",  // Angstrom; sharp s
      "i",       "I",      "\u0130",  "\u0131",     "\u03c3",     "\u03c2",
      "\u03a3",  "\ufb01", "fi",                                // Turkish i, sigma, ligature
      "\uff41",  "\u0430", "a\u200b", "a\u200d",    "\ufeffa",  // width, script, invisible
      "a ",      " a",     "a  ",     "a\t",        "a\n",        " ",
      "a\u00a0",  // blanks
      "aa",      "aaa",    "ab",      "abc",        "a.",         "a.b",
      "a.b.c",   "a/b",    "a:b",     "a-b",        "a b",        "a+b",  // prefixes
      "x_y",     "xzy",    "x%",      "x",          "x%y",        "x*",
      "x*y",     "x?y",    "x.y",     "x[z]y",      "x\\_y",  // patterns
      "%",       "_",      "*",       ".",          "?",          ".*",
      ">",       "^",      "$",       "#",          "@",          "'",
      "''",      "\"",     "\\",      "/",  // nothing but a sign
      "0",       "00",     "-1",      "1",          "1.0",        "1e0",
      "null",    "NULL",   "true",    "\U0001f41f", "\U0001f420",  // words of other languages
  };
}

/// One next for each name, all of them waiting while one event of each name is appended.
void each_must_get_its_own(Bench& bench, Trial& trial, const std::vector<std::size_t>& everything) {
  std::size_t begin = 0;
  while (begin < everything.size()) {
    const std::size_t end = std::min(everything.size(), begin + cursor_limit(bench, 32));
    std::vector<Follower> followers;
    for (std::size_t i = begin; i < end; ++i)
      followers.emplace_back(trial, trial.end(), trial.filter({everything[i]}));
    for (Follower& follower : followers) follower.start();
    append_run(bench, trial, everything);
    for (Follower& follower : followers) {
      follower.check();
      follower.release();
      bench.count();
    }
    begin = end;
  }
}

/// The names as event types, as many together as a filter of this stream may hold.
std::vector<EventTypeSet> types_of(const Bench& bench, const std::vector<std::string>& names) {
  if (!bench.factory().vocabulary.anything())
    throw NotSupported(
        "the vocabulary lists its event types, so names of the kit's choosing can't be used");
  const std::size_t limit = type_limit(bench, names.size());
  std::vector<EventTypeSet> sets;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i % limit == 0) sets.emplace_back();
    sets.back().insert(EventType(names[i]));
  }
  return sets;
}

std::vector<std::size_t> every_index(const EventTypeSet& types) {
  std::vector<std::size_t> indexes(types.size());
  std::iota(indexes.begin(), indexes.end(), std::size_t{0});
  return indexes;
}

// Each name alone must select its own events and no others, in history and live (B34, B35, O-10,
// O-11).
void names_are_compared_byte_for_byte(Bench& bench) {
  for (const EventTypeSet& types : types_of(bench, careless_names())) {
    const auto trial = bench.trial(types);
    std::vector<std::size_t> everything = every_index(types);
    std::shuffle(everything.begin(), everything.end(), bench.random());
    append_run(bench, *trial, everything);
    append_run(bench, *trial, everything, 1);
    for (const std::size_t name : everything) {
      Follower follower(*trial, 0, trial->filter({name}));
      follower.catch_up();
      follower.release();
      bench.count();
    }
    each_must_get_its_own(bench, *trial, everything);
  }
}

// A filter of all names but one must leave out that one only.
void names_are_left_out_one_by_one(Bench& bench) {
  const std::vector<std::string> names = {"a", "A", "\u00e4", "a\u0308", "a ", "ab", "a_", "a%"};
  for (const EventTypeSet& types : types_of(bench, names)) {
    if (types.size() < 2) continue;
    const auto trial = bench.trial(types);
    const std::vector<std::size_t> everything = every_index(types);
    append_run(bench, *trial, everything);
    for (const std::size_t missing : everything) {
      std::vector<std::size_t> others = everything;
      std::erase(others, missing);
      Follower follower(*trial, 0, trial->filter(others));
      follower.catch_up();
      follower.release();
      bench.count();
    }
  }
}

constexpr Case types_table[] = {
    {.rule = "TYP-1",
     .name = "types_are_always_known",
     .body = types_are_always_known,
     .reads = Case::Reads::once,
     .needs = Means::event_types},
    {.rule = "TYP-2",
     .name = "names_are_compared_byte_for_byte",
     .body = names_are_compared_byte_for_byte},
    {.rule = "TYP-2",
     .name = "names_are_left_out_one_by_one",
     .body = names_are_left_out_one_by_one},
};

}  // namespace

std::span<const Case> types_cases() {
  return types_table;
}

}  // namespace streamtest

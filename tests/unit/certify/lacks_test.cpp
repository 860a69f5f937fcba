#include "../subject/little_stream.hpp"

#include <streamtest/certify/certify.hpp>

#include <gtest/gtest.h>

#include <set>

// A stream without the means of the core: what it has is certified all the same.

namespace streamtest {
namespace {

using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Result;

/// What it lacks must not be called.
struct PoorStream {
  struct Cursor {
    Result<eventstream::Event> next(const std::stop_token& token) {
      if (token.stop_requested()) throw std::logic_error("next with a token");
      return cursor.next();
    }
    Result<void> close() { return cursor.close(); }

    eventstream::Cursor cursor;
  };

  eventstream::Identity application() { throw std::logic_error("application"); }
  Result<EventTypeSet> event_types(const std::stop_token&) { throw std::logic_error("types"); }
  Result<Cursor> open(Offset offset, const EventTypeSet& filter, const std::stop_token& token) {
    if (token.stop_possible()) throw std::logic_error("open with a token");
    Result<eventstream::Cursor> cursor = memory->open(offset, filter);
    if (!cursor && cursor.error() == eventstream::Errc::unsupported_event_type)
      throw std::logic_error("open with another type");
    if (!cursor) return cursor.error();
    return Cursor{*std::move(cursor)};
  }

  memorystream::Stream* memory;
};

struct PoorHarness {
  static Capabilities capabilities() { return LittleHarness::capabilities(); }
  static Lacks lacks() {
    return {Means::application, Means::event_types, Means::cancelling, Means::type_check};
  }
  explicit PoorHarness(const Scenario& scenario) : little(scenario), poor{&little.memory} {}
  PoorStream& stream() { return poor; }
  Result<Offsets> append(std::span<const eventstream::Parcel> batch) {
    return little.append(batch);
  }
  Result<Offset> truncate(Offset first) { return little.truncate(first); }

  LittleHarness little;
  PoorStream poor;
};

TEST(Lacks, EveryOtherRuleIsJudgedAndTheWholeIsPartial) {
  Options options;
  options.budget = "1s";
  const Report report = certify(make_factory<PoorHarness>("poor"), options);
  EXPECT_EQ(report.lacks,
            (std::vector<std::string>{"application", "event_types", "cancelling", "type_check"}));
  std::set<std::string> without;
  for (const RuleResult& rule : report.rules) {
    EXPECT_TRUE(rule.verdict == Verdict::pass || rule.verdict == Verdict::not_supported ||
                rule.verdict == Verdict::untested)
        << rule.id << " " << to_string(rule.verdict) << "\n"
        << rule.message;
    if (rule.verdict == Verdict::not_supported &&
        rule.message.find("which the stream lacks") != std::string::npos)
      without.insert(rule.id);
  }
  EXPECT_EQ(without, (std::set<std::string>{"IDN-1", "TYP-1", "OPN-4", "CAN-1", "CAN-2", "CAN-3",
                                            "CAN-4", "CAN-5"}));
  EXPECT_EQ(report.verdict, Whole::partial);
  EXPECT_TRUE(verify(to_json(report)).empty());
}

TEST(Lacks, EachMeansHasItsNameAndARuleThatNeedsIt) {
  for (const Means means : every_means) {
    EXPECT_EQ(means_named(to_string(means)), means);
    SubjectFactory factory = make_factory<LittleHarness>("little");
    factory.lacks = {means};
    bool told = false;
    for (const RuleResult& rule : make_plan(factory, {}).settled)
      told = told || (rule.verdict == Verdict::not_supported &&
                      rule.message.find(to_string(means)) != std::string::npos);
    EXPECT_TRUE(told) << to_string(means);
  }
  EXPECT_FALSE(means_named("patience"));
}

}  // namespace
}  // namespace streamtest

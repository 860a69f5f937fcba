// Somebody tests a test suite of their own with the gallery: here one check, that a second close
// says so.

#include <gtest/gtest.h>
#include <mutants/gallery.hpp>

namespace {

bool second_close_says_so(streamtest::Subject& stream, const eventstream::EventTypeSet& types) {
  const auto cursor = stream.open(0, types, {});
  return (*cursor)->close() && (*cursor)->close().error() == eventstream::Errc::cursor_closed;
}

bool passes(const char* id) {
  const eventstream::EventTypeSet types{eventstream::EventType("A")};
  const auto stream = mutants::make(id).make({.application = {"App", "key"}, .event_types = types});
  return second_close_says_so(*stream, types);
}

TEST(SuiteOfMyOwn, FailsForTheMutantAndPassesForTheOddStreams) {
  EXPECT_FALSE(passes("O-26"));
  for (const char* odd : {"CONTROL", "ODD-slow", "ODD-linked", "CONTROL-P"})
    EXPECT_TRUE(passes(odd)) << odd;
}

TEST(SuiteOfMyOwn, SeesTheWholeGallery) {
  EXPECT_GT(mutants::gallery().size(), 150U);
}

}  // namespace

#include <eventstream/errors.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace eventstream {
namespace {

TEST(Errors, EachKindHasANameAndASentenceOfItsOwn) {
  std::set<std::string> names;
  std::set<std::string> sentences;
  for (int value = static_cast<int>(Errc::cursor_closed); value <= static_cast<int>(Errc::skipped);
       ++value) {
    names.emplace(to_string(static_cast<Errc>(value)));
    sentences.insert(make_error_code(static_cast<Errc>(value)).message());
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Errc::skipped));
  EXPECT_EQ(sentences.size(), names.size());
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(Errors, CancelledIsAsiosCanceledCondition) {
  EXPECT_TRUE(make_error_code(Errc::cancelled) == boost::system::errc::operation_canceled);
  EXPECT_TRUE(make_error_code(Errc::timed_out) == boost::system::errc::timed_out);
  EXPECT_FALSE(make_error_code(Errc::cursor_closed) == boost::system::errc::operation_canceled);
}

TEST(Errors, AnUnknownValueHasAMessage) {
  EXPECT_EQ(error_category().message(99), "unknown eventstream error 99");
  EXPECT_EQ(to_string(static_cast<Errc>(99)), "unknown");
}

}  // namespace
}  // namespace eventstream

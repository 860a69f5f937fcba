#include <eventstream/event_type.hpp>

#include <gtest/gtest.h>

namespace eventstream {
namespace {

TEST(EventType, NamesAreComparedByteForByte) {
  EXPECT_FALSE(EventType("a") == EventType("A"));
  EXPECT_FALSE(EventType("a") == EventType("a "));
  EXPECT_FALSE(EventType("\xc3\xa4") == EventType("a\xcc\x88"));
  EXPECT_TRUE(EventType("x_y") == EventType("x_y"));
  EXPECT_EQ(EventType("x").hash(), EventType(std::string("x")).hash());
}

TEST(EventTypeSet, HoldsEachTypeOnceInOrder) {
  EventTypeSet set{EventType("b"), EventType("a"), EventType("b")};
  EXPECT_EQ(set.size(), 2U);
  set.insert(EventType("a"));
  set.insert(EventType("aa"));
  ASSERT_EQ(set.size(), 3U);
  EXPECT_EQ(set.begin()->name(), "a");
  EXPECT_TRUE(set.contains(EventType("aa")));
  EXPECT_FALSE(set.contains(EventType("c")));
  EXPECT_FALSE(EventTypeSet().contains(EventType("")));
}

TEST(EventTypeSet, IsAValue) {
  EventTypeSet set{EventType("a")};
  const EventTypeSet copy = set;
  set.insert(EventType("b"));
  EXPECT_EQ(copy.size(), 1U);
  EXPECT_FALSE(copy == set);
}

}  // namespace
}  // namespace eventstream

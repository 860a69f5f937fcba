#include "little_stream.hpp"

#include <streamtest/subject/driver.hpp>

#include <gtest/gtest.h>

namespace streamtest {
namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::Result;

/// A cursor whose next throws.
class Throwing final : public AnyCursor {
 public:
  Result<Event> next(std::stop_token) override { throw std::runtime_error("broken inside"); }
  Result<void> close() override { return {}; }
};

class Drivers : public testing::TestWithParam<Delivery> {
 protected:
  std::unique_ptr<Driver> driver =
      GetParam() == Delivery::blocking ? make_threads_driver() : make_asynchronous_driver();
  eventstream::EventType type{"A"};
  memorystream::Stream stream{{.application = {"a", "a"}, .event_types = {type}}};

  std::shared_ptr<AnyCursor> open() {
    return std::make_shared<detail::CursorAdapter<eventstream::Cursor>>(
        stream.open(0, {type}).value());
  }
  void append() {
    eventstream::Envelope envelope;
    envelope.source_application = {"a", "a"};
    envelope.type = type;
    const eventstream::Parcel parcel(envelope);
    ASSERT_TRUE(stream.append({&parcel, 1}));
  }
  static std::shared_ptr<Slot> slot() {
    return std::make_shared<Slot>([](const Slot&) {});
  }
};

std::string name_of(const testing::TestParamInfo<Delivery>& each) {
  return each.param == Delivery::blocking ? "blocking" : "asynchronous";
}

INSTANTIATE_TEST_SUITE_P(Each, Drivers, testing::Values(Delivery::blocking, Delivery::asynchronous),
                         name_of);

TEST_P(Drivers, APendingNextReturnsWhatWasAppended) {
  const std::shared_ptr<AnyCursor> cursor = open();
  const std::shared_ptr<Slot> pending = slot();
  driver->start(cursor, pending);
  EXPECT_FALSE(pending->done());
  append();
  ASSERT_TRUE(driver->until(*pending, std::chrono::seconds(30)));
  ASSERT_TRUE(pending->outcome());
  EXPECT_EQ(pending->outcome()->offset, 0U);
  EXPECT_EQ(driver->stuck(), 0U);
}

TEST_P(Drivers, CancellingEndsItAndAgainDoesNothing) {
  const std::shared_ptr<AnyCursor> cursor = open();
  const std::shared_ptr<Slot> pending = slot();
  driver->start(cursor, pending);
  pending->cancel();
  ASSERT_TRUE(driver->until(*pending, std::chrono::seconds(30)));
  EXPECT_EQ(pending->outcome().error(), Errc::cancelled);
  pending->cancel();
}

TEST_P(Drivers, AHundredPendingReadsAreServedAtOnce) {
  std::vector<std::shared_ptr<AnyCursor>> cursors;
  std::vector<std::shared_ptr<Slot>> pending;
  for (int i = 0; i < 100; ++i) {
    cursors.push_back(open());
    pending.push_back(slot());
    driver->start(cursors.back(), pending.back());
  }
  append();
  for (const std::shared_ptr<Slot>& each : pending)
    ASSERT_TRUE(driver->until(*each, std::chrono::seconds(30)));
}

TEST_P(Drivers, AnExceptionFromNextIsKept) {
  const std::shared_ptr<Slot> pending = slot();
  driver->start(std::make_shared<Throwing>(), pending);
  ASSERT_TRUE(driver->until(*pending, std::chrono::seconds(30)));
  ASSERT_TRUE(pending->thrown());
  EXPECT_EQ(pending->thrown()->text, "broken inside");
}

TEST(Driver, TheThreadLetsGoOfTheCursorBeforeItSaysDone) {
  const std::unique_ptr<Driver> driver = make_threads_driver();
  for (int i = 0; i < 200; ++i) {
    auto cursor = std::make_shared<Throwing>();
    const std::weak_ptr<Throwing> watched = cursor;
    const auto pending = std::make_shared<Slot>([](const Slot&) {});
    driver->start(std::move(cursor), pending);
    ASSERT_TRUE(pending->wait(std::chrono::seconds(30)));
    ASSERT_TRUE(watched.expired());
  }
}

}  // namespace
}  // namespace streamtest

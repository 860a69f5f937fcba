#include "sample.hpp"

#include <gtest/gtest.h>
#include <networkstream/feed.hpp>

#include <thread>

namespace networkstream {
namespace {

using eventstream::Errc;
using eventstream::EventType;

/// A feed whose calls come to nothing: what a server would answer is told by the test.
class FeedTest : public testing::Test {
 protected:
  explicit FeedTest(std::chrono::milliseconds patience = {}) {
    Feed::Request request;
    request.set_offset(7);
    feed_ = std::make_shared<Feed>(
        std::make_shared<Connection>(
            Options{.target = "127.0.0.1:1",
                    .application = sample::application,
                    .media_types = [](const EventType&) { return std::vector{sample::json}; },
                    .prefetch = 4,
                    .patience = patience,
                    // Nothing is called again meanwhile, however busy the machine is.
                    .first_backoff = std::chrono::hours(1),
                    .longest_backoff = std::chrono::hours(1)}),
        request);
  }
  ~FeedTest() override { feed_->stop(); }

  Feed::Then receive(eventstream::Offset offset) {
    WireEnvelope message;
    to_wire(sample::envelope("A", std::to_string(offset)), message);
    return feed_->received(offset, std::move(message), wakes_);
  }
  void lose(Feed::Clock::duration under_way = {}) {
    feed_->ended({grpc::StatusCode::UNAVAILABLE, "gone"}, under_way, wakes_);
  }

  std::shared_ptr<Feed> feed_;
  Wakes wakes_;
};

TEST_F(FeedTest, ALossBeyondPatienceIsToldOnceBehindTheEventsThatCame) {
  receive(7);
  lose();
  EXPECT_EQ(feed_->poll().value().offset, 7U);
  EXPECT_EQ(feed_->poll().error(), Errc::backend_failure);
  EXPECT_EQ(feed_->poll().error(), Errc::not_yet);
}

TEST_F(FeedTest, ALossThatIsOverBeforeAnybodyAskedIsForgotten) {
  lose();
  receive(7);
  EXPECT_EQ(feed_->poll().value().offset, 7U);
  EXPECT_EQ(feed_->poll().error(), Errc::not_yet);
}

/// One that bears with a loss for a moment, after which the next one comes.
class PatientFeedTest : public FeedTest {
 protected:
  static constexpr std::chrono::milliseconds patience{2};
  PatientFeedTest() : FeedTest(patience) {}

  void lose_again_when_patience_is_over(Feed::Clock::duration under_way) {
    lose();
    const auto over = Feed::Clock::now() + patience;
    while (Feed::Clock::now() < over) std::this_thread::yield();
    EXPECT_EQ(feed_->poll().error(), Errc::not_yet);
    lose(under_way);
  }
};

TEST_F(PatientFeedTest, AServerThatStaysAwayIsTold) {
  lose_again_when_patience_is_over({});
  EXPECT_EQ(feed_->poll().error(), Errc::backend_failure);
}

// Once the second loss within a week of a quiet stream was told at once.
TEST_F(PatientFeedTest, ALossIsOverWhenTheServerWasThereForLong) {
  lose_again_when_patience_is_over(patience);
  EXPECT_EQ(feed_->poll().error(), Errc::not_yet);
}

TEST_F(FeedTest, TheCallWaitsWhileNothingIsRead) {
  EXPECT_EQ(receive(7), Feed::Then::read);
  EXPECT_EQ(receive(8), Feed::Then::pause);
}

TEST_F(FeedTest, HalfOfWhatIsKeptReadyIsInTheReadersHand) {
  receive(7);
  EXPECT_EQ(receive(8), Feed::Then::pause);
  EXPECT_EQ(feed_->poll().value().offset, 7U);
  EXPECT_EQ(receive(9), Feed::Then::read);
  EXPECT_EQ(receive(10), Feed::Then::pause);
  for (const eventstream::Offset expected : {8U, 9U, 10U})
    EXPECT_EQ(feed_->poll().value().offset, expected);
}

TEST_F(FeedTest, WhoWaitsIsWokenOnceForABurst) {
  ASSERT_TRUE(feed_->watch({}));
  receive(7);
  EXPECT_TRUE(wakes_.due());
  wakes_.now();
  receive(8);
  EXPECT_FALSE(wakes_.due());
}

TEST_F(FeedTest, TruncationIsToldAgainAndAgain) {
  feed_->ended({grpc::StatusCode::UNKNOWN, "can not open cursor, stream is truncated"}, {}, wakes_);
  EXPECT_EQ(feed_->poll().error(), Errc::truncated);
  EXPECT_EQ(feed_->poll().error(), Errc::truncated);
}

TEST_F(FeedTest, WhatNoNewTryCanMendIsToldBehindTheEventsThatCame) {
  receive(7);
  feed_->ended({grpc::StatusCode::NOT_FOUND, "nobody"}, {}, wakes_);
  EXPECT_EQ(feed_->poll().value().offset, 7U);
  EXPECT_EQ(feed_->poll().error(), Errc::invalid_argument);
}

TEST_F(FeedTest, WhoWaitsIsWokenForAnErrorToo) {
  ASSERT_TRUE(feed_->watch({}));
  EXPECT_EQ(feed_->received(7, WireEnvelope(), wakes_), Feed::Then::end);
  EXPECT_TRUE(wakes_.due());
}

TEST_F(FeedTest, AnEnvelopeThatIsNoneEndsItForGood) {
  EXPECT_EQ(feed_->received(7, WireEnvelope(), wakes_), Feed::Then::end);
  EXPECT_EQ(feed_->poll().error(), Errc::backend_failure);
  EXPECT_EQ(receive(8), Feed::Then::end);
  EXPECT_EQ(feed_->poll().error(), Errc::backend_failure);
}

TEST_F(FeedTest, WhoseStreamIsGoneGivesNothing) {
  receive(7);
  receive(8);
  EXPECT_EQ(feed_->poll().value().offset, 7U);
  feed_->lose_stream();
  EXPECT_EQ(feed_->poll().error(), Errc::cursor_closed);
  EXPECT_EQ(receive(9), Feed::Then::end);
}

TEST_F(FeedTest, NobodyIsToldToWaitWhereSomethingIsThere) {
  EXPECT_TRUE(feed_->watch({}));
  receive(7);
  EXPECT_FALSE(feed_->watch({}));
}

}  // namespace
}  // namespace networkstream

#include "sample.hpp"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <networkstream/controller.hpp>
#include <networkstream/stream.hpp>

#include <future>
#include <limits>
#include <optional>
#include <thread>

namespace networkstream {
namespace {

using eventstream::Cursor;
using eventstream::Errc;
using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Result;

const EventTypeSet both{EventType("A"), EventType("B")};

class NetworkStreamTest : public testing::Test {
 protected:
  void SetUp() override { server_->serve(sample::application.key(), sample::served(memory_)); }

  std::string target() const { return server_->address(); }
  void restart() {
    const std::string address = target();
    server_.reset();
    server_.emplace(ServerOptions{.address = address});
    server_->serve(sample::application.key(), sample::served(memory_));
  }

  const std::shared_ptr<memorystream::Stream> memory_ = sample::stream();
  // One that comes back needs its port, which no connection to 127.0.0.1 can have taken here.
  std::optional<Server> server_{std::in_place, ServerOptions{.address = "127.0.0.77:0"}};
};

TEST_F(NetworkStreamTest, EventsArriveWhole) {
  sample::append(*memory_, "A", "1");
  sample::append(*memory_, "B", "2");
  Stream stream(sample::options(target()));
  Cursor cursor = stream.open(1, both).value();
  const Event event = cursor.next().value();
  EXPECT_EQ(event.offset, 1U);
  EXPECT_EQ(*event.parcel, sample::envelope("B", "2"));
  EXPECT_EQ(stream.application(), sample::application);
  EXPECT_EQ(stream.event_types().value(), both);
}

TEST_F(NetworkStreamTest, MoreThanIsKeptReadyComesInOrder) {
  for (int i = 0; i < 500; ++i) sample::append(*memory_, "A", std::to_string(i));
  for (const std::size_t prefetch : {1U, 2U, 3U, 64U}) {
    Options few = sample::options(target());
    few.prefetch = prefetch;
    Stream stream(std::move(few));
    Cursor cursor = stream.open(0, both).value();
    for (eventstream::Offset i = 0; i < 500; ++i) ASSERT_EQ(cursor.next().value().offset, i);
  }
}

TEST_F(NetworkStreamTest, WhoReadsNoFurtherIsClosedAndLosesItsStreamAtOnce) {
  for (int i = 0; i < 200; ++i) sample::append(*memory_, "A", std::to_string(i));
  Options few = sample::options(target());
  few.prefetch = 2;
  std::optional<Stream> stream(std::in_place, std::move(few));
  Cursor closed = stream->open(0, both).value();
  Cursor lost = stream->open(0, both).value();
  ASSERT_TRUE(closed.next());
  ASSERT_TRUE(lost.next());
  EXPECT_TRUE(closed.close());
  stream.reset();
  EXPECT_EQ(lost.next().error(), Errc::cursor_closed);
}

/// Sends bytes that are no message, and says no more.
class Nonsense final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    class Talk final : public grpc::ServerGenericBidiReactor {
     public:
      Talk() { StartWrite(&bytes_); }
      void OnCancel() override { Finish(grpc::Status::CANCELLED); }
      void OnDone() override { delete this; }

     private:
      const grpc::Slice slice_{"\xff"};
      const grpc::ByteBuffer bytes_{&slice_, 1};
    };
    return new Talk;
  }
};

// gRPC takes such an answer for the end of the call, and then waits for that end.
TEST(NetworkStream, AnAnswerThatIsNoneIsAnErrorAndNoWait) {
  Nonsense service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterCallbackGenericService(&service);
  const auto server = builder.BuildAndStart();
  {
    Stream stream(sample::options("127.0.0.1:" + std::to_string(port)));
    Cursor cursor = stream.open(0, both).value();
    EXPECT_EQ(cursor.next().error(), Errc::backend_failure);
    EXPECT_EQ(cursor.next().error(), Errc::backend_failure) << "again on each call";
  }
  server->Shutdown();
}

TEST_F(NetworkStreamTest, ErrorsAreToldApart) {
  Stream stream(sample::options(target()));
  EXPECT_EQ(stream.open(0, {}).error(), Errc::no_event_types);
  EXPECT_EQ(stream.open(0, {EventType("C")}).value().next().error(), Errc::unsupported_event_type);
  server_->serve(sample::application.key(), sample::served(sample::stream(7)));
  Cursor below = stream.open(3, both).value();
  EXPECT_EQ(below.next().error(), Errc::truncated);
  EXPECT_EQ(below.next().error(), Errc::truncated) << "again on each call";
  server_->withdraw(sample::application.key());
  EXPECT_EQ(stream.open(0, both).value().next().error(), Errc::invalid_argument);
  EXPECT_EQ(stream.event_types().error(), Errc::invalid_argument);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(stream.open(0, both, stop.get_token()).error(), Errc::cancelled);
  EXPECT_EQ(stream.event_types(stop.get_token()).error(), Errc::cancelled);
}

TEST_F(NetworkStreamTest, AReaderGoesOnWhereItWasWhenTheServerComesBack) {
  sample::append(*memory_, "A", "0");
  Stream stream(sample::options(target()));
  Cursor begun = stream.open(0, both).value();
  Cursor waiting = stream.open(1, both).value();
  ASSERT_EQ(begun.next().value().offset, 0U);
  auto later = std::async(std::launch::async, [&] { return waiting.next(); });
  restart();
  sample::append(*memory_, "B", "1");
  EXPECT_EQ(begun.next().value().offset, 1U);
  EXPECT_EQ(later.get().value().offset, 1U);
}

TEST_F(NetworkStreamTest, NobodyWaitsForAServerThatIsntThere) {
  Options nowhere = sample::options(target());
  server_.reset();
  nowhere.patience = std::chrono::milliseconds(50);
  Stream stream(std::move(nowhere));
  Cursor cursor = stream.open(0, both).value();
  EXPECT_EQ(cursor.next().error(), Errc::backend_failure) << "when the patience is over";
  EXPECT_EQ(cursor.next().error(), Errc::backend_failure) << "and once more";
  EXPECT_EQ(stream.event_types().error(), Errc::backend_failure);
  EXPECT_TRUE(cursor.close());
  EXPECT_EQ(cursor.next().error(), Errc::cursor_closed);
}

TEST_F(NetworkStreamTest, AStopEndsTheWaitAndLosesNothing) {
  Stream stream(sample::options(target()));
  Cursor cursor = stream.open(0, both).value();
  std::stop_source stop;
  auto waiting = std::async(std::launch::async, [&] { return cursor.next(stop.get_token()); });
  stop.request_stop();
  EXPECT_EQ(waiting.get().error(), Errc::cancelled);
  sample::append(*memory_, "A", "0");
  EXPECT_EQ(cursor.next().value().offset, 0U);
}

TEST_F(NetworkStreamTest, CursorsOutliveTheirStream) {
  sample::append(*memory_, "A", "0");
  std::optional<Stream> stream(std::in_place, sample::options(target()));
  Cursor read = stream->open(0, both).value();
  Cursor waits = stream->open(1, both).value();
  ASSERT_TRUE(read.next());
  auto waiting = std::async(std::launch::async, [&] { return waits.next(); });
  stream.reset();
  EXPECT_EQ(waiting.get().error(), Errc::cursor_closed);
  EXPECT_EQ(read.next().error(), Errc::cursor_closed);
}

TEST_F(NetworkStreamTest, AStreamThatIsReplacedFailsItsReaders) {
  sample::append(*memory_, "A", "0");
  Stream stream(sample::options(target()));
  Cursor cursor = stream.open(0, both).value();
  ASSERT_TRUE(cursor.next());
  server_->serve(sample::application.key(), sample::served(sample::stream()));
  EXPECT_EQ(cursor.next().error(), Errc::backend_failure);
}

// gRPC ends its threads with the last channel, and must not be made to do so by one of them.
TEST_F(NetworkStreamTest, StreamsThatComeAndGoWhileEventsArriveDoNoHarm) {
  for (int i = 0; i < 100; ++i) sample::append(*memory_, "A", std::to_string(i));
  for (int round = 0; round < 100; ++round) {
    Stream stream(sample::options(target()));
    Cursor first = stream.open(0, both).value();
    Cursor second = stream.open(99, both).value();
    if (round % 2 == 0) {
      ASSERT_TRUE(first.next());
    }
    if (round % 3 == 0) static_cast<void>(second.close());
  }
}

TEST(NetworkStream, OptionsThatMakeNoSenseAreRefused) {
  EXPECT_THROW(Stream({}), std::invalid_argument);
  Options deaf = sample::options("127.0.0.1:1");
  deaf.media_types = nullptr;
  EXPECT_THROW(Stream(std::move(deaf)), std::invalid_argument);
  Options none = sample::options("127.0.0.1:1");
  none.prefetch = 0;
  EXPECT_THROW(Stream(std::move(none)), std::invalid_argument);
  Options hasty = sample::options("127.0.0.1:1");
  hasty.first_backoff = hasty.longest_backoff + std::chrono::milliseconds(1);
  EXPECT_THROW(Stream(std::move(hasty)), std::invalid_argument);
  Options busy = sample::options("127.0.0.1:1");
  busy.first_backoff = std::chrono::milliseconds(0);
  EXPECT_THROW(Stream(std::move(busy)), std::invalid_argument);
  Options impatient = sample::options("127.0.0.1:1");
  impatient.patience = std::chrono::milliseconds(-1);
  EXPECT_THROW(Stream(std::move(impatient)), std::invalid_argument);
}

TEST_F(NetworkStreamTest, NoOptionIsTooLarge) {
  sample::append(*memory_, "A", "0");
  Options large = sample::options(target());
  large.prefetch = std::numeric_limits<std::size_t>::max();
  large.patience = large.longest_backoff = large.keepalive = large.keepalive_timeout =
      std::chrono::milliseconds::max();
  large.largest_message = std::numeric_limits<std::size_t>::max();
  Stream stream(std::move(large));
  EXPECT_EQ(stream.event_types().value(), both);
  Cursor cursor = stream.open(0, both).value();
  EXPECT_EQ(cursor.next().value().offset, 0U);
  restart();
  sample::append(*memory_, "A", "1");
  EXPECT_EQ(cursor.next().value().offset, 1U);
}

}  // namespace
}  // namespace networkstream

#include "asked_server.hpp"

#include <streamtest/network/v1/status.pb.h>

#include <dogma/interop/v1/eventstream.grpc.pb.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <future>

namespace networkstream {
namespace {

using grpc::StatusCode;

TEST_F(ServerTest, EventsComeInOrderAsTheyWereStored) {
  sample::append(*stream_, "A", "1");
  sample::append(*stream_, "B", "2");
  sample::append(*stream_, "A", "3");
  const Consumed all = consume(request(), 3);
  ASSERT_EQ(all.events.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(all.events[i].offset(), i);
  EXPECT_EQ(all.events[1].envelope().data(), "2");
  EXPECT_EQ(all.events[1].envelope().portable_name(), "B");
  const Consumed some = consume(request({{"A", {sample::json}}}), 2);
  ASSERT_EQ(some.events.size(), 2U);
  EXPECT_EQ(some.events[1].offset(), 2U);
}

TEST_F(ServerTest, EventsBeforeOneThatIsRefusedArrive) {
  for (const std::string number : {"1", "2", "3"}) sample::append(*stream_, "A", number);
  sample::append(*stream_, "B", "4");
  const Consumed got = consume(request({{"A", {sample::json}}, {"B", {"text/plain"}}}));
  EXPECT_EQ(got.events.size(), 3U);
  EXPECT_EQ(got.status.error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServerTest, AReaderAtTheEndGetsWhatIsAppended) {
  wire::ConsumeRequest at_end = request();
  at_end.set_offset(1);
  auto reading = std::async(std::launch::async, [&] { return consume(at_end, 1); });
  sample::append(*stream_, "A", "1");
  sample::append(*stream_, "B", "2");
  const Consumed got = reading.get();
  ASSERT_EQ(got.events.size(), 1U);
  EXPECT_EQ(got.events.front().offset(), 1U);
}

TEST_F(ServerTest, EventTypesAreThoseItWasTold) {
  grpc::ClientContext context;
  wire::EventTypesRequest asked;
  asked.set_application_key(sample::application.key());
  wire::EventTypesResponse types;
  ASSERT_TRUE(stub_->EventTypes(&context, asked, &types).ok());
  ASSERT_EQ(types.event_types_size(), 2);
  for (const wire::EventType& type : types.event_types()) {
    ASSERT_EQ(type.media_types_size(), 1);
    EXPECT_EQ(type.media_types(0), sample::json);
  }
}

TEST_F(ServerTest, RequestsThatAreWrongAreRefusedAsTheProtocolSays) {
  wire::ConsumeRequest nobody = request();
  nobody.clear_application_key();
  EXPECT_EQ(told(consume(nobody).status), "3: application key must not be empty");
  wire::ConsumeRequest somebody = request({{"no such type", {}}});
  somebody.set_application_key("SHOP");
  EXPECT_EQ(told(consume(somebody).status),
            "5: unrecognized application: SHOP; " + prefix + "UnrecognizedApplication");
  EXPECT_EQ(told(consume(request({})).status), "3: at least one event type must be consumed");
  EXPECT_EQ(told(consume(request({{"X", {sample::json}}, {"A", {}}, {"", {}}, {"X", {}}})).status),
            "3: one or more unrecognized event types or media-types; " + prefix +
                "UnrecognizedEventType; " + prefix + "UnrecognizedEventType; " + prefix +
                "UnrecognizedEventType");
  EXPECT_EQ(told(consume(request({{"A", {}}})).status),
            "3: at least one media-type must be given for 'A' events");
}

TEST_F(ServerTest, EventTypesOfNobodyAreRefusedInTheSameWords) {
  for (const auto& [key, told_] :
       {std::pair<std::string, std::string>{"", "3: application key must not be empty"},
        {"x", "5: unrecognized application: x; " + prefix + "UnrecognizedApplication"}}) {
    grpc::ClientContext context;
    wire::EventTypesRequest asked;
    asked.set_application_key(key);
    wire::EventTypesResponse types;
    EXPECT_EQ(told(stub_->EventTypes(&context, asked, &types)), told_);
  }
}

TEST_F(ServerTest, WhatIsLongIsNotRepeatedWhole) {
  wire::ConsumeRequest somebody = request();
  somebody.set_application_key(std::string(399, 'x') + "\u00e4" + std::string(100'000, 'x'));
  EXPECT_EQ(told(consume(somebody).status),
            "5: unrecognized application: " + std::string(399, 'x') + "...");
  wire::ConsumeRequest many = request({});
  for (int i = 0; i < 5'000; ++i) many.add_event_types()->set_portable_name("X");
  const grpc::Status status = consume(many).status;
  EXPECT_EQ(status.error_message(), "one or more unrecognized event types or media-types");
  streamtest::network::v1::StatusDetails details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_GT(details.details_size(), 10);
  EXPECT_LT(details.details_size(), 100);
}

// Once a certification with 32,768 types couldn't be run: gRPC's own limit is 4 MiB.
TEST_F(ServerTest, WhoWantsManyTypesIsHeard) {
  wire::ConsumeRequest many = request({});
  for (int i = 0; i < 32'768; ++i) many.add_event_types()->set_portable_name(std::string(150, 'x'));
  ASSERT_GT(many.ByteSizeLong(), std::size_t{4} << 20U);
  EXPECT_EQ(consume(many).status.error_code(), StatusCode::INVALID_ARGUMENT);
}

TEST_F(ServerTest, WhatGrpcItselfWouldRefuseWithoutAWordHasAMessage) {
  const auto channel = grpc::CreateChannel(server_.address(), grpc::InsecureChannelCredentials());
  grpc::GenericStub stub(channel);
  const auto asked = [&](const std::string& method, const std::string& bytes) {
    grpc::ClientContext context;
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    // Shared, because setting it goes on for a moment after it can be got.
    const auto status = std::make_shared<std::promise<grpc::Status>>();
    stub.UnaryCall(&context, method, {}, &request, &response,
                   [status](grpc::Status ended) { status->set_value(std::move(ended)); });
    return told(status->get_future().get());
  };
  const std::string service = "/dogma.interop.v1.eventstream.StreamAPI/";
  EXPECT_EQ(asked(service + "Consume", "nonsense"), "3: the request is missing or can't be read");
  EXPECT_EQ(asked(service + "EventTypes", "nonsense"),
            "3: the request is missing or can't be read");
  EXPECT_EQ(asked(service + "Produce", ""), "12: there is no method " + service + "Produce here");
}

TEST_F(ServerTest, NothingIsUnpackedForAClient) {
  grpc::ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  wire::EventTypesRequest bomb;
  bomb.set_application_key(std::string(100'000, 'x'));
  wire::EventTypesResponse types;
  EXPECT_EQ(told(stub_->EventTypes(&context, bomb, &types)),
            "12: Compression algorithm 'gzip' is disabled.");
}

TEST_F(ServerTest, MediaTypesAreJudgedWhenTheFirstEventOfTheirTypeIsThere) {
  sample::append(*stream_, "A", "1");
  sample::append(*stream_, "B", "2");
  const Consumed got = consume(request({{"A", {sample::json}}, {"B", {"application/xml"}}}));
  EXPECT_EQ(got.events.size(), 1U);
  EXPECT_EQ(told(got.status),
            "3: none of the requested media-types for 'B' events are supported; " + prefix +
                "NoRecognizedMediaTypes");
  EXPECT_EQ(told(consume(request({{"A", {"nonsense"}}})).status), "2: mime: no media type");
  EXPECT_EQ(consume(request({{"A", {"nonsense", sample::json}}}), 1).events.size(), 1U)
      << "an exact match is enough";
  EXPECT_EQ(consume(request({{"A", {"APPLICATION/json"}}}), 1).events.size(), 1U);
  EXPECT_EQ(consume(request({{"A", {"x/y"}}, {"A", {sample::json}}}), 1).events.size(), 1U)
      << "the last entry counts";
}

TEST_F(ServerTest, MediaTypesWithoutEndAreRefused) {
  wire::ConsumeRequest many = request({{"B", {sample::json}}});
  wire::EventType& type = *many.add_event_types();
  type.set_portable_name("A");
  for (int i = 0; i < 131'072; ++i) type.add_media_types("");
  EXPECT_EQ(told(consume(many).status), "3: too many media-types were given");
}

TEST_F(ServerTest, TruncationHasACodeADetailAndTheMessageThatOldClientsKnow) {
  server_.serve(sample::application.key(), sample::served(sample::stream(5)));
  wire::ConsumeRequest below = request();
  below.set_offset(4);
  EXPECT_EQ(told(consume(below).status),
            "11: can not open cursor, stream is truncated; "
            "type.googleapis.com/streamtest.network.v1.Truncated");
}

TEST_F(ServerTest, WhoReadsAStreamThatIsReplacedIsToldAndGetsNothingOfTheNewOne) {
  sample::append(*stream_, "A", "old");
  grpc::ClientContext context;
  const auto reader = stub_->Consume(&context, request());
  wire::ConsumeResponse response;
  ASSERT_TRUE(reader->Read(&response));
  const auto fresh = sample::stream();
  server_.serve(sample::application.key(), sample::served(fresh));
  sample::append(*fresh, "A", "new");
  sample::append(*fresh, "A", "newer");
  EXPECT_FALSE(reader->Read(&response)) << response.DebugString();
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::ABORTED);
}

TEST_F(ServerTest, AServerThatStopsTellsItsReadersAndWaitsForNobody) {
  sample::append(*stream_, "A", "1");
  grpc::ClientContext context;
  const auto reader = stub_->Consume(&context, request());
  wire::ConsumeResponse response;
  ASSERT_TRUE(reader->Read(&response));
  server_.stop();
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(consume(request()).status.error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, AReaderThatTakesNothingHoldsNobodyUp) {
  for (int i = 0; i < 200; ++i) sample::append(*stream_, "A", std::string(100'000, 'x'));
  grpc::ClientContext idle;
  const auto asleep = stub_->Consume(&idle, request());
  EXPECT_EQ(consume(request(), 200).events.size(), 200U);
  idle.TryCancel();
}

TEST_F(ServerTest, ManyReadersOfOneConnectionAreServedAtOnce) {
  constexpr std::size_t many = 300;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<wire::ConsumeResponse>>> readers;
  for (std::size_t i = 0; i < many; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(stub_->Consume(contexts.back().get(), request()));
  }
  sample::append(*stream_, "A", "1");
  wire::ConsumeResponse response;
  for (const auto& reader : readers) ASSERT_TRUE(reader->Read(&response));
  for (const auto& context : contexts) context->TryCancel();
}

TEST(Server, SaysWhyItCantListen) {
  const Server first{ServerOptions{}};
  try {
    const Server second({.address = first.address()});
    ADD_FAILURE() << "both listen on " << first.address();
  } catch (const std::runtime_error& why) {
    EXPECT_NE(std::string(why.what()).find("can't listen on " + first.address()), std::string::npos)
        << why.what();
  }
}

TEST(Server, RefusesWhatCantBeServed) {
  Server server{ServerOptions{}};
  EXPECT_THROW(server.serve("", sample::served(sample::stream())), std::invalid_argument);
  EXPECT_THROW(server.serve("key", {}), std::invalid_argument);
  Served silent = sample::served(sample::stream());
  silent.media_types[eventstream::EventType("A")].clear();
  EXPECT_THROW(server.serve("key", silent), std::invalid_argument);
  EXPECT_FALSE(server.withdraw("key"));
}

}  // namespace
}  // namespace networkstream

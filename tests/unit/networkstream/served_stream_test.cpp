#include "../eventstream/scripted_source.hpp"
#include "asked_server.hpp"

#include <networkstream/status.hpp>

namespace networkstream {
namespace {

using grpc::StatusCode;

/// Each of its cursors reads by the script.
class ScriptedStream final : public eventstream::Stream {
 public:
  explicit ScriptedStream(std::shared_ptr<Script> script) : script_(std::move(script)) {}

  eventstream::Identity application() const override { return sample::application; }
  eventstream::Result<eventstream::EventTypeSet> event_types(std::stop_token) const override {
    return eventstream::EventTypeSet{eventstream::EventType("A")};
  }
  eventstream::Result<eventstream::Cursor> open(eventstream::Offset,
                                                const eventstream::EventTypeSet&,
                                                std::stop_token) override {
    return eventstream::Cursor(std::make_unique<ScriptedSource>(script_));
  }

 private:
  const std::shared_ptr<Script> script_;
};

eventstream::Event sample_event(eventstream::Offset offset) {
  return {offset, eventstream::Parcel(sample::envelope("A", std::to_string(offset)))};
}

// Once the server looked for the next one first, through all the events that don't match.
TEST_F(ServerTest, AnEventIsSentBeforeTheNextOneIsFound) {
  const auto script = std::make_shared<Script>();
  script->idle = eventstream::Errc::skipped;
  script->give(sample_event(0));
  server_.serve(sample::application.key(),
                sample::served(std::make_shared<ScriptedStream>(script)));
  grpc::ClientContext context;
  const auto reader = stub_->Consume(&context, request());
  wire::ConsumeResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.offset(), 0U);
  script->give(sample_event(1));
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.offset(), 1U);
  context.TryCancel();
}

TEST_F(ServerTest, ATranscoderGivesWhatTheReaderUnderstands) {
  Server other(
      {.transcoder = [](const eventstream::Envelope& event, const std::string& media_type) {
        std::optional<eventstream::Envelope> encoded;
        if (media_type != "text/plain") return encoded;
        encoded = event;
        encoded->media_type = media_type;
        encoded->data = "plain " + event.data;
        return encoded;
      }});
  other.serve(sample::application.key(), sample::served(stream_));
  sample::append(*stream_, "A", "1");
  const auto stub = wire::StreamAPI::NewStub(
      grpc::CreateChannel(other.address(), grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  const auto reader = stub->Consume(&context, request({{"A", {"x/y", "text/plain"}}}));
  wire::ConsumeResponse response;
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.envelope().data(), "plain 1");
  EXPECT_EQ(response.envelope().media_type(), "text/plain");
  context.TryCancel();
}

TEST_F(ServerTest, ATranscoderThatThrowsCostsItsOwnCall) {
  Server other({.transcoder = [](const eventstream::Envelope&,
                                 const std::string&) -> std::optional<eventstream::Envelope> {
    throw std::runtime_error("a bug");
  }});
  other.serve(sample::application.key(), sample::served(stream_));
  for (const std::string number : {"1", "2"}) sample::append(*stream_, "A", number);
  sample::append(*stream_, "B", "3");
  const auto stub = wire::StreamAPI::NewStub(
      grpc::CreateChannel(other.address(), grpc::InsecureChannelCredentials()));
  // In the server's own thread, and, with an event ahead, in that of a write that is done.
  for (const auto& asked :
       {request({{"A", {"x/y"}}}), request({{"A", {sample::json}}, {"B", {"x/y"}}})}) {
    grpc::ClientContext context;
    const auto reader = stub->Consume(&context, asked);
    wire::ConsumeResponse response;
    while (reader->Read(&response)) {
    }
    EXPECT_EQ(told(reader->Finish()), "13: a bug");
  }
}

TEST_F(ServerTest, AStreamThatGivesWhatWasntAskedForCostsItsOwnCall) {
  const auto script = std::make_shared<Script>();
  script->give(sample_event(0));
  server_.serve(sample::application.key(),
                sample::served(std::make_shared<ScriptedStream>(script)));
  EXPECT_EQ(told(consume(request({{"B", {sample::json}}})).status),
            "13: the stream gave an event of a type that wasn't asked for");
}

TEST_F(ServerTest, WhatAStreamFailsWithHasItsCode) {
  for (const auto& [error, expected] :
       {std::pair<eventstream::Errc, StatusCode>{eventstream::Errc::damaged, StatusCode::DATA_LOSS},
        {eventstream::Errc::too_large, StatusCode::RESOURCE_EXHAUSTED},
        {eventstream::Errc::unsupported_event_type, StatusCode::INVALID_ARGUMENT},
        {eventstream::Errc::backend_failure, StatusCode::INTERNAL}}) {
    const auto script = std::make_shared<Script>();
    script->idle = error;
    server_.serve(sample::application.key(),
                  sample::served(std::make_shared<ScriptedStream>(script)));
    const grpc::Status status = consume(request()).status;
    EXPECT_EQ(status.error_code(), expected);
    EXPECT_EQ(verdict_of(status).error, error);
  }
}

}  // namespace
}  // namespace networkstream

#ifndef STREAMTEST_TESTS_UNIT_NETWORKSTREAM_ASKED_SERVER_HPP
#define STREAMTEST_TESTS_UNIT_NETWORKSTREAM_ASKED_SERVER_HPP

#include "sample.hpp"

#include <streamtest/network/v1/status.pb.h>

#include <dogma/interop/v1/eventstream.grpc.pb.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace networkstream {

namespace wire = dogma::interop::v1::eventstream;

/// What a Consume call gave until it ended, or had given so many.
struct Consumed {
  std::vector<wire::ConsumeResponse> events;
  grpc::Status status;
};

/// One way of talking to the server, by its generated client: as any other client would.
class ServerTest : public testing::Test {
 protected:
  void SetUp() override { server_.serve(sample::application.key(), sample::served(stream_)); }

  static wire::ConsumeRequest request(
      std::vector<std::pair<std::string, std::vector<std::string>>> types = {
          {"A", {sample::json}}, {"B", {sample::json}}}) {
    wire::ConsumeRequest request;
    request.set_application_key(sample::application.key());
    for (const auto& [name, media_types] : types) {
      wire::EventType& type = *request.add_event_types();
      type.set_portable_name(name);
      type.mutable_media_types()->Add(media_types.begin(), media_types.end());
    }
    return request;
  }

  Consumed consume(const wire::ConsumeRequest& request, std::size_t most = 1000) {
    grpc::ClientContext context;
    const auto reader = stub_->Consume(&context, request);
    Consumed consumed;
    wire::ConsumeResponse response;
    while (consumed.events.size() < most && reader->Read(&response))
      consumed.events.push_back(response);
    if (consumed.events.size() == most) context.TryCancel();
    consumed.status = reader->Finish();
    return consumed;
  }

  /// "code: message; details by their names"
  static std::string told(const grpc::Status& status) {
    std::string text = std::to_string(status.error_code()) + ": " + status.error_message();
    streamtest::network::v1::StatusDetails details;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    if (status.error_details().empty()) return text;
    EXPECT_EQ(details.code(), status.error_code());
    EXPECT_EQ(details.message(), status.error_message());
    for (const auto& detail : details.details()) text += "; " + detail.type_url();
    return text;
  }

  const std::shared_ptr<memorystream::Stream> stream_ = sample::stream();
  Server server_{ServerOptions{}};
  const std::unique_ptr<wire::StreamAPI::Stub> stub_ = wire::StreamAPI::NewStub(
      grpc::CreateChannel(server_.address(), grpc::InsecureChannelCredentials()));
};

inline const std::string prefix = "type.googleapis.com/dogma.interop.v1.eventstream.";

}  // namespace networkstream

#endif

#include "fuzzed_server.hpp"

#include "process.hpp"
#include "sample.hpp"

#include <grpcpp/create_channel.h>

#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

namespace network {
namespace {

using eventstream::EventType;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

const Identity healthy_application{"healthy", "37c2e0b6-healthy"};

memorystream::Options healthy_options() {
  // The buffer is that of a round at least, behind which it is waited for the reader.
  return {
      .application = healthy_application, .event_types = {EventType("A")}, .buffer_size = 2'000};
}

Parcel event(const Identity& application, const std::string& type, std::size_t number) {
  return Parcel(envelope(application, EventType(type), number, "event " + std::to_string(number)));
}

}  // namespace

FuzzedServer::FuzzedServer()
    : healthy_stream_(std::make_shared<memorystream::Stream>(healthy_options())),
      server_(
          {.control = networkstream::Control{"fuzzed",
                                             [this](const auto& wanted) { return make(wanted); }}}),
      controller_(server_.address()),
      channel_(grpc::CreateChannel(server_.address(), grpc::InsecureChannelCredentials())),
      healthy_client_(options(server_.address(), healthy_application)) {
  server_.serve(healthy_application.key(),
                {.stream = healthy_stream_, .media_types = {{EventType("A"), {media_type}}}});
  reader_ = std::jthread([this](const std::stop_token& token) { read_on(token); });
}

FuzzedServer::~FuzzedServer() = default;

networkstream::Writable FuzzedServer::make(const networkstream::FreshStream& wanted) {
  auto made = std::make_shared<CountedStream>(
      memorystream::Options{.application = wanted.application,
                            .event_types = wanted.event_types,
                            .first_offset = wanted.first_offset,
                            .buffer_size = wanted.buffer_size == 0
                                               ? std::numeric_limits<std::uint64_t>::max()
                                               : wanted.buffer_size},
      cursors_);
  const std::lock_guard lock(mutex_);
  // What clients left behind would answer the next ones.
  if (wanted.application.key() != application_key_)
    throw std::invalid_argument("only one application can be made");
  stream_ = made;
  return {
      .stream = made,
      .append = [made](std::span<const Parcel> batch) -> Result<std::vector<Offset>> {
        const Result<Offset> first = made->memory.append(batch);
        if (!first) return first.error();
        std::vector<Offset> offsets;
        for (std::size_t i = 0; i < batch.size(); ++i) offsets.push_back(*first + i);
        return offsets;
      },
      .truncate = [made](Offset first) -> Result<Offset> { return made->memory.truncate(first); }};
}

std::shared_ptr<CountedStream> FuzzedServer::stream() const {
  const std::lock_guard lock(mutex_);
  return stream_;
}

void FuzzedServer::begin(const Identity& application, std::size_t events) {
  {
    const std::lock_guard lock(mutex_);
    application_key_ = application.key();
  }
  controller_.reset({.application = application, .event_types = {EventType("A"), EventType("B")}},
                    {media_type});
  std::vector<Parcel> batch;
  for (std::size_t i = 0; i < events; ++i)
    batch.push_back(event(application, i % 2 == 0 ? "A" : "B", i));
  stream()->memory.append(batch).value();
}

void FuzzedServer::go_on() {
  const Parcel parcel = event(healthy_application, "A", appended_++);
  healthy_stream_->append({&parcel, 1}).value();
}

void FuzzedServer::read_on(const std::stop_token& token) {
  eventstream::Cursor cursor = healthy_client_.open(0, {EventType("A")}).value();
  for (Offset offset = 0;; ++offset) {
    const auto event = cursor.next(token);
    if (!event && event.error() == eventstream::Errc::cancelled) return;
    if (!event || event->offset != offset ||
        (*event->parcel).data != "event " + std::to_string(offset)) {
      what_is_wrong_ = "the client that behaves expected event " + std::to_string(offset) +
                       " and saw " +
                       (event ? "event " + std::to_string(event->offset) : event.error().message());
      wrong_ = true;
      return;
    }
    ++read_;
  }
}

std::string FuzzedServer::healthy() const {
  if (!holds_in_time([this] { return wrong_ || read_ == appended_; }))
    return "the client that behaves was given " + std::to_string(read_) + " of " +
           std::to_string(appended_) + " events";
  return wrong_ ? what_is_wrong_ : "";
}

std::string FuzzedServer::stop() {
  reader_.request_stop();
  reader_.join();
  if (!holds_in_time([this] { return cursors_ == 0; }))
    return std::to_string(cursors_) + " cursors of clients that are gone are open";
  const auto begin = std::chrono::steady_clock::now();
  server_.stop();
  if (std::chrono::steady_clock::now() - begin > hang_bound) return "the server didn't stop";
  return "";
}

}  // namespace network

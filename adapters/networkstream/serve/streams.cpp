#include "streams.hpp"

#include <memorystream/stream.hpp>

#include <persistedstream/sqlite_database.hpp>
#include <persistedstream/sqlite_repository.hpp>
#include <persistedstream/stream.hpp>

#include <filesystem>
#include <limits>
#include <stdexcept>
#include <utility>

namespace serve {
namespace {

using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using networkstream::FreshStream;
using networkstream::Writable;

constexpr std::string_view sqlite = "sqlite:";

/// Both of the streams append alike.
template <typename Stream>
auto appender(std::shared_ptr<Stream> stream) {
  return
      [stream = std::move(stream)](std::span<const Parcel> batch) -> Result<std::vector<Offset>> {
        const Result<Offset> first = stream->append(batch);
        if (!first) return first.error();
        std::vector<Offset> offsets(batch.size());
        for (std::size_t i = 0; i < batch.size(); ++i) offsets[i] = *first + i;
        return offsets;
      };
}

Writable memory(const FreshStream& wanted) {
  const auto stream = std::make_shared<memorystream::Stream>(memorystream::Options{
      .application = wanted.application,
      .event_types = wanted.event_types,
      .first_offset = wanted.first_offset,
      .buffer_size = wanted.buffer_size == 0 ? std::numeric_limits<std::uint64_t>::max()
                                             : wanted.buffer_size});
  return {.stream = stream,
          .append = appender(stream),
          .truncate = [stream](Offset first) -> Result<Offset> { return stream->truncate(first); }};
}

Writable persisted(const std::shared_ptr<persistedstream::SqliteDatabase>& database,
                   const FreshStream& wanted) {
  if (wanted.first_offset != 0 || wanted.buffer_size != 0)
    throw std::invalid_argument("a stream in a file begins at offset 0 and keeps all events");
  if (const Result<void> removed = database->remove(wanted.application); !removed)
    throw std::runtime_error(removed.error().message());
  const auto stream =
      std::make_shared<persistedstream::Stream>(std::make_shared<persistedstream::SqliteRepository>(
          database, wanted.application, wanted.event_types));
  return {.stream = stream, .append = appender(stream), .truncate = [stream](Offset first) {
            return stream->truncate(first);
          }};
}

bool is_stored(const Request& request) {
  if (request.stream == "memory:") return false;
  if (!request.stream.starts_with(sqlite))
    throw std::runtime_error("'" + request.stream + "' is neither memory: nor sqlite:PATH");
  return true;
}

std::string file_of(const Request& request) {
  std::string path = request.stream.substr(sqlite.size());
  if (path.empty()) throw std::runtime_error("sqlite: needs a file behind the colon");
  return path;
}

eventstream::Identity application_of(const Request& request) {
  const std::size_t equals = request.application.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == request.application.size())
    throw std::runtime_error("--application '" + request.application +
                             "' is no NAME=KEY, such as shop=4f1c");
  return {request.application.substr(0, equals), request.application.substr(equals + 1)};
}

}  // namespace

void check(const Request& request) {
  if (!is_stored(request) || request.application.empty()) return;
  (void)application_of(request);
  // It would be made.
  if (!std::filesystem::exists(file_of(request)))
    throw std::runtime_error("there is no file " + file_of(request) +
                             "; what is served must be stored in it");
}

networkstream::Control control(const Request& request) {
  if (!is_stored(request)) return {.implementation = "memory behind gRPC", .make = memory};
  return {.implementation = "sqlite behind gRPC",
          .make = [database = std::make_shared<persistedstream::SqliteDatabase>(file_of(request))](
                      const FreshStream& wanted) { return persisted(database, wanted); }};
}

void offer(networkstream::Server& server, const Request& request) {
  const bool stored = is_stored(request);
  if (request.application.empty()) {
    if (request.control) return;
    throw std::runtime_error(
        "nothing is served: say whose stream by --application NAME=KEY, or "
        "let clients make streams by --control");
  }
  if (!stored)
    throw std::runtime_error("--application is for sqlite:PATH; in memory there is nothing yet");
  const eventstream::Identity application = application_of(request);
  const auto stream =
      std::make_shared<persistedstream::Stream>(std::make_shared<persistedstream::SqliteRepository>(
          std::make_shared<persistedstream::SqliteDatabase>(file_of(request)), application,
          eventstream::EventTypeSet()));
  networkstream::Served served{.stream = stream};
  for (const eventstream::EventType& type : stream->event_types().value())
    served.media_types[type] = request.media_types.empty()
                                   ? std::vector<std::string>{"application/json"}
                                   : request.media_types;
  if (served.media_types.empty())
    throw std::runtime_error("the file holds no events of " + request.application);
  server.serve(application.key(), std::move(served));
}

}  // namespace serve

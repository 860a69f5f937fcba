#include <grpcpp/client_context.h>
#include <networkstream/connection.hpp>
#include <networkstream/feed.hpp>
#include <networkstream/status.hpp>
#include <networkstream/stream.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace networkstream {
namespace {

namespace wire = dogma::interop::v1::eventstream;
using eventstream::Errc;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Result;

constexpr std::chrono::milliseconds longest_wait = std::chrono::hours(24) * 365;

class NetworkSource final : public eventstream::Source {
 public:
  NetworkSource(std::shared_ptr<Connection> connection, std::shared_ptr<Feed> feed)
      : connection_(std::move(connection)), feed_(std::move(feed)) {}
  ~NetworkSource() override {
    connection_->remove(*feed_);
    feed_->stop();
  }

  Result<eventstream::Event> poll() override { return feed_->poll(); }
  bool watch(const eventstream::Waker& waker) override { return feed_->watch(waker); }
  void unwatch() override { feed_->unwatch(); }

 private:
  const std::shared_ptr<Connection> connection_;
  const std::shared_ptr<Feed> feed_;
};

Options checked(Options options) {
  if (options.target.empty()) throw std::invalid_argument("there is no target to connect to");
  if (!options.media_types)
    throw std::invalid_argument("it isn't said which media types are understood");
  if (options.prefetch == 0) throw std::invalid_argument("prefetch is at least 1");
  using std::chrono::milliseconds;
  if (options.first_backoff < milliseconds(1))
    throw std::invalid_argument("first_backoff is at least 1 ms");
  if (std::min({options.patience, options.keepalive, options.keepalive_timeout}) < milliseconds(0))
    throw std::invalid_argument("patience, keepalive and keepalive_timeout aren't negative");
  if (options.first_backoff > options.longest_backoff)
    throw std::invalid_argument("first_backoff is longer than longest_backoff");
  // A year is as good as for ever; much more would overflow a clock.
  options.patience = std::min(options.patience, longest_wait);
  options.first_backoff = std::min(options.first_backoff, longest_wait);
  options.longest_backoff = std::min(options.longest_backoff, longest_wait);
  return options;
}

/// A question whose asker may be gone when the answer comes.
struct Question {
  explicit Question(Ticket given) : ticket(std::move(given)) {}

  const Ticket ticket;  ///< given back when all that follows is destroyed
  grpc::ClientContext context;
  wire::EventTypesRequest request;
  wire::EventTypesResponse response;
  std::mutex mutex;
  std::condition_variable_any answered;
  std::optional<grpc::Status> status;
};

}  // namespace

Stream::Stream(Options options)
    : connection_(std::make_shared<Connection>(checked(std::move(options)))) {}

Stream::~Stream() {
  connection_->close();
}

eventstream::Identity Stream::application() const {
  return connection_->options().application;
}

Result<EventTypeSet> Stream::event_types(std::stop_token token) const {
  if (token.stop_requested()) return Errc::cancelled;
  const auto question = std::make_shared<Question>(connection_->ticket());
  question->request.set_application_key(connection_->options().application.key());
  question->context.set_wait_for_ready(true);
  question->context.set_deadline(std::chrono::system_clock::now() +
                                 connection_->options().patience);
  connection_->stub().async()->EventTypes(&question->context, &question->request,
                                          &question->response,
                                          [question](const grpc::Status& status) {
                                            const std::lock_guard lock(question->mutex);
                                            question->status = status;
                                            question->answered.notify_all();
                                          });
  std::unique_lock lock(question->mutex);
  if (!question->answered.wait(lock, token, [&] { return question->status.has_value(); })) {
    lock.unlock();
    question->context.TryCancel();
    return Errc::cancelled;
  }
  if (!question->status->ok()) return verdict_of(*question->status).error;
  std::vector<EventType> types;
  for (const wire::EventType& entry : question->response.event_types())
    types.emplace_back(entry.portable_name());
  return EventTypeSet(std::move(types));
}

Result<eventstream::Cursor> Stream::open(Offset offset, const EventTypeSet& filter,
                                         std::stop_token token) {
  if (token.stop_requested()) return Errc::cancelled;
  if (filter.empty()) return Errc::no_event_types;
  Feed::Request request;
  request.set_application_key(connection_->options().application.key());
  request.set_offset(offset);
  for (const EventType& type : filter) {
    wire::EventType& entry = *request.add_event_types();
    entry.set_portable_name(type.name());
    for (std::string& media_type : connection_->options().media_types(type))
      entry.add_media_types(std::move(media_type));
  }
  const auto feed = std::make_shared<Feed>(connection_, std::move(request));
  if (!connection_->add(feed)) return Errc::cursor_closed;
  auto source = std::make_unique<NetworkSource>(connection_, feed);
  feed->start();
  return eventstream::Cursor(std::move(source));
}

}  // namespace networkstream

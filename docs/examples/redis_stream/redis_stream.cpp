#include "redis_stream.hpp"

#include "connection.hpp"
#include "entry.hpp"

#include <deque>
#include <mutex>
#include <utility>

namespace redis_stream {

using eventstream::EventTypeSet;
using eventstream::Identity;

namespace {

// ---- What happens inside Redis -----------------------------------------------------------------
// KEYS are the stream and its offsets. Lua's numbers are doubles, exact up to 2^53 events.

// ARGV: the expected offset or "", the words of one event, and then these words, event after event.
// Returns the offset of the first event, or nil if it is not the expected one.
constexpr std::string_view kAppendScript = R"lua(
local next = redis.call('HGET', KEYS[2], 'next') or '0'
if ARGV[1] ~= '' and ARGV[1] ~= next then return false end
local width = tonumber(ARGV[2])
local after = tonumber(next)
for from = 3, #ARGV, width do
  after = after + 1
  redis.call('XADD', KEYS[1], string.format('0-%.0f', after), unpack(ARGV, from, from + width - 1))
end
redis.call('HSET', KEYS[2], 'next', string.format('%.0f', after))
return next
)lua";

// ARGV: the first offset to retain. Returns the one that is.
constexpr std::string_view kTruncateScript = R"lua(
local offsets = redis.call('HMGET', KEYS[2], 'first', 'next')
local first = tonumber(offsets[1] or '0')
local cut = math.min(tonumber(ARGV[1]), tonumber(offsets[2] or '0'))
if cut > first then
  first = cut
  redis.call('XTRIM', KEYS[1], 'MINID', string.format('0-%.0f', first + 1))
  redis.call('HSET', KEYS[2], 'first', string.format('%.0f', first))
end
return string.format('%.0f', first)
)lua";

// ARGV: the entry before the page, the size of the page. Returns the first offset, the next offset
// and the page.
constexpr std::string_view kPageScript = R"lua(
local offsets = redis.call('HMGET', KEYS[2], 'first', 'next')
local page = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2])
return {offsets[1] or '0', offsets[2] or '0', page}
)lua";

std::string key_of(std::string_view prefix, const Identity& application, std::string_view part) {
  std::string key("{");
  key.append(prefix).append(":").append(application.key()).append("}:").append(part);
  return key;
}

}  // namespace

// ---- The cursor --------------------------------------------------------------------------------

class Cursor::Reader {
 public:
  struct Place {
    Address address;
    std::string events_key;
    std::string offsets_key;
  };

  Reader(Place place, Offset offset, EventTypeSet filter, std::unique_ptr<Connection> connection)
      : place_(std::move(place)),
        filter_(std::move(filter)),
        position_(offset),
        connection_(std::move(connection)) {}

  Result<Event> next(const std::stop_token& token);
  Result<void> close();

 private:
  std::optional<Errc> enter();
  void leave();
  void release();
  std::optional<Errc> stopped(const std::stop_token& token);
  void interrupt();
  Result<Event> read(const std::stop_token& token);
  Result<void> advance();
  Result<void> load();
  Result<void> take(const redisReply& page);
  Result<void> wait();
  Result<Reply> ask(const Words& words);
  void replace(std::unique_ptr<Connection> connection);

  const Place place_;
  const EventTypeSet filter_;

  // Of the thread inside next(); of close() if there is no such thread.
  Offset position_;         // the first offset that was not looked at
  Offset end_ = 0;          // the highest end of the stream that was seen
  bool at_end_ = false;     // the last page reached the end: wait before the next one
  std::deque<Event> page_;  // events of the filter's types, below position_

  std::mutex mutex_;
  bool closed_ = false;
  bool reading_ = false;
  // The same, but replaced under the lock: interrupt() comes from any thread.
  std::unique_ptr<Connection> connection_;
};

Result<Event> Cursor::Reader::next(const std::stop_token& token) {
  if (const auto refusal = enter()) return *refusal;
  struct Leave {
    Reader& reader;
    ~Leave() { reader.leave(); }
  } leave{*this};
  // Before interrupt() is registered, or it would cost a good connection.
  if (token.stop_requested()) return Errc::cancelled;
  return read(token);
}

std::optional<Errc> Cursor::Reader::enter() {
  const std::lock_guard lock(mutex_);
  if (closed_) return Errc::cursor_closed;
  if (reading_) return Errc::busy;
  reading_ = true;
  return {};
}

void Cursor::Reader::leave() {
  const std::lock_guard lock(mutex_);
  reading_ = false;
  if (closed_) release();
}

// With the lock held, and no thread inside next().
void Cursor::Reader::release() {
  connection_.reset();
  page_.clear();
}

// Never waits: if a thread is inside next(), that thread cleans up.
Result<void> Cursor::Reader::close() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(closed_, true)) return Errc::cursor_closed;
  if (!reading_)
    release();
  else if (connection_)
    connection_->interrupt();
  return {};
}

void Cursor::Reader::interrupt() {
  const std::lock_guard lock(mutex_);
  if (connection_) connection_->interrupt();
}

std::optional<Errc> Cursor::Reader::stopped(const std::stop_token& token) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Errc::cursor_closed;
  if (token.stop_requested()) return Errc::cancelled;
  return {};
}

// The race to win is with a close or a cancel just before a command is sent. Both raise their flag
// and then shut down connection_, under the lock. Who replaces connection_ looks at the flags again
// before using it: so either the flag is seen, or the new connection is shut down and the command
// fails. The price of a cancel is a new connection.
Result<Event> Cursor::Reader::read(const std::stop_token& token) {
  const std::stop_callback on_stop(token, [this] { interrupt(); });
  if (page_.empty() && connection_ && !connection_->alive()) replace(nullptr);
  for (Result<void> step;;) {
    // Before the error of the step: a shut down connection looks like a failure of the server.
    if (const auto reason = stopped(token)) return *reason;
    if (!step) return step.error();
    if (!page_.empty()) {
      Event event = std::move(page_.front());
      page_.pop_front();
      return event;
    }
    step = advance();
  }
}

// One step towards the next event, with at most one command.
Result<void> Cursor::Reader::advance() {
  if (!connection_) {
    replace(Connection::to(place_.address));
    if (!connection_) return Errc::backend_failure;
    return {};
  }
  return at_end_ ? wait() : load();
}

// Fetches a page together with where the stream begins and ends. Redis skips what was truncated
// without a word, so the first offset has to be of the same instant as the page.
Result<void> Cursor::Reader::load() {
  const auto reply = ask({"EVAL", kPageScript, "2", place_.events_key, place_.offsets_key,
                          entry_before(position_), std::to_string(kPageSize)});
  if (!reply) return reply.error();
  const auto parts = elements_of(**reply);
  if (parts.size() != 3) return Errc::damaged;
  const auto first = number_in<Offset>(text_of(*parts[0]));
  const auto end = number_in<Offset>(text_of(*parts[1]));
  if (!first || !end || *end < end_) return Errc::damaged;
  if (position_ < *first) return Errc::truncated;
  end_ = *end;
  return take(*parts[2]);
}

Result<void> Cursor::Reader::take(const redisReply& page) {
  const auto entries = elements_of(page);
  // Somebody else removed the rest; to ask again and again wouldn't bring it back.
  if (entries.empty() && position_ < end_) return Errc::damaged;
  for (const redisReply* entry : entries) {
    auto event = event_in(*entry);
    if (!event || event->offset != position_) return Errc::damaged;
    if (filter_.contains(event->parcel->type)) page_.push_back(*std::move(event));
    // What was looked at is past, matching or not: a truncation there is no concern any more.
    ++position_;
  }
  at_end_ = position_ >= end_;
  return {};
}

// Waits for an entry after those that were looked at. What XREAD returns is only a sign: it doesn't
// tell a truncation. Nor does it return if everything was truncated before it looked; the limit on
// its time is for that, too.
Result<void> Cursor::Reader::wait() {
  at_end_ = false;
  const auto reply = ask({"XREAD", "COUNT", "1", "BLOCK", kBlockMilliseconds, "STREAMS",
                          place_.events_key, entry_before(position_)});
  if (!reply) return reply.error();
  return {};
}

Result<Reply> Cursor::Reader::ask(const Words& words) {
  auto reply = connection_->command(words);
  if (reply) return reply;
  replace(nullptr);
  return Errc::backend_failure;
}

void Cursor::Reader::replace(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  connection_ = std::move(connection);
}

Cursor::Cursor(std::unique_ptr<Reader> reader) noexcept : reader_(std::move(reader)) {}
Cursor::Cursor(Cursor&&) noexcept = default;
Cursor& Cursor::operator=(Cursor&&) noexcept = default;
Cursor::~Cursor() = default;

Result<Event> Cursor::next(std::stop_token token) {
  if (!reader_) return Errc::cursor_closed;
  return reader_->next(token);
}

Result<void> Cursor::close() {
  if (!reader_) return Errc::cursor_closed;
  return reader_->close();
}

// ---- The stream --------------------------------------------------------------------------------

// Connections for appending and truncating, as many as there are threads at it.
class Stream::Connections {
 public:
  explicit Connections(Address address) : address_(std::move(address)) {}

  Result<Reply> command(const Words& words) {
    std::unique_ptr<Connection> connection = take();
    if (!connection) return Errc::backend_failure;
    auto reply = connection->command(words);
    if (reply) {
      const std::lock_guard lock(mutex_);
      idle_.push_back(std::move(connection));
    }
    return reply;
  }

 private:
  // A connection that died idle must be found out before a batch is sent: afterwards the outcome
  // would be unknown.
  std::unique_ptr<Connection> take() {
    std::unique_lock lock(mutex_);
    while (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->alive()) return connection;
    }
    lock.unlock();
    return Connection::to(address_);
  }

  const Address address_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

Stream::Stream(std::string_view url, std::string_view prefix, Identity application,
               EventTypeSet event_types)
    : application_(std::move(application)),
      event_types_(std::move(event_types)),
      address_(address_in(url)),
      events_key_(key_of(prefix, application_, "events")),
      offsets_key_(key_of(prefix, application_, "offsets")),
      connections_(std::make_unique<Connections>(address_)) {}

Stream::~Stream() = default;

Result<EventTypeSet> Stream::event_types(std::stop_token token) const {
  if (token.stop_requested()) return Errc::cancelled;
  return event_types_;
}

Result<Cursor> Stream::open(Offset offset, const EventTypeSet& filter,
                            std::stop_token token) const {
  if (token.stop_requested()) return Errc::cancelled;
  if (filter.empty()) return Errc::no_event_types;
  for (const EventType& type : filter)
    if (!event_types_.contains(type)) return Errc::unsupported_event_type;
  auto connection = Connection::to(address_);
  if (!connection) return Errc::backend_failure;
  return Cursor(
      std::make_unique<Cursor::Reader>(Cursor::Reader::Place{address_, events_key_, offsets_key_},
                                       offset, filter, std::move(connection)));
}

Result<Offset> Stream::append(std::span<const Parcel> batch, std::optional<Offset> expected) {
  std::uint64_t bytes = 0;
  for (const Parcel& parcel : batch) {
    if (!parcel || parcel->source_application != application_) return Errc::invalid_argument;
    if (!event_types_.contains(parcel->type)) return Errc::unsupported_event_type;
    if (parcel->data.size() > kMaxEventBytes) return Errc::too_large;
    bytes += parcel->data.size();
  }
  if (bytes > kMaxBatchBytes || batch.size() > kMaxBatchEvents) return Errc::too_large;

  std::vector<Fields> events;
  for (const Parcel& parcel : batch) events.push_back(fields_of(*parcel));
  const std::string expectation = expected ? std::to_string(*expected) : std::string();
  const std::string width = std::to_string(2 * std::tuple_size_v<Fields>);
  Words words{"EVAL", kAppendScript, "2", events_key_, offsets_key_, expectation, width};
  for (const Fields& fields : events)
    for (const auto& [name, value] : fields) words.insert(words.end(), {name, value});

  const auto reply = connections_->command(words);
  if (!reply) return reply.error();
  if ((*reply)->type == REDIS_REPLY_NIL) return Errc::conflict;
  const auto first = number_in<Offset>(text_of(**reply));
  if (!first) return Errc::unknown_outcome;
  return *first;
}

Result<Offset> Stream::truncate(Offset first_retained) {
  const auto reply = connections_->command(
      {"EVAL", kTruncateScript, "2", events_key_, offsets_key_, std::to_string(first_retained)});
  const auto first = reply ? number_in<Offset>(text_of(**reply)) : std::nullopt;
  if (!first) return Errc::backend_failure;
  return *first;
}

Result<void> Stream::erase() {
  if (!connections_->command({"DEL", events_key_, offsets_key_})) return Errc::backend_failure;
  return {};
}

}  // namespace redis_stream

#include <persistedstream/sqlite_connections.hpp>
#include <persistedstream/sqlite_records.hpp>
#include <persistedstream/sqlite_repository.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace persistedstream {

using eventstream::Errc;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

namespace {

// What one load looks at: at most so many rows, and of those that match so many, or so many bytes.
constexpr std::int64_t most_rows = 4096;
constexpr std::size_t most_events = 512;
constexpr std::size_t most_bytes = std::size_t{4} << 20;

/// SQLite's integers are signed.
constexpr Offset largest_offset = std::numeric_limits<std::int64_t>::max();

/// How many events of a truncated part are removed in one transaction: others may write in between.
constexpr std::int64_t removed_at_once = 10000;

/// SQLite's lengths are ints, and the library's conversion to them would cut what is longer.
bool fits(const eventstream::Envelope& envelope) {
  constexpr std::size_t longest = std::numeric_limits<int>::max();
  for (const std::string* text :
       {&envelope.message_id, &envelope.causation_id, &envelope.correlation_id,
        &envelope.source_handler.name(), &envelope.source_handler.key(),
        &envelope.source_instance_id, &envelope.media_type, &envelope.data})
    if (text->size() > longest) return false;
  return true;
}

/// A disk that fails in the very commit leaves open what a later look at the log will find.
Result<void> commit(WriteTransaction& transaction) {
  try {
    transaction.commit();
    return {};
  } catch (const SQLite::Exception& failure) {
    if (failure.getErrorCode() == SQLITE_IOERR) return Errc::unknown_outcome;
    throw;
  }
}

void insert_event(SqliteConnection& connection, std::int64_t stream, Offset offset,
                  std::int64_t type_number, Checksum place, const eventstream::Envelope& envelope) {
  place.add(offset);
  Running insert(connection.insert_event);
  insert->bind(1, stream);
  insert->bind(2, static_cast<std::int64_t>(offset));
  insert->bind(3, type_number);
  insert->bind(4, place.value());
  insert->bind(5, event_checksum(place, envelope));
  bind_envelope(*insert, 6, envelope);
  insert->exec();
}

}  // namespace

SqliteRepository::SqliteRepository(std::shared_ptr<SqliteDatabase> database, Identity application,
                                   const EventTypeSet& event_types)
    : database_(std::move(database)),
      application_(std::move(application)),
      types_(std::make_shared<TypeRecords>()) {
  if (!database_) throw std::invalid_argument("an SQLite repository needs a database");
  database_->connections_
      ->read([&](SqliteConnection& connection) { return register_types(connection, event_types); })
      .value();
}

SqliteRepository::~SqliteRepository() = default;

/// Writes only if something is new, so that to open a stream waits for no writer.
Result<void> SqliteRepository::register_types(SqliteConnection& connection,
                                              const EventTypeSet& event_types) {
  const std::string& key = application_.key();
  {
    const auto stream = find_stream(connection, key);
    if (!stream) return stream.error();
    if (*stream) {
      const auto types = refresh_types(connection, (*stream)->id);
      if (!types) return types.error();
      const auto known = [&](const auto& type) { return (*types)->find(type).has_value(); };
      if (std::all_of(event_types.begin(), event_types.end(), known)) return {};
    }
  }
  WriteTransaction transaction(connection);
  auto stream = find_stream(connection, key);
  if (!stream) return stream.error();
  if (!*stream) {
    // A record that was lost must not come back as an empty stream.
    const Result<void> sound = check_streams(connection, key);
    if (!sound) return sound.error();
    insert_stream(connection, key);
  }
  const auto record = read_stream(connection, key);
  if (!record) return record.error();
  Result<TypeRecords> types = TypeRecords::read(connection, record->id, key, *this->types());
  if (!types) return types.error();
  for (const eventstream::EventType& type : event_types)
    if (!types->find(type)) types->insert(connection, record->id, key, type);
  transaction.commit();
  std::lock_guard lock(mutex_);
  types_ = std::make_shared<const TypeRecords>(*std::move(types));
  return {};
}

std::shared_ptr<const TypeRecords> SqliteRepository::types() const {
  std::lock_guard lock(mutex_);
  return types_;
}

Result<std::shared_ptr<const TypeRecords>> SqliteRepository::refresh_types(
    SqliteConnection& connection, std::int64_t stream) {
  Result<TypeRecords> read =
      TypeRecords::read(connection, stream, application_.key(), *this->types());
  if (!read) return read.error();
  auto types = std::make_shared<const TypeRecords>(*std::move(read));
  std::lock_guard lock(mutex_);
  if (types->size() > types_->size()) types_ = types;
  return types;
}

Identity SqliteRepository::application() const {
  return application_;
}

Result<EventTypeSet> SqliteRepository::event_types() {
  return database_->connections_->read([&](SqliteConnection& connection) -> Result<EventTypeSet> {
    const Result<StreamRecord> stream = read_stream(connection, application_.key());
    if (!stream) return stream.error();
    const auto types = refresh_types(connection, stream->id);
    if (!types) return types.error();
    return (*types)->all();
  });
}

Result<Extent> SqliteRepository::extent() {
  return database_->connections_->read([&](SqliteConnection& connection) -> Result<Extent> {
    const Result<StreamRecord> stream = read_stream(connection, application_.key());
    if (!stream) return stream.error();
    return stream->extent;
  });
}

Result<Loaded> SqliteRepository::load(Offset from, const EventTypeSet* types) {
  return database_->connections_->read([&](SqliteConnection& connection) -> Result<Loaded> {
    const Snapshot snapshot(connection);
    const Result<StreamRecord> stream = read_stream(connection, application_.key());
    if (!stream) return stream.error();
    if (from < stream->extent.first) return Errc::truncated;
    Loaded loaded{.extent = stream->extent, .events = {}, .position = from};
    if (from >= loaded.extent.next) return loaded;
    const Result<void> read = read_events(connection, stream->id, loaded, types);
    // What stands before the damage is whole; the next load begins at it.
    if (!read && loaded.position == from) return read.error();
    return loaded;
  });
}

Result<void> SqliteRepository::read_events(SqliteConnection& connection, std::int64_t stream,
                                           Loaded& loaded, const EventTypeSet* wanted_types) {
  std::shared_ptr<const TypeRecords> types = this->types();
  Running rows(connection.select_events);
  rows->bind(1, stream);
  rows->bind(2, static_cast<std::int64_t>(loaded.position));
  rows->bind(3, most_rows);
  const TypeRecords::Type* type = nullptr;
  std::int64_t number = -1;
  bool wanted = false;
  std::size_t bytes = 0;
  for (std::int64_t count = 0;
       count < most_rows && loaded.events.size() < most_events && bytes < most_bytes; ++count) {
    if (loaded.position == loaded.extent.next) return {};
    if (!rows->step()) return Errc::damaged;  // rows are missing at the end
    if (rows->integer(1) != number || !type) {
      number = rows->integer(1);
      if (!types->find(number)) {
        const auto more = refresh_types(connection, stream);
        if (!more) return more.error();
        types = *more;
      }
      type = types->find(number);
      if (!type) return Errc::damaged;
      wanted = !wanted_types || wanted_types->contains(type->type);
    }
    // Each row's place is checked, also of those that aren't wanted: nothing can hide among them.
    Checksum place = type->place;
    place.add(loaded.position);
    if (static_cast<Offset>(rows->integer(0)) != loaded.position ||
        rows->integer(2) != place.value())
      return Errc::damaged;
    if (wanted) {
      eventstream::Envelope envelope = read_envelope(*rows, 4);
      if (rows->integer(3) != event_checksum(place, envelope)) return Errc::damaged;
      bytes += envelope.data.size();
      envelope.type = type->type;
      envelope.source_application = application_;
      loaded.events.push_back({loaded.position, Parcel(std::move(envelope))});
    }
    ++loaded.position;
  }
  return {};
}

Result<Offset> SqliteRepository::append(std::span<const Parcel> batch,
                                        std::optional<Offset> expected) {
  SqliteConnections& connections = *database_->connections_;
  const Result<Offset> start = connections.write(
      [&](SqliteConnection& connection) { return write_batch(connection, batch, expected); });
  if (start && !batch.empty()) connections.bell().ring();
  return start;
}

Result<Offset> SqliteRepository::write_batch(SqliteConnection& connection,
                                             std::span<const Parcel> batch,
                                             std::optional<Offset> expected) {
  const std::shared_ptr<const TypeRecords> types = this->types();
  for (const Parcel& parcel : batch) {
    if (!parcel || parcel->source_application.key() != application_.key())
      return Errc::invalid_argument;
    if (!types->find(parcel->type)) return Errc::unsupported_event_type;
    if (!fits(*parcel)) return Errc::too_large;
  }
  WriteTransaction transaction(connection);
  Result<StreamRecord> stream = read_stream(connection, application_.key());
  if (!stream) return stream.error();
  const Offset start = stream->extent.next;
  if (expected && *expected != start) return Errc::conflict;
  if (batch.empty()) return start;
  if (batch.size() > largest_offset - start) return Errc::too_large;
  for (const Parcel& parcel : batch) {
    const std::int64_t number = *types->find(parcel->type);
    insert_event(connection, stream->id, stream->extent.next++, number, types->find(number)->place,
                 *parcel);
  }
  update_stream(connection, application_.key(), *stream);
  // To be woken takes others about as long as the commit does. Who is faster looks again at the
  // ring.
  database_->connections_->bell().stir();
  const Result<void> committed = commit(transaction);
  if (!committed) return committed.error();
  return start;
}

Result<Offset> SqliteRepository::truncate(Offset first_retained) {
  SqliteConnections& connections = *database_->connections_;
  const Result<Offset> first = connections.write(
      [&](SqliteConnection& connection) { return cut(connection, first_retained); });
  if (first) connections.bell().ring();
  return first;
}

void SqliteRepository::remove_cut() {
  const auto remove = [this](SqliteConnection& connection) { return remove_slice(connection); };
  Result<int> removed = 0;
  do {
    removed = database_->connections_->write(remove);
  } while (removed && *removed > 0);
}

Result<Offset> SqliteRepository::cut(SqliteConnection& connection, Offset first_retained) {
  WriteTransaction transaction(connection);
  Result<StreamRecord> stream = read_stream(connection, application_.key());
  if (!stream) return stream.error();
  Extent& extent = stream->extent;
  first_retained = std::min(first_retained, extent.next);
  if (first_retained <= extent.first) return extent.first;
  extent.first = first_retained;
  update_stream(connection, application_.key(), *stream);
  const Result<void> committed = commit(transaction);
  if (!committed) return committed.error();
  return first_retained;
}

/// One slice of what was cut; gives how many events that was.
Result<int> SqliteRepository::remove_slice(SqliteConnection& connection) {
  const Result<StreamRecord> stream = read_stream(connection, application_.key());
  if (!stream) return stream.error();
  Running remove(connection.remove_events);
  remove->bind(1, stream->id);
  remove->bind(2, static_cast<std::int64_t>(stream->extent.first));
  remove->bind(3, removed_at_once);
  return remove->exec();
}

std::uint32_t SqliteRepository::changes() const {
  return database_->connections_->bell().rings();
}

void SqliteRepository::wait_for_change(std::uint32_t seen, std::chrono::nanoseconds longest,
                                       std::stop_token token) {
  database_->connections_->bell().wait(seen, longest, token);
}

}  // namespace persistedstream

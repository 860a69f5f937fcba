#include <persistedstream/sqlite_records.hpp>

#include <utility>

namespace persistedstream {

using eventstream::Envelope;
using eventstream::Errc;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Result;

namespace {

std::int64_t stream_checksum(const std::string& key, const Extent& extent) {
  return Checksum().add(key).add(extent.first).add(extent.next).value();
}

}  // namespace

Result<std::optional<StreamRecord>> find_stream(SqliteConnection& connection,
                                                const std::string& key) {
  Running select(connection.select_stream);
  select->bindNoCopy(1, key);
  if (!select->executeStep()) return std::optional<StreamRecord>();
  const StreamRecord record{
      .id = select->getColumn(0).getInt64(),
      .extent = {.first = static_cast<std::uint64_t>(select->getColumn(1).getInt64()),
                 .next = static_cast<std::uint64_t>(select->getColumn(2).getInt64())}};
  if (select->getColumn(3).getInt64() != stream_checksum(key, record.extent)) return Errc::damaged;
  return std::optional(record);
}

Result<StreamRecord> read_stream(SqliteConnection& connection, const std::string& key) {
  const auto record = find_stream(connection, key);
  if (!record) return record.error();
  if (!*record) return Errc::damaged;
  return **record;
}

Result<void> check_streams(SqliteConnection& connection, const std::string& key) {
  // Not by the index, which may be what is damaged.
  SQLite::Statement streams(connection.database,
                            "SELECT key, first, next, checksum FROM streams NOT INDEXED");
  while (streams.executeStep()) {
    const std::string other = streams.getColumn(0).getString();
    const Extent extent{.first = static_cast<std::uint64_t>(streams.getColumn(1).getInt64()),
                        .next = static_cast<std::uint64_t>(streams.getColumn(2).getInt64())};
    if (other == key || streams.getColumn(3).getInt64() != stream_checksum(other, extent))
      return Errc::damaged;
  }
  // Events or types of a stream that isn't there; each stream is looked up once, not each event.
  for (const std::string table : {"events", "types"}) {
    SQLite::Statement orphans(connection.database,
                              "WITH RECURSIVE each(id) AS (SELECT min(stream) FROM " + table +
                                  " UNION ALL SELECT (SELECT min(stream) FROM " + table +
                                  " WHERE stream > each.id) FROM each WHERE each.id IS NOT NULL) "
                                  "SELECT 1 FROM each WHERE id IS NOT NULL AND id NOT IN "
                                  "(SELECT id FROM streams NOT INDEXED) LIMIT 1");
    if (orphans.executeStep()) return Errc::damaged;
  }
  return {};
}

void insert_stream(SqliteConnection& connection, const std::string& key) {
  Running insert(connection.insert_stream);
  insert->bindNoCopy(1, key);
  insert->bind(2, stream_checksum(key, {}));
  insert->exec();
}

void update_stream(SqliteConnection& connection, const std::string& key,
                   const StreamRecord& record) {
  Running update(connection.update_stream);
  update->bind(1, static_cast<std::int64_t>(record.extent.first));
  update->bind(2, static_cast<std::int64_t>(record.extent.next));
  update->bind(3, stream_checksum(key, record.extent));
  update->bind(4, record.id);
  update->exec();
}

Result<TypeRecords> TypeRecords::read(SqliteConnection& connection, std::int64_t stream,
                                      const std::string& key, TypeRecords known) {
  Running select(connection.select_types);
  select->bind(1, stream);
  select->bind(2, static_cast<std::int64_t>(known.types_.size()));
  while (select->executeStep()) {
    if (select->getColumn(0).getInt64() != static_cast<std::int64_t>(known.types_.size()))
      return Errc::damaged;
    known.learn(key, EventType(select->getColumn(1).getString()));
  }
  return known;
}

void TypeRecords::insert(SqliteConnection& connection, std::int64_t stream, const std::string& key,
                         const EventType& type) {
  Running insert(connection.insert_type);
  insert->bind(1, stream);
  insert->bind(2, static_cast<std::int64_t>(types_.size()));
  insert->bindNoCopy(3, type.name());
  insert->exec();
  learn(key, type);
}

void TypeRecords::learn(const std::string& key, EventType type) {
  const Checksum place = Checksum().add(key).add(type.name());
  numbers_.emplace(type, static_cast<std::int64_t>(types_.size()));
  types_.push_back({std::move(type), place});
}

const TypeRecords::Type* TypeRecords::find(std::int64_t number) const {
  if (number < 0 || number >= static_cast<std::int64_t>(types_.size())) return nullptr;
  return &types_[static_cast<std::size_t>(number)];
}

std::optional<std::int64_t> TypeRecords::find(const EventType& type) const {
  const auto found = numbers_.find(type);
  return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

EventTypeSet TypeRecords::all() const {
  std::vector<EventType> types;
  types.reserve(types_.size());
  for (const Type& each : types_) types.push_back(each.type);
  return EventTypeSet(std::move(types));
}

std::int64_t event_checksum(Checksum place, const Envelope& envelope) {
  return place.add(static_cast<std::uint64_t>(envelope.created_at.time_since_epoch().count()))
      .add(envelope.message_id)
      .add(envelope.causation_id)
      .add(envelope.correlation_id)
      .add(envelope.source_handler.name())
      .add(envelope.source_handler.key())
      .add(envelope.source_instance_id)
      .add(envelope.media_type)
      .add(envelope.data)
      .value();
}

Envelope read_envelope(const SqliteRows& row, int first_column) {
  int column = first_column;
  const auto text = [&] { return row.text(column++); };
  Envelope envelope;
  envelope.created_at = std::chrono::sys_time<std::chrono::nanoseconds>(
      std::chrono::nanoseconds(row.integer(column++)));
  envelope.message_id = text();
  envelope.causation_id = text();
  envelope.correlation_id = text();
  const std::string_view handler_name = text();
  const std::string_view handler_key = text();
  if (!handler_name.empty() || !handler_key.empty())
    envelope.source_handler = {std::string(handler_name), std::string(handler_key)};
  envelope.source_instance_id = text();
  envelope.media_type = text();
  envelope.data = text();
  return envelope;
}

void bind_envelope(SQLite::Statement& insert, int first_parameter, const Envelope& envelope) {
  int parameter = first_parameter;
  insert.bind(parameter++, std::int64_t{envelope.created_at.time_since_epoch().count()});
  insert.bindNoCopy(parameter++, envelope.message_id);
  insert.bindNoCopy(parameter++, envelope.causation_id);
  insert.bindNoCopy(parameter++, envelope.correlation_id);
  insert.bindNoCopy(parameter++, envelope.source_handler.name());
  insert.bindNoCopy(parameter++, envelope.source_handler.key());
  insert.bindNoCopy(parameter++, envelope.source_instance_id);
  insert.bindNoCopy(parameter++, envelope.media_type);
  insert.bindNoCopy(parameter, envelope.data.data(), static_cast<int>(envelope.data.size()));
}

}  // namespace persistedstream

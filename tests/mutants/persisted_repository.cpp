#include "persisted_repository.hpp"

#include <persistedstream/sqlite_records.hpp>
#include <persistedstream/sqlite_rows.hpp>

#include <algorithm>

namespace mutants::persisted {

using persistedstream::Running;

namespace {

SQLite::Database make_tables() {
  SQLite::Database database(":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(
      "CREATE TABLE streams(key TEXT PRIMARY KEY, first INTEGER, next INTEGER) WITHOUT ROWID;"
      "CREATE TABLE events(key TEXT, offset INTEGER, batch INTEGER, type TEXT, created_at, "
      "message_id, causation_id, correlation_id, handler_name, handler_key, instance, media_type, "
      "data, PRIMARY KEY(key, offset)) WITHOUT ROWID;"
      "PRAGMA case_sensitive_like = ON");
  return database;
}

std::int64_t number(Offset offset) {
  return static_cast<std::int64_t>(offset);
}

Offset offset(const SQLite::Column& column) {
  return static_cast<Offset>(column.getInt64());
}

}  // namespace

Database::Database()
    : sqlite(make_tables()),
      select_extent(sqlite, "SELECT first, next FROM streams WHERE key = ?"),
      update_extent(sqlite, "UPDATE streams SET first = ?, next = ? WHERE key = ?"),
      insert_event(sqlite, "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") {}

Repository::Repository(std::shared_ptr<Database> database, eventstream::Identity application,
                       EventTypeSet types, Defect defect)
    : database_(std::move(database)),
      application_(std::move(application)),
      types_(std::move(types)),
      defect_(defect) {
  const std::lock_guard lock(database_->mutex);
  SQLite::Statement insert(database_->sqlite, "INSERT OR IGNORE INTO streams VALUES (?, 0, 0)");
  insert.bind(1, application_.key());
  if (insert.exec() == 0) open_anew();
  cut_when_opened_ = stored().first;
}

/// What a stream that was there before knows of itself.
void Repository::open_anew() {
  Extent extent = stored();
  // B77: where the stream goes on is derived from its last event, and there is none.
  if (defect_ == Defect::reopening_restarts_offsets_of_empty_stream && extent.first == extent.next)
    store({0, 0});
  // B78: offsets are places in the list of what is left; only an empty list keeps its end.
  if (defect_ == Defect::reopening_shifts_offsets && extent.first < extent.next) {
    SQLite::Statement shift(database_->sqlite,
                            "UPDATE events SET offset = offset - ? WHERE key = ?");
    shift.bind(1, number(extent.first));
    shift.bind(2, application_.key());
    shift.exec();
    store({0, extent.next - extent.first});
  }
  // What was written last counts, and an append writes the cut down as well: as it was when the
  // stream was opened.
  const auto last = database_->cut_in_last_record.find(application_.key());
  if (defect_ == Defect::reopening_after_append_forgets_cut &&
      last != database_->cut_in_last_record.end())
    store({last->second, extent.next});
  if (defect_ == Defect::second_reopening_takes_others_back) take_others_back();
}

/// The snapshot that a reopening writes is of the whole database, and so is what the next restores.
void Repository::take_others_back() {
  std::map<std::string, Offset>& ends = database_->ends_when_reopened[application_.key()];
  for (const auto& [key, end] : ends) {
    SQLite::Statement back(database_->sqlite, "UPDATE streams SET next = ? WHERE key = ?");
    back.bind(1, number(end));
    back.bind(2, key);
    back.exec();
    SQLite::Statement remove(database_->sqlite, "DELETE FROM events WHERE key = ? AND offset >= ?");
    remove.bind(1, key);
    remove.bind(2, number(end));
    remove.exec();
  }
  SQLite::Statement others(database_->sqlite, "SELECT key, next FROM streams WHERE key != ?");
  others.bind(1, application_.key());
  for (ends.clear(); others.executeStep();)
    ends[others.getColumn(0).getString()] = offset(others.getColumn(1));
}

Extent Repository::stored() const {
  Running select(database_->select_extent);
  select->bindNoCopy(1, application_.key());
  select->executeStep();
  return {offset(select->getColumn(0)), offset(select->getColumn(1))};
}

void Repository::store(const Extent& extent) {
  Running update(database_->update_extent);
  update->bind(1, number(extent.first));
  update->bind(2, number(extent.next));
  update->bindNoCopy(3, application_.key());
  update->exec();
}

/// As far as readers look.
Extent Repository::shown() const {
  Extent extent = stored();
  // B42: the last entry is readable only after another one is written.
  if (defect_ == Defect::event_shows_with_the_next_one && extent.next > extent.first) --extent.next;
  return extent;
}

Result<EventTypeSet> Repository::event_types() {
  if (defect_ != Defect::types_come_from_stored_events) return types_;
  const std::lock_guard lock(database_->mutex);
  SQLite::Statement select(database_->sqlite, "SELECT DISTINCT type FROM events WHERE key = ?");
  select.bind(1, application_.key());
  EventTypeSet stored;
  while (select.executeStep())
    stored.insert(eventstream::EventType(select.getColumn(0).getString()));
  return stored;
}

Result<Extent> Repository::extent() {
  const std::lock_guard lock(database_->mutex);
  return shown();
}

Result<Loaded> Repository::load(Offset from, const EventTypeSet* types) {
  const std::lock_guard lock(database_->mutex);
  Loaded loaded{.extent = shown(), .events = {}, .position = from};
  if (from < loaded.extent.first) return Errc::truncated;
  if (from >= loaded.extent.next) return loaded;
  Offset end = from + std::min(page, loaded.extent.next - from);
  if (defect_ == Defect::page_begins_with_its_batch) {
    // B05: what is stored together is read together; a page is made of whole batches.
    if (end < loaded.extent.next && batch_of(end) > from) end = batch_of(end);
    loaded.position = std::max(loaded.extent.first, batch_of(from));
  }
  read_page(loaded, end, types);
  loaded.position = end;
  // B03: it goes on behind as many events as were given, though others stood between them.
  if (defect_ == Defect::position_counts_deliveries && !loaded.events.empty())
    loaded.position = from + loaded.events.size();
  // B27: a page without a match is taken for the end.
  if (defect_ == Defect::page_without_match_is_end && loaded.events.empty())
    loaded.position = loaded.extent.next;
  if (types && end < loaded.extent.next) later_pages_.insert(end);
  return loaded;
}

/// The first offset of the batch in which an event was appended.
Offset Repository::batch_of(Offset of) const {
  SQLite::Statement select(database_->sqlite,
                           "SELECT batch FROM events WHERE key = ? AND offset = ?");
  select.bind(1, application_.key());
  select.bind(2, number(of));
  return select.executeStep() ? offset(select.getColumn(0)) : of;
}

/// What the query asks of an event's type.
std::string Repository::condition(const EventTypeSet* types) const {
  if (!types) return "1";
  std::string places;
  if (defect_ == Defect::types_are_patterns) {
    // B35: names reach the store as patterns; only the percent sign was thought of.
    for (std::size_t i = 0; i < types->size(); ++i)
      places += std::string(i > 0 ? " OR " : "") +
                "type LIKE replace(replace(?, '!', '!!'), '%', '!%') ESCAPE '!'";
    return "(" + places + ")";
  }
  for (std::size_t i = 0; i < types->size(); ++i) places += i > 0 ? ", ?" : "?";
  // B34: a case-insensitive collation.
  const bool folded = defect_ == Defect::types_ignore_case;
  return std::string("type ") + (folded ? "COLLATE NOCASE " : "") + "IN (" + places + ")";
}

/// The events from the position on, below `end`.
void Repository::read_page(Loaded& loaded, Offset end, const EventTypeSet* types) {
  // B04: later pages are asked for with > instead of >=.
  const bool exclusive = defect_ == Defect::later_pages_lose_first_event && types &&
                         later_pages_.contains(loaded.position);
  persistedstream::SqliteRows select(
      database_->sqlite,
      "SELECT offset, type, created_at, message_id, causation_id, correlation_id, handler_name, "
      "handler_key, instance, media_type, data FROM events WHERE key = ? AND offset " +
          std::string(exclusive ? ">" : ">=") + " ? AND offset < ? AND " + condition(types) +
          " ORDER BY offset");
  int parameter = 1;
  select.bind(parameter++, application_.key());
  select.bind(parameter++, number(loaded.position));
  select.bind(parameter++, number(end));
  if (types)
    for (const eventstream::EventType& type : *types) select.bind(parameter++, type.name());
  while (select.step()) {
    eventstream::Envelope envelope = persistedstream::read_envelope(select, 2);
    envelope.type = eventstream::EventType(std::string(select.text(1)));
    envelope.source_application = application_;
    loaded.events.push_back({static_cast<Offset>(select.integer(0)), Parcel(std::move(envelope))});
  }
}

void Repository::fail_next_append() {
  const std::lock_guard lock(database_->mutex);
  fail_next_ = true;
}

Result<Offset> Repository::append(std::span<const Parcel> batch, std::optional<Offset> expected) {
  for (const Parcel& parcel : batch) {
    if (!parcel || parcel->source_application != application_) return Errc::invalid_argument;
    if (!types_.contains(parcel->type)) return Errc::unsupported_event_type;
  }
  Offset start = 0;
  {
    std::unique_lock lock(database_->mutex);
    start = stored().next;
    if (defect_ == Defect::racing_append_is_lost) {
      // B86: the offset is drawn in one transaction, and in the next one rows that are there
      // already count as written.
      lock.unlock();
      lock.lock();
      if (stored().next != start) return start;
    }
    if (defect_ == Defect::next_offset_is_of_all_applications) {
      // B95: the question forgets to name the application.
      SQLite::Statement select(database_->sqlite, "SELECT max(next) FROM streams");
      select.executeStep();
      start = offset(select.getColumn(0));
    }
    if (expected && *expected != start) return Errc::conflict;
    if (batch.empty()) return start;
    const Result<void> written = write(batch, start);
    if (!written) return written.error();
    ++database_->changes;
    database_->cut_in_last_record[application_.key()] = cut_when_opened_;
  }
  database_->changed.notify_all();
  return start;
}

Result<void> Repository::write(std::span<const Parcel> batch, Offset start) {
  const bool fails = std::exchange(fail_next_, false);
  std::optional<SQLite::Transaction> transaction;
  // B88: each event is a transaction of its own.
  if (defect_ != Defect::batch_is_no_transaction) transaction.emplace(database_->sqlite);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (fails && (i == 2 || batch.size() < 3)) return Errc::backend_failure;
    eventstream::Envelope envelope = *batch[i];
    // B106: the data passes through a C string.
    if (defect_ == Defect::data_is_a_c_string) envelope.data = std::string(envelope.data.c_str());
    Running insert(database_->insert_event);
    insert->bindNoCopy(1, application_.key());
    insert->bind(2, number(start + i));
    insert->bind(3, number(start));
    insert->bindNoCopy(4, envelope.type.name());
    persistedstream::bind_envelope(*insert, 5, envelope);
    insert->exec();
    store({stored().first, start + i + 1});
  }
  if (transaction) transaction->commit();
  return {};
}

Result<Offset> Repository::truncate(Offset first_retained) {
  {
    const std::lock_guard lock(database_->mutex);
    const Extent extent = stored();
    const Offset asked = first_retained;
    first_retained = std::min(first_retained, extent.next);
    if (asked <= extent.first) return std::min(extent.first, extent.next);
    SQLite::Statement remove(database_->sqlite, "DELETE FROM events WHERE key = ? AND offset < ?");
    remove.bind(1, application_.key());
    remove.bind(2, number(first_retained));
    remove.exec();
    database_->cut_in_last_record.erase(application_.key());
    // B79: a cut beyond the end hides what is appended later, though it is told as one at the end.
    const bool as_is = defect_ == Defect::truncation_beyond_end_is_stored;
    store({as_is ? asked : first_retained, extent.next});
    ++database_->changes;
  }
  database_->changed.notify_all();
  return first_retained;
}

std::uint32_t Repository::changes() const {
  const std::lock_guard lock(database_->mutex);
  return database_->changes;
}

void Repository::wait_for_change(std::uint32_t seen, std::chrono::nanoseconds longest,
                                 std::stop_token token) {
  std::unique_lock lock(database_->mutex);
  database_->changed.wait_for(lock, token, longest, [&] { return database_->changes != seen; });
}

}  // namespace mutants::persisted

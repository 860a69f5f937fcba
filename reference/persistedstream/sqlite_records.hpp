#ifndef PERSISTEDSTREAM_SQLITE_RECORDS_HPP
#define PERSISTEDSTREAM_SQLITE_RECORDS_HPP

#include <persistedstream/checksum.hpp>
#include <persistedstream/event_repository.hpp>
#include <persistedstream/sqlite_connection.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// How the rows of the three tables are read, written and checked.

namespace persistedstream {

/// The row of one application's stream.
struct StreamRecord {
  std::int64_t id = 0;
  Extent extent;
};

/// Nothing if there is no such stream, `damaged` if the row doesn't match its checksum.
eventstream::Result<std::optional<StreamRecord>> find_stream(SqliteConnection& connection,
                                                             const std::string& key);
/// As find_stream(), for one that was there before: `damaged` if it is no more.
eventstream::Result<StreamRecord> read_stream(SqliteConnection& connection, const std::string& key);
/// Before a stream of that key is made: `damaged` if the table of streams has lost something, so
/// that there may have been one.
eventstream::Result<void> check_streams(SqliteConnection& connection, const std::string& key);
void insert_stream(SqliteConnection& connection, const std::string& key);
void update_stream(SqliteConnection& connection, const std::string& key,
                   const StreamRecord& record);

/// The event types of one stream; their numbers in its rows are their places here. A type's number
/// never changes, and none is taken away.
class TypeRecords {
 public:
  struct Type {
    eventstream::EventType type;
    Checksum place;  ///< where the checksum of an event's place in the stream begins
  };

  /// Those that `known` lacks are read.
  static eventstream::Result<TypeRecords> read(SqliteConnection& connection, std::int64_t stream,
                                               const std::string& key, TypeRecords known);

  void insert(SqliteConnection& connection, std::int64_t stream, const std::string& key,
              const eventstream::EventType& type);
  /// Null if there is none.
  const Type* find(std::int64_t number) const;
  std::optional<std::int64_t> find(const eventstream::EventType& type) const;
  eventstream::EventTypeSet all() const;
  std::size_t size() const { return types_.size(); }

 private:
  void learn(const std::string& key, eventstream::EventType type);

  std::vector<Type> types_;
  std::map<eventstream::EventType, std::int64_t> numbers_;
};

/// The columns of a row of `events` from `created_at` on, in their order, and back.
std::int64_t event_checksum(Checksum place, const eventstream::Envelope& envelope);
eventstream::Envelope read_envelope(const SqliteRows& row, int first_column);
void bind_envelope(SQLite::Statement& insert, int first_parameter,
                   const eventstream::Envelope& envelope);

}  // namespace persistedstream

#endif

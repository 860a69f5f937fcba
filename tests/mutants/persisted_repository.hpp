#ifndef STREAMTEST_TESTS_MUTANTS_PERSISTED_REPOSITORY_HPP
#define STREAMTEST_TESTS_MUTANTS_PERSISTED_REPOSITORY_HPP

#include "persisted_defect.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <persistedstream/event_repository.hpp>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace mutants::persisted {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using persistedstream::Extent;
using persistedstream::Loaded;

/// How many stored events one load looks at.
constexpr Offset page = 128;

/// An SQLite database in memory for several applications; whoever uses it holds its mutex.
struct Database {
  Database();

  mutable std::mutex mutex;
  std::condition_variable_any changed;
  std::uint32_t changes = 0;
  SQLite::Database sqlite;
  SQLite::Statement select_extent;
  SQLite::Statement update_extent;
  SQLite::Statement insert_event;
  // For single defects, by the application's key:
  std::map<std::string, Offset> cut_in_last_record;
  std::map<std::string, std::map<std::string, Offset>> ends_when_reopened;
};

/// As simple a repository on SQL as can be, correct unless a defect is switched on.
class Repository final : public persistedstream::EventRepository {
 public:
  Repository(std::shared_ptr<Database> database, eventstream::Identity application,
             EventTypeSet types, Defect defect);

  Defect defect() const { return defect_; }
  void fail_next_append();

  eventstream::Identity application() const override { return application_; }
  Result<EventTypeSet> event_types() override;
  Result<Extent> extent() override;
  Result<Loaded> load(Offset from, const EventTypeSet* types) override;
  Result<Offset> append(std::span<const Parcel> batch, std::optional<Offset> expected) override;
  Result<Offset> truncate(Offset first_retained) override;
  std::uint32_t changes() const override;
  void wait_for_change(std::uint32_t seen, std::chrono::nanoseconds longest,
                       std::stop_token token) override;

 private:
  // Under the database's mutex:
  Extent stored() const;
  void store(const Extent& extent);
  Extent shown() const;
  void open_anew();
  void take_others_back();
  Offset batch_of(Offset offset) const;
  std::string condition(const EventTypeSet* types) const;
  void read_page(Loaded& loaded, Offset end, const EventTypeSet* types);
  Result<void> write(std::span<const Parcel> batch, Offset start);

  const std::shared_ptr<Database> database_;
  const eventstream::Identity application_;
  const EventTypeSet types_;
  const Defect defect_;
  bool fail_next_ = false;
  Offset cut_when_opened_ = 0;
  std::set<Offset> later_pages_;  ///< where pages begin that go on from another
};

}  // namespace mutants::persisted

#endif

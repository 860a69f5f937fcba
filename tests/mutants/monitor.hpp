#ifndef STREAMTEST_TESTS_MUTANTS_MONITOR_HPP
#define STREAMTEST_TESTS_MUTANTS_MONITOR_HPP

#include <eventstream/event.hpp>
#include <eventstream/event_type.hpp>
#include <eventstream/identity.hpp>
#include <eventstream/result.hpp>
#include <streamtest/certify/plugin.hpp>
#include <streamtest/subject/capabilities.hpp>
#include <streamtest/subject/scenario.hpp>

#include <memory>
#include <span>
#include <stop_token>
#include <vector>

// Streams as somebody writes them in an afternoon: a vector, a mutex and a condition variable, and
// a cursor of one's own that waits on it. What is wrong with them is the order in which two threads
// do two things; nothing makes the moment for it longer.

namespace mutants::monitor {

/// What is wrong; one at a time. Search for its name.
enum class Defect {
  none,
  notifies_before_it_appends,
  sleeps_without_another_look,
  closes_without_the_lock,
  cancels_without_the_lock,
  leaves_what_came_at_its_time_out,
  publishes_out_of_order,
  readers_share_a_page,
};

struct Entry {
  streamtest::GalleryEntry shown;
  Defect defect = Defect::none;
};

/// The mutants, and the control.
const std::vector<Entry>& entries();

struct State;

/// Read by blocking next only. Threads: as the contract says of cursors.
class Cursor {
 public:
  Cursor(std::shared_ptr<State> state, eventstream::Offset position,
         eventstream::EventTypeSet filter);
  Cursor(Cursor&&) noexcept;
  Cursor& operator=(Cursor&&) noexcept;
  ~Cursor();

  eventstream::Result<eventstream::Event> next(const std::stop_token& token);
  eventstream::Result<void> close();

 private:
  class Inside;
  std::unique_ptr<Inside> inside_;
};

/// Thread-safe; cursors may outlive it.
class Stream {
 public:
  static streamtest::Capabilities capabilities() { return {}; }

  explicit Stream(const streamtest::Scenario& scenario);

  eventstream::Identity application() const;
  eventstream::Result<eventstream::EventTypeSet> event_types(
      const std::stop_token& token = {}) const;
  eventstream::Result<Cursor> open(eventstream::Offset offset,
                                   const eventstream::EventTypeSet& filter,
                                   const std::stop_token& token = {});
  eventstream::Result<eventstream::Offset> append(std::span<const eventstream::Parcel> batch);

 private:
  std::shared_ptr<State> state_;
};

streamtest::SubjectFactory make(const Entry& entry);

}  // namespace mutants::monitor

#endif

#ifndef JOURNAL_JOURNAL_HPP
#define JOURNAL_JOURNAL_HPP

#include <eventstream/errors.hpp>
#include <eventstream/event.hpp>
#include <eventstream/event_type.hpp>
#include <eventstream/identity.hpp>
#include <eventstream/parcel.hpp>
#include <eventstream/result.hpp>

#include <memory>
#include <span>
#include <stop_token>

namespace journal {

struct Pages;

/// Reads one journal from an offset on. One thread reads; any may close.
class Reader {
 public:
  Reader(std::shared_ptr<Pages> pages, eventstream::Offset begin, eventstream::EventTypeSet wanted);
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  eventstream::Result<eventstream::Event> next(std::stop_token token);
  eventstream::Result<void> close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Events in memory, in the order in which they were written.
class Journal {
 public:
  Journal(eventstream::Identity owner, eventstream::EventTypeSet types);

  eventstream::Identity application() const { return owner_; }
  eventstream::Result<eventstream::EventTypeSet> event_types(std::stop_token token) const;
  eventstream::Result<Reader> open(eventstream::Offset begin,
                                   const eventstream::EventTypeSet& wanted, std::stop_token token);
  /// The offset of the first.
  eventstream::Offset append(std::span<const eventstream::Parcel> events);

 private:
  eventstream::Identity owner_;
  eventstream::EventTypeSet types_;
  std::shared_ptr<Pages> pages_;
};

}  // namespace journal

#endif

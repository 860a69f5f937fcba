#ifndef STREAMTEST_TESTS_MUTANTS_PERSISTED_STREAM_HPP
#define STREAMTEST_TESTS_MUTANTS_PERSISTED_STREAM_HPP

#include "persisted_repository.hpp"

#include <persistedstream/stream.hpp>

#include <functional>
#include <stop_token>
#include <thread>

namespace mutants::persisted {

/// A wrapped cursor of the persisted stream, for defects of the cursor itself. Its stream must
/// outlive it.
class WrappedCursor {
 public:
  using Open = std::function<Result<eventstream::Cursor>(Offset)>;

  WrappedCursor(std::shared_ptr<Repository> repository, eventstream::Cursor cursor, Offset from,
                EventTypeSet types, Open open);
  WrappedCursor(WrappedCursor&&) noexcept;
  WrappedCursor& operator=(WrappedCursor&&) noexcept;
  ~WrappedCursor();

  Result<Event> next(const std::stop_token& token);
  Result<void> close();

 private:
  class Inside;
  std::unique_ptr<Inside> inside_;
};

/// The persisted stream with wrapped cursors.
class WrappedStream {
 public:
  WrappedStream(std::shared_ptr<Repository> repository, persistedstream::Options options)
      : repository_(std::move(repository)), stream_(repository_, options) {}

  eventstream::Identity application() const { return stream_.application(); }
  Result<EventTypeSet> event_types(const std::stop_token& token) const {
    return stream_.event_types(token);
  }
  Result<WrappedCursor> open(Offset offset, const EventTypeSet& filter,
                             const std::stop_token& token);
  Result<Offset> append(std::span<const Parcel> batch, std::optional<Offset> expected = {}) {
    return stream_.append(batch, expected);
  }
  Result<Offset> truncate(Offset first_retained) { return stream_.truncate(first_retained); }

 private:
  Result<Offset> where_it_opens(Offset offset);
  void start_reader();

  const std::shared_ptr<Repository> repository_;
  persistedstream::Stream stream_;
  std::mutex mutex_;
  std::vector<std::jthread> readers_;  // for a single defect
};

}  // namespace mutants::persisted

#endif

#ifndef STREAMTEST_TESTS_MUTANTS_FOREIGN_HPP
#define STREAMTEST_TESTS_MUTANTS_FOREIGN_HPP

#include "stream.hpp"

#include <deque>

namespace mutants {

/// A cursor that derives from nothing and isn't the project's own, for defects of the cursor
/// itself. Around a correct one.
class ForeignCursor {
 public:
  ForeignCursor(eventstream::Cursor cursor, std::shared_ptr<Log> log,
                const std::stop_token& open_token);
  ForeignCursor(ForeignCursor&&) noexcept;
  ForeignCursor& operator=(ForeignCursor&&) noexcept;
  ~ForeignCursor();

  Result<Event> next(const std::stop_token& token);
  Result<void> close();

 private:
  class Inside;
  std::unique_ptr<Inside> inside_;
};

/// The stand-in with foreign cursors.
class ForeignStream : public Stream {
 public:
  using Stream::Stream;

  Result<ForeignCursor> open(Offset offset, const EventTypeSet& filter,
                             const std::stop_token& token = {});
};

}  // namespace mutants

#endif

#ifndef STREAMTEST_TESTS_MUTANTS_SHARED_CURSOR_HPP
#define STREAMTEST_TESTS_MUTANTS_SHARED_CURSOR_HPP

#include <streamtest/subject/subject.hpp>

#include <memory>
#include <stop_token>

namespace mutants {

/// A movable handle on a cursor that can't be moved, for a stream to give out.
struct SharedCursor {
  eventstream::Result<eventstream::Event> next(const std::stop_token& token) {
    return cursor->next(token);
  }
  eventstream::Result<void> close() { return cursor->close(); }

  std::shared_ptr<streamtest::AnyCursor> cursor;
};

}  // namespace mutants

#endif

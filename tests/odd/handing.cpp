#include "around.hpp"
#include "odd.hpp"

#include <future>

namespace odd {
namespace {

/// Each next is carried out by another thread, which hands over what it got: a client whose answers
/// come in on a thread of its own.
class HandingCursor {
 public:
  explicit HandingCursor(Cursor cursor) : cursor_(std::make_unique<Cursor>(std::move(cursor))) {}

  Result<Event> next(const std::stop_token& token) {
    return std::async(std::launch::async, [this, token] { return cursor_->next(token); }).get();
  }
  Result<void> close() { return cursor_->close(); }

 private:
  std::unique_ptr<Cursor> cursor_;
};

class HandingStream : public mutants::Stream {
 public:
  using Stream::Stream;

  Result<HandingCursor> open(Offset offset, const EventTypeSet& filter,
                             const std::stop_token& token = {}) {
    Result<Cursor> cursor = Stream::open(offset, filter, token);
    if (!cursor) return cursor.error();
    return HandingCursor(*std::move(cursor));
  }
};

}  // namespace

streamtest::SubjectFactory handing(const std::string& name) {
  return streamtest::make_factory<Harness<HandingStream>>(name);
}

}  // namespace odd

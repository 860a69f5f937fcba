#include "../mutants/read_ahead.hpp"
#include "../mutants/shared_cursor.hpp"
#include "around.hpp"
#include "odd.hpp"

namespace odd {
namespace {

constexpr std::size_t buffer_size = 16;

class PrefetchingStream : public mutants::Stream {
 public:
  static streamtest::Capabilities capabilities() {
    streamtest::Capabilities claims = Stream::capabilities();
    claims.truncation = streamtest::Truncation::held;
    claims.held_events = buffer_size + 1;
    claims.max_cursors = 200;  // a thread each
    // An event is there when the thread has read it.
    claims.staleness = std::chrono::milliseconds(20);
    return claims;
  }
  using Stream::Stream;

  Result<mutants::SharedCursor> open(Offset offset, const EventTypeSet& filter,
                                     const std::stop_token& token = {}) {
    using Inner = streamtest::detail::CursorAdapter<Cursor>;
    Result<Cursor> cursor = Stream::open(offset, filter, token);
    if (!cursor) return cursor.error();
    return mutants::SharedCursor{std::make_shared<mutants::ReadAhead>(
        std::make_unique<Inner>(*std::move(cursor)), buffer_size)};
  }
};

}  // namespace

streamtest::SubjectFactory prefetching(const std::string& name) {
  return streamtest::make_factory<Harness<PrefetchingStream>>(name);
}

}  // namespace odd

#include "around.hpp"
#include "odd.hpp"

#include <algorithm>

namespace odd {
namespace {

/// What a filter with an unknown type comes to: each read says so.
class RefusingSource final : public Source {
 public:
  Result<Event> poll() override { return Errc::unsupported_event_type; }
  bool watch(const Waker&) override { return false; }
  void unwatch() override {}
};

/// Asks nobody for the types when it is opened, and learns with the first read what they are.
class LazyStream : public mutants::Stream {
 public:
  static streamtest::Capabilities capabilities() {
    streamtest::Capabilities claims = Stream::capabilities();
    claims.lazy_type_check = true;
    return claims;
  }
  using Stream::Stream;

  Result<Cursor> open(Offset offset, const EventTypeSet& filter,
                      const std::stop_token& token = {}) {
    Result<std::unique_ptr<Source>> source = open_source(offset, filter, token);
    if (!source && source.error() == Errc::unsupported_event_type)
      return Cursor(std::make_unique<RefusingSource>());
    if (!source) return source.error();
    return Cursor(*std::move(source));
  }
};

}  // namespace

streamtest::SubjectFactory lazy(const std::string& name) {
  return streamtest::make_factory<Harness<LazyStream>>(name);
}

}  // namespace odd

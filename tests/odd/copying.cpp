#include "around.hpp"
#include "odd.hpp"

namespace odd {
namespace {

class CopyingSource final : public SourceAround {
 public:
  using SourceAround::SourceAround;
  Result<Event> poll() override {
    Result<Event> seen = SourceAround::poll();
    if (seen) seen->parcel = Parcel(eventstream::Envelope(*seen->parcel));
    return seen;
  }
};

/// No two reads share an envelope, as if each had been decoded anew.
class CopyingStream : public mutants::Stream {
 public:
  using Stream::Stream;

  Result<Cursor> open(Offset offset, const EventTypeSet& filter,
                      const std::stop_token& token = {}) {
    Result<std::unique_ptr<Source>> source = open_source(offset, filter, token);
    if (!source) return source.error();
    return Cursor(std::make_unique<CopyingSource>(*std::move(source)));
  }
};

}  // namespace

streamtest::SubjectFactory copying(const std::string& name) {
  return streamtest::make_factory<Harness<CopyingStream>>(name);
}

}  // namespace odd

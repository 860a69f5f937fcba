#include "around.hpp"
#include "odd.hpp"

namespace odd {
namespace {

/// Eight places for each event, of which one is taken: rising, with gaps between 1 and 14, and none
/// at 0.
constexpr Offset stride = 8;
Offset taken(Offset place) {
  return stride * place + 1 + place * 5 % (stride - 1);
}

/// The first place whose offset isn't below this one.
Offset place_at(Offset offset) {
  const Offset place = offset / stride;
  return place * 5 % (stride - 1) + 1 >= offset % stride ? place : place + 1;
}

class SparseSource final : public SourceAround {
 public:
  using SourceAround::SourceAround;
  Result<Event> poll() override {
    Result<Event> seen = SourceAround::poll();
    if (seen) seen->offset = taken(seen->offset);
    return seen;
  }
};

/// Its offsets rise with gaps, as positions in a file or numbers drawn for several streams do.
class SparseStream : public mutants::Stream {
 public:
  static streamtest::Capabilities capabilities() {
    streamtest::Capabilities claims = Stream::capabilities();
    claims.sparse_offsets = true;
    claims.conditional_append = false;  // nobody can know which offset to expect
    return claims;
  }
  using Stream::Stream;

  Result<Cursor> open(Offset offset, const EventTypeSet& filter,
                      const std::stop_token& token = {}) {
    Result<std::unique_ptr<Source>> source = open_source(place_at(offset), filter, token);
    if (!source) return source.error();
    return Cursor(std::make_unique<SparseSource>(*std::move(source)));
  }

  /// Gives all offsets, as none follows from another.
  Result<streamtest::Offsets> append(std::span<const Parcel> batch) {
    const Result<Offset> first = Stream::append(batch);
    if (!first) return first.error();
    streamtest::Offsets offsets;
    for (std::size_t i = 0; i < batch.size(); ++i) offsets.push_back(taken(*first + i));
    return offsets;
  }

  Offset truncate(Offset first_retained) {
    return taken(Stream::truncate(place_at(first_retained)));
  }
};

/// As Harness, for a stream that tells every offset itself.
class SparseHarness {
 public:
  static streamtest::Capabilities capabilities() { return SparseStream::capabilities(); }

  explicit SparseHarness(const streamtest::Scenario& scenario)
      : SparseHarness(std::make_shared<Backend>(), scenario) {}
  SparseHarness(std::shared_ptr<Backend> backend, const streamtest::Scenario& scenario)
      : backend_(std::move(backend)), stream_(backend_, scenario) {}

  SparseStream& stream() { return stream_; }
  Result<streamtest::Offsets> append(std::span<const Parcel> batch) {
    return stream_.append(batch);
  }
  Result<Offset> truncate(Offset first_retained) { return stream_.truncate(first_retained); }
  void fail_next_append() { stream_.fail_next_append(); }
  void reopen() { stream_.reopen(); }
  std::unique_ptr<SparseHarness> twin(const streamtest::Scenario& scenario) {
    return std::make_unique<SparseHarness>(backend_, scenario);
  }

 private:
  std::shared_ptr<Backend> backend_;
  SparseStream stream_;
};

}  // namespace

streamtest::SubjectFactory sparse(const std::string& name) {
  return streamtest::make_factory<SparseHarness>(name);
}

}  // namespace odd

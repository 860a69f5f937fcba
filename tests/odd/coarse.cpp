#include "around.hpp"
#include "odd.hpp"

namespace odd {
namespace {

constexpr Offset segment = 8;

/// Deletes whole segments only, so that it may retain more than it was asked to.
class CoarseStream : public mutants::Stream {
 public:
  static streamtest::Capabilities capabilities() {
    streamtest::Capabilities claims = Stream::capabilities();
    claims.truncation = streamtest::Truncation::coarse;
    return claims;
  }
  using Stream::Stream;

  Offset truncate(Offset first_retained) {
    return Stream::truncate(first_retained - first_retained % segment);
  }
};

}  // namespace

streamtest::SubjectFactory coarse(const std::string& name) {
  return streamtest::make_factory<Harness<CoarseStream>>(name);
}

}  // namespace odd

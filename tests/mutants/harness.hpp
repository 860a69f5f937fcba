#ifndef STREAMTEST_TESTS_MUTANTS_HARNESS_HPP
#define STREAMTEST_TESTS_MUTANTS_HARNESS_HPP

#include "stream.hpp"

#include <streamtest/subject/harness.hpp>

namespace mutants {

/// Certifies a stream that is made of a backend and a scenario, and claims what it says itself.
template <typename S>
class Harness {
 public:
  static streamtest::Capabilities capabilities() { return S::capabilities(); }

  explicit Harness(const streamtest::Scenario& scenario)
      : Harness(std::make_shared<Backend>(), scenario) {}
  Harness(std::shared_ptr<Backend> backend, const streamtest::Scenario& scenario)
      : backend_(std::move(backend)), arguments_(scenario.arguments), stream_(backend_, scenario) {}

  S& stream() { return stream_; }
  Result<streamtest::Offsets> append(std::span<const Parcel> batch) {
    return streamtest::consecutive(stream_.append(batch), batch.size());
  }
  Result<streamtest::Offsets> append_expecting(std::span<const Parcel> batch, Offset expected) {
    return streamtest::consecutive(stream_.append(batch, expected), batch.size());
  }
  Result<Offset> truncate(Offset first_retained) { return stream_.truncate(first_retained); }
  void fail_next_append() { stream_.fail_next_append(); }
  void reopen()
    requires requires(S& stream) { stream.reopen(); }
  {
    stream_.reopen();
  }
  std::unique_ptr<Harness> twin(const streamtest::Scenario& scenario) {
    streamtest::Scenario same = scenario;
    same.arguments = arguments_;  // they name the defect
    return std::make_unique<Harness>(backend_, same);
  }

 private:
  std::shared_ptr<Backend> backend_;
  const std::string arguments_;
  S stream_;
};

}  // namespace mutants

#endif

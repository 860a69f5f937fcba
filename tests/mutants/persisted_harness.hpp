#ifndef STREAMTEST_TESTS_MUTANTS_PERSISTED_HARNESS_HPP
#define STREAMTEST_TESTS_MUTANTS_PERSISTED_HARNESS_HPP

#include "persisted_stream.hpp"

#include <streamtest/subject/harness.hpp>

namespace mutants::persisted {

/// Certifies a stream over the repository; S is the reference's own or the wrapped one.
template <typename S>
class Harness {
 public:
  static streamtest::Capabilities capabilities() {
    return {.truncation = streamtest::Truncation::strict,
            .conditional_append = true,
            .staleness = std::chrono::seconds(2),
            .cursors_outlive_stream = std::same_as<S, persistedstream::Stream>,
            .twin = true};
  }
  static std::vector<std::uint64_t> boundaries() { return {page}; }

  Harness(std::shared_ptr<Database> database, const streamtest::Scenario& scenario, Defect defect)
      : database_(std::move(database)), scenario_(scenario), defect_(defect) {
    reopen();
  }

  S& stream() { return *stream_; }
  Result<streamtest::Offsets> append(std::span<const Parcel> batch) { return write(batch, {}); }
  Result<streamtest::Offsets> append_expecting(std::span<const Parcel> batch, Offset expected) {
    return write(batch, expected);
  }
  Result<Offset> truncate(Offset first_retained) { return stream_->truncate(first_retained); }
  void fail_next_append() { repository_->fail_next_append(); }
  void reopen() {
    stream_.reset();
    repository_ = std::make_shared<Repository>(database_, scenario_.application,
                                               scenario_.event_types, defect_);
    // So few in the cache that the repository is asked for most.
    stream_.emplace(repository_, persistedstream::Options{.cache_size = 4});
  }
  std::unique_ptr<Harness> twin(const streamtest::Scenario& scenario) {
    return std::make_unique<Harness>(database_, scenario, defect_);
  }

 private:
  Result<streamtest::Offsets> write(std::span<const Parcel> batch, std::optional<Offset> expected) {
    // What was appended through the stream its readers find in the cache; this defect is that of
    // readers who learn of it from the repository, as those of another process do.
    // The other is that of appenders in different processes, which no lock of the stream's parts.
    const bool elsewhere = defect_ == Defect::event_shows_with_the_next_one ||
                           defect_ == Defect::racing_append_is_lost;
    return streamtest::consecutive(
        elsewhere ? repository_->append(batch, expected) : stream_->append(batch, expected),
        batch.size());
  }

  std::shared_ptr<Database> database_;
  streamtest::Scenario scenario_;
  Defect defect_;
  std::shared_ptr<Repository> repository_;
  std::optional<S> stream_;
};

}  // namespace mutants::persisted

#endif

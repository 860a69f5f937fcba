#ifndef EVENTSTREAM_PARCEL_HPP
#define EVENTSTREAM_PARCEL_HPP

#include <eventstream/envelope.hpp>

#include <memory>

namespace eventstream {

/// A cheap shared handle on an immutable envelope. Copying it costs a reference count, never a copy
/// of the bytes, and what it shows stays intact whatever happens to cursors and streams (rule
/// LIF-2). Copies may be used from different threads at once.
class Parcel {
 public:
  /// Holds nothing; only assignment, destruction and the test for emptiness are allowed.
  Parcel() = default;
  explicit Parcel(Envelope envelope)
      : envelope_(std::make_shared<const Envelope>(std::move(envelope))) {}

  explicit operator bool() const noexcept { return envelope_ != nullptr; }
  const Envelope& operator*() const noexcept { return *envelope_; }
  const Envelope* operator->() const noexcept { return envelope_.get(); }

 private:
  std::shared_ptr<const Envelope> envelope_;
};

}  // namespace eventstream

#endif

#ifndef STREAMTEST_TESTS_ODD_AROUND_HPP
#define STREAMTEST_TESTS_ODD_AROUND_HPP

#include "../mutants/harness.hpp"
#include "../mutants/stream.hpp"

#include <cstdint>
#include <random>
#include <thread>

namespace odd {

using eventstream::Cursor;
using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using eventstream::Source;
using eventstream::Waker;
using mutants::Backend;
using mutants::Harness;

/// A source that passes everything on to the stand-in's; what derives from it is odd in one way.
class SourceAround : public Source {
 public:
  explicit SourceAround(std::unique_ptr<Source> inner) : inner_(std::move(inner)) {}
  Result<Event> poll() override { return inner_->poll(); }
  bool watch(const Waker& waker) override { return inner_->watch(waker); }
  void unwatch() override { inner_->unwatch(); }

 private:
  std::unique_ptr<Source> inner_;
};

/// A random number below the limit; each thread has its own.
inline std::uint64_t below(std::uint64_t limit) {
  thread_local std::minstd_rand random(
      static_cast<std::uint32_t>(std::hash<std::thread::id>{}(std::this_thread::get_id())));
  return random() % limit;
}

}  // namespace odd

#endif

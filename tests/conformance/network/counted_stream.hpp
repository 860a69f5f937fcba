#ifndef STREAMTEST_TESTS_CONFORMANCE_NETWORK_COUNTED_STREAM_HPP
#define STREAMTEST_TESTS_CONFORMANCE_NETWORK_COUNTED_STREAM_HPP

#include <eventstream/cursor.hpp>
#include <eventstream/stream.hpp>
#include <memorystream/stream.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace network {

/// A stream in memory that counts the cursors which somebody holds open: what a server reads for a
/// client that is gone shows here.
class CountedStream final : public eventstream::Stream {
 public:
  /// `open`, which must outlive the stream and its cursors, may be shared with other streams.
  CountedStream(memorystream::Options options, std::atomic<std::size_t>& open)
      : memory(std::move(options)), open_(&open) {}

  eventstream::Identity application() const override { return memory.application(); }

  eventstream::Result<eventstream::EventTypeSet> event_types(
      std::stop_token token = {}) const override {
    return memory.event_types(std::move(token));
  }

  eventstream::Result<eventstream::Cursor> open(eventstream::Offset offset,
                                                const eventstream::EventTypeSet& filter,
                                                std::stop_token token = {}) override {
    if (token.stop_requested()) return eventstream::Errc::cancelled;
    auto source = memory.open_source(offset, filter);
    if (!source) return source.error();
    return eventstream::Cursor(std::make_unique<Counted>(*std::move(source), *open_));
  }

  memorystream::Stream memory;

 private:
  class Counted final : public eventstream::Source {
   public:
    Counted(std::unique_ptr<eventstream::Source> source, std::atomic<std::size_t>& open)
        : source_(std::move(source)), open_(&open) {
      ++*open_;
    }
    ~Counted() override { --*open_; }

    eventstream::Result<eventstream::Event> poll() override { return source_->poll(); }
    bool watch(const eventstream::Waker& waker) override { return source_->watch(waker); }
    void unwatch() override { source_->unwatch(); }

   private:
    const std::unique_ptr<eventstream::Source> source_;
    std::atomic<std::size_t>* const open_;
  };

  std::atomic<std::size_t>* const open_;
};

}  // namespace network

#endif

#ifndef EVENTSTREAM_PARKED_READS_HPP
#define EVENTSTREAM_PARKED_READS_HPP

#include <eventstream/cursor_core.hpp>

#include <boost/asio/execution_context.hpp>

// The inside of async_next: what an execution context knows of the reads that wait on it. Not for
// callers.

namespace eventstream::detail {

class ParkedRead;

/// The reads that wait on one execution context, in a list through the reads themselves. Shared by
/// the context's service and the reads, because either may go first. Its mutex is taken around
/// every post, so no post reaches a context after its shutdown; under it nothing but the executor's
/// queue is met.
class ParkedReads {
 public:
  static std::shared_ptr<ParkedReads> of(boost::asio::execution_context& context);

  /// Drops every read that is parked; later posts are refused.
  void shut_down();

 private:
  friend class ParkedRead;

  std::mutex mutex_;
  bool alive_ = true;
  ParkedRead* first_ = nullptr;
};

/// The part of an asynchronous read that doesn't depend on its handler.
class ParkedRead : public PendingRead {
 public:
  ParkedRead(std::shared_ptr<CursorCore> core, std::uint64_t serial)
      : core_(std::move(core)), serial_(serial) {}
  ~ParkedRead() override;

 protected:
  CursorCore& core() const { return *core_; }
  std::uint64_t serial() const { return serial_; }

  /// Enters the read in its context's list, once. Called on the executor, so the context is alive.
  void enlist(boost::asio::execution_context& context);

  /// The context shuts down: nothing of the read may touch it from now on, wherever the read is.
  virtual void let_go_of_context() = 0;

  /// The read completes: its destruction is no abandonment.
  void finished() { core_.reset(); }

  template <typename Post>
  std::unique_ptr<PendingRead> post_if_alive(std::unique_ptr<PendingRead> self, Post post) {
    std::shared_ptr<ParkedReads> reads =
        reads_;  // `self` may run and end while its list is still locked
    std::shared_ptr<CursorCore> core = core_;
    std::lock_guard lock(reads->mutex_);
    if (reads->alive_) {
      post(std::move(self));
      return nullptr;
    }
    core_.reset();
    return self;
  }

 private:
  friend class ParkedReads;
  void leave();

  std::shared_ptr<CursorCore> core_;
  std::uint64_t serial_;
  std::shared_ptr<ParkedReads> reads_;
  ParkedRead* previous_ = nullptr;
  ParkedRead* next_ = nullptr;
};

}  // namespace eventstream::detail

#endif

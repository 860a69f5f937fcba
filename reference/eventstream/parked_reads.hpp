#ifndef EVENTSTREAM_PARKED_READS_HPP
#define EVENTSTREAM_PARKED_READS_HPP

#include <eventstream/cursor_core.hpp>

#include <boost/asio/execution_context.hpp>

// The inside of async_next: what an execution context knows of the reads that wait on it. Not for
// callers.

namespace eventstream::detail {

/// The cursors that had a read parked on one execution context, in a list through the cursors
/// themselves. Shared by the context's service and the cursors, because either may go first. A
/// cursor enters at its first wait and stays, so that a wake-up costs the list nothing.
///
/// Its mutex is a leaf; while it is held nothing is called.
class ParkedReads {
 public:
  static std::shared_ptr<ParkedReads> of(boost::asio::execution_context& context);

  explicit ParkedReads(const boost::asio::execution_context& context) : context_(&context) {}

  /// True if this is the list of that context, which is alive. (Another one may have lived at its
  /// address.)
  bool serves(const boost::asio::execution_context& context) const {
    return context_ == &context && alive_.load(std::memory_order_acquire);
  }

  void add(CursorCore& core);
  void remove(CursorCore& core);

  /// The context goes: destroys the reads parked on it, and waits for threads that are handing it
  /// one, so that nothing is posted to it afterwards.
  void shut_down();

 private:
  void unlink(CursorCore& core);

  const boost::asio::execution_context* const context_;
  std::atomic<bool> alive_ = true;
  std::mutex mutex_;
  CursorCore* first_ = nullptr;
};

}  // namespace eventstream::detail

#endif

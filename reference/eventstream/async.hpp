#ifndef EVENTSTREAM_ASYNC_HPP
#define EVENTSTREAM_ASYNC_HPP

#include <eventstream/cursor.hpp>
#include <eventstream/parked_reads.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/system_executor.hpp>

#include <cstddef>
#include <new>

/// Cursor::async_next for Boost.Asio, with any completion token.
///
/// The handler runs on its associated executor, never inline; without one on the system executor,
/// that is in another thread, so bind one. The read looks for its event there, directly before it
/// calls the handler: a cancel, a context that stops, or a handler that is destroyed can't lose an
/// event (rule CAN-3).
///
/// Cancelling: through the handler's cancellation slot, emitted on the handler's executor as Asio
/// asks; the outcome is `cancelled`, which equals the condition `operation_canceled` but not
/// `asio::error::operation_aborted`.
///
/// Cost: one allocation a read, and none to wake it up on an io_context or a thread_pool; a strand
/// and any_io_executor make their own. If theirs fails, notify() throws, and a read on a strand may
/// never complete. Drain with try_next() first and wait with async_next().
///
/// Shutdown: an execution context that is destroyed drops the reads parked on it, and a coroutine
/// that owns its cursor is unwound. The cursor can be read again afterwards.

namespace eventstream {

namespace detail {

/// Memory for one look in an executor's queue, as a part of the read that is queued: a wake-up
/// through a plain executor allocates nothing, which spares it a fifth of its time and every way to
/// fail.
/// It relies on what Asio promises: an executor frees the memory before it runs or destroys the
/// function.
class QueueMemory {
 public:
  void* allocate(std::size_t size) {
    if (used_ || size > sizeof(room_)) return ::operator new(size);
    used_ = true;
    return room_;
  }

  void deallocate(void* memory) {
    if (memory != room_) return ::operator delete(memory);
    used_ = false;
  }

 private:
  alignas(std::max_align_t) std::byte room_[64];
  bool used_ = false;
};

template <typename T>
class QueueAllocator {
 public:
  using value_type = T;

  explicit QueueAllocator(QueueMemory& memory) : memory_(&memory) {}
  template <typename U>
  QueueAllocator(const QueueAllocator<U>& other) : memory_(other.memory_) {}

  T* allocate(std::size_t count) {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    return static_cast<T*>(memory_->allocate(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t) { memory_->deallocate(memory); }

  template <typename U>
  bool operator==(const QueueAllocator<U>& other) const {
    return memory_ == other.memory_;
  }

 private:
  template <typename U>
  friend class QueueAllocator;
  QueueMemory* memory_;
};

template <typename Handler, typename Executor>
class AsyncRead final : public PendingRead {
 public:
  static void start(std::shared_ptr<CursorCore> core, Handler handler, const Executor& executor) {
    auto read = std::make_unique<AsyncRead>(core, std::move(handler), executor);
    const std::uint64_t serial = read->begin();
    auto slot = boost::asio::get_associated_cancellation_slot(read->handler_);
    if (slot.is_connected() && serial != 0)
      slot.assign([core = std::move(core), serial](boost::asio::cancellation_type type) {
        if (type != boost::asio::cancellation_type::none) core->cancel(serial);
      });
    queue(std::move(read));
  }

  AsyncRead(std::shared_ptr<CursorCore> core, Handler handler, const Executor& executor)
      : PendingRead(std::move(core)),
        executor_(boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked)),
        handler_(std::move(handler)) {}

  void post(std::unique_ptr<PendingRead> self) override {
    queue(std::unique_ptr<AsyncRead>(static_cast<AsyncRead*>(self.release())));
  }

  boost::asio::execution_context& context() const override {
    return boost::asio::query(executor_, boost::asio::execution::context);
  }

 private:
  using Tracked = std::decay_t<decltype(boost::asio::prefer(
      std::declval<const Executor&>(), boost::asio::execution::outstanding_work.tracked))>;

  static void queue(std::unique_ptr<AsyncRead> read) {
    // What is queued is work of itself, so that the copies on the way need not be counted.
    auto executor =
        boost::asio::prefer(read->executor_, boost::asio::execution::outstanding_work.untracked);
    boost::asio::post(executor, Queued(std::move(read)));
  }

  /// A look in the executor's queue, which owns the read.
  class Queued {
   public:
    using allocator_type = QueueAllocator<void>;

    explicit Queued(std::unique_ptr<AsyncRead> read)
        : read_(std::move(read)), memory_(&read_->memory_) {}

    allocator_type get_allocator() const noexcept { return allocator_type(*memory_); }
    void operator()() { look(std::move(read_)); }

   private:
    std::unique_ptr<AsyncRead> read_;
    QueueMemory* memory_;
  };

  static void look(std::unique_ptr<AsyncRead> read) {
    CursorCore& core = read->core();
    if (!read->begun()) {
      Result<Event> refused = core.refusal();
      return complete(std::move(read), std::move(refused));
    }
    std::unique_ptr<PendingRead> owner = std::move(read);
    CursorCore::Look looked = CursorCore::Look::done;
    Result<Event> outcome = core.look(owner, looked);
    if (looked == CursorCore::Look::parked) return;
    read.reset(static_cast<AsyncRead*>(owner.release()));
    if (looked == CursorCore::Look::again) return queue(std::move(read));
    complete(std::move(read), std::move(outcome));
  }

  static void complete(std::unique_ptr<AsyncRead> read, Result<Event>&& outcome) {
    if (read->begun()) boost::asio::get_associated_cancellation_slot(read->handler_).clear();
    read->finish();
    Handler handler = std::move(read->handler_);
    read.reset();
    if (outcome)
      std::move(handler)(boost::system::error_code(), *std::move(outcome));
    else
      std::move(handler)(outcome.error(), Event());
  }

  QueueMemory memory_;
  Tracked executor_;
  Handler handler_;
};

/// The read of a cursor that was moved from.
template <typename Handler, typename Executor>
void complete_closed(Handler handler, const Executor& executor) {
  boost::asio::post(executor, [handler = std::move(handler)]() mutable {
    std::move(handler)(make_error_code(Errc::cursor_closed), Event());
  });
}

struct StartAsyncRead {
  template <typename Handler>
  void operator()(Handler&& handler, std::shared_ptr<CursorCore> core) const {
    using Decayed = std::decay_t<Handler>;
    auto executor = boost::asio::get_associated_executor(handler, boost::asio::system_executor());
    if (!core) return complete_closed<Decayed>(std::forward<Handler>(handler), executor);
    AsyncRead<Decayed, decltype(executor)>::start(std::move(core), std::forward<Handler>(handler),
                                                  executor);
  }
};

}  // namespace detail

template <typename CompletionToken>
auto Cursor::async_next(CompletionToken&& token) {
  return boost::asio::async_initiate<CompletionToken, void(boost::system::error_code, Event)>(
      detail::StartAsyncRead(), token, core_);
}

}  // namespace eventstream

#endif

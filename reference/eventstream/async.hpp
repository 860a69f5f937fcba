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

#include <optional>

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
/// Cost: one allocation a read. Drain with try_next() first and wait with async_next().
///
/// Shutdown: an execution context that is destroyed drops the reads parked on it, and a coroutine
/// that owns its cursor is unwound. The cursor can be read again afterwards.

namespace eventstream {

namespace detail {

template <typename Handler, typename Executor>
class AsyncRead final : public ParkedRead {
 public:
  static void start(std::shared_ptr<CursorCore> core, Handler handler, const Executor& executor) {
    const std::uint64_t serial = core->begin();
    auto read = std::make_unique<AsyncRead>(core, serial, std::move(handler), executor);
    auto slot = boost::asio::get_associated_cancellation_slot(read->handler_);
    if (slot.is_connected())
      slot.assign([core = std::move(core), serial](boost::asio::cancellation_type type) {
        if (type != boost::asio::cancellation_type::none) core->cancel(serial);
      });
    post_look(std::move(read));
  }

  AsyncRead(std::shared_ptr<CursorCore> core, std::uint64_t serial, Handler handler,
            const Executor& executor)
      : ParkedRead(std::move(core), serial),
        executor_(boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked)),
        handler_(std::move(handler)) {}

  std::unique_ptr<PendingRead> post(std::unique_ptr<PendingRead> self) override {
    return post_if_alive(std::move(self), [](std::unique_ptr<PendingRead> read) {
      post_look(std::unique_ptr<AsyncRead>(static_cast<AsyncRead*>(read.release())));
    });
  }

  void parking() override {
    enlist(boost::asio::query(*executor_, boost::asio::execution::context));
  }

  void let_go_of_context() override { executor_.reset(); }

 private:
  using Tracked = std::decay_t<decltype(boost::asio::prefer(
      std::declval<const Executor&>(), boost::asio::execution::outstanding_work.tracked))>;

  static void post_look(std::unique_ptr<AsyncRead> read) {
    auto executor = *read->executor_;
    boost::asio::post(executor, [read = std::move(read)]() mutable { look(std::move(read)); });
  }

  static void look(std::unique_ptr<AsyncRead> read) {
    Result<Event> outcome = Errc::busy;
    if (read->serial() != 0) {
      std::unique_ptr<PendingRead> owner = std::move(read);
      AsyncRead& self = static_cast<AsyncRead&>(*owner);
      const CursorCore::Look looked = self.core().look(owner, outcome);
      if (looked == CursorCore::Look::parked) return;
      read.reset(static_cast<AsyncRead*>(owner.release()));
      if (looked == CursorCore::Look::again) return post_look(std::move(read));
    }
    complete(std::move(read), std::move(outcome));
  }

  static void complete(std::unique_ptr<AsyncRead> read, Result<Event> outcome) {
    boost::asio::get_associated_cancellation_slot(read->handler_).clear();
    read->finished();
    Handler handler = std::move(read->handler_);
    Tracked executor = *read->executor_;  // keeps the context at work until the handler has run
    read.reset();
    if (outcome)
      std::move(handler)(boost::system::error_code(), *std::move(outcome));
    else
      std::move(handler)(outcome.error(), Event());
  }

  std::optional<Tracked> executor_;  // counts as work of its context, so it must not outlive it
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

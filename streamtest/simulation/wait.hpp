#ifndef STREAMTEST_SIMULATION_WAIT_HPP
#define STREAMTEST_SIMULATION_WAIT_HPP

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/blocking.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/require.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <utility>

namespace streamtest::simulation {

/// Somebody who waits, for a moment or for quiescence. Completed once, or destroyed.
class Wait {
 public:
  Wait() = default;
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  virtual ~Wait() = default;

  /// Posts the handler to its executor.
  virtual void complete(boost::system::error_code error) = 0;
};

template <class Handler, class HandlerExecutor>
class WaitOf final : public Wait {
 public:
  /// The executor counts as work, where it knows what that is, as long as somebody waits.
  WaitOf(Handler handler, const HandlerExecutor& executor)
      : handler_(std::move(handler)),
        executor_(boost::asio::prefer(executor, boost::asio::execution::outstanding_work.tracked)) {
  }

  void complete(boost::system::error_code error) override {
    boost::asio::require(executor_, boost::asio::execution::blocking.never)
        .execute([handler = std::move(handler_), error]() mutable { std::move(handler)(error); });
  }

 private:
  Handler handler_;
  decltype(boost::asio::prefer(std::declval<const HandlerExecutor&>(),
                               boost::asio::execution::outstanding_work.tracked)) executor_;
};

/// The handler's own executor, or else the other.
template <class Handler, class DefaultExecutor>
std::unique_ptr<Wait> make_wait(Handler handler, const DefaultExecutor& otherwise) {
  const auto executor = boost::asio::get_associated_executor(handler, otherwise);
  return std::make_unique<WaitOf<Handler, std::remove_const_t<decltype(executor)>>>(
      std::move(handler), executor);
}

}  // namespace streamtest::simulation

#endif

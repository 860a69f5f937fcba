#ifndef STREAMTEST_SUBJECT_WAIT_WITH_HPP
#define STREAMTEST_SUBJECT_WAIT_WITH_HPP

#include <streamtest/subject/runtime.hpp>

#include <boost/asio/bind_executor.hpp>

#include <memory>
#include <utility>

namespace streamtest {

/// Lets an alarm's waiter wait with a timer of Asio's kind. The handler keeps the alarm, so that
/// who waits needn't.
template <typename Timer>
void wait_with(Timer& timer, std::shared_ptr<Alarm> alarm, std::unique_ptr<Waiter> waiter) {
  const boost::asio::any_io_executor executor = waiter->executor();
  timer.async_wait(boost::asio::bind_executor(
      executor, [alarm = std::move(alarm), waiter = std::move(waiter)](
                    boost::system::error_code error) { waiter->complete(error); }));
}

}  // namespace streamtest

#endif

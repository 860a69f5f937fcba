#include "../eventstream/scripted_source.hpp"

#include <eventstream/async.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <networkstream/wakes.hpp>

#include <new>

namespace networkstream {
namespace {

namespace asio = boost::asio;
using eventstream::Event;

/// Queues nothing any more once it is full.
struct FullExecutor {
  asio::io_context* context;
  const bool* full;

  asio::execution_context& query(asio::execution::context_t) const noexcept { return *context; }
  static constexpr auto query(asio::execution::blocking_t) noexcept {
    return asio::execution::blocking.never;
  }
  template <typename Function>
  void execute(Function function) const {
    if (*full) throw std::bad_alloc();
    asio::post(*context, std::move(function));
  }
  bool operator==(const FullExecutor&) const = default;
};

TEST(Wakes, OneThatCantBeWokenKeepsNobodyElseAsleep) {
  asio::io_context context;
  bool full = false;
  Scripted unlucky;
  Scripted other;
  bool unlucky_ran = false;
  bool other_ran = false;
  unlucky.cursor.async_next(
      asio::bind_executor(FullExecutor{&context, &full},
                          [&](boost::system::error_code, const Event&) { unlucky_ran = true; }));
  other.cursor.async_next(asio::bind_executor(
      context, [&](boost::system::error_code, const Event&) { other_ran = true; }));
  context.poll();
  full = true;
  Wakes wakes;
  for (const auto& script : {unlucky.script, other.script}) {
    script->answers.push_back(Event{1, {}});
    wakes.later(script->waker);
  }
  wakes.now();
  EXPECT_FALSE(wakes.due());
  context.poll();
  EXPECT_TRUE(other_ran);
  EXPECT_FALSE(unlucky_ran);
  EXPECT_TRUE(unlucky.cursor.try_next()) << "its read has ended, and the cursor can be read again";
}

}  // namespace
}  // namespace networkstream

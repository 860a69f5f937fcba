#include "runs.hpp"

#include <streamtest/sched/expect.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

void wait_a_virtual_hour() {
  asio::io_context context;
  asio::steady_timer timer(context, 1h);
  bool expired = false;
  timer.async_wait([&](boost::system::error_code error) { expired = !error; });
  std::jthread other([&] { context.run(); });
  context.run();
  other.join();
  if (!expired) throw std::runtime_error("the timer didn't expire");
}

void post_to_a_pool() {
  asio::thread_pool pool(2);
  std::atomic<int> done = 0;
  for (int i = 0; i < 3; ++i) asio::post(pool, [&] { ++done; });
  pool.join();
  if (done != 3) throw std::runtime_error("not all were done");
}

void send_by_a_socket() {
  asio::io_context context;
  asio::local::stream_protocol::socket sender(context);
  asio::local::stream_protocol::socket receiver(context);
  asio::local::connect_pair(sender, receiver);
  char letter = 0;
  asio::async_read(receiver, asio::buffer(&letter, 1), [](auto, auto) {});
  std::jthread writer([&] { asio::write(sender, asio::buffer("x", 1)); });
  context.run();
  if (letter != 'x') throw std::runtime_error("nothing came");
}

TEST(Asio, IsUnderControl) {
  constexpr streamtest::sched::Options options{.schedules = 500};
  STREAMTEST_EXPECT_SCHEDULES(options, { wait_a_virtual_hour(); });
  STREAMTEST_EXPECT_SCHEDULES(options, { post_to_a_pool(); });
  STREAMTEST_EXPECT_SCHEDULES(options, { send_by_a_socket(); });
}

TEST(Asio, ReplaysExactly) {
  const auto strategy = streamtest::make_uniform(5);
  for (int i = 0; i < 30; ++i) {
    strategy->begin();
    streamtest::Recorder recorder(*strategy);
    const auto first = streamtest::sched::run({}, recorder, wait_a_virtual_hour);
    strategy->end(recorder.choices());
    streamtest::Replay replay(recorder.schedule());
    const auto second = streamtest::sched::run({}, replay, wait_a_virtual_hour);
    EXPECT_EQ(first.hash, second.hash);
    EXPECT_FALSE(replay.diverged());
  }
}

}  // namespace

#include <streamtest/faults/proxy.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <future>
#include <string>
#include <thread>

namespace streamtest {
namespace {

namespace asio = boost::asio;
using Error = boost::system::error_code;
using Tcp = asio::ip::tcp;
using std::chrono::milliseconds;

/// Gives each byte back, until its client says that nothing more comes.
class Echo {
 public:
  Echo() : thread_([this] { serve(); }) {}
  Echo(const Echo&) = delete;
  Echo& operator=(const Echo&) = delete;
  ~Echo() {
    ending_ = true;
    Tcp::socket(context_).connect(acceptor_.local_endpoint());
    thread_.join();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void serve() {
    std::vector<std::jthread> sessions;
    for (;;) {
      auto socket = std::make_shared<Tcp::socket>(acceptor_.accept());
      if (ending_) return;
      sessions.emplace_back([socket] {
        char byte = 0;
        for (Error error; asio::read(*socket, asio::buffer(&byte, 1), error);)
          if (!asio::write(*socket, asio::buffer(&byte, 1), error)) return;
      });
    }
  }

  asio::io_context context_;
  Tcp::acceptor acceptor_{context_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

class Proxied : public testing::Test {
 protected:
  Tcp::socket connected() {
    Tcp::socket socket(context_);
    socket.connect({asio::ip::address_v4::loopback(), proxy_.port()});
    return socket;
  }
  static void send(Tcp::socket& socket, const std::string& text) {
    asio::write(socket, asio::buffer(text));
  }
  /// So many bytes, or fewer and why no more came.
  static std::string receive(Tcp::socket& socket, std::size_t size, Error& error) {
    std::string text(size, '\0');
    text.resize(asio::read(socket, asio::buffer(text), error));
    return text;
  }
  static std::string receive(Tcp::socket& socket, std::size_t size) {
    Error error;
    return receive(socket, size, error);
  }
  static Error end_of(Tcp::socket& socket) {
    Error error;
    static_cast<void>(receive(socket, 1, error));
    return error;
  }
  static bool has_bytes(Tcp::socket& socket) { return socket.available() > 0; }

  Echo echo_;
  FaultProxy proxy_{"127.0.0.1", echo_.port()};
  asio::io_context context_;
};

TEST_F(Proxied, BytesGoBothWays) {
  Tcp::socket one = connected();
  Tcp::socket other = connected();
  send(one, "hello");
  send(other, "and you");
  EXPECT_EQ(receive(one, 5), "hello");
  EXPECT_EQ(receive(other, 7), "and you");
  EXPECT_EQ(proxy_.connections(), 2U);
}

TEST_F(Proxied, AClientThatComesInItsOwnTimeIsAwaited) {
  EXPECT_FALSE(proxy_.await_connection(std::chrono::nanoseconds(1)));
  const auto later = std::async(std::launch::async, [this] { return connected().is_open(); });
  EXPECT_TRUE(proxy_.await_connection(std::chrono::minutes(1)));
}

TEST_F(Proxied, AnOrderlyEndGoesThrough) {
  Tcp::socket socket = connected();
  send(socket, "last");
  socket.shutdown(Tcp::socket::shutdown_send);
  EXPECT_EQ(receive(socket, 4), "last");
  EXPECT_EQ(end_of(socket), asio::error::eof);
}

TEST_F(Proxied, ACutResetsAndNewConnectionsAreServed) {
  Tcp::socket socket = connected();
  send(socket, "a");
  EXPECT_EQ(receive(socket, 1), "a");
  proxy_.cut();
  EXPECT_EQ(end_of(socket), asio::error::connection_reset);
  Tcp::socket next = connected();
  send(next, "b");
  EXPECT_EQ(receive(next, 1), "b");
}

TEST_F(Proxied, RefusingResetsNewConnectionsUntilItHeals) {
  Tcp::socket before = connected();
  proxy_.refuse();
  EXPECT_EQ(end_of(before), asio::error::connection_reset);
  Tcp::socket refused = connected();
  EXPECT_EQ(end_of(refused), asio::error::connection_reset);
  proxy_.heal();
  Tcp::socket after = connected();
  send(after, "c");
  EXPECT_EQ(receive(after, 1), "c");
}

TEST_F(Proxied, AStallHoldsBackWhatIsUnderWayUntilItHeals) {
  Tcp::socket stalled = connected();
  send(stalled, "a");
  EXPECT_EQ(receive(stalled, 1), "a");
  proxy_.stall();
  send(stalled, "held");
  Tcp::socket other = connected();
  send(other, "passes");
  EXPECT_EQ(receive(other, 6), "passes");  // so much time the other one had
  EXPECT_FALSE(has_bytes(stalled));
  proxy_.heal();
  EXPECT_EQ(receive(stalled, 4), "held");
}

TEST_F(Proxied, HalfAConnectionEnds) {
  Tcp::socket socket = connected();
  send(socket, "a");
  EXPECT_EQ(receive(socket, 1), "a");
  proxy_.half_close(Direction::to_client);
  EXPECT_EQ(end_of(socket), asio::error::eof);
  Tcp::socket other = connected();
  send(other, "b");
  EXPECT_EQ(receive(other, 1), "b");
  proxy_.half_close(Direction::to_server);  // the server ends when it has seen the end
  EXPECT_EQ(end_of(other), asio::error::eof);
}

// The proxy may still be on its way to the server then: that one must be told once it is there.
TEST_F(Proxied, HalfAConnectionEndsThatHasJustBegun) {
  for (std::uint64_t round = 1; round <= 300; ++round) {
    Tcp::socket socket = connected();
    while (proxy_.connections() < round) std::this_thread::yield();
    proxy_.half_close(Direction::to_server);
    ASSERT_EQ(end_of(socket), asio::error::eof) << round;
  }
}

TEST_F(Proxied, ALimitLetsSoManyBytesThrough) {
  Tcp::socket socket = connected();
  proxy_.limit(3);
  send(socket, "abcdef");
  Error error;
  const std::string seen = receive(socket, 6, error);
  EXPECT_LE(seen.size(), 3U);
  EXPECT_EQ(error, asio::error::connection_reset);
  Tcp::socket next = connected();
  send(next, "abcdef");
  EXPECT_EQ(receive(next, 6), "abcdef");
}

TEST_F(Proxied, DelayedBytesComeAtOnceWhenItHeals) {
  Tcp::socket socket = connected();
  proxy_.delay(std::chrono::hours(1));
  send(socket, "a");
  // What came before these connections has been read by then.
  Tcp::socket second = connected();
  while (proxy_.connections() < 2) std::this_thread::yield();
  Tcp::socket third = connected();
  while (proxy_.connections() < 3) std::this_thread::yield();
  proxy_.heal();
  EXPECT_EQ(receive(socket, 1), "a");
}

TEST_F(Proxied, DelayedBytesComeLater) {
  Tcp::socket socket = connected();
  proxy_.delay(milliseconds(30));
  const auto start = std::chrono::steady_clock::now();
  send(socket, "a");
  EXPECT_EQ(receive(socket, 1), "a");
  EXPECT_GE(std::chrono::steady_clock::now() - start, milliseconds(60));  // there and back
}

/// While it lives, the process can't open any other file.
class NoFilesLeft {
 public:
  NoFilesLeft() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = dup(STDERR_FILENO);
    close(next);
    const rlimit none{static_cast<rlim_t>(next), before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  NoFilesLeft(const NoFilesLeft&) = delete;
  NoFilesLeft& operator=(const NoFilesLeft&) = delete;
  ~NoFilesLeft() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

std::chrono::nanoseconds processor_time() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

// It tried again at once, for as long as there was none: a core was busy with it.
TEST(FaultProxy, WithoutAFileLeftItWaitsAndThenServes) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP()
      << "UBSan, built with it, opens a pipe to look at an object of a class that it hasn't "
         "seen yet, and takes it for none where no file is left";
#endif
  constexpr milliseconds time(200);
  asio::io_context context;
  Tcp::acceptor server(context, Tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const FaultProxy proxy("127.0.0.1", server.local_endpoint().port());
  Tcp::socket socket(context, Tcp::v4());
  std::chrono::nanoseconds used{0};
  {
    const NoFilesLeft none;
    socket.connect({asio::ip::address_v4::loopback(), proxy.port()});
    const std::chrono::nanoseconds before = processor_time();
    asio::steady_timer(context, time).wait();  // it is what that time costs that is looked at
    used = processor_time() - before;
    EXPECT_EQ(proxy.connections(), 0U);
  }
  EXPECT_LT(used, time / 4);
  EXPECT_TRUE(server.accept().is_open());
}

TEST(FaultProxy, ADeadServerIsALostConnection) {
  std::uint16_t port = 0;
  {
    const Echo gone;
    port = gone.port();
  }
  const FaultProxy proxy("127.0.0.1", port);
  asio::io_context context;
  Tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), proxy.port()});
  char byte = 0;
  Error error;
  asio::read(socket, asio::buffer(&byte, 1), error);
  EXPECT_EQ(error, asio::error::connection_reset);
}

TEST(FaultProxy, AnUnknownHostIsToldAtOnce) {
  EXPECT_THROW(FaultProxy("no.such.host.invalid", 1), boost::system::system_error);
}

}  // namespace
}  // namespace streamtest

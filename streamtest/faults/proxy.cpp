#include <streamtest/faults/proxy.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <future>
#include <mutex>
#include <optional>
#include <set>
#include <thread>
#include <utility>

namespace streamtest {

namespace asio = boost::asio;
using Error = boost::system::error_code;
using Tcp = asio::ip::tcp;

namespace {

/// A reset and not an orderly end: that is what a broken network looks like.
void reset(Tcp::socket& socket) {
  Error nobody_to_tell;
  socket.set_option(asio::socket_base::linger(true, 0), nobody_to_tell);
  socket.close(nobody_to_tell);
}

}  // namespace

/// All state belongs to the thread that runs the context, but for the counter.
class FaultProxy::Inside {
 public:
  Inside(const std::string& host, std::uint16_t port)
      : servers_(resolved(host, port)),
        acceptor_(context_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        port_(acceptor_.local_endpoint().port()) {
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  ~Inside() {
    run([this] {
      Error nobody_to_tell;
      acceptor_.close(nobody_to_tell);
      accepting_.cancel();
      cut();
    });
    work_.reset();
    thread_.join();
  }

  std::uint16_t port() const { return port_; }
  std::uint64_t connections() const {
    const std::lock_guard lock(counting_);
    return accepted_;
  }
  bool await_connection(std::chrono::nanoseconds patience) const {
    std::unique_lock lock(counting_);
    return counted_.wait_for(lock, patience, [this] { return accepted_ > 0; });
  }

  /// Runs it in the context's thread and waits until it is done.
  template <typename Function>
  void run(Function function) {
    // Shared, because setting it goes on for a moment after the wait for it is over.
    const auto done = std::make_shared<std::promise<void>>();
    asio::post(context_, [&function, done] {
      function();
      done->set_value();
    });
    done->get_future().wait();
  }

  void cut() {
    for (const std::shared_ptr<Connection>& each : std::exchange(open_, {})) each->reset_both();
  }
  void refuse() {
    refusing_ = true;
    cut();
  }
  void stall() {
    for (const std::shared_ptr<Connection>& each : open_) each->stalled = true;
  }
  void half_close(Direction direction) {
    for (const std::shared_ptr<Connection>& each : open_) each->way(direction).end();
  }
  void delay(std::chrono::microseconds delay) { delay_ = delay; }
  void limit(std::uint64_t bytes) { left_ = bytes; }
  void heal() {
    refusing_ = false;
    delay_ = {};
    left_.reset();
    const std::set<std::shared_ptr<Connection>> resumed = open_;  // going on may end one
    for (const std::shared_ptr<Connection>& each : resumed) {
      each->stalled = false;
      for (const Direction direction : {Direction::to_server, Direction::to_client})
        each->way(direction).resume();
    }
  }

 private:
  struct Connection;

  /// One direction of a connection: reads, waits for the delay and for the end of a stall, writes,
  /// and reads again.
  class Way {
   public:
    Way(Inside& proxy, Connection& connection, Tcp::socket& from, Tcp::socket& to,
        Direction direction)
        : proxy_(&proxy),
          connection_(&connection),
          from_(&from),
          to_(&to),
          direction_(direction),
          timer_(proxy.context_) {}

    void read() {
      from_->async_read_some(asio::buffer(buffer_), [this, keep = connection_->shared_from_this()](
                                                        const Error& error, std::size_t size) {
        if (!connection_->is_open()) return;
        if (error && error != asio::error::eof) return proxy_->drop(keep);
        size_ = size;
        at_end_ = static_cast<bool>(error);
        if (proxy_->delay_.count() == 0) return pass();
        timer_.expires_after(proxy_->delay_);
        // Cancelled by heal(), it goes on at once; by the end of the connection, not at all.
        timer_.async_wait([this, keep](const Error&) {
          if (connection_->is_open()) pass();
        });
      });
    }

    void resume() {
      timer_.cancel();
      if (std::exchange(held_, false)) pass();
    }

    /// The receiver is told that nothing more comes; what still comes is thrown away.
    void end() {
      ended_ = true;
      Error nobody_to_tell;
      to_->shutdown(Tcp::socket::shutdown_send, nobody_to_tell);
    }

    /// A receiver that wasn't there yet couldn't be told.
    void connected() {
      if (ended_) end();
    }

    bool is_over() const { return over_; }
    void stop() { timer_.cancel(); }

   private:
    void pass() {
      if (!connection_->is_open()) return;
      held_ = connection_->stalled;
      if (held_) return;
      if (at_end_) return finish();
      if (ended_) return read();
      const std::size_t allowed = direction_ == Direction::to_client ? proxy_->spend(size_) : size_;
      asio::async_write(
          *to_, asio::buffer(buffer_.data(), allowed),
          [this, allowed, keep = connection_->shared_from_this()](const Error& error, std::size_t) {
            if (!connection_->is_open()) return;
            if (ended_) return read();
            if (error) return proxy_->drop(keep);
            if (allowed < size_) return proxy_->cut();
            read();
          });
    }

    void finish() {
      over_ = true;
      if (!ended_) end();
      connection_->close_if_over();
    }

    Inside* proxy_;
    Connection* connection_;
    Tcp::socket* from_;
    Tcp::socket* to_;
    const Direction direction_;
    asio::steady_timer timer_;
    std::array<char, std::size_t{64} << 10> buffer_{};
    std::size_t size_ = 0;
    bool at_end_ = false;  // the sender said that nothing more comes
    bool held_ = false;    // something waits for the end of a stall
    bool ended_ = false;   // the receiver was told so
    bool over_ = false;
  };

  struct Connection : std::enable_shared_from_this<Connection> {
    Connection(Inside& proxy, Tcp::socket accepted)
        : owner(&proxy), client(std::move(accepted)), server(proxy.context_) {}

    bool is_open() const { return client.is_open(); }
    Way& way(Direction direction) {
      return direction == Direction::to_server ? to_server : to_client;
    }
    void reset_both() {
      to_server.stop();
      to_client.stop();
      reset(client);
      reset(server);
    }
    void close_if_over() {
      if (to_server.is_over() && to_client.is_over()) owner->drop(shared_from_this());
    }

    Inside* owner;
    Tcp::socket client;
    Tcp::socket server;
    bool stalled = false;
    Way to_server{*owner, *this, client, server, Direction::to_server};
    Way to_client{*owner, *this, server, client, Direction::to_client};
  };

  Tcp::resolver::results_type resolved(const std::string& host, std::uint16_t port) {
    return Tcp::resolver(context_).resolve(host, std::to_string(port));
  }

  void accept() {
    acceptor_.async_accept([this](const Error& error, Tcp::socket client) {
      // Closed by the destructor, which has cut what there was: nobody is admitted behind that.
      if (!acceptor_.is_open()) return;
      if (error) return accept_later();
      {
        const std::lock_guard lock(counting_);
        ++accepted_;
      }
      counted_.notify_all();
      admit(std::move(client));
      accept();
    });
  }

  /// While the process has no file descriptor left, accepting fails at once, again and again: the
  /// client waits in the system's queue meanwhile.
  void accept_later() {
    accepting_.expires_after(std::chrono::milliseconds(10));
    accepting_.async_wait([this](const Error& error) {
      if (!error && acceptor_.is_open()) accept();
    });
  }

  void admit(Tcp::socket client) {
    if (refusing_) return reset(client);
    const auto connection = std::make_shared<Connection>(*this, std::move(client));
    open_.insert(connection);
    const auto connected = [this, connection](const Error& error, const Tcp::endpoint&) {
      if (!connection->is_open()) return;
      if (error) return drop(connection);
      Error nobody_to_tell;
      connection->client.set_option(Tcp::no_delay(true), nobody_to_tell);
      connection->server.set_option(Tcp::no_delay(true), nobody_to_tell);
      connection->to_server.connected();
      connection->to_server.read();
      connection->to_client.read();
    };
    asio::async_connect(connection->server, servers_, connected);
  }

  void drop(const std::shared_ptr<Connection>& connection) {
    connection->reset_both();
    open_.erase(connection);
  }

  /// How many of so many bytes may still pass; less than all of them ends the limit.
  std::size_t spend(std::size_t bytes) {
    if (!left_) return bytes;
    const std::size_t allowed = std::min<std::uint64_t>(bytes, *left_);
    *left_ -= allowed;
    if (allowed < bytes) left_.reset();
    return allowed;
  }

  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_ =
      asio::make_work_guard(context_);
  const Tcp::resolver::results_type servers_;  // the server's addresses, tried in turn
  Tcp::acceptor acceptor_;
  asio::steady_timer accepting_{context_};
  const std::uint16_t port_;
  std::set<std::shared_ptr<Connection>> open_;
  bool refusing_ = false;
  std::chrono::microseconds delay_{0};
  std::optional<std::uint64_t> left_;  ///< bytes that may still reach clients
  mutable std::mutex counting_;        ///< guards the counter alone
  mutable std::condition_variable counted_;
  std::uint64_t accepted_ = 0;
  std::thread thread_;
};

FaultProxy::FaultProxy(const std::string& host, std::uint16_t port)
    : inside_(std::make_unique<Inside>(host, port)) {}

FaultProxy::~FaultProxy() = default;

std::uint16_t FaultProxy::port() const {
  return inside_->port();
}

void FaultProxy::cut() {
  inside_->run([this] { inside_->cut(); });
}

void FaultProxy::refuse() {
  inside_->run([this] { inside_->refuse(); });
}

void FaultProxy::stall() {
  inside_->run([this] { inside_->stall(); });
}

void FaultProxy::half_close(Direction direction) {
  inside_->run([this, direction] { inside_->half_close(direction); });
}

void FaultProxy::delay(std::chrono::microseconds delay) {
  inside_->run([this, delay] { inside_->delay(delay); });
}

void FaultProxy::limit(std::uint64_t bytes) {
  inside_->run([this, bytes] { inside_->limit(bytes); });
}

void FaultProxy::heal() {
  inside_->run([this] { inside_->heal(); });
}

std::uint64_t FaultProxy::connections() const {
  return inside_->connections();
}

bool FaultProxy::await_connection(std::chrono::nanoseconds patience) const {
  return inside_->await_connection(patience);
}

}  // namespace streamtest

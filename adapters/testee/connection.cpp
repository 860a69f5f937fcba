#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <testee/connection.hpp>
#include <testee/process.hpp>

#include <array>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

namespace testee {

namespace asio = boost::asio;
using Error = boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t longest_line = std::size_t{64} << 20;
constexpr std::size_t longest_complaint = 4096;
constexpr int deepest_message = 16;
constexpr std::chrono::seconds longest_start{30};
constexpr std::chrono::seconds longest_silence{3};
constexpr std::chrono::milliseconds between_signs_of_life{300};
constexpr std::chrono::seconds longest_end{2};

std::string shortened(const std::string& line) {
  constexpr std::size_t most = 200;
  return line.size() <= most ? line : line.substr(0, most) + "…";
}

}  // namespace

/// The thread runs the context; all but the promises is touched by it alone. The promises are
/// guarded by a leaf mutex, because start() makes them.
class Connection::Inside {
 public:
  explicit Inside(const std::string& command) : process_(std::in_place, command) {
    input_.assign(process_->input.release());
    output_.assign(process_->output.release());
    errors_.assign(process_->errors.release());
    read_errors();
    begin(longest_start);
  }
  explicit Inside(const Endpoint& endpoint) : errors_ended_(true) {
    Descriptor socket = connected(endpoint);
    output_.assign(::fcntl(socket.number(), F_DUPFD_CLOEXEC, 0));
    input_.assign(socket.release());
    look_for_life();
    begin(longest_silence);
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

  ~Inside() {
    asio::post(context_, [this] { close(); });
    thread_.join();
  }

  Json hello() { return hello_.get(); }

  std::pair<std::uint64_t, Reply> start(Json request) {
    std::promise<Reply::Outcome> promise;
    Reply reply(promise.get_future());
    std::uint64_t id = 0;
    {
      std::lock_guard lock(mutex_);
      id = ++last_id_;
      if (lost_) {
        promise.set_value(*lost_);
        return {id, std::move(reply)};
      }
      pending_.emplace(id, std::move(promise));
    }
    request["id"] = id;
    asio::post(context_,
               [this, line = request.dump() + "\n"]() mutable { write(std::move(line)); });
    return {id, std::move(reply)};
  }

  std::optional<Loss> loss() const {
    std::lock_guard lock(mutex_);
    return lost_;
  }

 private:
  /// Throws `Lost`.
  static Descriptor connected(const Endpoint& endpoint) {
    asio::io_context context;
    asio::ip::tcp::socket socket(context);
    Error outcome = asio::error::timed_out;
    Error failure;
    const auto found = asio::ip::tcp::resolver(context).resolve(
        endpoint.host, std::to_string(endpoint.port), failure);
    if (failure) throw Lost("there is no host " + endpoint.host + ": " + failure.message(), false);
    asio::async_connect(socket, found,
                        [&outcome](const Error& error, const auto&) { outcome = error; });
    context.run_for(longest_silence);
    if (outcome)
      throw Lost("no testee listens at " + endpoint.host + ":" + std::to_string(endpoint.port) +
                     ": " + outcome.message(),
                 false);
    socket.set_option(asio::ip::tcp::no_delay(true), failure);  // it may be reset already
    return Descriptor(socket.release());
  }

  void begin(std::chrono::seconds longest) {
    start_limit_.expires_after(longest);
    start_limit_.async_wait([this, longest](const Error& error) {
      if (!error)
        lose("it didn't say hello within " + std::to_string(longest.count()) + " s",
             process_.has_value());
    });
    read_line();
    thread_ = std::thread([this] {
      // A write to a testee that has ended is an error like any other, and no signal.
      sigset_t broken_pipe;
      sigemptyset(&broken_pipe);
      sigaddset(&broken_pipe, SIGPIPE);
      ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
      context_.run();
    });
  }
  void write(std::string line) {
    if (!input_.is_open()) return;
    outgoing_.push_back(std::move(line));
    if (outgoing_.size() == 1) write_next();
  }

  void write_next() {
    asio::async_write(input_, asio::buffer(outgoing_.front()),
                      [this](const Error& error, std::size_t) {
                        if (error) {
                          // What a testee no longer reads is told by the end of its output, or by
                          // requests that it doesn't answer.
                          outgoing_.clear();
                          return close_input();
                        }
                        outgoing_.pop_front();
                        if (!outgoing_.empty())
                          write_next();
                        else if (closing_)
                          close_input();
                      });
  }

  void close() {
    closing_ = true;
    start_limit_.cancel();
    life_.cancel();
    if (!reading_) return shut();  // nobody listens to it any more
    if (outgoing_.empty()) close_input();
    end_limit_.expires_after(longest_end);
    end_limit_.async_wait([this](const Error& error) {
      if (!error) shut();
    });
  }

  void shut() {
    end_limit_.cancel();
    life_.cancel();
    if (process_) process_->kill();
    close_input();
    Error nobody_to_tell;
    output_.close(nobody_to_tell);
    errors_.close(nobody_to_tell);
  }

  void close_input() {
    Error nobody_to_tell;
    // Of a socket there is a second descriptor.
    if (!process_ && input_.is_open()) ::shutdown(input_.native_handle(), SHUT_WR);
    input_.close(nobody_to_tell);
  }

  void read_line() {
    asio::async_read_until(output_, asio::dynamic_buffer(incoming_, longest_line), '\n',
                           [this](const Error& error, std::size_t size) {
                             if (!reading_) return;  // it was given up before this came
                             if (error == asio::error::not_found)
                               return lose("it wrote more than 64 MiB without a line's end", true);
                             if (error == asio::error::operation_aborted) return;
                             if (error) return end();
                             heard_ = Clock::now();
                             std::string line = incoming_.substr(0, size - 1);
                             incoming_.erase(0, size);
                             if (take(line)) read_line();
                           });
  }

  /// False if the testee is lost.
  bool take(const std::string& line) {
    bool too_deep = false;
    // Json is copied and printed by recursion.
    const auto shallow = [&too_deep](int depth, Json::parse_event_t, const Json&) {
      too_deep |= depth > deepest_message;
      return !too_deep;
    };
    Json message = Json::parse(line, shallow, false);
    if (too_deep || !message.is_object()) {
      lose((too_deep ? "it wrote a line that is nested too deeply: "
                     : "it wrote a line that is no JSON object: ") +
               shortened(line),
           true);
      return false;
    }
    if (!greeted_) {
      greeted_ = true;
      start_limit_.cancel();
      hello_promise_.set_value(std::move(message));
      return true;
    }
    const auto id = message.find("id");
    {
      std::lock_guard lock(mutex_);
      const auto found = id != message.end() && id->is_number_unsigned()
                             ? pending_.find(id->get<std::uint64_t>())
                             : pending_.end();
      if (found != pending_.end()) {
        found->second.set_value(std::move(message));
        pending_.erase(found);
        return true;
      }
    }
    lose("it answered what wasn't asked, or answered twice: " + shortened(line), true);
    return false;
  }

  /// A testee that listens may vanish without a word, and then only silence tells.
  void look_for_life() {
    life_.expires_after(between_signs_of_life);
    life_.async_wait([this](const Error& error) {
      if (error || !reading_ || closing_) return;
      if (!is_awaited())
        heard_ = Clock::now();
      else if (Clock::now() - heard_ > longest_silence)
        return lose("it said nothing for " + std::to_string(longest_silence.count()) + " s", false);
      else if (greeted_)
        static_cast<void>(start({{"do", "ping"}}));
      look_for_life();
    });
  }

  bool is_awaited() const {
    std::lock_guard lock(mutex_);
    return !pending_.empty();
  }

  void read_errors() {
    errors_.async_read_some(asio::buffer(complaint_), [this](const Error& error, std::size_t size) {
      complaints_.append(complaint_.data(), size);
      if (complaints_.size() > longest_complaint)
        complaints_.erase(0, complaints_.size() - longest_complaint);
      if (!error) return read_errors();
      errors_ended_ = true;
      if (!ending_.empty()) lose(std::exchange(ending_, {}), false);
    });
  }

  /// It has closed its output. How it ended is told with all that it complained of before.
  void end() {
    reading_ = false;
    start_limit_.cancel();
    if (!process_) {
      ending_ = "it closed the connection";
    } else if (process_->ended_within(longest_end)) {
      ending_ = process_->ending();
    } else {
      process_->kill();
      ending_ = "it closed its output";
    }
    if (closing_) return shut();
    if (errors_ended_) return lose(std::exchange(ending_, {}), false);
    // Something that it left behind may hold its standard error.
    end_limit_.expires_after(longest_end);
    end_limit_.async_wait([this](const Error& error) {
      if (!error && !ending_.empty()) lose(std::exchange(ending_, {}), false);
    });
  }

  void lose(const std::string& reason, bool misbehaved) {
    reading_ = false;
    start_limit_.cancel();
    std::string text = "the testee is lost: " + reason;
    if (!complaints_.empty()) text += "; the last it said on standard error:\n" + complaints_;
    const Loss lost{std::move(text), misbehaved};
    std::map<std::uint64_t, std::promise<Reply::Outcome>> pending;
    {
      std::lock_guard lock(mutex_);
      lost_ = lost;
      pending.swap(pending_);
    }
    for (auto& [id, promise] : pending) promise.set_value(lost);
    if (!std::exchange(greeted_, true)) hello_promise_.set_value(lost);
  }

  asio::io_context context_;
  std::optional<Process> process_;  ///< none if it listens elsewhere
  asio::posix::stream_descriptor input_{context_};
  asio::posix::stream_descriptor output_{context_};
  asio::posix::stream_descriptor errors_{context_};
  asio::steady_timer start_limit_{context_};
  asio::steady_timer end_limit_{context_};
  asio::steady_timer life_{context_};
  Clock::time_point heard_ = Clock::now();  ///< from one that listens
  std::string incoming_;
  std::deque<std::string> outgoing_;
  std::array<char, 4096> complaint_{};
  std::string complaints_;
  bool errors_ended_ = false;
  std::string ending_;   // how it ended, while its last complaints are awaited
  bool reading_ = true;  // lines are awaited
  bool closing_ = false;
  bool greeted_ = false;
  std::promise<Reply::Outcome> hello_promise_;
  Reply hello_{hello_promise_.get_future()};

  mutable std::mutex mutex_;
  std::uint64_t last_id_ = 0;
  std::optional<Loss> lost_;
  std::map<std::uint64_t, std::promise<Reply::Outcome>> pending_;

  std::thread thread_;
};

Json Reply::get() {
  Outcome outcome = outcome_.get();
  if (const Loss* loss = std::get_if<Loss>(&outcome)) throw Lost(loss->reason, loss->misbehaved);
  return std::get<Json>(std::move(outcome));
}

Connection::Connection(const std::string& command)
    : Connection(std::make_unique<Inside>(command)) {}

Connection::Connection(const Endpoint& endpoint) : Connection(std::make_unique<Inside>(endpoint)) {}

Connection::Connection(std::unique_ptr<Inside> inside)
    : inside_(std::move(inside)), hello_(inside_->hello()) {
  const auto version = hello_.find("testee");
  if (version == hello_.end() || !version->is_number_unsigned())
    throw Lost("its first line is no hello: " + shortened(hello_.dump()), true);
  if (*version != 1)
    throw Lost("it speaks version " + version->dump() +
                   " of the testee protocol, and this kit "
                   "version 1; use a testee of that version",
               true);
}

Connection::~Connection() = default;

std::pair<std::uint64_t, Reply> Connection::start(Json request) {
  return inside_->start(std::move(request));
}

std::optional<Loss> Connection::loss() const {
  return inside_->loss();
}

}  // namespace testee

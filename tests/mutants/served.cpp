#include "served.hpp"

#include <eventstream/async.hpp>
#include <streamtest/subject/trial.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <testee/messages.hpp>

#include <deque>
#include <map>
#include <random>
#include <string>
#include <thread>

namespace mutants::remote {

namespace asio = boost::asio;
using Error = boost::system::error_code;
using eventstream::Event;
using testee::Json;
using Tcp = asio::ip::tcp;

namespace {

/// One connection: its cursors live as long as it does.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Tcp::socket socket, memorystream::Stream& stream, bool torn, Defect defect)
      : socket_(std::move(socket)), stream_(&stream), torn_(torn), defect_(defect) {}

  void begin() {
    Error nobody_to_tell;
    socket_.set_option(Tcp::no_delay(true), nobody_to_tell);
    write({{"testee", 1}, {"name", "memory, served"}});
    read();
  }

 private:
  void read() {
    asio::async_read_until(socket_, asio::dynamic_buffer(incoming_), '\n',
                           [this, keep = shared_from_this()](const Error& error, std::size_t size) {
                             if (error) return end();
                             const Json request = Json::parse(incoming_.substr(0, size));
                             incoming_.erase(0, size);
                             take(request);
                             read();
                           });
  }

  void end() {
    cursors_.clear();
    Error nobody_to_tell;
    socket_.close(nobody_to_tell);
  }

  void take(const Json& request) {
    if (request["do"] == "next")
      next(request);
    else
      answer(request["id"], result(request));
  }

  Json result(const Json& request) {
    const std::string what = request["do"];
    if (what == "ping") return {{"ok", nullptr}};
    if (what == "application") return {{"ok", testee::to_json(stream_->application())}};
    if (what == "event_types") return event_types(request);
    if (what == "open") return open(request);
    if (what == "cancel") return cancel(request);
    if (what == "close") return close(request);
    cursors_.erase(request["cursor"].get<std::string>());
    return {{"ok", nullptr}};
  }

  Json failed(const Error& error) const {
    // B112, the seed: there is no status for it.
    if (defect_ == Defect::truncated_has_no_word && error == eventstream::Errc::truncated)
      return {{"error", "unknown"}};
    return {{"error", streamtest::error_name(error)}};
  }

  static std::stop_token token(const Json& request) {
    std::stop_source source;
    if (request["cancelled"] == true) source.request_stop();
    return source.get_token();
  }

  Json event_types(const Json& request) {
    const auto types = stream_->event_types(token(request));
    return types ? Json{{"ok", testee::to_json(*types)}} : failed(types.error());
  }

  Json open(const Json& request) {
    auto opened =
        stream_->open(request["offset"], testee::types_from(request["types"]), token(request));
    if (!opened) return failed(opened.error());
    cursors_.insert_or_assign(request["cursor"].get<std::string>(), *std::move(opened));
    return {{"ok", nullptr}};
  }

  void next(const Json& request) {
    const std::uint64_t id = request["id"];
    eventstream::Cursor& cursor = cursors_.at(request["cursor"]);
    const auto tell = [this, id, keep = shared_from_this()](const Error& error,
                                                            const Event& event) {
      cancels_.erase(id);
      if (error) return answer(id, failed(error));
      answer(id,
             {{"ok", {{"offset", event.offset}, {"envelope", testee::to_json(*event.parcel)}}}});
    };
    if (request["cancelled"] == true) {
      const auto seen = cursor.next(token(request));
      return seen ? tell({}, *seen) : tell(seen.error(), {});
    }
    asio::cancellation_signal& signal = cancels_[id];
    cursor.async_next(asio::bind_executor(socket_.get_executor(),
                                          asio::bind_cancellation_slot(signal.slot(), tell)));
  }

  Json cancel(const Json& request) {
    const auto found = cancels_.find(request["request"].get<std::uint64_t>());
    if (found != cancels_.end()) found->second.emit(asio::cancellation_type::terminal);
    return {{"ok", nullptr}};
  }

  Json close(const Json& request) {
    const auto closed = cursors_.at(request["cursor"]).close();
    return closed ? Json{{"ok", nullptr}} : failed(closed.error());
  }

  void answer(std::uint64_t id, Json message) {
    message["id"] = id;
    write(message);
  }

  void write(const Json& message) {
    outgoing_.push_back(message.dump() + "\n");
    if (outgoing_.size() == 1) write_next();
  }

  /// How many bytes of the first answer are written next. Byte by byte to the end would cost a
  /// minute and a half a quick run, nearly all of it in the kernel.
  std::size_t piece() {
    if (!torn_) return outgoing_.front().size();
    return written_ < 16 ? 1 : std::uniform_int_distribution<std::size_t>(1, 32)(random_);
  }

  void write_next() {
    const auto rest = asio::buffer(outgoing_.front()) + written_;
    asio::async_write(socket_, asio::buffer(rest, piece()),
                      [this, keep = shared_from_this()](const Error& error, std::size_t size) {
                        if (error) return;
                        written_ += size;
                        if (written_ == outgoing_.front().size()) {
                          outgoing_.pop_front();
                          written_ = 0;
                        }
                        if (!outgoing_.empty()) write_next();
                      });
  }

  Tcp::socket socket_;
  memorystream::Stream* stream_;
  std::string incoming_;
  std::deque<std::string> outgoing_;
  std::size_t written_ = 0;  ///< of the first of them
  const bool torn_;
  std::minstd_rand random_;  // the same tears in every session
  const Defect defect_;
  std::map<std::uint64_t, asio::cancellation_signal> cancels_;  // by the id of a next
  std::map<std::string, eventstream::Cursor> cursors_;
};

}  // namespace

class Server::Inside {
 public:
  Inside(memorystream::Stream& stream, bool torn, Defect defect)
      : stream_(&stream), torn_(torn), defect_(defect) {
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() {
    context_.stop();
    thread_.join();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void accept() {
    acceptor_.async_accept([this](const Error& error, Tcp::socket socket) {
      if (error) return accept_later();
      std::make_shared<Session>(std::move(socket), *stream_, torn_, defect_)->begin();
      accept();
    });
  }

  /// There is no file descriptor left: trying again at once would keep a core busy.
  void accept_later() {
    accepting_.expires_after(std::chrono::milliseconds(10));
    accepting_.async_wait([this](const Error&) { accept(); });
  }

  memorystream::Stream* stream_;
  const bool torn_;
  const Defect defect_;
  asio::io_context context_;
  asio::steady_timer accepting_{context_};
  Tcp::acceptor acceptor_{context_, Tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::thread thread_;
};

Server::Server(memorystream::Stream& stream, bool torn, Defect defect)
    : inside_(std::make_unique<Inside>(stream, torn, defect)) {}

Server::~Server() = default;

testee::Endpoint Server::endpoint() const {
  return {"127.0.0.1", inside_->port()};
}

}  // namespace mutants::remote

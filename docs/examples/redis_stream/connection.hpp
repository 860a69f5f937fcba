#ifndef REDIS_STREAM_CONNECTION_HPP
#define REDIS_STREAM_CONNECTION_HPP

#include "redis_stream.hpp"

#include <eventstream/result.hpp>

#include <hiredis/hiredis.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace redis_stream {

using eventstream::Errc;
using eventstream::Result;

struct Free {
  void operator()(redisContext* context) const noexcept { redisFree(context); }
  void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
  void operator()(char* command) const noexcept { redisFreeCommand(command); }
};
using Reply = std::unique_ptr<redisReply, Free>;
using Words = std::vector<std::string_view>;

// What is in an answer; empty if it is of another kind.
inline std::string_view text_of(const redisReply& reply) {
  return reply.type == REDIS_REPLY_STRING ? std::string_view(reply.str, reply.len)
                                          : std::string_view();
}

inline std::span<redisReply* const> elements_of(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY) return {};
  return {reply.element, reply.elements};
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return {};
  return number;
}

inline Address address_in(std::string_view url) {
  constexpr std::string_view scheme = "redis://";
  const std::size_t colon = url.rfind(':');
  const auto port = number_in<std::uint16_t>(url.substr(colon + 1));
  if (!url.starts_with(scheme) || colon <= scheme.size() || !port)
    throw std::invalid_argument(std::string(url) + " is not of the form redis://HOST:PORT");
  return {std::string(url.substr(scheme.size(), colon - scheme.size())), *port};
}

inline constexpr timeval kConnectTimeout{.tv_sec = 2, .tv_usec = 0};
// How long a waiting cursor lets Redis hold its XREAD. It must be well below the time an answer may
// take: a server that is silent for longer than that is dead, one that holds an XREAD is not.
inline constexpr std::string_view kBlockMilliseconds = "1000";
inline constexpr timeval kAnswerTimeout{.tv_sec = 5, .tv_usec = 0};

// One connection, used by one thread at a time; only interrupt() may come from another. After an
// error it must not be used again: the answer may still come, and would be taken for that of the
// next command.
class Connection {
 public:
  // Null if there is no server.
  static std::unique_ptr<Connection> to(const Address& address) {
    std::unique_ptr<redisContext, Free> context(
        redisConnectWithTimeout(address.host.c_str(), address.port, kConnectTimeout));
    if (!context || context->err) return nullptr;
    if (redisSetTimeout(context.get(), kAnswerTimeout) != REDIS_OK) return nullptr;
    return std::make_unique<Connection>(std::move(context));
  }

  explicit Connection(std::unique_ptr<redisContext, Free> context)
      : context_(std::move(context)), socket_(context_->fd) {}

  // False after an interrupt(), or if the server has hung up since its last answer.
  bool alive() const {
    char byte = 0;
    return recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
  }

  // Makes the command that is under way fail, and any later one. CLIENT UNBLOCK would keep the
  // connection, but needs a server that answers, and is lost if it comes before the XREAD.
  void interrupt() const { shutdown(socket_, SHUT_RDWR); }

  // Errors: `backend_failure` if the command surely had no effect, `unknown_outcome` if its answer
  // was lost.
  Result<Reply> command(const Words& words) const {
    if (!send_all(words)) return Errc::backend_failure;
    void* reply = nullptr;
    if (redisGetReply(context_.get(), &reply) != REDIS_OK) return Errc::unknown_outcome;
    Reply owned(static_cast<redisReply*>(reply));
    if (owned->type == REDIS_REPLY_ERROR) return Errc::backend_failure;
    return owned;
  }

 private:
  // Not by hiredis, which writes without MSG_NOSIGNAL: SIGPIPE would end the whole process if the
  // server is gone, or after interrupt(). A command that was sent in part has no effect.
  bool send_all(const Words& words) const {
    std::vector<const char*> starts;
    std::vector<std::size_t> sizes;
    for (const std::string_view word : words) {
      starts.push_back(word.data());
      sizes.push_back(word.size());
    }
    char* text = nullptr;
    const int size =
        redisFormatCommandArgv(&text, static_cast<int>(words.size()), starts.data(), sizes.data());
    if (size < 0) return false;
    const std::unique_ptr<char, Free> owned(text);
    for (std::string_view rest(text, static_cast<std::size_t>(size)); !rest.empty();) {
      const ssize_t sent = send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return false;
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  std::unique_ptr<redisContext, Free> context_;
  int socket_;
};

}  // namespace redis_stream

#endif

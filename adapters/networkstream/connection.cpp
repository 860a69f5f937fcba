#include <grpcpp/create_channel.h>
#include <networkstream/channel.hpp>
#include <networkstream/connection.hpp>
#include <networkstream/feed.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

namespace networkstream {
namespace {

/// After so many completions those who wait are woken, whatever else is ready.
constexpr std::size_t longest_burst = 32;

/// For a handshake over a slow link, however soon the next try is to be.
constexpr std::chrono::milliseconds shortest_attempt{1'000};

int to_int(std::uint64_t value) {
  return static_cast<int>(std::min<std::uint64_t>(value, std::numeric_limits<int>::max()));
}

int to_int(std::chrono::milliseconds duration) {
  return to_int(static_cast<std::uint64_t>(duration.count()));
}

std::shared_ptr<grpc::Channel> channel(const Options& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, to_int(options.keepalive));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, to_int(options.keepalive_timeout));
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // How long a reader waits after a loss is for us to say.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, to_int(options.first_backoff));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, to_int(options.longest_backoff));
  // By its name the shortest wait between two tries; gRPC takes it for how long one may last.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
                   to_int(std::max(options.first_backoff, shortest_attempt)));
  // A stream that is gone takes its connection along.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(to_int(options.largest_message));
  // That bounds what comes, not what it is unpacked to: nobody is asked to pack, and what is packed
  // all the same is no message. The first of the two alone ends the call, but mostly after the
  // first message was unpacked.
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1U << GRPC_COMPRESS_NONE);
  arguments.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
  return grpc::CreateCustomChannel(options.target, client_credentials(options.tls), arguments);
}

}  // namespace

Connection::Connection(Options options)
    : options_(std::move(options)),
      channel_(channel(options_)),
      stub_(dogma::interop::v1::eventstream::StreamAPI::NewStub(channel_)),
      consume_("/dogma.interop.v1.eventstream.StreamAPI/Consume",
               grpc::internal::RpcMethod::SERVER_STREAMING, channel_) {
  completing_ = std::thread([this] { complete(); });
}

Connection::~Connection() {
  tickets_->wait();
  queue_.Shutdown();
  completing_.join();
}

std::unique_ptr<Connection::Reader> Connection::consume(
    grpc::ClientContext& context, const dogma::interop::v1::eventstream::ConsumeRequest& request) {
  // As the generated stub makes it, but for the type of the answers.
  return std::unique_ptr<Reader>(grpc::internal::ClientAsyncReaderFactory<grpc::ByteBuffer>::Create(
      channel_.get(), &queue_, consume_, &context, request, false, nullptr));
}

void Connection::complete() {
  void* tag = nullptr;
  bool ok = false;
  std::size_t since_woken = 0;
  for (;;) {
    auto next = queue_.AsyncNext(&tag, &ok, gpr_inf_past(GPR_CLOCK_REALTIME));
    const bool rests = next == grpc::CompletionQueue::TIMEOUT;
    if (rests) {
      wakes_.now();
      next = queue_.AsyncNext(&tag, &ok, gpr_inf_future(GPR_CLOCK_REALTIME));
    }
    if (next == grpc::CompletionQueue::GOT_EVENT) static_cast<Completion*>(tag)->completed(ok);
    // What comes after a rest is most likely alone, and its reader need not wait for the next look.
    if (rests || next == grpc::CompletionQueue::SHUTDOWN || ++since_woken == longest_burst) {
      wakes_.now();
      since_woken = 0;
    }
    if (next == grpc::CompletionQueue::SHUTDOWN) return;
  }
}

bool Connection::add(const std::shared_ptr<Feed>& feed) {
  const std::lock_guard lock(mutex_);
  if (!closed_) feeds_.insert_or_assign(feed.get(), feed);
  return !closed_;
}

void Connection::remove(const Feed& feed) {
  const std::lock_guard lock(mutex_);
  feeds_.erase(&feed);
}

void Connection::close() {
  std::unordered_map<const Feed*, std::weak_ptr<Feed>> feeds;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    feeds.swap(feeds_);
  }
  for (const auto& [address, each] : feeds)
    if (const std::shared_ptr<Feed> feed = each.lock()) feed->lose_stream();
}

}  // namespace networkstream

#include <eventstream/parked_reads.hpp>

#include <boost/asio/strand.hpp>

#include <thread>

namespace eventstream::detail {
namespace {

class Service final : public boost::asio::execution_context::service {
 public:
  static inline boost::asio::execution_context::id id;

  explicit Service(boost::asio::execution_context& context)
      : service(context), reads_(std::make_shared<ParkedReads>(context)) {
    // A context shuts its services down from the newest to the oldest. Strands must be there still
    // when this one waits for posts through them.
    boost::asio::use_service<boost::asio::detail::strand_executor_service>(context);
  }

  const std::shared_ptr<ParkedReads>& reads() const { return reads_; }

 private:
  void shutdown() override { reads_->shut_down(); }

  std::shared_ptr<ParkedReads> reads_;
};

}  // namespace

std::shared_ptr<ParkedReads> ParkedReads::of(boost::asio::execution_context& context) {
  return boost::asio::use_service<Service>(context).reads();
}

void ParkedReads::add(CursorCore& core) {
  std::lock_guard lock(mutex_);
  core.previous_ = nullptr;
  core.next_ = first_;
  if (first_) first_->previous_ = &core;
  first_ = &core;
  core.listed_ = true;
}

void ParkedReads::remove(CursorCore& core) {
  std::lock_guard lock(mutex_);
  if (core.listed_) unlink(core);
}

void ParkedReads::unlink(CursorCore& core) {
  (core.previous_ ? core.previous_->next_ : first_) = core.next_;
  if (core.next_) core.next_->previous_ = core.previous_;
  core.listed_ = false;
}

void ParkedReads::shut_down() {
  alive_.store(false, std::memory_order_release);
  for (;;) {
    std::shared_ptr<CursorCore> core;
    {
      std::lock_guard lock(mutex_);
      if (!first_) return;
      // Null if the cursor is about to leave the list by itself: whoever posts has a handle on it.
      core = first_->weak_from_this().lock();
      unlink(*first_);
    }
    if (core) core->drop_parked(*this);
  }
}

void CursorCore::park_on(boost::asio::execution_context& context) {
  if (parked_on_ && parked_on_->serves(context)) return;
  std::shared_ptr<ParkedReads> reads = ParkedReads::of(context);
  if (parked_on_) {
    // Who still stands in a post to the old context must be found through its list until it is
    // done.
    {
      std::unique_lock waiting(waiting_);
      await_posts(waiting);
    }
    parked_on_->remove(*this);
  }
  reads->add(*this);
  std::lock_guard waiting(waiting_);
  parked_on_ = std::move(reads);
}

/// Only at the end of an execution context and when a cursor moves to another one; a post is over
/// in a moment, hence no condition variable for it.
void CursorCore::await_posts(std::unique_lock<std::mutex>& waiting) {
  while (posts_ended_.load(std::memory_order_acquire) != posts_begun_) {
    waiting.unlock();
    std::this_thread::yield();
    waiting.lock();
  }
}

void CursorCore::drop_parked(const ParkedReads& reads) {
  std::unique_ptr<PendingRead> read;  // destroyed with no lock held: its handler may own the cursor
  std::unique_lock waiting(waiting_);
  await_posts(waiting);
  if (parked_on_.get() == &reads) read = std::move(parked_);
}

CursorCore::~CursorCore() {
  if (parked_on_) parked_on_->remove(*this);
}

}  // namespace eventstream::detail

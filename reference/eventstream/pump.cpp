#include <eventstream/pump.hpp>

#include <boost/container/static_vector.hpp>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>
#include <unordered_set>
#include <utility>

// Who owns what: a PumpSource and the queue share a feed; the pump and its sources share the work.
// Threads run only between Pump's constructor and stop(), and hold the work by reference.
//
// Locks: the work's mutex, then a feed's. Loads, wakers and whatever has a destructor of others are
// met with neither held.

namespace eventstream {
namespace detail {

/// What is loaded for one source. It stands in the queue at most once, and one thread at most loads
/// for it: `loading` is true from its way into the queue to the arrival of the page.
class PumpFeed {
 public:
  PumpFeed(Offset offset, LoadPage loader) : position(offset), load(std::move(loader)) {}

  bool idle() const { return !loading && pages.empty() && !failure; }
  bool wants_load() const {
    return !loading && pages.size() < most_pages && !failure && !gone && (!at_end || news);
  }
  bool has_something() const { return !pages.empty() || failure || gone; }
  Waker take_waker() {
    waiting = false;
    return std::exchange(waker, {});
  }

  /// With one, reader and loader would take turns, and each wait for the other to wake.
  static constexpr std::size_t most_pages = 2;

  std::mutex mutex;
  Offset position;  ///< where the next load begins
  boost::container::static_vector<std::vector<Event>, most_pages> pages;  ///< none empty
  std::vector<Event> spent;  ///< a page that was read, to be destroyed by who loads the next
  std::optional<boost::system::error_code> failure;  ///< behind the pages
  bool loading = false;
  bool at_end = false;
  bool news = false;  ///< wake() came after the load that told the end had begun
  bool abandoned = false;
  std::atomic<bool> gone = false;  ///< the pump has stopped
  bool waiting = false;            ///< the waker is to be notified
  Waker waker;

  const LoadPage load;                    // called without the mutex
  std::shared_ptr<PumpFeed> queued_next;  // guarded by the work's mutex
};

class PumpWork {
 public:
  /// Never fails for want of memory: the queue is made of links in the feeds.
  void enqueue(std::shared_ptr<PumpFeed> feed) {
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      link(std::move(feed));
    }
    filled_.notify_one();
  }

  void start(std::size_t threads) {
    try {
      for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
    } catch (...) {
      stop();
      throw;
    }
  }

  /// False if the pump has stopped already.
  bool admit(const std::shared_ptr<PumpFeed>& feed) {
    std::lock_guard lock(mutex_);
    if (!stopping_) feeds_.insert(feed);
    return !stopping_;
  }

  void dismiss(const std::shared_ptr<PumpFeed>& feed) {
    std::lock_guard lock(mutex_);
    feeds_.erase(feed);
  }

  /// Those that wait at their ends look again now, the others when they are read again.
  void wake() {
    {
      std::lock_guard lock(mutex_);
      for (const std::shared_ptr<PumpFeed>& feed : feeds_) {
        std::lock_guard feed_lock(feed->mutex);
        feed->news = true;
        if (stopping_ || !feed->waiting || !feed->wants_load()) continue;
        feed->loading = true;
        link(feed);
      }
    }
    filled_.notify_all();
  }

  void stop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    filled_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    drop_queue();
    while (const std::shared_ptr<PumpFeed> feed = take_any()) {
      Waker waker;
      {
        std::lock_guard lock(feed->mutex);
        feed->gone = true;
        feed->loading = false;
        waker = feed->take_waker();
      }
      notify(waker);
    }
  }

 private:
  void work() {
    while (const std::shared_ptr<PumpFeed> feed = take())
      if (load_for(*feed)) enqueue(feed);
  }

  /// Called with the mutex held.
  void link(std::shared_ptr<PumpFeed> feed) {
    PumpFeed* const added = feed.get();
    (last_ ? last_->queued_next : first_) = std::move(feed);
    last_ = added;
  }

  /// An executor that can't queue has destroyed the read; nobody is left to be told.
  static void notify(const Waker& waker) {
    try {
      waker.notify();
    } catch (...) {
      return;
    }
  }

  /// One of the sources' feeds, for the last time.
  std::shared_ptr<PumpFeed> take_any() {
    std::lock_guard lock(mutex_);
    if (feeds_.empty()) return nullptr;
    return std::move(feeds_.extract(feeds_.begin()).value());
  }

  std::shared_ptr<PumpFeed> take() {
    std::unique_lock lock(mutex_);
    filled_.wait(lock, [this] { return first_ || stopping_; });
    if (stopping_) return nullptr;
    std::shared_ptr<PumpFeed> feed = std::move(first_);
    first_ = std::exchange(feed->queued_next, nullptr);
    if (!first_) last_ = nullptr;
    return feed;
  }

  /// True if the feed has to go on, because nothing came of it or there is room for more: the
  /// others take their turn in between.
  static bool load_for(PumpFeed& feed) {
    Offset from = 0;
    std::vector<Event> spent;  // destroyed without the lock
    {
      std::lock_guard lock(feed.mutex);
      if (feed.abandoned) return false;
      from = feed.position;
      feed.news = false;
    }
    Result<Page> page = load(feed, from);
    Waker waker;
    bool goes_on = false;
    {
      std::lock_guard lock(feed.mutex);
      if (feed.abandoned) return false;
      spent.swap(feed.spent);
      if (page) {
        feed.position = page->position;
        feed.at_end = page->at_end;
        if (page->events.empty() && (!page->at_end || feed.news)) return true;
        if (!page->events.empty()) feed.pages.push_back(std::move(page->events));
      } else {
        feed.failure = page.error();
        feed.at_end = false;
      }
      feed.loading = false;
      goes_on = feed.loading = feed.wants_load();
      waker = feed.take_waker();
    }
    notify(waker);
    return goes_on;
  }

  static Result<Page> load(const PumpFeed& feed, Offset from) {
    try {
      return feed.load(from);
    } catch (...) {
      return Errc::backend_failure;
    }
  }

  /// One by one: the links of a long queue would be destroyed in as deep a recursion.
  void drop_queue() {
    std::shared_ptr<PumpFeed> feed = std::move(first_);
    while (feed) feed = std::exchange(feed->queued_next, nullptr);
    last_ = nullptr;
  }

  std::mutex mutex_;
  std::condition_variable filled_;
  bool stopping_ = false;
  std::shared_ptr<PumpFeed> first_;  // the queue
  PumpFeed* last_ = nullptr;
  std::unordered_set<std::shared_ptr<PumpFeed>> feeds_;  // of the sources that exist
  std::vector<std::thread> threads_;                     // touched by start() and stop() alone
};

}  // namespace detail

using detail::PumpFeed;
using detail::PumpWork;

PumpSource::PumpSource(std::shared_ptr<PumpWork> work, std::shared_ptr<PumpFeed> feed)
    : work_(std::move(work)), feed_(std::move(feed)) {}

PumpSource::~PumpSource() {
  work_->dismiss(feed_);
  Waker waker;
  boost::container::static_vector<std::vector<Event>, PumpFeed::most_pages> pages;
  std::vector<Event> spent;
  std::lock_guard lock(feed_->mutex);
  feed_->abandoned = true;
  waker = feed_->take_waker();
  pages.swap(feed_->pages);
  spent.swap(feed_->spent);
}

Result<Event> PumpSource::poll() {
  if (feed_->gone) return Errc::cursor_closed;
  // A copy: the page keeps what it holds until a loading thread destroys it. To give memory back
  // from here would have both threads queue for the allocator's lock.
  if (given_ < events_.size()) return events_[given_++];
  std::vector<Event> read = std::move(events_);  // one that can't be handed over is destroyed
  events_.clear();                               // without the lock
  given_ = 0;
  std::unique_lock lock(feed_->mutex);
  if (feed_->pages.empty() && feed_->failure) {
    const boost::system::error_code failure = *feed_->failure;
    if (failure != Errc::truncated) feed_->failure.reset();
    return failure;
  }
  if (!feed_->pages.empty()) {
    events_ = std::move(feed_->pages.front());
    feed_->pages.erase(feed_->pages.begin());
  }
  const bool starts = feed_->wants_load();
  awaited_ = feed_->loading = feed_->loading || starts;
  if (awaited_ && feed_->spent.empty()) read.swap(feed_->spent);
  lock.unlock();
  if (starts) work_->enqueue(feed_);
  if (events_.empty()) return Errc::not_yet;
  return events_[given_++];
}

bool PumpSource::watch(const Waker& waker) {
  std::lock_guard lock(feed_->mutex);
  if (feed_->has_something() || feed_->wants_load()) return false;
  // It brought nothing, but the end is known now, where others than this pump may have what comes.
  if (awaited_ && !feed_->loading) return false;
  feed_->waiting = true;
  feed_->waker = waker;
  return true;
}

void PumpSource::unwatch() {
  Waker waker;  // destroyed without the lock
  std::lock_guard lock(feed_->mutex);
  waker = feed_->take_waker();
}

Offset PumpSource::position() const {
  if (given_ < events_.size()) return events_[given_].offset;
  std::lock_guard lock(feed_->mutex);
  return feed_->pages.empty() ? feed_->position : feed_->pages.front().front().offset;
}

bool PumpSource::look_again() {
  std::lock_guard lock(feed_->mutex);
  if (given_ < events_.size() || !feed_->idle() || !feed_->at_end) return false;
  feed_->news = true;
  return true;
}

Pump::Pump(std::size_t threads) : work_(std::make_shared<PumpWork>()) {
  if (threads == 0) throw std::invalid_argument("a pump needs a thread");
  work_->start(threads);
}

Pump::~Pump() {
  stop();
}

std::unique_ptr<PumpSource> Pump::open(Offset offset, LoadPage load) {
  auto feed = std::make_shared<PumpFeed>(offset, std::move(load));
  if (!work_->admit(feed)) feed->gone = true;
  return std::unique_ptr<PumpSource>(new PumpSource(work_, std::move(feed)));
}

void Pump::wake() {
  work_->wake();
}

void Pump::stop() {
  work_->stop();
}

}  // namespace eventstream

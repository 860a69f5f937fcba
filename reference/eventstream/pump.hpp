#ifndef EVENTSTREAM_PUMP_HPP
#define EVENTSTREAM_PUMP_HPP

#include <eventstream/event.hpp>
#include <eventstream/result.hpp>
#include <eventstream/source.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace eventstream {

/// What one look into a blocking backend found.
struct Page {
  /// In the order of their offsets, none below the offset that was asked for.
  std::vector<Event> events;
  /// The first offset that was not looked at, above each event's.
  Offset position = 0;
  /// Nothing was behind `position`: there is no need to look again before wake().
  bool at_end = false;
};

/// Looks for events from an offset on: a page of bounded size, without waiting for events that are
/// yet to come. It may block as long as a query takes. Errors are told to the reader: `truncated`
/// for ever, any other one once, and then it is tried again. An exception counts as
/// `backend_failure`.
using LoadPage = std::function<Result<Page>(Offset from)>;

namespace detail {
class PumpFeed;
class PumpWork;
}  // namespace detail

/// One cursor's end of a pump: a Source whose events were loaded by another thread. It holds a page
/// that is being read, two that wait and, until the next is loaded, one that was read; no more is
/// loaded ahead. Its destruction waits for nothing: a page that is being loaded for it is thrown
/// away when it comes.
class PumpSource final : public Source {
 public:
  ~PumpSource() override;

  Result<Event> poll() override;
  bool watch(const Waker& waker) override;
  void unwatch() override;

  /// The first offset that it has neither given nor looked past.
  Offset position() const;

  /// Lets the next poll look again if it waits at the end that a page has told, and says whether it
  /// does: as Pump::wake(), for this one alone and from its own thread.
  bool look_again();

 private:
  friend class Pump;
  PumpSource(std::shared_ptr<detail::PumpWork> work, std::shared_ptr<detail::PumpFeed> feed);

  const std::shared_ptr<detail::PumpWork> work_;
  const std::shared_ptr<detail::PumpFeed> feed_;
  std::vector<Event> events_;  ///< the page that is being read
  std::size_t given_ = 0;
  bool awaited_ = false;  ///< the last poll left a load under way
};

/// Reads a backend that blocks on threads of its own, ahead of the cursors that want its events, so
/// that a poll never blocks. For streams over databases, files and clients without callbacks.
///
/// The threads are shared by all cursors, whose pages are loaded in turn: a slow or abandoned
/// cursor holds nobody up (CON-4), and a thousand waiting cursors cost no thread each.
///
/// Thread-safety: every member may be called from any thread, stop() by one. Lifetime: its sources
/// may outlive it and then give `cursor_closed`.
class Pump {
 public:
  /// Starts the threads. Throws `std::invalid_argument` if there are to be none.
  explicit Pump(std::size_t threads = 1);
  Pump(const Pump&) = delete;
  Pump& operator=(const Pump&) = delete;
  ~Pump();

  /// A source that begins at `offset`. `load` is called by one of the pump's threads at a time, for
  /// the first time with the source's first poll; it and what it captured are destroyed soon after
  /// the source was.
  std::unique_ptr<PumpSource> open(Offset offset, LoadPage load);

  /// Something may be behind the end that a page has told: cursors that wait there look again.
  void wake();

  /// Waits for the loads that are under way, ends the threads, and lets every source give
  /// `cursor_closed`, also those that wait. The destructor does so too.
  void stop();

 private:
  const std::shared_ptr<detail::PumpWork> work_;
};

}  // namespace eventstream

#endif

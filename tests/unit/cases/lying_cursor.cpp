#include "lying_cursor.hpp"

#include <eventstream/cursor.hpp>

#include <condition_variable>
#include <stdexcept>

namespace streamtest {

using eventstream::Envelope;
using eventstream::Errc;
using eventstream::Event;
using eventstream::Identity;
using eventstream::Parcel;
using eventstream::Result;
using eventstream::Source;
using eventstream::Waker;

std::optional<Errc> code_of(Lie lie) {
  switch (lie) {
    case Lie::says_closed:
      return Errc::cursor_closed;
    case Lie::says_truncated:
      return Errc::truncated;
    case Lie::says_failure:
      return Errc::backend_failure;
    case Lie::says_conflict:
      return Errc::conflict;
    case Lie::throws:
      throw std::runtime_error("it threw");
    default:
      return std::nullopt;
  }
}

namespace {

/// The event as a lie tells of it.
Event altered(Lie lie, Event event) {
  Envelope envelope = event.parcel ? *event.parcel : Envelope{};
  switch (lie) {
    case Lie::other_data:
      envelope.data = "nobody appended this";
      envelope.message_id = "nobody";
      break;
    case Lie::other_time:
      envelope.created_at += std::chrono::nanoseconds(1);
      break;
    case Lie::other_source:
      envelope.source_application = Identity("somebody", "else");
      break;
    case Lie::higher:
      ++event.offset;
      return event;
    case Lie::lower:
      --event.offset;
      return event;
    case Lie::empty:
      event.parcel = Parcel();
      return event;
    default:
      return event;
  }
  event.parcel = Parcel(std::move(envelope));
  return event;
}

/// What one cursor has given, and what it holds back.
class Teller {
 public:
  explicit Teller(std::shared_ptr<Liar> liar) : liar_(std::move(liar)) {}

  /// What is told of what `ask` finds; nothing if it is stuck.
  template <typename Ask>
  std::optional<Result<Event>> tell(Call call, const Ask& ask) {
    if (held_) return std::exchange(held_, std::nullopt);
    Result<Event> truth = ask();
    const std::optional<Lie> lie = liar_->lies(call);
    if (!lie) return keep(std::move(truth));
    if (*lie == Lie::stuck) return std::nullopt;
    if (*lie == Lie::skips) return keep(truth ? ask() : truth);
    const std::optional<Errc> code = code_of(*lie);
    const bool instead = code || (*lie == Lie::again && last_);
    if (!instead) return truth ? Result<Event>(altered(*lie, *truth)) : truth;
    if (truth) held_ = std::move(truth);  // told late, not lost
    return code ? Result<Event>(*code) : Result<Event>(*last_);
  }

 private:
  Result<Event> keep(Result<Event> truth) {
    if (truth) last_ = *truth;
    return truth;
  }

  std::shared_ptr<Liar> liar_;
  std::optional<Event> last_;
  std::optional<Result<Event>> held_;
};

class WrappedCursor final : public AnyCursor {
 public:
  WrappedCursor(std::unique_ptr<AnyCursor> truth, const std::shared_ptr<Liar>& liar)
      : truth_(std::move(truth)), liar_(liar), teller_(liar) {}

  Result<Event> next(std::stop_token token) override {
    if (const auto told = teller_.tell(Call::next, [&] { return truth_->next(token); }))
      return *told;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, token, [&] { return closed_; });
    return closed_ ? Errc::cursor_closed : Errc::cancelled;
  }

  Result<void> close() override {
    const Result<void> truth = truth_->close();
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    const std::optional<Lie> lie = liar_->lies(Call::close);
    if (!lie) return truth;
    if (const std::optional<Errc> code = code_of(*lie)) return *code;
    return {};
  }

 private:
  std::unique_ptr<AnyCursor> truth_;
  std::shared_ptr<Liar> liar_;
  Teller teller_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool closed_ = false;
};

/// A source that asks another cursor.
class LyingSource final : public Source {
 public:
  LyingSource(std::unique_ptr<AnyCursor> truth, const std::shared_ptr<Liar>& liar,
              std::shared_ptr<Bell> bell)
      : truth_(std::move(truth)), liar_(liar), bell_(std::move(bell)), teller_(liar) {}
  ~LyingSource() override { bell_->remove(this); }

  Result<Event> poll() override {
    if (ahead_) return *std::exchange(ahead_, std::nullopt);
    if (stuck_) return Errc::not_yet;
    Result<Event> truth = truth_->native()->try_next();
    if (!truth && truth.error() == Errc::not_yet) return waits();
    std::optional<Result<Event>> found = truth;
    const auto told = teller_.tell(Call::poll, [&]() -> Result<Event> {
      return found ? *std::exchange(found, std::nullopt) : truth_->native()->try_next();
    });
    stuck_ = !told;
    return told ? *told : Errc::not_yet;
  }

  bool watch(const Waker& waker) override {
    bell_->add(this, waker);
    Result<Event> found = poll();
    if (!found && found.error() == Errc::not_yet) return true;
    ahead_ = std::move(found);
    bell_->remove(this);
    return false;
  }
  void unwatch() override { bell_->remove(this); }

 private:
  Result<Event> waits() {
    const std::optional<Lie> lie = liar_->lies(Call::wait);
    if (!lie) return Errc::not_yet;
    if (const std::optional<Errc> code = code_of(*lie)) return *code;
    return altered(*lie, {});
  }

  std::unique_ptr<AnyCursor> truth_;
  std::shared_ptr<Liar> liar_;
  std::shared_ptr<Bell> bell_;
  Teller teller_;
  std::optional<Result<Event>> ahead_;
  bool stuck_ = false;
};

class NativeCursor final : public AnyCursor {
 public:
  explicit NativeCursor(std::unique_ptr<Source> source) : cursor_(std::move(source)) {}
  Result<Event> next(std::stop_token token) override { return cursor_.next(token); }
  Result<void> close() override { return cursor_.close(); }
  eventstream::Cursor* native() override { return &cursor_; }

 private:
  eventstream::Cursor cursor_;
};

}  // namespace

std::unique_ptr<AnyCursor> lying_cursor(std::unique_ptr<AnyCursor> truth,
                                        std::shared_ptr<Liar> liar) {
  return std::make_unique<WrappedCursor>(std::move(truth), std::move(liar));
}

std::unique_ptr<AnyCursor> lying_source(std::unique_ptr<AnyCursor> truth,
                                        std::shared_ptr<Liar> liar, std::shared_ptr<Bell> bell) {
  return std::make_unique<NativeCursor>(
      std::make_unique<LyingSource>(std::move(truth), std::move(liar), std::move(bell)));
}

}  // namespace streamtest

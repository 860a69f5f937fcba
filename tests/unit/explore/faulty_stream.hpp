#ifndef TESTS_UNIT_EXPLORE_FAULTY_STREAM_HPP
#define TESTS_UNIT_EXPLORE_FAULTY_STREAM_HPP

#include <streamtest/subject/harness.hpp>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

/// What can be wrong with the little stream below.
enum class Fault {
  none,
  open_is_exclusive,
  refuses_beyond_the_end,
  clamps_to_the_end,
  repeats_the_second,
  skips_after_filtered,
  leaves_a_gap,
  changes_content,
  ignores_the_filter,
  wakes_for_any,
  returns_nothing,
  forgets_to_wake,
  wakes_one,
  reads_though_cancelled,
  ignores_cancel,
  cancel_consumes,
  cancel_sticks,
  closes_twice,
  reads_when_closed,
  close_does_not_wake,
  close_silences_others,
  truncated_does_not_close,
  jumps_over_the_cut,
  cut_is_exclusive,
  cuts_one_more,
  cut_wakes_the_tail,
  cut_resets_offsets,
  cuts_the_future,
  shares_position,
  tells_wrong_offset,
};

/// A small correct stream with one switchable fault: a list, a mutex and a condition variable.
class FaultyStream {
 public:
  struct State {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::vector<eventstream::Event> events;
    eventstream::Offset first = 0;
    eventstream::Offset end = 0;
    std::uint64_t appends = 0;
    std::uint64_t cuts = 0;
    std::set<eventstream::Offset> delivered;
    std::int64_t wakes = 0;
    bool silenced = false;
    std::map<std::string, eventstream::Offset> shared;  ///< by filter
  };

  class Cursor {
   public:
    Cursor(std::shared_ptr<State> state, Fault fault, eventstream::Offset offset, eventstream::EventTypeSet filter)
        : inner_(std::make_shared<Inner>()) {
      inner_->state = std::move(state);
      inner_->fault = fault;
      inner_->filter = std::move(filter);
      inner_->position = offset;
    }
    eventstream::Result<eventstream::Event> next(std::stop_token token) { return inner_->next(std::move(token)); }
    eventstream::Result<void> close() { return inner_->close(); }

   private:
    struct Inner {
      std::shared_ptr<State> state;
      Fault fault = Fault::none;
      eventstream::EventTypeSet filter;
      eventstream::Offset position = 0;
      bool closed = false;
      bool truncated = false;
      bool cancelled = false;
      std::uint64_t delivered = 0;

      bool has(Fault one) const { return fault == one; }
      eventstream::Result<eventstream::Event> next(std::stop_token token);
      eventstream::Result<void> close();
      std::optional<eventstream::Result<eventstream::Event>> look();
      std::optional<eventstream::Event> find();
      std::string name() const {
        std::string all;
        for (const auto& type : filter) all += type.name() + ",";
        return all;
      }
    };
    std::shared_ptr<Inner> inner_;
  };

  FaultyStream(const streamtest::Scenario& scenario, Fault fault)
      : scenario_(scenario), fault_(fault), state_(std::make_shared<State>()) {}

  eventstream::Identity application() const { return scenario_.application; }
  eventstream::Result<eventstream::EventTypeSet> event_types(std::stop_token) const { return scenario_.event_types; }
  eventstream::Result<Cursor> open(eventstream::Offset offset, const eventstream::EventTypeSet& filter,
                                   std::stop_token) {
    std::lock_guard lock(state_->mutex);
    if (has(Fault::refuses_beyond_the_end) && offset > state_->end) return eventstream::Errc::invalid_argument;
    if (has(Fault::clamps_to_the_end)) offset = std::min(offset, state_->end > 0 ? state_->end - 1 : 0);
    if (has(Fault::open_is_exclusive) && offset < state_->end) ++offset;
    return Cursor(state_, fault_, offset, filter);
  }

  eventstream::Result<streamtest::Offsets> append(std::span<const eventstream::Parcel> batch) {
    std::lock_guard lock(state_->mutex);
    if (has(Fault::leaves_a_gap) && ++state_->appends == 2) ++state_->end;
    streamtest::Offsets offsets;
    for (const eventstream::Parcel& parcel : batch) {
      offsets.push_back(state_->end);
      state_->events.push_back({state_->end++, parcel});
    }
    if (has(Fault::tells_wrong_offset) && batch.size() > 1) state_->events.back().parcel = batch.front();
    state_->wakes = 1;
    state_->changed.notify_all();
    return offsets;
  }

  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first) {
    std::lock_guard lock(state_->mutex);
    if (!has(Fault::cuts_the_future)) first = std::min(first, state_->end);
    state_->first = std::max(state_->first, first);
    const eventstream::Offset told = has(Fault::cuts_the_future) ? std::min(state_->first, state_->end) : state_->first;
    if (has(Fault::cuts_one_more)) state_->first = std::min(state_->first + 1, state_->end);
    if (has(Fault::cut_resets_offsets) && told == state_->end && !state_->events.empty()) ++state_->end;
    ++state_->cuts;
    if (has(Fault::cut_wakes_the_tail)) state_->changed.notify_all();
    return told;
  }

 private:
  bool has(Fault one) const { return fault_ == one; }
  streamtest::Scenario scenario_;
  Fault fault_;
  std::shared_ptr<State> state_;
};

inline std::optional<eventstream::Event> FaultyStream::Cursor::Inner::find() {
  if (has(Fault::shares_position)) {
    const auto [shared, first] = state->shared.try_emplace(name(), position);
    position = std::max(position, shared->second);
  }
  bool passed = false;
  for (const eventstream::Event& event : state->events) {
    if (event.offset < position) continue;
    const bool wanted = filter.contains(event.parcel->type) || (has(Fault::ignores_the_filter) && delivered > 0);
    if (!wanted) passed = true;
    if (!wanted) continue;
    if (has(Fault::skips_after_filtered) && passed && delivered > 0) {
      passed = false;
      continue;
    }
    eventstream::Event found = event;
    if (has(Fault::changes_content) && !state->delivered.insert(found.offset).second) found.parcel = state->events.front().parcel;
    if (++delivered != 2 || !has(Fault::repeats_the_second)) position = found.offset + 1;
    if (has(Fault::shares_position)) state->shared[name()] = position;
    return found;
  }
  return std::nullopt;
}

inline std::optional<eventstream::Result<eventstream::Event>> FaultyStream::Cursor::Inner::look() {
  if (closed && has(Fault::reads_when_closed)) {
    if (std::optional<eventstream::Event> event = find()) return *std::move(event);
  }
  if (closed) return eventstream::Errc::cursor_closed;
  const bool cut = has(Fault::cut_is_exclusive) && state->first > 0 ? position <= state->first && delivered == 0
                                                                    : position < state->first;
  if (cut && has(Fault::jumps_over_the_cut)) position = state->first;
  if (cut && !has(Fault::jumps_over_the_cut)) truncated = true;
  if (truncated) return eventstream::Errc::truncated;
  if (has(Fault::cancel_sticks) && cancelled) return eventstream::Errc::cancelled;
  if (std::optional<eventstream::Event> event = find()) return *std::move(event);
  return std::nullopt;
}

inline eventstream::Result<eventstream::Event> FaultyStream::Cursor::Inner::next(std::stop_token token) {
  std::unique_lock lock(state->mutex);
  if (token.stop_requested() && !has(Fault::reads_though_cancelled)) {
    if (has(Fault::cancel_consumes)) (void)find();
    cancelled = true;
    if (!closed) return eventstream::Errc::cancelled;
  }
  for (;;) {
    if (auto outcome = look()) return *std::move(outcome);
    position = std::max(position, std::min(position, state->end));
    if (has(Fault::returns_nothing)) return eventstream::Errc::not_yet;
    const eventstream::Offset end = state->end;
    const std::uint64_t cuts = state->cuts;
    const auto woken = [&] {
      if (closed && !has(Fault::close_does_not_wake)) return true;
      if (has(Fault::cut_wakes_the_tail) && state->cuts != cuts) return true;
      if (state->end == end || has(Fault::forgets_to_wake) || state->silenced) return false;
      return !has(Fault::wakes_one) || state->wakes-- > 0;
    };
    const std::stop_token heard = has(Fault::ignores_cancel) ? std::stop_token() : token;
    state->changed.wait(lock, heard, woken);
    if (heard.stop_requested() && !closed) {
      cancelled = true;
      return eventstream::Errc::cancelled;
    }
    if (has(Fault::cut_wakes_the_tail) && state->cuts != cuts) return eventstream::Errc::truncated;
    if (has(Fault::wakes_for_any) && state->end != end && !closed) {
      if (auto outcome = look()) return *std::move(outcome);
      return eventstream::Errc::not_yet;
    }
  }
}

inline eventstream::Result<void> FaultyStream::Cursor::Inner::close() {
  std::lock_guard lock(state->mutex);
  if (closed && !has(Fault::closes_twice)) return eventstream::Errc::cursor_closed;
  if (has(Fault::truncated_does_not_close) && truncated) return eventstream::Errc::truncated;
  closed = true;
  state->changed.notify_all();
  if (has(Fault::close_silences_others)) state->silenced = true;
  return {};
}

template <Fault fault>
struct FaultyHarness {
  static streamtest::Capabilities capabilities() { return {.truncation = streamtest::Truncation::strict}; }
  explicit FaultyHarness(const streamtest::Scenario& scenario) : faulty(scenario, fault) {}
  FaultyStream& stream() { return faulty; }
  eventstream::Result<streamtest::Offsets> append(std::span<const eventstream::Parcel> batch) {
    return faulty.append(batch);
  }
  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset first) { return faulty.truncate(first); }
  FaultyStream faulty;
};

#endif

#include <streamtest/cases/follower.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <thread>

namespace streamtest {

using eventstream::Errc;
using eventstream::EventTypeSet;
using eventstream::Offset;

void Follower::read_one() {
  const std::optional<Logged> event = due();
  if (!event)
    throw std::logic_error("the case reads " + reader_.name() + " although nothing is due");
  reader_.must_deliver(*event);
  took(*event);
}

std::uint64_t Follower::catch_up() {
  std::uint64_t count = 0;
  for (; due(); ++count) read_one();
  return count;
}

bool Follower::check() {
  const std::optional<Logged> event = due();
  if (!event) {
    pending_->must_be_waiting();
    return false;
  }
  pending_->must_deliver(*event);
  pending_.reset();
  took(*event);
  return true;
}

void Follower::must_be_cancelled() {
  pending_->must_fail(Errc::cancelled);
  pending_.reset();
}

bool Follower::event_or_cancelled() {
  const std::optional<Logged> event = due();
  const eventstream::Result<eventstream::Event> seen = pending_->result();
  pending_.reset();
  if (!seen && seen.error() == Errc::cancelled) return false;
  if (!event)
    trial_->fail(
        fmt::format("a cancelled next of {} gave the wrong outcome: expected cancelled, seen {}",
                    reader_.name(), trial_->describe(seen)));
  if (!seen || !trial_->same(*event, *seen))
    trial_->fail(fmt::format(
        "a cancelled next of {} gave the wrong outcome: expected cancelled or {}, seen {}",
        reader_.name(), trial_->describe(Expectation(*event)), trial_->describe(seen)));
  took(*event);
  return true;
}

void Follower::release() {
  (void)reader_.close();
  reader_.destroy();
}

void Follower::leave() {
  if (trial_->has(Means::cancelling)) {
    cancel();
    must_be_cancelled();
  }
  (void)reader_.close();
  if (pending_) pending_->must_fail(Errc::cursor_closed);
  pending_.reset();
  reader_.destroy();
}

std::vector<EventTypeSet> every_filter(const Trial& trial) {
  return {trial.filter({0}),    trial.filter({1}),    trial.filter({2}),      trial.filter({0, 1}),
          trial.filter({0, 2}), trial.filter({1, 2}), trial.filter({0, 1, 2})};
}

void append_until(Trial& trial, const std::function<bool()>& done) {
  for (std::size_t i = 0; !done(); ++i) trial.append_one(i % 3);
}

std::vector<std::size_t> in_turn(std::size_t count) {
  std::vector<std::size_t> types(count);
  for (std::size_t i = 0; i < count; ++i) types[i] = i % 3;
  return types;
}

std::vector<std::size_t> at_random(Bench& bench, std::size_t count) {
  std::vector<std::size_t> types(count);
  for (std::size_t& type : types) type = bench.below(3);
  return types;
}

void append_run(const Bench& bench, Trial& trial, std::span<const std::size_t> types,
                std::size_t batch) {
  const std::size_t most = batch_limit(bench.capabilities(), batch);
  for (std::size_t begin = 0; begin < types.size(); begin += most) {
    const std::span<const std::size_t> part =
        types.subspan(begin, std::min(most, types.size() - begin));
    trial.append({part.begin(), part.end()});
  }
}

std::size_t cursor_limit(const Bench& bench, std::size_t wanted) {
  if (!bench.capabilities().max_cursors) return wanted;
  // Two are left: for the trial, which learns the offsets by reading where append doesn't tell
  // them, and for a witness.
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(wanted, *bench.capabilities().max_cursors - 2));
}

std::size_t type_limit(const Bench& bench, std::size_t wanted) {
  std::uint64_t most = bench.capabilities().max_filter_types.value_or(wanted);
  if (const auto& known = bench.factory().vocabulary.event_types; !known.empty())
    most = std::min<std::uint64_t>(most, known.size());
  return static_cast<std::size_t>(
      std::clamp<std::uint64_t>(most, 3, std::max<std::size_t>(wanted, 3)));
}

namespace {

std::vector<std::uint64_t> with_neighbours(const std::vector<std::uint64_t>& sizes,
                                           std::uint64_t limit) {
  std::set<std::uint64_t> all;
  for (const std::uint64_t size : sizes)
    for (const std::uint64_t near : {size - 1, size, size + 1})
      if (near > 0 && near <= limit) all.insert(near);
  return {all.begin(), all.end()};
}

}  // namespace

std::vector<std::uint64_t> usual_boundaries(std::uint64_t limit) {
  std::vector<std::uint64_t> sizes = {10, 100, 500, 1000, 5000, 10000};
  for (std::uint64_t power = 1; power <= limit; power *= 2) sizes.push_back(power);
  return with_neighbours(sizes, limit);
}

std::vector<std::uint64_t> own_boundaries(const Bench& bench, std::uint64_t limit) {
  return with_neighbours(bench.factory().boundaries, limit);
}

bool can_truncate(const Bench& bench) {
  return bench.capabilities().truncation != Truncation::none && bench.hooks().truncate;
}

std::uint64_t some_spins(Bench& bench) {
  return bench.below(std::uint64_t{1} << bench.below(14));
}

void let_others_run(Bench& bench) {
  if (bench.below(8) != 0) return;
  for (int i = 0; i < 4; ++i) std::this_thread::yield();
}

}  // namespace streamtest

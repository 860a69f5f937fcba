#include <streamtest/cases/cut_reader.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Result;

CutReader::CutReader(const Bench& bench, Trial& trial, Offset from, EventTypeSet filter,
                     Offset first, const std::atomic<Offset>* asked)
    : bench_(&bench),
      trial_(&trial),
      position_(from),
      filter_(std::move(filter)),
      cut_when_opened_(first),
      cut_(first),
      asked_(asked) {
  Result<Reader> opened = trial.try_open(from, filter_);
  if (opened) {
    reader_.emplace(*std::move(opened));
    return;
  }
  if (opened.error() != Errc::truncated || !may_be_truncated())
    trial.fail(
        fmt::format("open at {} after the stream was truncated to {} was refused with {}: "
                    "expected {}",
                    from, first, error_name(opened.error()),
                    may_be_truncated() ? "success, or truncated" : "success"));
  truncated_ = true;
}

void CutReader::cut(Offset first) {
  if (first <= cut_) return;
  cut_ = first;
  held_.push_back({first, 0});
}

/// D5: allowed if the cut, or one that may be under way, lies above where the cursor stands.
bool CutReader::may_be_truncated() const {
  return truncated_ || cut_ > position_ || (asked_ && asked_->load() > position_) ||
         bench_->capabilities().retention;
}

/// D4: an event that was cut may still come out of a cursor that had it in hand.
bool CutReader::may_deliver(Offset offset) const {
  if (offset >= cut_) return true;
  const Capabilities& claims = bench_->capabilities();
  if (claims.staleness.count() > 0) return true;  // D11: it may not know of the cut yet
  if (offset < cut_when_opened_ || claims.truncation == Truncation::strict) return false;
  return std::all_of(held_.begin(), held_.end(), [&](const Held& held) {
    return offset >= held.cut || held.events < claims.held_events.value_or(held.events + 1);
  });
}

void CutReader::judge(const Result<Event>& seen) {
  if (!seen) {
    if (seen.error() != Errc::truncated || !may_be_truncated()) fail(trial_->describe(seen));
    truncated_ = true;
    return;
  }
  const std::optional<Logged> expected = due();
  if (truncated_ || !expected || !trial_->same(*expected, *seen) || !may_deliver(seen->offset))
    fail(trial_->describe(seen));
  for (Held& held : held_)
    if (seen->offset < held.cut) ++held.events;
  position_ = seen->offset + 1;
}

void CutReader::fail(std::string_view seen) const {
  const std::optional<Logged> expected = due();
  std::string allowed;
  if (!truncated_ && expected && may_deliver(expected->offset))
    allowed = trial_->describe(Expectation(*expected));
  if (may_be_truncated()) allowed += std::string(allowed.empty() ? "" : " or ") + "truncated";
  trial_->fail(
      fmt::format("next of {}, which stands at {}{}, after the stream was truncated to {}: "
                  "expected {}, seen {}",
                  reader_->name(), position_, truncated_ ? " and was told truncated before" : "",
                  cut_, allowed.empty() ? "it to wait" : allowed, seen));
}

void CutReader::start() {
  if (reader_) pending_ = reader_->start_next();
}

void CutReader::check() {
  if (!pending_) return;
  if (!pending_->returned_in_time()) fail("nothing: it is stuck");
  const Result<Event> seen = pending_->result();
  pending_.reset();
  judge(seen);
}

void CutReader::read_one() {
  start();
  check();
}

void CutReader::read_on(std::uint64_t count) {
  for (std::uint64_t i = 0; i < count && !truncated_ && due(); ++i) read_one();
  if (!truncated_) return;
  read_one();
  read_one();
}

void CutReader::release() {
  if (!reader_) return;
  (void)reader_->close();
  if (pending_) (void)pending_->result();
  reader_->destroy();
  reader_.reset();
}

std::optional<Offset> ask_to_truncate(Trial& trial, Offset first) {
  History& history = trial.witness().history();
  const History::Number number = history.invoke("truncate", "case", "", fmt::format("{}", first));
  Result<Offset> told = Errc::backend_failure;
  try {
    told = trial.subject().truncate(first);
  } catch (const std::exception& error) {
    history.complete(number, {fmt::format("exception: {}", error.what()), {}, {}, {}});
    if (is_told(error)) throw;
    throw HarnessFailure(fmt::format("truncate threw: {}", error.what()));
  }
  Outcome outcome;
  outcome.kind = told ? "ok" : "refused: " + error_name(told.error());
  if (told) outcome.offset = *told;
  history.complete(number, std::move(outcome));
  return told ? std::optional(*told) : std::nullopt;
}

}  // namespace streamtest

#include <streamtest/cases/case.hpp>
#include <streamtest/cases/steps.hpp>

#include <fmt/format.h>

namespace streamtest {
namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Result;

/// A failure of that kind must be of that kind. That it fails at all is another rule's matter.
void must_be(Bench& bench, const Trial& trial, Errc expected, const boost::system::error_code& seen,
             std::string_view call) {
  bench.count();
  if (seen != expected)
    trial.fail(fmt::format("{} failed with {}:{} ({}): expected {}, which callers tell by its kind",
                           call, seen.category().name(), seen.value(), seen.message(),
                           eventstream::to_string(expected)));
}

/// What a read came to, if it failed within the bound; else it is freed.
boost::system::error_code failure(Reader& reader, Pending pending) {
  if (!pending.returned_in_time()) {
    pending.give_up();
    (void)reader.close();
    return {};
  }
  const Result<Event> seen = pending.result();
  return seen ? boost::system::error_code() : seen.error();
}

// A closed cursor that fails like a broken one, or a second close that does.
void closed_is_told(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  append_run(bench, *trial, std::vector<std::size_t>{0, 1}, 2);
  for (const Offset from : {Offset{0}, trial->end()}) {
    Reader reader = trial->open(from, trial->all_types());
    (void)reader.close();
    if (const auto error = failure(reader, reader.start_next()))
      must_be(bench, *trial, Errc::cursor_closed, error, "next of a closed cursor");
    if (const auto closed = reader.close(); !closed)
      must_be(bench, *trial, Errc::cursor_closed, closed.error(), "close of a closed cursor");
    Reader waiting = trial->open(trial->end(), trial->all_types());
    Pending pending = waiting.start_next();
    (void)waiting.close();
    if (const auto error = failure(waiting, pending))
      must_be(bench, *trial, Errc::cursor_closed, error,
              "a next that was pending when its cursor was closed");
  }
}

// Truncation that arrives as any other error (O-52, B112).
void truncated_is_told(Bench& bench) {
  if (!can_truncate(bench)) return;
  const std::unique_ptr<Trial> trial = bench.trial();
  append_run(bench, *trial, repeated({0, 1}, 6), 2);
  Reader early = trial->open(0, trial->all_types());
  must_read(*trial, early, 0, trial->all_types(), 1);
  trial->truncate(trial->end());
  append_run(bench, *trial, std::vector<std::size_t>{0, 1}, 2);
  // It may hold what was cut, and go on to the end.
  for (std::size_t read = 1; read < trial->log().size(); ++read)
    if (const auto error = failure(early, early.start_next())) {
      must_be(bench, *trial, Errc::truncated, error, "next of a cursor below the cut");
      break;
    }
  Result<Reader> late = trial->try_open(0, trial->all_types());
  if (!late)
    must_be(bench, *trial, Errc::truncated, late.error(), "open below the cut");
  else if (const auto error = failure(*late, late->start_next()))
    must_be(bench, *trial, Errc::truncated, error, "next of a cursor opened below the cut");
}

// A cancel that looks like a failure of the stream, so that the caller tries again.
void cancelled_is_told(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  trial->append({0});
  std::stop_source stop;
  stop.request_stop();
  if (const auto opened = trial->try_open(0, trial->all_types(), stop.get_token()); !opened)
    must_be(bench, *trial, Errc::cancelled, opened.error(), "open with a cancelled token");
  if (trial->has(Means::event_types))
    if (const auto types = trial->event_types(stop.get_token()); !types)
      must_be(bench, *trial, Errc::cancelled, types.error(), "event_types with a cancelled token");
  for (const Offset from : {Offset{0}, trial->end()}) {
    Reader reader = trial->open(from, trial->all_types());
    if (const auto error = failure(reader, reader.start_next(true)))
      must_be(bench, *trial, Errc::cancelled, error, "next with a cancelled token");
  }
  Reader reader = trial->open(trial->end(), trial->all_types());
  Pending pending = reader.start_next();
  pending.cancel();
  if (const auto error = failure(reader, pending))
    must_be(bench, *trial, Errc::cancelled, error, "a next that was pending when it was cancelled");
}

// A filter that is refused as if the stream had failed: the caller can't know that no retry helps.
void unsupported_is_told(Bench& bench) {
  const std::unique_ptr<Trial> trial = bench.trial();
  const auto empty = trial->try_open(0, EventTypeSet());
  if (!empty)
    must_be(bench, *trial, Errc::no_event_types, empty.error(), "open with an empty filter");
  if (!trial->has(Means::type_check)) return;
  const auto known = trial->has(Means::event_types) ? trial->event_types() : trial->all_types();
  const EventType unknown("no-such-type-on-" + trial->scenario().unique_name);
  if (!known || known->contains(unknown)) return;
  for (EventTypeSet filter : {EventTypeSet(), trial->all_types()}) {
    filter.insert(unknown);
    Result<Reader> opened = trial->try_open(0, filter);
    if (!opened) {
      must_be(bench, *trial, Errc::unsupported_event_type, opened.error(),
              "open with an unknown type");
    } else if (bench.capabilities().lazy_type_check) {
      if (const auto error = failure(*opened, opened->start_next()))
        must_be(bench, *trial, Errc::unsupported_event_type, error,
                "the first next with an unknown type");
    }
  }
}

// A refused expectation that looks like a failed append: the caller would try again instead of
// deciding anew.
void conflict_is_told(Bench& bench) {
  if (!bench.capabilities().conditional_append || !bench.hooks().append_expecting) return;
  const std::unique_ptr<Trial> trial = bench.trial();
  const Logged last = trial->append_one();
  if (const auto answer = trial->try_append({trial->parcel(trial->type(0))}, "case", last.offset);
      !answer)
    must_be(bench, *trial, Errc::conflict, answer.error(), "append that expected a used offset");
}

constexpr Case errors_table[] = {
    {.rule = "ERR-1", .name = "closed_is_told", .body = closed_is_told},
    {.rule = "ERR-1", .name = "truncated_is_told", .body = truncated_is_told},
    {.rule = "ERR-1",
     .name = "cancelled_is_told",
     .body = cancelled_is_told,
     .needs = Means::cancelling},
    {.rule = "ERR-1", .name = "unsupported_is_told", .body = unsupported_is_told},
    {.rule = "ERR-1",
     .name = "conflict_is_told",
     .body = conflict_is_told,
     .reads = Case::Reads::once},
};

}  // namespace

std::span<const Case> errors_cases() {
  return errors_table;
}

}  // namespace streamtest

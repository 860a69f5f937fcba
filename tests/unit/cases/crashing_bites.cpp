#include "bite.hpp"

namespace streamtest {
namespace {

/// As a stream whose vocabulary is its own, of which only tokens come back.
void carries_tokens_only(SubjectFactory& factory) {
  Vocabulary& vocabulary = factory.vocabulary;
  for (const char* name : {"A", "B", "C"}) vocabulary.event_types.emplace_back(name);
  vocabulary.make = [](const eventstream::EventType& type, std::string_view token) {
    eventstream::Envelope envelope;
    envelope.type = type;
    envelope.data = token;
    return envelope;
  };
}

constexpr Bite crashing_rows[] = {
    {.truth = "CONTROL-D",
     .rule = "DUR-1",
     .name = "every_event_outlives_a_reopening",
     .plan = {Call::append, Lie::higher},
     .phrase = "the first event that was appended after the stream was reopened got offset 1: "
               "expected the old"},
    {.truth = "CONTROL-D",
     .rule = "DUR-1",
     .name = "every_event_outlives_a_reopening",
     .plan = {Call::reopen, Lie::throws},
     .phrase = "the stream can't be opened anew: it threw"},
    {.truth = "CONTROL-D",
     .rule = "DUR-4",
     .name = "a_stream_survives_two_kills",
     .plan = {Call::append, Lie::says_failure},
     .phrase = "after a crash nothing can be appended: backend_failure"},
    {.truth = "CONTROL-D",
     .rule = "DUR-4",
     .name = "a_stream_survives_two_kills",
     .plan = {Call::next, Lie::says_closed},
     .phrase = "can't be read: cursor_closed"},
    {.truth = "CONTROL-D",
     .rule = "DUR-4",
     .name = "a_stream_survives_two_kills",
     .plan = {Call::make, Lie::throws},
     .phrase = "the stream can't be opened again: it threw"},
    {.truth = "CONTROL-D",
     .rule = "DUR-4",
     .name = "a_stream_survives_two_kills",
     .plan = {.times = 0},
     .phrase = "a process that was at work ended by itself: ",
     .idle_worker = true},
    {.truth = "CONTROL-D",
     .rule = "DUR-5",
     .name = "a_flipped_byte_is_told",
     .plan = {Call::next, Lie::says_closed, 0, 1, true},
     .phrase = "with a damaged store a read that was due event"},
    {.truth = "CONTROL-D",
     .rule = "DUR-5",
     .name = "a_flipped_byte_is_told",
     .plan = {Call::next, Lie::other_data, 0, 1, true},
     .phrase = "with a damaged store the read that was due event",
     .change = carries_tokens_only},
    {.truth = "CONTROL-D",
     .rule = "DUR-5",
     .name = "a_flipped_byte_is_told",
     .plan = {Call::open, Lie::says_closed, 0, 1, true},
     .phrase = "with a damaged store open said cursor_closed"},
    {.truth = "CONTROL-D",
     .rule = "DUR-5",
     .name = "a_flipped_byte_is_told",
     .plan = {Call::append, Lie::lower, 0, 1, true},
     .phrase = "with a damaged store an append was given offset",
     .places = 40},
    {.truth = "sqlite-handler",
     .rule = "HND-2",
     .name = "a_kill_leaves_both_or_neither",
     .plan = {Call::next_offset, Lie::lower, 0, always},
     .phrase = "events were handled before a crash, and next_offset is",
     .places = 40},
    {.truth = "sqlite-handler",
     .rule = "HND-2",
     .name = "a_kill_leaves_both_or_neither",
     .plan = {Call::next_offset, Lie::says_closed},
     .phrase = "after a crash next_offset failed: cursor_closed"},
    {.truth = "sqlite-handler",
     .rule = "HND-2",
     .name = "a_kill_leaves_both_or_neither",
     .plan = {Call::next_offset, Lie::throws},
     .phrase = "after a crash next_offset threw: it threw"},
    {.truth = "sqlite-handler",
     .rule = "HND-2",
     .name = "a_kill_leaves_both_or_neither",
     .plan = {Call::effects, Lie::reversed, 0, always},
     .phrase = "after a crash effect"},
    {.truth = "sqlite-handler",
     .rule = "HND-2",
     .name = "a_kill_leaves_both_or_neither",
     .plan = {Call::make, Lie::throws},
     .phrase = "the handler can't be opened again: it threw"},
    {.truth = "ODD-recovering",
     .rule = "ERR-3",
     .name = "reading_goes_on_where_it_was",
     .plan = {Call::open, Lie::says_failure, 1, always},
     .phrase = "no new cursor gave what is due",
     .patience = std::chrono::milliseconds(500)},
    {.truth = "ODD-recovering",
     .rule = "ERR-3",
     .name = "reading_goes_on_where_it_was",
     .plan = {Call::next, Lie::stuck},
     .phrase = "and then next of a new cursor did not return",
     .places = 40,
     .patience = std::chrono::milliseconds(500)},
};

}  // namespace

std::span<const Bite> crashing_bites() {
  return crashing_rows;
}

}  // namespace streamtest

#include <streamtest/cases/case.hpp>
#include <streamtest/cases/steps.hpp>
#include <streamtest/faults/script.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

// ERR-2, ERR-3 and CLS-4: the network between the stream and its backend fails before the first
// delivery, between two, or while next waits (probe P12). What a stream makes of that is its own
// affair: it may tell of it, once or for good, or try again unseen. What it may not do is hang, lie
// about the stream, or go on at another place.

namespace streamtest {
namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Result;
using Clock = std::chrono::steady_clock;

enum class Trouble { cut, cut_midway, end_of_answers, end_of_requests, refused, vanished };

constexpr std::array troubles{
    std::pair{Trouble::cut, "every connection was reset"},
    std::pair{Trouble::cut_midway, "every connection was reset after some more bytes"},
    std::pair{Trouble::end_of_answers, "the server's side of every connection ended"},
    std::pair{Trouble::end_of_requests, "the client's side of every connection ended"},
    std::pair{Trouble::refused, "every connection was reset, and new ones for a while"},
    std::pair{Trouble::vanished, "the peer of every connection vanished without a word"},
};

enum class Moment { before_the_first_event, between_events, while_waiting };

constexpr std::array moments{Moment::before_the_first_event, Moment::between_events,
                             Moment::while_waiting};

void strike(Bench& bench, FaultProxy& network, Trouble trouble) {
  switch (trouble) {
    case Trouble::cut:
      return network.cut();
    case Trouble::cut_midway:
      return network.limit(bench.below(600));
    case Trouble::end_of_answers:
      return network.half_close(Direction::to_client);
    case Trouble::end_of_requests:
      return network.half_close(Direction::to_server);
    case Trouble::refused:
      return network.refuse();
    case Trouble::vanished:
      return network.stall();
  }
}

/// One reader on a stream whose network fails once.
class Storm {
 public:
  /// `happened` is what a failure says of the network.
  Storm(Bench& bench, std::string happened, Moment moment)
      : bench_(&bench), happened_(std::move(happened)), trial_(bench.trial()) {
    append_run(bench, *trial_, at_random(bench, 12), 4);
    append_run(bench, *trial_, std::vector<std::size_t>{0, 2}, 2);  // so many at least are read
    if (trial_->learns_offsets())
      throw NotSupported(
          "needs an append that tells the offsets: they can't be learned by reading "
          "while the network is broken");
    filter_ = bench.below(2) == 0 ? trial_->all_types() : trial_->filter({0, 2});
    position_ = moment == Moment::while_waiting ? trial_->end() : bench.below(6);
    reader_ = trial_->open(position_, filter_);
    if (moment == Moment::between_events)
      for (std::uint64_t i = 1 + bench.below(2); i > 0; --i) read_one();
    if (moment == Moment::while_waiting) pending_ = reader_->start_next();
  }

  /// The network fails. Something is due for the reader afterwards, so that no next need wait.
  void break_out(Trouble trouble) {
    await_and_strike(trouble);
    append_run(*bench_, *trial_, at_random(*bench_, 6), 2);
    trial_->append_one(0);
    trial_->subject().settle();
    if (!pending_) pending_ = reader_->start_next();
    bench_->spin(bench_->below(1'000'000));
    if (trouble == Trouble::refused) heal();
    bench_->count();
  }

  /// The next that met the failure comes back within the bound, with the event that is due, one
  /// from behind it (another rule's matter), or an error that is one.
  void must_tell_or_go_on() {
    if (!pending_->returned_in_time())
      fail("next has not returned within the bound: expected an event or a failure");
    must_be_honest(pending_->result());
  }

  /// The same cursor goes on where it was, or fails again; a new one goes on for certain.
  void must_go_on() {
    take_in_time(*pending_);
    for (int again = 0; again < 3 && due(); ++again) {
      Pending next = reader_->start_next();
      take_in_time(next);
    }
    must_arrive();
  }

  /// An open comes back within the bound as well, with an error that is one, or a cursor; what that
  /// reads first is no hang and no lie.
  void must_open_or_tell(Trouble trouble) {
    std::optional<Result<Reader>> opened;
    in_trouble("open", trouble, [&] { opened = trial_->try_open(position_, filter_); });
    if (!*opened) return must_be_failure("open", opened->error());
    reader_ = *std::move(*opened);
    trial_->append_one(0);
    trial_->subject().settle();
    pending_ = reader_->start_next();
    must_tell_or_go_on();
  }

  bool tells_types() const { return trial_->has(Means::event_types); }

  /// So do the types, and all of them: none would say that the stream can't hold an event.
  void must_tell_types(Trouble trouble) {
    std::optional<Result<EventTypeSet>> told;
    in_trouble("event_types", trouble, [&] { told = trial_->event_types(); });
    if (!*told) return must_be_failure("event_types", told->error());
    for (const eventstream::EventType& type : trial_->all_types())
      if (!(*told)->contains(type))
        fail(fmt::format(
            "event_types gave {} types without \"{}\", which may be appended: expected all of "
            "them, or a failure",
            (*told)->size(), type.name()));
  }

  /// The network stays as it is: no answer to a close comes by the connections that there are.
  void must_close(Trouble trouble) {
    await_and_strike(trouble);
    must_return(
        *bench_, fmt::format("{}; close of {}", happened_, reader_->name()),
        [&] { (void)reader_->close("closer"); }, [&] { heal(); });
    if (pending_) (void)pending_->result();
    heal();
    bench_->count();
  }

  /// The network goes through all of that, while events come and are read by one cursor after
  /// another.
  void must_live_through(const FaultScript& script) {
    const FaultPlayer player(trial_->subject().network(), script, bench_->random()());
    while (!player.finished() || pending_) {
      trial_->append_one(due() ? bench_->below(3) : 0);
      trial_->subject().settle();
      if (!pending_) pending_ = reader_->start_next();
      take_in_time(*pending_);
      const bool failed = !pending_->result();
      pending_.reset();
      if (failed && bench_->below(2) == 0) reopen();
      bench_->count();
    }
    must_arrive();
  }

 private:
  void await_and_strike(Trouble trouble) {
    if (!trial_->subject().network().await_connection(bench_->patience()))
      throw HarnessFailure(
          "no connection goes through the proxy of network(): what is it to break?");
    strike(*bench_, trial_->subject().network(), trouble);
  }

  void heal() { trial_->subject().network().heal(); }

  /// The network fails, and the call is made. Where new connections are refused, that ends while
  /// the call is under way: one that tries again for as long as it takes is no hang.
  void in_trouble(std::string_view call, Trouble trouble, const std::function<void()>& make) {
    await_and_strike(trouble);
    const std::uint64_t time = trouble == Trouble::refused ? bench_->below(8'000'000) : 0;
    const auto heal_in_time = [&] {
      Bench::spin(time);
      if (trouble == Trouble::refused) heal();
    };
    const auto come_back = [&] {
      must_return(*bench_, fmt::format("{}; {}", happened_, call), make, [&] { heal(); });
    };
    bench_->together({come_back, heal_in_time});
    bench_->count();
  }

  void must_be_failure(std::string_view call, const boost::system::error_code& error) const {
    // What refuses the caller's types would be said of an answer that was lost.
    if (!is_failure(error) || error == Errc::unsupported_event_type ||
        error == Errc::no_event_types)
      fail(fmt::format("{} said {}: expected what was asked for, or a failure", call,
                       error_name(error)));
  }

  std::optional<Logged> due() const { return trial_->first_match(position_, filter_); }

  /// The network is well; a new cursor gives the rest.
  void must_arrive() {
    reader_->destroy();
    const Clock::time_point patience_ends = Clock::now() + trial_->patience();
    // One that refuses at once isn't asked a million times.
    for (std::uint64_t pause = 1000; due(); pause = std::min<std::uint64_t>(2 * pause, 4'000'000)) {
      if (Clock::now() > patience_ends)
        fail("and long after the network was well again no new cursor gave what is due");
      read_anew();
      Bench::spin(pause);
    }
  }

  void read_one() {
    const Logged next = *due();
    reader_->must_deliver(next);
    position_ = next.offset + 1;
  }

  [[noreturn]] void fail(const std::string& what) const {
    trial_->fail(fmt::format("{}; {}", happened_, what));
  }

  /// An event from behind is nothing that was skipped: where it goes on is ERR-3's matter.
  void must_be_honest(const Result<Event>& seen) {
    if (seen && seen->offset < position_) return;
    if (seen) return must_be_due(seen);
    if (!is_failure(seen.error()))
      fail(fmt::format("next of {} said {}: expected event {} or a failure", reader_->name(),
                       trial_->describe(seen), due()->offset));
  }

  void must_be_due(const Result<Event>& seen) {
    const std::optional<Logged> expected = due();
    if (!seen || !expected || !trial_->same(*expected, *seen))
      fail(fmt::format("next of {} gave {}: expected event {}, behind what was delivered",
                       reader_->name(), trial_->describe(seen),
                       expected ? std::to_string(expected->offset) : "none"));
    position_ = expected->offset + 1;
  }

  /// An event must be the one that is due; an error says nothing here.
  void take(const Result<Event>& seen) {
    if (seen) must_be_due(seen);
  }

  /// One that hangs is ERR-2's matter, unless it waits at another place: then a later event shows.
  void take_in_time(Pending& next) {
    if (!next.returned_in_time()) {
      trial_->append_one(0);
      trial_->append_one(2);
      trial_->subject().settle();
      if (!next.returned_in_time())
        throw Inconclusive(
            "next hangs when the network fails, which is ERR-2's matter, so that "
            "it never showed where it would go on");
    }
    take(next.result());
  }

  /// Where the network lets it; otherwise the old cursor goes on.
  void reopen() {
    Result<Reader> opened = trial_->try_open(position_, filter_);
    if (!opened) return;
    reader_->destroy();
    reader_ = *std::move(opened);
  }

  void read_anew() {
    Result<Reader> opened = trial_->try_open(position_, filter_);
    if (!opened) return;
    reader_ = *std::move(opened);
    while (due()) {
      Pending next = reader_->start_next();
      if (!next.returned_in_time()) return fail("and then next of a new cursor did not return");
      const Result<Event> seen = next.result();
      take(seen);
      if (!seen) break;
    }
    reader_->destroy();
  }

  Bench* bench_;
  const std::string happened_;
  std::unique_ptr<Trial> trial_;
  EventTypeSet filter_;
  Offset position_ = 0;  ///< behind the last delivered event, or where it was opened
  std::optional<Reader> reader_;
  std::optional<Pending> pending_;
};

/// Every trouble at every moment at least once.
void in_every_storm(Bench& bench, void (Storm::*judge)()) {
  for (Rounds rounds = bench.rounds(10); rounds.more();)
    for (const auto& trouble : troubles)
      for (const Moment moment : moments) {
        bench.history().clear();
        Storm storm(bench, std::string(trouble.second), moment);
        storm.break_out(trouble.first);
        (storm.*judge)();
      }
}

// A reader that takes a dead connection for a quiet stream, or its end for the stream's (B103,
// B104, B108).
void a_broken_network_is_told_or_overcome(Bench& bench) {
  in_every_storm(bench, &Storm::must_tell_or_go_on);
}

// What is asked of the stream itself meets the same network: an error that is swallowed makes a
// stream without types, and one that is waited out a reader that never begins (B103, B104).
void what_is_asked_then_is_told_or_overcome(Bench& bench) {
  for (Rounds rounds = bench.rounds(10); rounds.more();)
    for (const auto& [trouble, happened] : troubles) {
      const auto storm = [&] {
        bench.history().clear();
        return Storm(bench, std::string(happened), Moment::between_events);
      };
      storm().must_open_or_tell(trouble);
      if (Storm asked = storm(); asked.tells_types()) asked.must_tell_types(trouble);
    }
}

// A close that tells the peer and waits for its word: at the other end of a cable that was pulled
// there is nobody to say it (B61, B108).
void close_needs_no_peer(Bench& bench) {
  if (!bench.hooks().network) throw NotSupported("needs the hook network");
  for (Rounds rounds = bench.rounds(10); rounds.more();)
    for (const auto& [trouble, happened] : troubles) {
      bench.history().clear();
      // With a peer that vanished it is the next that waits for it that close has to free.
      const bool waiting = trouble == Trouble::vanished || bench.below(2) == 0;
      Storm storm(bench, std::string(happened),
                  waiting ? Moment::while_waiting : Moment::between_events);
      storm.must_close(trouble);
    }
}

// A reconnect that begins at 0, at the end, or with the last event again (B109 to B111).
void reading_goes_on_where_it_was(Bench& bench) {
  in_every_storm(bench, &Storm::must_go_on);
}

/// Faults of any kind but a vanished peer, and time between them; all are over in the end.
std::string some_storm(Bench& bench) {
  constexpr std::array faults{"cut", "limit 0..2000", "half_close to_client",
                              "half_close to_server", "delay 0us..2ms"};
  std::string text;
  for (int i = 0; i < 8; ++i)
    text += fmt::format("wait 0us..8ms\n{}\n", faults.at(bench.below(faults.size())));
  text += "refuse\nwait 0us..20ms\nheal\n";
  return text;
}

std::string on_one_line(std::string script) {
  std::ranges::replace(script, '\n', ';');
  return script;
}

// One fault upon another, in the middle of what the one before has left (B111, B112).
void a_storm_loses_nothing(Bench& bench) {
  for (Rounds rounds = bench.rounds(30, 3); rounds.more();) {
    bench.history().clear();
    const std::string script = some_storm(bench);
    Storm storm(bench, "fault came upon fault, by the script \"" + on_one_line(script) + "\"",
                moments.at(bench.below(moments.size())));
    storm.must_live_through(FaultScript::parse(script));
  }
}

constexpr Case network_table[] = {
    {.rule = "ERR-2",
     .name = "a_broken_network_is_told_or_overcome",
     .body = a_broken_network_is_told_or_overcome},
    {.rule = "ERR-2",
     .name = "what_is_asked_then_is_told_or_overcome",
     .body = what_is_asked_then_is_told_or_overcome},
    {.rule = "CLS-4", .name = "close_needs_no_peer", .body = close_needs_no_peer},
    {.rule = "ERR-3", .name = "reading_goes_on_where_it_was", .body = reading_goes_on_where_it_was},
    {.rule = "ERR-3", .name = "a_storm_loses_nothing", .body = a_storm_loses_nothing},
};

}  // namespace

std::span<const Case> network_cases() {
  return network_table;
}

}  // namespace streamtest

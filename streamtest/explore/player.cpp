#include <streamtest/explore/beside.hpp>
#include <streamtest/explore/player.hpp>
#include <streamtest/explore/terms.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace streamtest {

using eventstream::Errc;
using eventstream::Offset;
using eventstream::Result;
using Kind = Command::Kind;

namespace {

constexpr std::size_t slots = 4;
constexpr int most_sentinels = 10;
class Player {
 public:
  Player(Bench& bench, const Waiting& waiting, Survived survived)
      : bench_(&bench),
        waiting_(waiting),
        survived_(std::move(survived)),
        trial_(survived_.trial),
        terms_(*trial_),
        model_(bench.capabilities()) {
    truncates_ = bench.capabilities().truncation != Truncation::none && bench.hooks().truncate;
    played_.type_names = terms_.type_names();
    std::vector<Known> there;
    for (const Logged& event : survived_.events) there.push_back(terms_.known(event));
    for (std::size_t i = 0; i < there.size(); ++i) code_names_.push_back(fmt::format("e0[{}]", i));
    if (!there.empty()) (void)model_.append(std::move(there));
  }

  Played play(const Program& program) {
    for (const Command& command : program)
      if (!played_.breach) run(command);
    for (std::size_t slot = 0; slot < slots; ++slot) end_read(slot);
    played_.situations |= model_.situations();
    played_.history = trial_->witness().history().operations();
    // Whatever is stuck has had its time.
    trial_->set_patience(std::min<std::chrono::nanoseconds>(waiting_.usual, least_waiting));
    return std::move(played_);
  }

 private:
  struct Place {
    std::optional<Reader> reader;
    std::optional<Pending> last;  ///< the last read
    bool pending = false;         ///< nobody has waited for it
    bool judged = false;          ///< it returned, and the model knows
    std::string expected;         ///< what was expected of it, as code
    std::size_t began = 0;
  };

  void run(const Command& command) {
    execute(command);
    for (std::size_t slot = 0; slot < slots && !played_.breach; ++slot) harvest(slot);
  }

  void execute(const Command& command) {
    if (command.kind == Kind::append) return append(command);
    if (command.kind == Kind::truncate) return truncate(command);
    if (command.kind == Kind::reopen) return reopen(command);
    if (command.kind == Kind::kill) return killed(command);
    if (!has_cursor(command.kind)) return beside(command);
    Place& place = places_.at(command.slot);
    if (command.kind == Kind::open) return place.reader ? void() : open(command, place);
    if (!place.reader) return;
    switch (command.kind) {
      case Kind::next:
        return next(command, place);
      case Kind::start_next:
        return start_next(command, place);
      case Kind::cancelled_next:
        return cancelled_next(command, place);
      case Kind::cancel:
        return cancel(command, place);
      case Kind::close:
        return close(command, place);
      case Kind::try_next:  // tells nothing that next doesn't, where nobody else acts meanwhile
        return;
      default:
        return place.pending ? void() : destroy(command, place);
    }
  }

  // ---- the commands

  void killed(Command command) {
    if (survived_.events.empty()) return;
    command.types.clear();
    for (const Known& event : model_.log()) command.types.push_back(event.type);
    add({.command = std::move(command)});
  }

  void append(const Command& command) {
    add({.command = command});
    std::vector<Known> batch;
    try {
      for (const Logged& event : trial_->append(command.types))
        batch.push_back(terms_.known(event));
    } catch (
        const Violation& violation) {  // the stream doesn't tell offsets, and they can't be read
      return report(Breach{"BLK-2", violation.message()}, "append:");
    }
    ++batches_;
    for (std::size_t i = 0; i < batch.size(); ++i)
      code_names_.push_back(fmt::format("e{}[{}]", batches_, i));
    report(model_.append(std::move(batch)), "append");
  }

  void truncate(const Command& command) {
    if (!truncates_) return;
    const Offset offset = resolve(command.offset);
    History& history = trial_->witness().history();
    const History::Number number =
        history.invoke("truncate", "case", "", fmt::format("{}", offset));
    Result<Offset> first = Errc::backend_failure;
    try {
      first = trial_->subject().truncate(offset);
    } catch (const std::exception& error) {
      history.complete(number, {fmt::format("exception: {}", error.what()), {}, {}, {}});
      if (is_told(error)) throw;
      throw HarnessFailure(fmt::format("truncate threw: {}", error.what()));
    }
    const std::optional<Offset> answer = first ? std::optional(*first) : std::nullopt;
    history.complete(number,
                     {first ? "ok" : "refused: " + first.error().message(), answer, {}, {}});
    if (!first && offset <= model_.end())
      throw HarnessFailure(
          fmt::format("truncate({}) failed with {}", offset, first.error().message()));
    add({.command = command, .offset = offset});
    report(model_.truncate(offset, answer), fmt::format("truncate({})", offset));
  }

  void reopen(const Command& command) {
    if (!bench_->hooks().reopen) return;
    // What still reads is ended by commands of its own, so that a read that doesn't end is found.
    for (std::size_t slot = 0; slot < slots; ++slot) {
      if (!played_.breach && places_[slot].pending) run({.kind = Kind::close, .slot = slot});
      if (!played_.breach && places_[slot].pending) run({.kind = Kind::next, .slot = slot});
    }
    if (played_.breach) return;
    add({.command = command});
    reopened_ = true;
    if (beside_) beside_->neighbour_reopened();
    places_ = {};
    model_.reopen();
    try {
      trial_->reopen();
    } catch (const Violation& violation) {
      report(Breach{"DUR-1", violation.message()}, "reopen:");
    }
  }

  void beside(const Command& command) {
    if (!bench_->capabilities().twin || !bench_->hooks().twin) return;
    if (!beside_) beside_ = std::make_unique<Beside>(*bench_, *trial_);
    add({.command = command});
    const bool reads = command.kind == Kind::read_beside;
    std::optional<Breach> breach =
        reads ? beside_->read(waiting_.usual) : beside_->append(command.types);
    const auto came_if = [&](bool so, Situation situation) {
      if (so && !breach) played_.situations.set(static_cast<std::size_t>(situation));
    };
    came_if(reads && beside_->has_events() && !model_.log().empty(), Situation::event_beside);
    came_if(beside_->was_kept() && !reads, Situation::beside_after_reopenings);
    report(std::move(breach), reads ? "a cursor of the twin" : "append to the twin", 0, Drop::here);
  }

  void open(const Command& command, Place& place) {
    const Offset offset = resolve(command.offset);
    PlayedCommand step{.command = command, .offset = offset};
    Seen seen;
    try {
      Result<Reader> opened = trial_->try_open(offset, trial_->filter(command.types));
      if (opened) {
        step.cursor = opened->name();
        place.reader = *std::move(opened);
      } else {
        seen = Terms::failure(opened.error());
      }
    } catch (const Violation& violation) {
      seen = {.kind = Seen::Kind::other, .text = violation.message()};
    }
    if (step.cursor.empty()) step.cursor = "none";
    add(std::move(step));
    report(model_.open(command.slot, offset, command.types, seen), fmt::format("open({})", offset),
           command.slot);
  }

  /// A whole read if something is due, else the beginning of one.
  void next(const Command& command, Place& place) {
    if (place.pending) return wait(command, place);
    start(command, place);
    if (place.judged || model_.is_due(command.slot)) return finish(command.slot, place);
    played_.program.back().kind = played_.steps.back().command.kind = Kind::start_next;
  }

  void start_next(const Command& command, Place& place) {
    if (place.pending) return;
    start(command, place);
    if (played_.breach)
      played_.program.back().kind = played_.steps.back().command.kind = Kind::next;
  }

  void start(const Command& command, Place& place, bool cancelled = false) {
    place.began = played_.program.size();
    place.pending = true;
    place.judged = false;
    add({.command = command, .cursor = place.reader->name()});
    model_.start(command.slot, cancelled);
    place.last = place.reader->start_next(cancelled);
    if (returns_within(place, waiting_.moment))
      return judge(command.slot, place, terms_.outcome(*place.last));
    if (!trial_->driver().exact() || model_.is_due(command.slot)) return;
    trial_->driver().settle();
    if (!place.last->done()) model_.saw_wait(command.slot);
  }

  void wait(const Command& command, Place& place) {
    if (!place.judged && !model_.is_due(command.slot)) return;
    add({.command = command, .cursor = place.reader->name(), .waits = true});
    finish(command.slot, place);
  }

  void cancelled_next(const Command& command, Place& place) {
    if (place.pending) return;
    start(command, place, true);
    finish(command.slot, place);
  }

  void cancel(const Command& command, Place& place) {
    if (!place.last) return;
    add({.command = command, .cursor = place.reader->name()});
    model_.cancel(command.slot);
    place.last->cancel();
  }

  void close(const Command& command, Place& place) {
    PlayedCommand step{.command = command, .cursor = place.reader->name()};
    step.expected = model_.is_closed(command.slot) ? ".has_error()" : ".has_value()";
    add(std::move(step));
    Seen seen;
    try {
      const Result<void> closed = place.reader->close();
      if (!closed) seen = Terms::failure(closed.error());
    } catch (const Violation& violation) {
      seen = {.kind = Seen::Kind::other, .text = violation.message()};
    }
    report(model_.close(command.slot, seen), "close of " + place.reader->name(), command.slot);
  }

  void destroy(const Command& command, Place& place) {
    add({.command = command, .cursor = place.reader->name()});
    place.reader->destroy();
    model_.destroy(command.slot);
    place = {};
  }

  // ---- reads

  /// Judges a read that has returned though nobody waits for it. One that must return is given a
  /// moment.
  void harvest(std::size_t slot) {
    Place& place = places_.at(slot);
    if (!place.pending || place.judged) return;
    if (model_.is_due(slot) ? !returns_within(place, waiting_.moment) : !place.last->done()) return;
    judge(slot, place, terms_.outcome(*place.last));
    if (!played_.breach) return;
    add({.command = {.kind = Kind::next, .slot = slot},
         .cursor = place.reader->name(),
         .waits = true});
    played_.steps.back().expected = place.expected;
  }

  /// Waits for a read that must return, and judges it.
  void finish(std::size_t slot, Place& place) {
    place.pending = false;
    if (!place.judged) judge(slot, place, await(slot, place));
    played_.steps.back().expected = place.expected;
  }

  Seen await(std::size_t slot, Place& place) {
    const auto start = std::chrono::steady_clock::now();
    Seen stuck{.kind = Seen::Kind::stuck};
    waited_ = waiting_.usual;
    if (!returns_within(place, waited_)) {
      if (waiting_.patience <= waited_ || model_.returned(slot, stuck)->rule != waiting_.rule)
        return stuck;
      waited_ = waiting_.patience;
      if (!returns_within(place, waited_)) return stuck;
    }
    played_.longest_return = std::max<std::chrono::nanoseconds>(
        played_.longest_return, std::chrono::steady_clock::now() - start);
    return terms_.outcome(*place.last);
  }

  bool returns_within(Place& place, std::chrono::nanoseconds patience) {
    return streamtest::returns_within(*trial_, *place.last, patience);
  }

  void judge(std::size_t slot, Place& place, const Seen& seen) {
    place.judged = true;
    place.expected = code(model_.allowed(slot));
    std::optional<Breach> breach = model_.returned(slot, seen);
    if (seen.kind == Seen::Kind::stuck)
      breach->what += fmt::format(", and it has not returned within {:.3g} s",
                                  std::chrono::duration<double>(waited_).count());
    report(std::move(breach), "next of " + place.reader->name(), slot);
  }

  /// Gives a read that is left over what it needs to return, so that one that is stuck or returned
  /// too early is found.
  void end_read(std::size_t slot) {
    Place& place = places_.at(slot);
    for (int i = 0; !played_.breach && place.pending && !place.judged && !model_.is_due(slot);
         ++i) {
      const std::optional<std::size_t> type =
          i < most_sentinels ? model_.sentinel(slot) : std::nullopt;
      const Kind end = trial_->has(Means::cancelling) ? Kind::cancel : Kind::close;
      run(type ? Command{.kind = Kind::append, .types = {*type}}
               : Command{.kind = end, .slot = slot});
    }
    if (!played_.breach && place.pending && !place.judged) run({.kind = Kind::next, .slot = slot});
  }

  // ---- from the stream's terms to the model's

  Offset resolve(Offset choice) const {
    if (choice == last_offset) return choice;
    const std::vector<Known>& log = model_.log();
    return choice < log.size() ? log[choice].offset : model_.end() + (choice - log.size());
  }

  /// The end of a line of code, if there is just one right outcome.
  std::string code(const Allowed& allowed) const {
    if (int{allowed.event.has_value()} + allowed.truncated + allowed.cancelled + allowed.closed !=
        1)
      return "";
    if (allowed.event) return fmt::format("must_deliver({})", code_names_.at(*allowed.event));
    return fmt::format("must_fail(eventstream::Errc::{})", model_.describe(allowed));
  }

  void add(PlayedCommand step) {
    played_.program.push_back(step.command);
    played_.steps.push_back(std::move(step));
  }

  /// `neighbour` is what is done on the other of the two streams.
  void report(std::optional<Breach> breach, const std::string& call, std::size_t slot = 0,
              Drop neighbour = Drop::beside) {
    ++played_.judged;
    if (!breach) return;
    played_.message = fmt::format("{} {}", call, breach->what);
    // Whatever goes wrong only where the stream was reopened, or has a neighbour, is about that.
    if (reopened_) breach->suspects.push_back({"DUR-1", Drop::reopenings});
    if (reopened_ && model_.has_truncated())
      breach->suspects.push_back({"TRN-6", Drop::reopenings, Drop::truncations});
    if (beside_) breach->suspects.push_back({"IDN-2", neighbour});
    if (!survived_.events.empty()) breach->suspects.push_back({"DUR-4", Drop::kill});
    played_.breach = std::move(breach);
    played_.slot = slot;
    played_.began = places_.at(slot).began;
  }

  Bench* bench_;
  const Waiting& waiting_;
  Survived survived_;
  Trial* trial_;
  Terms terms_;
  Model model_;
  std::unique_ptr<Beside> beside_;
  bool reopened_ = false;
  bool truncates_ = false;
  std::chrono::nanoseconds waited_{0};  ///< for the last read that had to return
  std::array<Place, slots> places_;
  std::size_t batches_ = 0;
  std::vector<std::string> code_names_;  ///< of the log's events
  Played played_;
};

}  // namespace

Played play(Bench& bench, const Program& program, const Waiting& waiting, const KillAndOpen& kill) {
  Survived survived;
  if (kill && !program.empty() && program.front().kind == Kind::kill) {
    survived = kill(program.front().offset);
  } else {
    std::shared_ptr<Trial> fresh = bench.trial();
    survived = {.trial = fresh.get(), .keeper = std::move(fresh)};
  }
  return Player(bench, waiting, std::move(survived)).play(program);
}

}  // namespace streamtest

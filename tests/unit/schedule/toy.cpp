#include "toy.hpp"

#include <algorithm>
#include <utility>

namespace streamtest::toy {

std::vector<Move> Toy::possible_moves() {
  std::vector<Move> moves;
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    const std::size_t number = (last_ + i) % actors_.size();
    Script& script = actors_[number];
    const bool was = std::exchange(script.possible, script.next < script.steps.size() &&
                                                        (!script.steps[script.next].possible ||
                                                         script.steps[script.next].possible()));
    if (!script.possible) continue;
    if (!was || (moves_ > 0 && number == last_)) script.since = moves_;
    moves.push_back({.actor = static_cast<Actor>(number),
                     .since = script.since,
                     .object = script.steps[script.next].object});
  }
  return moves;
}

bool Toy::finished() const {
  return std::ranges::all_of(actors_,
                             [](const Script& each) { return each.next == each.steps.size(); });
}

Run Toy::run(Chooser& chooser) {
  Run run;
  for (;;) {
    const std::vector<Move> moves = possible_moves();
    if (moves.empty()) {
      run.failure = finished() ? verdict() : "stuck";
      return run;
    }
    last_ = moves[chooser.choose(moves)].actor;
    Script& script = actors_[last_];
    run.hash = (run.hash ^ (last_ + 1)) * 1099511628211U;
    if (script.steps[script.next].act()) ++script.next;
    if (++moves_ < 10'000) continue;
    run.failure = "too long";
    return run;
  }
}

Step always(std::function<void()> act) {
  return {.act =
              [act = std::move(act)] {
                act();
                return true;
              },
          .possible = {}};
}

Run independent(Chooser& chooser, std::size_t first, std::size_t second) {
  Toy toy;
  toy.actor(std::vector<Step>(first, always([] {})));
  toy.actor(std::vector<Step>(second, always([] {})));
  return toy.run(chooser);
}

Run lost_update(Chooser& chooser, std::size_t bystanders) {
  int number = 0;
  int read[2] = {};
  Toy toy;
  for (int& mine : read) {
    Step reads = always([&number, &mine] { mine = number; });
    Step writes = always([&number, &mine] { number = mine + 1; });
    reads.object = writes.object = 1;
    toy.actor({reads, writes});
  }
  for (std::size_t i = 0; i < bystanders; ++i) toy.actor(std::vector<Step>(5, always([] {})));
  toy.verdict = [&] { return number == 2 ? "" : "lost"; };
  return toy.run(chooser);
}

Run missed_wake_up(Chooser& chooser) {
  bool written = false;
  bool seen = false;
  bool waits = false;
  bool woken = false;
  Toy toy;
  toy.actor({always([&] { seen = written; }),
             always([&] { waits = !seen; }),
             {.act = [] { return true; }, .possible = [&] { return seen || woken; }}});
  toy.actor({always([] {}), always([&] { written = true; }), always([&] { woken = waits; })});
  return toy.run(chooser);
}

Run moment(Chooser& chooser) {
  int at = 0;
  bool seen = false;
  Toy toy;
  toy.actor(std::vector<Step>(40, always([&] { ++at; })));
  toy.actor({always([] {}), always([&] { seen = at == 20; })});
  toy.verdict = [&] { return seen ? "seen" : ""; };
  return toy.run(chooser);
}

Run wrong_waiter(Chooser& chooser) {
  std::vector<std::size_t> waiting;
  bool woken[2] = {};
  Toy toy;
  for (std::size_t i = 0; i < 2; ++i)
    toy.actor({always([&waiting, i] { waiting.push_back(i); }),
               {.act =
                    [&woken, i] {
                      if (i == 1) woken[0] = true;
                      return true;
                    },
                .possible = [&woken, i] { return woken[i]; }}});
  toy.actor({{.act =
                  [&] {
                    woken[waiting[chooser.pick(2)]] = true;
                    return true;
                  },
              .possible = [&] { return waiting.size() == 2; }}});
  return toy.run(chooser);
}

Run polite(Chooser& chooser) {
  bool done = false;
  Toy toy;
  toy.actor({{.act = [&] { return done; }, .possible = {}}});
  toy.actor({always([] {}), always([] {}), always([&] { done = true; })});
  return toy.run(chooser);
}

}  // namespace streamtest::toy

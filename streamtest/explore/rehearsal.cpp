#include <streamtest/explore/performance.hpp>
#include <streamtest/explore/rehearsal.hpp>
#include <streamtest/explore/way.hpp>
#include <streamtest/schedule/schedule.hpp>
#include <streamtest/schedule/thread_control.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <utility>

namespace streamtest {
namespace {

using std::chrono::nanoseconds;

/// What a rehearsal uses is kept by who is stuck in it.
struct Rehearsal {
  Rehearsal(SubjectFactory of, std::unique_ptr<Way> with)
      : factory(std::move(of)),
        way(std::move(with)),
        checker(allowances_of(factory.capabilities)) {}

  void run() {
    try {
      end = way->run(order, [this] { performance->run(); });
    } catch (...) {
      end = {.completed = false, .lost = true, .why = "it threw"};
    }
    // Here, where whoever ends it may still wait for a thread of its own.
    performance.reset();
  }

  const SubjectFactory factory;
  const std::unique_ptr<Way> way;
  Checker checker;
  std::shared_ptr<Performance> performance;
  Replay order{Schedule{}};
  Way::End end;
};

/// Every call that a program may make.
ConcurrentProgram every_call(const Bench& bench) {
  using Kind = Command::Kind;
  ConcurrentProgram program{
      .before = {{.kind = Kind::open, .slot = 0, .types = {0, 1, 2}}},
      .actors = {{{.kind = Kind::next, .slot = 0}}, {{.kind = Kind::append, .types = {0, 1}}}}};
  if (bench.capabilities().truncation != Truncation::none && bench.hooks().truncate)
    program.actors.push_back({{.kind = Kind::truncate, .offset = 1}});
  program.actors.push_back({{.kind = Kind::close, .slot = 0}});
  if (!bench.factory().lacks.contains(Means::cancelling))
    program.actors.back().insert(program.actors.back().begin(), {.kind = Kind::cancel, .slot = 0});
  return program;
}

std::shared_ptr<Rehearsal> prepare(Bench& bench, std::unique_ptr<Way> way, Delivery delivery) {
  auto rehearsal = std::make_shared<Rehearsal>(bench.factory(), std::move(way));
  rehearsal->performance = std::make_shared<Performance>(
      Circumstances{.factory = &rehearsal->factory,
                    .scenario = bench.scenario(bench.event_types(3)),
                    .delivery = delivery,
                    .patience = bench.patience(),
                    .comes = [history = bench.shared_history()] { show_life(*history); }},
      every_call(bench), *rehearsal->way, rehearsal->checker);
  return rehearsal;
}

/// Whether it returns in so much time. If not, its thread is left where it is
/// (docs/decisions/0005-stuck-threads.md), with all that `body` holds.
bool comes_back(const std::function<void()>& body, nanoseconds patience) {
  std::promise<void> over;
  const std::future<void> is_over = over.get_future();
  std::thread thread([body, over = std::move(over)]() mutable {
    body();
    over.set_value();
  });
  const bool back = is_over.wait_for(patience) == std::future_status::ready;
  if (back)
    thread.join();
  else
    thread.detach();
  return back;
}

}  // namespace

void bring_to_life(Bench& bench) {
  const Delivery delivery = bench.driver().delivery();
  const unsigned bit = 1U << static_cast<unsigned>(delivery);
  if ((bench.factory().alive->fetch_or(bit) & bit) != 0) return;
  const auto rehearsal = prepare(bench, make_free_way(), delivery);
  (void)comes_back([rehearsal] { rehearsal->run(); },
                   2 * bench.patience() + std::chrono::milliseconds(500));
  show_life(bench.history());
}

std::string rehearse(Bench& bench) {
  const auto rehearsal = prepare(bench, make_simulated_way(), Delivery::asynchronous);
  const auto run = [rehearsal] { rehearsal->run(); };
  if (const ThreadControl* control = thread_control()) {
    Replay usual{Schedule{}};
    const ThreadOutcome outcome = control->run({.moves = 1'000'000}, usual, run);
    if (outcome.verdict != ThreadVerdict::ok && outcome.verdict != ThreadVerdict::leaked)
      return fmt::format("its only thread doesn't come back: {}{}", to_string(outcome.verdict),
                         outcome.message.empty() ? "" : ", " + outcome.message);
  } else if (!comes_back(run, bench.patience())) {
    return "its only thread doesn't come back";
  }
  return rehearsal->end.lost ? rehearsal->end.why : std::string();
}

}  // namespace streamtest

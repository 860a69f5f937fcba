#include <streamtest/cases/kill.hpp>

#include <fmt/format.h>

namespace streamtest {
namespace {

/// A moment may never come: a stream that refuses every truncation says of none that it is done.
constexpr std::uint64_t most_lines = 2000;

[[noreturn]] void ended_early(Bench& bench, const WorkerTask& task,
                              const std::optional<WorkerLine>& line, Worker& worker) {
  if (!line)
    bench.fail(fmt::format("a process that was at work ended by itself: {}", worker.wait()));
  if (line->kind == WorkerLine::Kind::unopened && task.scenario.existing)
    bench.fail(fmt::format("what is stored can't be opened again after a crash: {}", line->text));
  throw HarnessFailure(
      fmt::format("in a process that was to be killed the harness failed: {}", line->text));
}

}  // namespace

Moment some_moment(Bench& bench, std::initializer_list<WorkerLine::Kind> kinds) {
  const WorkerLine::Kind after = kinds.begin()[bench.below(kinds.size())];
  return {
      .after = after,
      .count = after == WorkerLine::Kind::ready ? 1 : 1 + bench.below(bench.below(4) == 0 ? 60 : 8),
      .spins = bench.below(4) == 0 ? 0 : bench.below(200'000)};
}

void run_and_kill(Bench& bench, const WorkerTask& task, const Moment& moment,
                  const std::string& name, const std::function<void(const WorkerLine&)>& take) {
  Worker worker(bench.worker_command(), task);
  std::uint64_t left = moment.count;
  for (std::uint64_t lines = 0; left > 0 && lines < most_lines; ++lines) {
    const std::optional<WorkerLine> line = worker.next(bench.patience());
    if (!line || line->kind == WorkerLine::Kind::unopened || line->kind == WorkerLine::Kind::failed)
      ended_early(bench, task, line, worker);
    take(*line);
    if (line->kind == WorkerLine::Kind::unread) break;
    if (line->kind == moment.after) --left;
  }
  Bench::spin(moment.spins);
  worker.kill();
  while (const std::optional<WorkerLine> line = worker.next(bench.patience())) take(*line);
  const History::Number kill = bench.history().invoke("kill", "case", "", name);
  bench.history().complete(kill, {worker.wait(), {}, {}, {}});
  bench.count();
}

}  // namespace streamtest

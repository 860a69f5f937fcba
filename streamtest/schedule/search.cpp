#include <streamtest/schedule/search.hpp>

#include <utility>

namespace streamtest {

std::optional<Failing> search(Strategy& strategy, const RunProgram& program,
                              const std::function<bool()>& more, std::uint64_t& schedules) {
  std::uint64_t tried = 0;
  while (more() && strategy.begin()) {
    Recorder recorder(strategy);
    Run run = program(recorder);
    strategy.end(recorder.choices());
    ++schedules;
    ++tried;
    if (!run.failure.empty())
      return Failing{recorder.schedule(), std::move(run), strategy.name(), tried};
  }
  return std::nullopt;
}

unsigned replays(const Failing& failing, const RunProgram& program, unsigned times) {
  unsigned same = 0;
  for (unsigned i = 0; i < times; ++i) {
    Replay replay(failing.schedule);
    const Run run = program(replay);
    if (run.failure == failing.run.failure && run.hash == failing.run.hash) ++same;
  }
  return same;
}

}  // namespace streamtest

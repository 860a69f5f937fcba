#include <streamtest/certify/certify.hpp>
#include <streamtest/certify/command_line.hpp>
#include <streamtest/certify/failure_text.hpp>
#include <streamtest/certify/regressions.hpp>
#include <streamtest/certify/test_code.hpp>
#include <streamtest/explore/replay.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace streamtest {
namespace {

std::string target_of(const ReplayRequest& request, const Counterexample& counterexample) {
  for (const std::string& target : {request.target, counterexample.target, request.default_target})
    if (!target.empty()) return target;
  throw UsageError(fmt::format(
      "{} names no target, since a program without a command line wrote it; write one behind it",
      request.file));
}

/// The variant that failed; with another target that may have others, its first.
std::string variant_of(const SubjectFactory& factory, const Counterexample& counterexample,
                       bool same_target) {
  const std::vector<std::string>& known = factory.variants;
  const std::string& wanted = counterexample.variant;
  if (std::ranges::find(known, wanted) != known.end() || (known.empty() && wanted.empty()))
    return wanted;
  if (same_target)
    throw UsageError(fmt::format("{} has no variant '{}' any more", factory.name, wanted));
  return known.empty() ? std::string() : known.front();
}

/// A read that is stuck would keep the process from ending in an orderly way.
[[noreturn]] void leave(int code) {
  std::fflush(stdout);
  std::fflush(stderr);
  std::_Exit(code);
}

/// In the words of somebody who mended the stream, or believes so.
std::string passed_text(const Counterexample& counterexample, const Replayed& replayed) {
  std::string text =
      fmt::format("{} no longer fails: run {} time{} by {}", counterexample.rule, replayed.times,
                  replayed.times == 1 ? "" : "s", counterexample.way);
  if (replayed.diverged)
    text += fmt::format(
        "\nThe order {} can't be followed any more, because the stream does something else now;\n"
        "others may still fail: streamtest certify TARGET --rule {}",
        to_text(counterexample.schedule), counterexample.rule);
  return text;
}

}  // namespace

int command_replay(const ReplayRequest& request, const Schemes& schemes) {
  const Counterexample counterexample = read_counterexample_file(request.file);
  if (request.as_test) {
    std::printf("%s", test_code(counterexample).c_str());
    return 0;
  }
  const Target target = resolve_target(target_of(request, counterexample), schemes);
  (void)make_plan(target.factory, {});  // claims and hooks that contradict each other are told
  if (!target.factory.make)
    throw UsageError(fmt::format("{} is a {}, and the program is for a stream", target.factory.name,
                                 to_string(target.factory.role)));
  const RunContext context{
      .target = target.text,
      .budget = "default",
      .variant = variant_of(target.factory, counterexample, target.text == counterexample.target),
      .arguments = target.arguments};
  auto runner = std::make_unique<Runner>(target.factory, settings_of(counterexample), context);
  const std::string file = shell_word(request.file);
  const std::string again =
      fmt::format("streamtest replay {} {}\nstreamtest replay {} --gtest    prints it as a test",
                  file, shell_word(target.text), file);
  Replayed replayed;
  try {
    replayed = replay_watched(*runner, counterexample, again);
  } catch (const NotSupported& reason) {
    throw UsageError(fmt::format("{} can't run the program: {}", target.text, reason.what()));
  } catch (const StreamLost& lost) {
    std::printf("%s", lost_stream_text(counterexample, lost, again).c_str());
    runner.reset();  // with its folder
    leave(1);
  }
  if (replayed.again) {
    std::printf("%s", replay_text(counterexample, replayed, again).c_str());
    runner.reset();  // with its folder
    leave(1);
  }
  if (!replayed.trouble.empty())
    throw std::runtime_error(
        fmt::format("{} could not be replayed: {}", counterexample.rule, replayed.trouble));
  std::printf("%s\n", passed_text(counterexample, replayed).c_str());
  return 0;
}

}  // namespace streamtest

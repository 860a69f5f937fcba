#include <streamtest/certify/certify.hpp>
#include <streamtest/certify/command_line.hpp>
#include <streamtest/certify/temporary_folder.hpp>
#include <streamtest/certify/watchdog.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>

namespace streamtest {
namespace {

/// One call after another, each said before it is made, so that the last line names the one that
/// hangs.
class Steps {
 public:
  void step(const char* name, const std::function<std::string()>& call) {
    if (failed_) return;
    fmt::print("{:<12} ", name);
    std::fflush(stdout);
    std::string problem;
    try {
      problem = call();
    } catch (const NotSupported& reason) {
      fmt::print("left out: {}\n", reason.what());
      return;
    } catch (const std::exception& error) {
      problem = fmt::format("threw {}", error.what());
    }
    fmt::print("{}\n", problem.empty() ? "ok" : problem);
    failed_ = !problem.empty();
  }
  bool failed() const { return failed_; }

 private:
  bool failed_ = false;
};

}  // namespace

int command_smoke(const Target& target) {
  (void)make_plan(target.factory, {});  // claims and hooks that contradict each other are told
  auto history = std::make_shared<History>();
  const auto limit = std::chrono::seconds(10);
  Watchdog watchdog(history, limit, [&](const std::string&) {
    fmt::print("hangs: no answer for {} s\n", limit.count());
    std::fflush(stdout);
    std::_Exit(1);
  });
  watchdog.arm();
  Steps steps;
  Settings settings;
  const std::unique_ptr<Driver> driver = make_threads_driver();
  const TemporaryFolder folder;
  Scenario pattern;
  pattern.arguments = target.arguments;
  pattern.folder = folder.path();
  Bench bench(target.factory, settings, *driver, history, "smoke",
              fmt::format("st-{:x}-{:x}-smoke",
                          std::chrono::system_clock::now().time_since_epoch() /
                              std::chrono::microseconds(1),
                          ::getpid()),
              pattern);
  std::unique_ptr<Trial> trial;
  std::vector<Logged> logged;
  steps.step("fresh stream", [&] {
    trial = bench.trial();
    return std::string();
  });
  steps.step("application", [&] {
    return trial->application() == trial->scenario().application ? ""
                                                                 : "is not the one in the Scenario";
  });
  steps.step("event_types", [&] {
    const auto types = trial->event_types();
    if (!types) return types.error().message();
    for (const eventstream::EventType& type : trial->all_types())
      if (!types->contains(type))
        return fmt::format("lacks {}, which the Scenario asks for", type.name());
    return std::string();
  });
  steps.step("append", [&] {
    logged = trial->append({0, 1});
    return std::string();
  });
  steps.step("open, next", [&] {
    Reader reader = trial->open(logged.front().offset, trial->all_types());
    for (const Logged& expected : logged) reader.must_deliver(expected);
    return reader.close() ? std::string() : std::string("close failed");
  });
  return steps.failed() ? 1 : 0;
}

}  // namespace streamtest

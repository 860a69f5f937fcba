#include "../subject/little_stream.hpp"

#include <streamtest/certify/runner.hpp>
#include <streamtest/certify/temporary_folder.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

// A run in which every case fails leaves no descriptor, thread or file behind.

namespace streamtest {
namespace {

/// Every read gives the wrong error.
struct WrongStream {
  struct Cursor {
    eventstream::Cursor cursor;
    eventstream::Result<eventstream::Event> next(std::stop_token) {
      return eventstream::Errc::damaged;
    }
    eventstream::Result<void> close() { return eventstream::Errc::damaged; }
  };
  eventstream::Identity application() { return {"nobody", ""}; }
  eventstream::Result<eventstream::EventTypeSet> event_types(std::stop_token) {
    return eventstream::EventTypeSet();
  }
  eventstream::Result<Cursor> open(eventstream::Offset offset, const eventstream::EventTypeSet&,
                                   std::stop_token) {
    return Cursor{memory.open(offset, memory.event_types().value()).value()};
  }
  memorystream::Stream& memory;
};

struct WrongHarness {
  static Capabilities capabilities() {
    return {.truncation = Truncation::strict,
            .conditional_append = true,
            .cursors_outlive_stream = true};
  }
  explicit WrongHarness(const Scenario& scenario) : little(scenario), wrong{little.memory} {}
  WrongStream& stream() { return wrong; }
  eventstream::Result<Offsets> append(std::span<const eventstream::Parcel> batch) {
    return little.append(batch);
  }
  eventstream::Result<Offsets> append_expecting(std::span<const eventstream::Parcel>,
                                                eventstream::Offset) {
    return Offsets();
  }
  eventstream::Result<eventstream::Offset> truncate(eventstream::Offset) {
    return eventstream::Offset{12345};
  }

  LittleHarness little;
  WrongStream wrong;
};

std::size_t entries(const char* folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

/// The system takes a joined thread off the list a moment after the join; what stays is a leak.
std::size_t entries_after_settling(const char* folder, std::size_t expected) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  std::size_t seen = entries(folder);
  for (; seen != expected && std::chrono::steady_clock::now() < deadline; seen = entries(folder))
    std::this_thread::yield();
  return seen;
}

/// A folder for temporary files that no other process writes to.
class PrivateTemporaryFolder {
 public:
  PrivateTemporaryFolder() {
    if (const char* value = std::getenv("TMPDIR")) before_ = value;
    ::setenv("TMPDIR", folder_.path().c_str(), 1);
  }
  ~PrivateTemporaryFolder() {
    if (before_)
      ::setenv("TMPDIR", before_->c_str(), 1);
    else
      ::unsetenv("TMPDIR");
  }
  const char* path() const { return folder_.path().c_str(); }

 private:
  std::optional<std::string> before_;
  TemporaryFolder folder_;
};

TEST(CleanUp, ARunInWhichEveryRuleFailsLeavesNothingBehind) {
  const PrivateTemporaryFolder temporary;
  const SubjectFactory factory = make_factory<WrongHarness>("wrong");
  // With a process's first thread a sanitizer begins one of its own, which stays.
  std::jthread([] {}).join();
  const std::size_t threads = entries("/proc/self/task");
  const std::size_t descriptors = entries("/proc/self/fd");
  std::size_t failed = 0;
  std::size_t ran = 0;
  std::string spared;
  {
    Settings settings{.patience = std::chrono::milliseconds(50),
                      .budget = std::chrono::milliseconds(100)};
    Runner runner(factory, settings, {});
    for (const Rule* rule : catalogue()) {
      const bool has_case = std::any_of(all_cases().begin(), all_cases().end(),
                                        [&](const Case& each) { return each.rule == rule->id; });
      if (!has_case || !is_supported(rule->needs, factory)) continue;
      ++ran;
      if (runner.run(*rule).result.verdict == Verdict::pass)
        spared += std::string(rule->id) + " ";
      else
        ++failed;
    }
  }
  EXPECT_EQ(entries_after_settling("/proc/self/task", threads), threads);
  EXPECT_EQ(entries("/proc/self/fd"), descriptors);
  EXPECT_EQ(entries(temporary.path()), 0U);
  // What doesn't read has nothing wrong to see.
  EXPECT_GE(failed + 3, ran) << "these passed: " << spared;
}

}  // namespace
}  // namespace streamtest

#include <memorystream/stream.hpp>
#include <streamtest/certify/command_line.hpp>
#include <streamtest/certify/options.hpp>
#include <streamtest/certify/sqlite_target.hpp>
#include <streamtest/subject/harness.hpp>

namespace {

using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

/// The project's own stream in memory, certified like any other.
struct MemoryHarness {
  static streamtest::Capabilities capabilities() {
    return {.truncation = streamtest::Truncation::strict,
            .conditional_append = true,
            .cursors_outlive_stream = true};
  }
  explicit MemoryHarness(const streamtest::Scenario& scenario)
      : memory({.application = scenario.application, .event_types = scenario.event_types}) {}
  memorystream::Stream& stream() { return memory; }
  Result<streamtest::Offsets> append(std::span<const Parcel> batch) {
    return streamtest::consecutive(memory.append(batch), batch.size());
  }
  Result<streamtest::Offsets> append_expecting(std::span<const Parcel> batch, Offset expected) {
    return streamtest::consecutive(memory.append(batch, expected), batch.size());
  }
  Result<Offset> truncate(Offset first_retained) { return memory.truncate(first_retained); }

  memorystream::Stream memory;
};

streamtest::SubjectFactory memory(const std::string& rest) {
  if (!rest.empty()) throw streamtest::UsageError("memory: takes nothing behind the colon");
  return streamtest::make_factory<MemoryHarness>("memory");
}

}  // namespace

int main(int argument_count, char** arguments) {
  return streamtest::run_command_line(argument_count, arguments,
                                      {{"memory", memory}, {"sqlite", streamtest::sqlite_target}});
}

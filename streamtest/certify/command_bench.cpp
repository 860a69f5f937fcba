#include <eventstream/appender.hpp>
#include <eventstream/async.hpp>
#include <eventstream/stream.hpp>
#include <streamtest/certify/command_line.hpp>
#include <streamtest/certify/raw_limits.hpp>
#include <streamtest/certify/temporary_folder.hpp>
#include <streamtest/subject/thread_runtime.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <dlfcn.h>
#include <fmt/format.h>
#include <malloc.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

namespace streamtest {
namespace {

using Clock = std::chrono::steady_clock;
using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using Json = nlohmann::ordered_json;

constexpr std::size_t type_count = 10;
constexpr std::size_t waiting_count = 10'000;

/// How much is measured, by what it takes.
struct Scale {
  std::size_t events = 0;
  int wakes = 0;  ///< in each repetition
  int repetitions = 0;
  int fan_out_repetitions = 0;
};

constexpr Scale in_memory{
    .events = 400'000, .wakes = 4000, .repetitions = 7, .fan_out_repetitions = 31};
/// A store takes some microseconds where memory takes nanoseconds.
constexpr Scale in_a_store{
    .events = 100'000, .wakes = 1000, .repetitions = 3, .fan_out_repetitions = 5};

double nanoseconds(Clock::duration duration, std::size_t count) {
  return std::chrono::duration<double, std::nano>(duration).count() / static_cast<double>(count);
}

/// The value below which the given part of the samples lies.
double quantile(std::vector<double> samples, double part) {
  std::sort(samples.begin(), samples.end());
  return samples[std::min(samples.size() - 1,
                          static_cast<std::size_t>(part * static_cast<double>(samples.size())))];
}

const RawLimits* load_raw_limits() {
  const std::string file = find_plugin("raw");
  if (file.empty()) return nullptr;
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  using Entry = const RawLimits*();
  auto* entry =
      library ? reinterpret_cast<Entry*>(dlsym(library, "streamtest_raw_limits")) : nullptr;
  return entry ? entry() : nullptr;
}

/// Where the streams are made: what they store in files is shared, as in a certification.
struct Ground {
  const Target& target;
  std::filesystem::path folder;
};

/// One stream with its native sides, and ten types that go round.
class Bed {
 public:
  explicit Bed(const Ground& ground) {
    static std::uint64_t made = 0;
    Scenario scenario;
    scenario.arguments = ground.target.arguments;
    scenario.folder = ground.folder;
    scenario.unique_name = fmt::format("st-{:x}-bench-{}", ::getpid(), ++made);
    scenario.application = {scenario.unique_name, scenario.unique_name};
    for (std::size_t i = 0; i < type_count; ++i) types.emplace_back(fmt::format("Event{}", i));
    scenario.event_types = EventTypeSet(types);
    scenario.runtime = runtime_.shared();
    subject_ = ground.target.factory.make(scenario);
    stream = subject_->native_stream();
    appender = subject_->native_appender();
    if (!stream || !appender)
      throw UsageError(
          "bench measures streams that derive from eventstream::Stream and eventstream::Appender; "
          "this one doesn't");
    application_ = scenario.application;
  }

  std::vector<Parcel> parcels(std::size_t count) const {
    std::vector<Parcel> list;
    list.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      eventstream::Envelope envelope;
      envelope.source_application = application_;
      envelope.type = types[i % type_count];
      envelope.data.assign(100, 'x');
      list.emplace_back(std::move(envelope));
    }
    return list;
  }

  eventstream::Cursor open(Offset offset, const EventTypeSet& filter) {
    return stream->open(offset, filter).value();
  }

  std::vector<EventType> types;
  eventstream::Stream* stream = nullptr;
  eventstream::Appender* appender = nullptr;

 private:
  const OwnedRuntime runtime_;
  std::unique_ptr<Subject> subject_;
  eventstream::Identity application_;
};

double append_ns(Bed& bed, std::span<const Parcel> parcels, std::size_t batch) {
  ::malloc_trim(0);  // as the raw push does: both take their memory from the system
  const auto start = Clock::now();
  for (std::size_t i = 0; i < parcels.size(); i += batch)
    (void)bed.appender->append(parcels.subspan(i, std::min(batch, parcels.size() - i))).value();
  return nanoseconds(Clock::now() - start, parcels.size());
}

/// Nanoseconds for each of the events that are stored, of which so many match.
double drain_ns(Bed& bed, const EventTypeSet& filter, std::size_t stored, std::size_t expected) {
  eventstream::Cursor cursor = bed.open(0, filter);
  const auto start = Clock::now();
  std::size_t seen = 0;
  while (seen < expected && cursor.next()) ++seen;
  const double taken = nanoseconds(Clock::now() - start, stored);
  if (seen != expected) throw std::runtime_error("a drain ended early; certify the stream first");
  return taken;
}

/// One append to a reader that sleeps inside next, many times over: microseconds from before the
/// append until the reader runs.
std::vector<double> wake_us(Bed& bed, int rounds) {
  std::vector<double> samples;
  std::vector<Parcel> parcels = bed.parcels(static_cast<std::size_t>(rounds));
  eventstream::Cursor cursor = bed.open(0, EventTypeSet(bed.types));
  std::atomic<Clock::rep> appended = 0;
  std::atomic<int> taken = 0;
  std::jthread reader([&] {
    for (int i = 0; i < rounds && cursor.next(); ++i) {
      samples.push_back(
          std::chrono::duration<double, std::micro>(
              Clock::duration(Clock::now().time_since_epoch().count() - appended.load()))
              .count());
      taken = i + 1;
    }
  });
  for (int i = 0; i < rounds; ++i) {
    // Only a measurement: the reader shall most likely sleep by the time of the append.
    const auto until = Clock::now() + std::chrono::microseconds(20);
    while (taken < i || Clock::now() < until) std::this_thread::yield();
    appended = Clock::now().time_since_epoch().count();
    (void)bed.appender->append({&parcels[static_cast<std::size_t>(i)], 1}).value();
  }
  reader.join();
  return samples;
}

struct Waiting {
  double bytes = 0;
  double fanout_ms = 0;
};

Waiting waiting(Bed& bed) {
  boost::asio::io_context context;
  std::size_t ran = 0;
  std::vector<eventstream::Cursor> cursors;
  cursors.reserve(waiting_count);
  const std::vector<Parcel> parcel = bed.parcels(1);
  const std::size_t before = mallinfo2().uordblks;
  for (std::size_t i = 0; i < waiting_count; ++i) {
    cursors.push_back(bed.open(0, {bed.types[0]}));
    cursors.back().async_next(boost::asio::bind_executor(
        context, [&ran](boost::system::error_code error, const Event&) { ran += error ? 0 : 1; }));
  }
  context.poll();
  Waiting result;
  result.bytes =
      static_cast<double>(mallinfo2().uordblks - before) / static_cast<double>(waiting_count);
  const auto start = Clock::now();
  (void)bed.appender->append(parcel).value();
  context.run();
  result.fanout_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  if (ran != waiting_count)
    throw std::runtime_error("not every waiting cursor was woken; certify the stream first");
  return result;
}

using Samples = std::map<std::string, std::vector<double>>;

/// The stream and the limits of memory, one after the other, so that a busy machine hits both.
void measure_waiting(const Ground& ground, const RawLimits* raw, Samples& samples) {
  Bed waiters(ground);
  const Waiting one = waiting(waiters);
  samples["waiting_bytes"].push_back(one.bytes);
  samples["fanout_10k_ms"].push_back(one.fanout_ms);
  if (raw) samples["raw_post_10k_ms"].push_back(raw->post_10k_ms());
}

void measure_events(const Ground& ground, const Scale& scale, const RawLimits* raw,
                    Samples& samples) {
  Bed bed(ground);
  const std::vector<Parcel> parcels = bed.parcels(scale.events);
  samples["append_1_ns"].push_back(append_ns(bed, parcels, 1));
  if (raw) samples["raw_push_ns"].push_back(raw->push_ns(parcels));
  samples["drain_ns"].push_back(drain_ns(bed, EventTypeSet(bed.types), scale.events, scale.events));
  if (raw) samples["raw_copy_ns"].push_back(raw->copy_ns(parcels));
  samples["drain_1_of_10_ns"].push_back(
      drain_ns(bed, {bed.types[3]}, scale.events, scale.events / type_count));
  Bed batches(ground);
  samples["append_100_ns"].push_back(append_ns(batches, batches.parcels(scale.events), 100));
  Bed wakers(ground);
  const std::vector<double> wakes = wake_us(wakers, scale.wakes);
  samples["wake_us"].insert(samples["wake_us"].end(), wakes.begin(), wakes.end());
}

void measure_sqlite(const RawLimits& raw, Samples& samples) {
  const TemporaryFolder folder;
  const RawLimits::Sqlite limits = raw.sqlite(folder.path());
  samples["raw_insert_100_ns"].push_back(limits.insert_100_ns);
  samples["raw_scan_ns"].push_back(limits.scan_ns);
}

Json figures_of(const Samples& samples) {
  Json figures;
  for (const char* name : {"append_1_ns", "append_100_ns", "drain_ns", "drain_1_of_10_ns",
                           "wake_us", "waiting_bytes", "fanout_10k_ms", "raw_copy_ns",
                           "raw_push_ns", "raw_post_10k_ms", "raw_insert_100_ns", "raw_scan_ns"}) {
    const auto found = samples.find(name);
    if (found == samples.end()) continue;
    if (found->first == "wake_us") {
      figures["wake_p50_us"] = quantile(found->second, 0.5);
      figures["wake_p99_us"] = quantile(found->second, 0.99);
    } else {
      figures[name] = quantile(found->second, 0.5);
    }
  }
  return figures;
}

std::string ratios(const Json& figures, bool stored) {
  const auto ratio = [&](const char* figure, const char* limit) {
    return figures.at(figure).get<double>() / figures.at(limit).get<double>();
  };
  if (stored)
    return fmt::format("drain {:.2f} x raw scan, append of 100 {:.2f} x raw insert",
                       ratio("drain_ns", "raw_scan_ns"),
                       ratio("append_100_ns", "raw_insert_100_ns"));
  return fmt::format("drain {:.2f} x raw copy, append {:.2f} x raw push, fan-out {:.2f} x raw post",
                     ratio("drain_ns", "raw_copy_ns"), ratio("append_1_ns", "raw_push_ns"),
                     ratio("fanout_10k_ms", "raw_post_10k_ms"));
}

}  // namespace

int command_bench(const Target& target, bool json) {
  const RawLimits* raw = load_raw_limits();
  // From a process's first thread on its reference counts are atomic; no program with a stream
  // profits from the time before.
  std::jthread([] {}).join();
  const bool stored = target.factory.hooks.reopen;  // what can be opened again is stored
  const Scale& scale = stored ? in_a_store : in_memory;
  const TemporaryFolder folder;
  const Ground ground{target, folder.path()};
  Samples samples;
  for (int i = 0; i < scale.fan_out_repetitions; ++i) measure_waiting(ground, raw, samples);
  for (int i = 0; i < scale.repetitions; ++i) {
    measure_events(ground, scale, raw, samples);
    if (raw && stored) measure_sqlite(*raw, samples);
  }
  const Json figures = figures_of(samples);
  if (json) {
    std::puts(figures.dump(1).c_str());
    return 0;
  }
  for (const auto& [name, value] : figures.items())
    fmt::print("{:<18} {:10.2f}\n", name, value.get<double>());
  if (raw)
    fmt::print("\n{}\n", ratios(figures, stored));
  else
    fmt::print("\nno raw limits: the plug-in lib/streamtest/raw.so is not beside the binary\n");
  return 0;
}

}  // namespace streamtest

#include <streamtest/subject/bench.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

namespace streamtest {
namespace {

std::uint64_t mix(std::uint64_t seed, std::string_view name) {
  // FNV-1a: the same numbers on every platform, so that a seed means the same everywhere.
  std::uint64_t hash = 14695981039346656037ULL ^ seed;
  for (const char letter : name)
    hash = (hash ^ static_cast<unsigned char>(letter)) * 1099511628211ULL;
  return hash;
}

}  // namespace

Bench::Bench(const SubjectFactory& factory, const Settings& settings, Driver& driver,
             std::shared_ptr<History> history, std::string rule, std::string run_name,
             const Scenario& pattern, std::vector<std::string> worker)
    : Witness(std::move(rule), std::move(history)),
      factory_(&factory),
      settings_(&settings),
      driver_(&driver),
      run_name_(std::move(run_name)),
      pattern_(pattern),
      worker_(std::move(worker)),
      random_(mix(settings.seed, this->rule() + std::string(to_string(driver.delivery())))),
      until_(std::chrono::steady_clock::now() + settings.time_for(settings.share)) {}

std::chrono::nanoseconds longest_wait(const Settings& settings, const Capabilities& capabilities) {
  const std::chrono::duration<double, std::nano> scaled = settings.patience * settings.time_scale;
  return std::max<std::chrono::nanoseconds>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(scaled), capabilities.staleness);
}

std::chrono::nanoseconds Bench::patience() const {
  return longest_wait(*settings_, capabilities());
}

eventstream::EventTypeSet Bench::event_types(std::size_t count) const {
  const std::vector<eventstream::EventType>& known = factory_->vocabulary.event_types;
  std::vector<eventstream::EventType> types;
  if (!known.empty()) {
    if (known.size() < count)
      throw NotSupported(
          fmt::format("needs {} event types; the vocabulary has {}", count, known.size()));
    types.assign(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(count));
  } else {
    for (std::size_t i = 0; i < count; ++i)
      types.emplace_back(count <= 26 ? std::string("Event") + static_cast<char>('A' + i)
                                     : fmt::format("Event{:05}", i));
  }
  return eventstream::EventTypeSet(std::move(types));
}

Scenario Bench::scenario(eventstream::EventTypeSet types) {
  Scenario scenario = pattern_;
  scenario.event_types = std::move(types);
  scenario.unique_name = fmt::format("{}-{}", run_name_, ++trials_);
  if (factory_->vocabulary.identity)
    scenario.application = factory_->vocabulary.identity(scenario.unique_name);
  else
    scenario.application = {scenario.unique_name, scenario.unique_name};
  return scenario;
}

std::unique_ptr<Trial> Bench::trial(std::size_t types) {
  return trial(event_types(types));
}

std::unique_ptr<Trial> Bench::trial(eventstream::EventTypeSet types) {
  return std::make_unique<Trial>(*factory_, scenario(std::move(types)), *this, *driver_,
                                 patience());
}

std::unique_ptr<Trial> Bench::twin(Trial& of) {
  Scenario wanted = scenario(of.all_types());
  wanted.runtime = of.scenario().runtime;
  std::unique_ptr<Subject> subject;
  try {
    subject = of.subject().twin(wanted);
  } catch (const std::exception& error) {
    if (is_told(error)) throw;
    throw HarnessFailure(fmt::format("the harness threw while it made a twin: {}", error.what()));
  }
  return std::make_unique<Trial>(*factory_, std::move(wanted), std::move(subject), *this, *driver_,
                                 patience());
}

const std::vector<std::string>& Bench::worker_command() const {
  if (worker_.empty())
    throw HarnessFailure(
        "what is declared needs processes that can be killed: run the binary, or link "
        "streamtest::suite_main");
  return worker_;
}

Rounds Bench::rounds(std::uint64_t normal, std::uint64_t least) {
  has_rounds_ = true;
  const double scale = std::chrono::duration<double>(settings_->budget).count() / 30.0;
  const auto count = static_cast<std::uint64_t>(static_cast<double>(normal) * scale);
  return Rounds(count, least, until_);
}

bool Bench::wants_more() const {
  return has_rounds_ && settings_->share > Settings().share &&
         std::chrono::steady_clock::now() < until_;
}

std::uint64_t Bench::size(std::uint64_t normal, std::uint64_t least) const {
  const double scale =
      std::min(1.0, std::chrono::duration<double>(settings_->budget).count() / 30.0);
  return std::max<std::uint64_t>(static_cast<std::uint64_t>(static_cast<double>(normal) * scale),
                                 least);
}

void Bench::spin(std::uint64_t spins) {
  std::atomic<std::uint64_t> counter = 0;
  while (counter.fetch_add(1, std::memory_order_relaxed) < spins) {
  }
}

}  // namespace streamtest

#include <streamtest/faults/script.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <sstream>
#include <thread>
#include <utility>

namespace streamtest {
namespace {

using FaultStep = FaultScript::Step;
using FaultKind = FaultStep::Kind;

enum class Argument { none, time, bytes, direction };

struct Grammar {
  std::string_view word;
  FaultKind kind;
  Argument argument;
};

constexpr std::array grammar{
    Grammar{"wait", FaultKind::wait, Argument::time},
    Grammar{"cut", FaultKind::cut, Argument::none},
    Grammar{"refuse", FaultKind::refuse, Argument::none},
    Grammar{"stall", FaultKind::stall, Argument::none},
    Grammar{"half_close", FaultKind::half_close, Argument::direction},
    Grammar{"delay", FaultKind::delay, Argument::time},
    Grammar{"limit", FaultKind::limit, Argument::bytes},
    Grammar{"heal", FaultKind::heal, Argument::none},
    Grammar{"repeat", FaultKind::repeat, Argument::none},
};

constexpr std::uint64_t longest = 3'600'000'000;  // an hour in microseconds
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 40;

/// A whole number with its unit, in microseconds; or without one, in bytes.
std::optional<std::uint64_t> amount(std::string_view text, Argument argument) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (argument == Argument::bytes)
    return unit.empty() && number <= most_bytes ? std::optional(number) : std::nullopt;
  const std::uint64_t factor = unit == "us" ? 1 : unit == "ms" ? 1000 : unit == "s" ? 1'000'000 : 0;
  if (factor == 0 || number > longest / factor) return std::nullopt;
  return number * factor;
}

/// What is wrong with the argument; empty if nothing is.
std::string take_argument(FaultStep& step, Argument argument, const std::string& text) {
  if (argument == Argument::direction) {
    step.direction = text == "to_server" ? Direction::to_server : Direction::to_client;
    return text == "to_server" || text == "to_client" ? "" : "expected to_client or to_server";
  }
  const std::size_t dots = text.find("..");
  const auto low = amount(std::string_view(text).substr(0, dots), argument);
  const auto high =
      dots == std::string::npos ? low : amount(std::string_view(text).substr(dots + 2), argument);
  if (!low || !high)
    return argument == Argument::time
               ? "expected a time such as 20ms or a range such as 20ms..2s, up to an hour"
               : "expected a number of bytes such as 4096 or a range such as 100..5000, up to 2^40";
  if (*low > *high) return "the range ends before it begins";
  step.low = *low;
  step.high = *high;
  return "";
}

std::string known_steps() {
  std::string words;
  for (const Grammar& each : grammar) words += (words.empty() ? "" : ", ") + std::string(each.word);
  return words;
}

/// The step in that line, nothing if it is empty.
std::optional<FaultStep> read_step(std::string line, std::size_t number) {
  const auto refuse = [&](const std::string& reason) {
    throw FaultScriptError(fmt::format("line {}: {}", number, reason));
  };
  line.resize(std::min(line.find('#'), line.size()));
  std::istringstream words(line);
  std::string word;
  if (!(words >> word)) return std::nullopt;
  const auto* const found = std::ranges::find(grammar, word, &Grammar::word);
  if (found == grammar.end())
    refuse(fmt::format("'{}' is no step; known are {}", word, known_steps()));
  FaultStep step{.kind = found->kind};
  std::string argument;
  const bool given = static_cast<bool>(words >> argument);
  if (given != (found->argument != Argument::none))
    refuse(fmt::format("'{}' {}", word, given ? "takes no argument" : "needs an argument"));
  if (given)
    if (const std::string wrong = take_argument(step, found->argument, argument); !wrong.empty())
      refuse(fmt::format("'{} {}': {}", word, argument, wrong));
  if (std::string rest; words >> rest)
    refuse(fmt::format("'{}' is left over; one step a line", rest));
  return step;
}

std::string in_words(const FaultStep& step, std::uint64_t value) {
  const auto* const found = std::ranges::find(grammar, step.kind, &Grammar::kind);
  switch (found->argument) {
    case Argument::none:
      return std::string(found->word);
    case Argument::time:
      return fmt::format("{} {:g} ms", found->word, static_cast<double>(value) / 1000);
    case Argument::bytes:
      return fmt::format("{} {} bytes", found->word, value);
    case Argument::direction:
      return fmt::format("{} {}", found->word,
                         step.direction == Direction::to_server ? "to_server" : "to_client");
  }
  return {};
}

}  // namespace

FaultScript FaultScript::parse(std::string_view text) {
  FaultScript script;
  std::istringstream lines{std::string(text)};
  std::string line;
  std::size_t number = 0;
  std::size_t repeated_at = 0;
  while (std::getline(lines, line)) {
    ++number;
    const std::optional<FaultStep> step = read_step(line, number);
    if (!step) continue;
    if (repeated_at > 0)
      throw FaultScriptError(
          fmt::format("line {}: nothing comes after the repeat in line {}", number, repeated_at));
    if (step->kind == FaultKind::repeat) repeated_at = number;
    script.steps_.push_back(*step);
  }
  const auto waits = [](const FaultStep& step) {
    return step.kind == FaultKind::wait && step.high > 0;
  };
  if (repeated_at > 0 && std::ranges::none_of(script.steps_, waits))
    throw FaultScriptError(
        fmt::format("line {}: it would repeat without a pause; add a wait", repeated_at));
  if (script.steps_.empty())
    throw FaultScriptError(fmt::format("line {}: the script has no step; known are {}",
                                       std::max<std::size_t>(number, 1), known_steps()));
  return script;
}

/// One thread plays; the mutex guards `finished_`, and whoever waits for the end of a pause or of
/// the script sleeps on the condition. The thread is asked to stop and joined before the rest goes.
class FaultPlayer::Inside {
 public:
  Inside(FaultProxy& proxy, FaultScript script, std::uint64_t seed, Log log)
      : proxy_(proxy),
        script_(std::move(script)),
        random_(seed),
        log_(std::move(log)),
        thread_([this](const std::stop_token& token) { play(token); }) {}

  bool finished() const {
    const std::lock_guard lock(mutex_);
    return finished_;
  }

  void wait() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return finished_; });
  }

 private:
  void play(const std::stop_token& token) {
    const std::vector<FaultStep>& steps = script_.steps();
    for (std::size_t i = 0; i < steps.size() && !token.stop_requested(); ++i) {
      if (steps[i].kind == FaultKind::repeat)
        i = static_cast<std::size_t>(-1);
      else
        take(steps[i], token);
    }
    {
      const std::lock_guard lock(mutex_);
      finished_ = true;
    }
    changed_.notify_all();
  }

  void take(const FaultStep& step, const std::stop_token& token) {
    const std::uint64_t value = std::uniform_int_distribution(step.low, step.high)(random_);
    if (log_) log_(in_words(step, value));
    switch (step.kind) {
      case FaultKind::wait:
        return pause(std::chrono::microseconds(value), token);
      case FaultKind::cut:
        return proxy_.cut();
      case FaultKind::refuse:
        return proxy_.refuse();
      case FaultKind::stall:
        return proxy_.stall();
      case FaultKind::half_close:
        return proxy_.half_close(step.direction);
      case FaultKind::delay:
        return proxy_.delay(std::chrono::microseconds(value));
      case FaultKind::limit:
        return proxy_.limit(value);
      case FaultKind::heal:
        return proxy_.heal();
      case FaultKind::repeat:
        return;
    }
  }

  void pause(std::chrono::microseconds time, const std::stop_token& token) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, token, time, [] { return false; });
  }

  FaultProxy& proxy_;
  const FaultScript script_;
  std::mt19937_64 random_;
  const Log log_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  bool finished_ = false;
  std::jthread thread_;
};

FaultPlayer::FaultPlayer(FaultProxy& proxy, FaultScript script, std::uint64_t seed, Log log)
    : inside_(std::make_unique<Inside>(proxy, std::move(script), seed, std::move(log))) {}
FaultPlayer::~FaultPlayer() = default;

bool FaultPlayer::finished() const {
  return inside_->finished();
}

void FaultPlayer::wait() const {
  inside_->wait();
}

}  // namespace streamtest

#include <streamtest/explore/concurrent_program.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace streamtest {

using eventstream::Offset;
using Kind = Command::Kind;

namespace {

constexpr std::size_t most_readers = 3;
/// Beginnings that are longer cost more than they show.
constexpr std::uint64_t longest_history = 300;

class Generator {
 public:
  Generator(const std::function<std::uint64_t()>& random, const ConcurrentShape& shape)
      : random_(random), shape_(shape) {}

  ConcurrentProgram generate() {
    begin();
    const std::size_t readers = 1 + below(std::min(shape_.most_cursors, most_readers));
    const bool alone = shape_.about_waiting && percent(75);
    const std::size_t appenders =
        alone ? 0 : 1 + below(shape_.about_waiting || readers > 2 ? 2 : 3);
    for (std::size_t i = 0; i < appenders; ++i) program_.actors.push_back(appender());
    for (std::size_t i = 0; i < readers; ++i) program_.actors.push_back(reader(i));
    meddle(readers, appenders);
    return std::move(program_);
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool percent(std::uint64_t chance) { return below(100) < chance; }

  std::vector<std::size_t> batch(std::uint64_t most) {
    std::vector<std::size_t> types;
    do types.push_back(percent(50) ? 0 : below(shape_.types));
    while (types.size() < most && percent(shape_.more_batches ? 80 : 45));
    return types;
  }

  void append_to(Program& program, std::uint64_t most) {
    program.push_back({.kind = Kind::append, .types = batch(most)});
  }

  void begin() {
    if (!shape_.boundaries.empty() && percent(50)) {
      const std::uint64_t boundary = shape_.boundaries[below(shape_.boundaries.size())];
      std::uint64_t events =
          std::min(boundary + below(3), longest_history) - std::min<std::uint64_t>(boundary, 1);
      for (events_ += events; events > 0;) {
        const std::uint64_t some = std::min<std::uint64_t>(events, shape_.largest_batch);
        program_.before.push_back({.kind = Kind::append, .types = std::vector<std::size_t>(some)});
        events -= some;
      }
      return;
    }
    for (int i = 0; i < 2; ++i) {
      if (!percent(shape_.about_waiting ? 15 : shape_.always_truncate ? 75 : 40)) continue;
      append_to(program_.before, std::min<std::uint64_t>(shape_.largest_batch, 3));
      events_ += program_.before.back().types.size();
    }
  }

  Program appender() {
    Program program;
    const bool single = percent(shape_.more_batches ? 10 : 60);
    do append_to(program, single ? 1 : std::min<std::uint64_t>(shape_.largest_batch, 3));
    while (program.size() < 3 && percent(50));
    return program;
  }

  Command open(std::size_t slot) {
    Command command{.kind = Kind::open, .slot = slot};
    for (std::size_t type = 0; type < shape_.types; ++type)
      if ((type == 0 || percent(50)) && command.types.size() < shape_.largest_filter)
        command.types.push_back(type);
    if (percent(10)) command.types = {below(shape_.types)};
    command.offset = percent(50)   ? (events_ > 4 ? events_ - below(4) : 0)
                     : percent(50) ? events_
                                   : below(events_ + 3);
    opened_at_.at(slot) = command.offset;
    return command;
  }

  Program reader(std::size_t slot) {
    Program program;
    const bool disturbed = shape_.about_waiting || shape_.always_truncate;
    (percent(disturbed ? 90 : 50) ? program_.before : program).push_back(open(slot));
    const std::uint64_t reads = 1 + below(3);
    for (std::uint64_t i = 0; i < reads; ++i) {
      const bool tries = shape_.tries && (percent(20) || (shape_.more_tries && percent(50)));
      program.push_back({.kind = tries ? Kind::try_next : Kind::next, .slot = slot});
    }
    if (percent(10)) program.push_back({.kind = Kind::close, .slot = slot});
    if (percent(10)) program.push_back({.kind = Kind::destroy, .slot = slot});
    if (percent(10)) append_to(program, 1);
    return program;
  }

  /// What disturbs: by an actor of its own, or by an appender after its work.
  void meddle(std::size_t readers, std::size_t appenders) {
    Program program;
    if (shape_.always_close || percent(25))
      program.push_back({.kind = Kind::close, .slot = below(readers)});
    if (shape_.cancels && (shape_.always_cancel || percent(25)))
      program.push_back({.kind = Kind::cancel, .slot = below(readers)});
    if (shape_.truncates && (shape_.always_truncate || percent(25)))
      program.push_back({.kind = Kind::truncate, .offset = cut(below(readers))});
    if (!shape_.always_truncate && percent(shape_.about_waiting ? 5 : 25)) append_to(program, 1);
    for (std::size_t i = program.size(); i > 1; --i) std::swap(program[i - 1], program[below(i)]);
    // What comes after a cut may take the place of what was there.
    if (shape_.always_truncate && percent(85)) append_to(program, 2);
    if (program.empty()) return;
    if (appenders == 0 || percent(70))
      program_.actors.push_back(std::move(program));
    else
      program_.actors.front().insert(program_.actors.front().end(), program.begin(), program.end());
  }

  /// Often just above what the reader may hold when it comes: nobody notices a cut far from it.
  Offset cut(std::size_t slot) {
    return percent(50) ? below(events_ + 4) : opened_at_.at(slot) + 1 + below(3);
  }

  const std::function<std::uint64_t()>& random_;
  const ConcurrentShape& shape_;
  ConcurrentProgram program_;
  Offset events_ = 0;
  std::array<Offset, most_readers> opened_at_{};
};

}  // namespace

ConcurrentShape concurrent_shape_for(std::string_view rule, const SubjectFactory& factory,
                                     bool native) {
  const Capabilities& claims = factory.capabilities;
  ConcurrentShape shape;
  shape.largest_batch = batch_limit(claims, 1000);
  // One more reads everything in the end.
  shape.most_cursors =
      std::min<std::uint64_t>(claims.max_cursors.value_or(most_readers + 1) - 1, most_readers);
  shape.cancels = !factory.lacks.contains(Means::cancelling);
  shape.truncates = claims.truncation != Truncation::none && factory.hooks.truncate;
  shape.tries = native && claims.staleness.count() == 0;
  const std::string_view chapter = rule.substr(0, 3);
  shape.always_cancel = chapter == "CAN";
  shape.always_close = chapter == "CLS";
  shape.always_truncate = chapter == "TRN";
  shape.more_tries = rule == "APP-1" || rule == "APP-3";
  shape.more_batches = rule == "APP-1" || rule == "ORD-6" || rule == "CON-2" || rule == "TRN-4";
  shape.about_waiting = chapter == "CLS" || chapter == "CAN";
  if (chapter == "ORD")
    for (const std::uint64_t boundary : factory.boundaries)
      if (boundary <= longest_history) shape.boundaries.push_back(boundary);
  return shape;
}

ConcurrentProgram generate(const std::function<std::uint64_t()>& random,
                           const ConcurrentShape& shape) {
  return Generator(random, shape).generate();
}

}  // namespace streamtest

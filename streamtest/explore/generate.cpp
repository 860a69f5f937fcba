#include <streamtest/explore/generate.hpp>

#include <algorithm>
#include <array>
#include <numeric>

namespace streamtest {

using eventstream::Offset;
using Kind = Command::Kind;

namespace {

constexpr std::size_t most_cursors = 4;
/// How many events a program reads from one cursor in the end.
constexpr Offset reads_in_the_end = 6;

class Generator {
 public:
  Generator(const std::function<std::uint64_t()>& random, const Shape& shape)
      : random_(random), shape_(shape) {
    for (const Kind kind : shape.kinds) {
      const bool always =
          std::find(shape.always.begin(), shape.always.end(), kind) != shape.always.end();
      if (always || percent(55)) kinds_.push_back(kind);
    }
  }

  Program generate(std::size_t size) {
    const std::size_t length = 4 + below(size + 1);
    while (program_.size() < length) step();
    if (percent(80)) read_on();
    return std::move(program_);
  }

 private:
  /// What the generator needs to know of a slot so that most commands do something.
  struct Slot {
    bool present = false;
    bool closed = false;
    bool begun = false;
  };

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool percent(std::uint64_t chance) { return below(100) < chance; }

  void step() {
    std::vector<std::pair<Kind, std::uint64_t>> choices = {{Kind::append, 4}};
    const bool any = count([](const Slot& slot) { return slot.present; }) > 0;
    if (count([](const Slot& slot) { return !slot.present; }) > 0)
      choices.emplace_back(Kind::open, any ? 3 : 8);
    if (any) choices.emplace_back(Kind::next, 6);
    for (const Kind kind : kinds_) {
      if (kind == Kind::truncate)
        choices.emplace_back(kind, events_ > 0 ? 2 : 0);
      else if (kind == Kind::cancel)
        choices.emplace_back(kind, count([](const Slot& slot) { return slot.begun; }) > 0 ? 4 : 0);
      else if (any)
        choices.emplace_back(kind, kind == Kind::start_next       ? 4
                                   : kind == Kind::cancelled_next ? 2
                                                                  : 1);
    }
    const std::uint64_t all =
        std::accumulate(choices.begin(), choices.end(), std::uint64_t{0},
                        [](std::uint64_t sum, const auto& choice) { return sum + choice.second; });
    std::uint64_t drawn = below(all);
    for (const auto& [kind, weight] : choices) {
      if (drawn < weight) return add(kind);
      drawn -= weight;
    }
  }

  void add(Kind kind) {
    Command command{.kind = kind};
    if (kind == Kind::append) {
      for (std::uint64_t i = 0; i == 0 || (i < shape_.largest_batch && percent(35)); ++i)
        command.types.push_back(below(shape_.types));
      events_ += command.types.size();
    } else if (kind == Kind::truncate) {
      command.offset = percent(3) ? last_offset : below(events_ + 2);
    } else {
      command.slot = pick([&](const Slot& slot) {
        if (kind == Kind::open) return !slot.present;
        if (kind == Kind::cancel) return slot.begun;
        // What is closed already is seldom interesting.
        return slot.present && (!slot.closed || kind == Kind::destroy || percent(25));
      });
      apply(command);
    }
    program_.push_back(std::move(command));
  }

  void apply(Command& command) {
    Slot& slot = slots_.at(command.slot);
    if (command.kind == Kind::open) {
      slot = {.present = true};
      command.types = filter();
      command.offset = offset();
    }
    if (command.kind == Kind::close) slot.closed = true;
    if (command.kind == Kind::next || command.kind == Kind::start_next) slot.begun = true;
    if (command.kind == Kind::destroy) slot = {};
  }

  std::vector<std::size_t> filter() {
    std::vector<std::size_t> types;
    for (std::size_t type = 0; type < shape_.types; ++type)
      if (percent(50) && types.size() < shape_.largest_filter) types.push_back(type);
    if (types.empty()) types.push_back(below(shape_.types));
    return types;
  }

  Offset offset() {
    if (percent(30)) return 0;
    if (percent(20)) return events_;
    if (percent(4)) return last_offset;
    return below(events_ + 3);
  }

  /// A bug may show only in what is read much later.
  void read_on() {
    for (std::size_t i = 0; i < shape_.cursors; ++i) {
      if (!slots_.at(i).present) continue;
      for (Offset reads = 0; reads <= std::min(events_, reads_in_the_end); ++reads)
        program_.push_back({.kind = Kind::next, .slot = i});
    }
  }

  template <typename Predicate>
  std::size_t count(Predicate predicate) const {
    const auto end = slots_.begin() + static_cast<std::ptrdiff_t>(shape_.cursors);
    return static_cast<std::size_t>(std::count_if(slots_.begin(), end, predicate));
  }

  template <typename Predicate>
  std::size_t pick(Predicate predicate) {
    const std::size_t first = below(shape_.cursors);
    for (std::size_t i = 0; i < shape_.cursors; ++i)
      if (predicate(slots_.at((first + i) % shape_.cursors))) return (first + i) % shape_.cursors;
    return first;
  }

  const std::function<std::uint64_t()>& random_;
  const Shape& shape_;
  std::vector<Kind> kinds_;
  Program program_;
  std::array<Slot, most_cursors> slots_;
  Offset events_ = 0;
};

}  // namespace

Shape shape_for(std::string_view rule, const SubjectFactory& factory) {
  const Capabilities& claims = factory.capabilities;
  Shape shape;
  shape.cursors =
      std::clamp<std::uint64_t>(claims.max_cursors.value_or(most_cursors), 1, most_cursors);
  shape.largest_batch = std::min<std::uint64_t>(claims.max_batch_events.value_or(4), 4);
  shape.largest_filter = std::min<std::uint64_t>(claims.max_filter_types.value_or(3), 3);
  shape.kinds = {Kind::start_next, Kind::close, Kind::destroy};
  if (!factory.lacks.contains(Means::cancelling))
    shape.kinds.insert(shape.kinds.begin() + 1, {Kind::cancelled_next, Kind::cancel});
  if (claims.truncation != Truncation::none && factory.hooks.truncate)
    shape.kinds.push_back(Kind::truncate);
  const std::string_view chapter = rule.substr(0, 3);
  if (rule == "CAN-1") shape.always = {Kind::cancelled_next};
  if (chapter == "CAN" && rule != "CAN-1") shape.always = {Kind::start_next, Kind::cancel};
  if (chapter == "CLS") shape.always = {Kind::start_next, Kind::close};
  if (rule == "CLS-6") shape.always = {Kind::close, Kind::truncate};
  if (chapter == "TRN") shape.always = {Kind::start_next, Kind::truncate};
  if (chapter == "BLK" || rule == "FLT-4") shape.always = {Kind::start_next};
  return shape;
}

Program generate(const std::function<std::uint64_t()>& random, std::size_t size,
                 const Shape& shape) {
  return Generator(random, shape).generate(size);
}

}  // namespace streamtest

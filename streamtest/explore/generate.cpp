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
/// Beginnings that are longer cost more than they show.
constexpr std::uint64_t longest_history = 300;
/// A stream with fewer events is seldom truncated: there is little to be seen of it.
constexpr Offset short_stream = 3;

class Generator {
 public:
  Generator(const std::function<std::uint64_t()>& random, const Shape& shape)
      : random_(random), shape_(shape) {
    for (const Kind kind : shape.kinds)
      if (is_always(kind) || percent(55)) kinds_.push_back(kind);
  }

  Program generate(std::size_t size) {
    if (shape_.kills)
      begin_with_kill();
    else if (!shape_.boundaries.empty() && percent(12))
      begin_near_boundary();
    const std::size_t length = program_.size() + 4 + below(size + 1);
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
    Offset position = 0;
    std::vector<std::size_t> filter = {};
  };

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  bool percent(std::uint64_t chance) { return below(100) < chance; }

  bool is_always(Kind kind) const {
    return std::find(shape_.always.begin(), shape_.always.end(), kind) != shape_.always.end();
  }

  /// How much the process will have appended isn't known here.
  void begin_with_kill() {
    program_.push_back({.kind = Kind::kill, .offset = random_()});
    for (int i = 0; i < 6; ++i) log_.push_back(below(shape_.types));
    changed_ = true;
  }

  void begin_near_boundary() {
    boundary_ = shape_.boundaries[below(shape_.boundaries.size())];
    for (Offset left = boundary_ - std::min<Offset>(boundary_, 1) + below(3); left > 0;) {
      const Offset some = std::min<Offset>(left, shape_.largest_history_batch);
      program_.push_back({.kind = Kind::append, .types = {}});
      for (Offset i = 0; i < some; ++i) add_event(program_.back());
      left -= some;
    }
  }

  void add_event(Command& append) {
    append.types.push_back(below(shape_.types));
    log_.push_back(append.types.back());
  }

  void step() {
    const bool any = count([](const Slot& slot) { return slot.present; }) > 0;
    const bool waits = count([&](const Slot& slot) { return has_waiting(slot); }) > 0;
    std::vector<std::pair<Kind, std::uint64_t>> choices = {{Kind::append, waits ? 6 : 10}};
    if (count([](const Slot& slot) { return !slot.present; }) > 0)
      choices.emplace_back(Kind::open, any ? 6 : 16);
    if (any) choices.emplace_back(Kind::next, waits ? 14 : 8);
    for (const Kind kind : kinds_)
      choices.emplace_back(kind, weight(kind, any, waits) * (is_always(kind) ? 2 : 1));
    const std::uint64_t all =
        std::accumulate(choices.begin(), choices.end(), std::uint64_t{0},
                        [](std::uint64_t sum, const auto& choice) { return sum + choice.second; });
    std::uint64_t drawn = below(all);
    for (const auto& [kind, weight] : choices) {
      if (drawn < weight) return add(kind);
      drawn -= weight;
    }
  }

  /// How likely a kind is next; an append is about 8.
  std::uint64_t weight(Kind kind, bool any, bool waits) const {
    switch (kind) {
      case Kind::truncate:
        return log_.empty() ? 0 : log_.size() < short_stream ? 1 : 4;
      case Kind::cancel:
        return count([](const Slot& slot) { return slot.begun; }) > 0 ? 8 : 0;
      case Kind::start_next:
        return !any ? 0 : waits ? 6 : 9;
      case Kind::cancelled_next:
        return any ? 4 : 0;
      case Kind::close:
        return count([](const Slot& slot) { return slot.present && !slot.closed; }) > 0 ? 2
               : any                                                                    ? 1
                                                                                        : 0;
      case Kind::reopen:
        return log_.empty() || !changed_ ? 1 : appended_after_cut_ ? 14 : 5;
      case Kind::append_beside:
        return reopened_ ? 6 : 4;
      case Kind::read_beside:
        return !beside_ ? 0 : reopened_ ? 5 : 2;
      default:
        return any ? 2 : 0;
    }
  }

  void add(Kind kind) {
    Command command{.kind = kind};
    if (kind == Kind::append || kind == Kind::append_beside) {
      for (std::uint64_t i = 0; i == 0 || (i < shape_.largest_batch && percent(35)); ++i)
        if (kind == Kind::append)
          add_event(command);
        else
          command.types.push_back(below(shape_.types));
    } else if (kind == Kind::truncate) {
      command.offset = percent(3) ? last_offset : place();
    } else if (has_cursor(kind)) {
      command.slot = slot_for(kind);
      apply(command);
    }
    note(kind);
    program_.push_back(std::move(command));
  }

  void note(Kind kind) {
    if (kind == Kind::append || kind == Kind::truncate) changed_ = true;
    if (kind == Kind::truncate) cut_ = true;
    if (kind == Kind::append && cut_) appended_after_cut_ = true;
    if (kind == Kind::append_beside) beside_ = changed_ = true;
    if (kind != Kind::reopen) return;
    slots_ = {};
    reopened_ = true;
    changed_ = cut_ = appended_after_cut_ = false;
  }

  std::size_t slot_for(Kind kind) {
    const bool reads = kind == Kind::next || kind == Kind::start_next;
    const bool waiting = reads && percent(kind == Kind::next ? 60 : 20) &&
                         count([&](const Slot& slot) { return has_waiting(slot); }) > 0;
    // What is closed already is seldom interesting.
    const bool closed_too =
        kind == Kind::destroy || percent(25) ||
        count([](const Slot& slot) { return slot.present && !slot.closed; }) == 0;
    return pick([&](const Slot& slot) {
      if (waiting) return has_waiting(slot);
      if (kind == Kind::open) return !slot.present;
      if (kind == Kind::cancel) return slot.begun;
      return slot.present && (!slot.closed || closed_too);
    });
  }

  void apply(Command& command) {
    Slot& slot = slots_.at(command.slot);
    if (command.kind == Kind::open) {
      command.types = filter();
      command.offset = offset();
      slot = {.present = true, .position = command.offset, .filter = command.types};
    }
    if (command.kind == Kind::close) slot.closed = true;
    if (command.kind == Kind::next || command.kind == Kind::start_next) {
      slot.begun = true;
      if (const Offset event = match(slot); event < log_.size()) slot.position = event + 1;
    }
    if (command.kind == Kind::destroy) slot = {};
  }

  /// The event that a cursor would be given next, if truncations are left out of account.
  Offset match(const Slot& slot) const {
    Offset event = slot.position;
    while (event < log_.size() &&
           std::find(slot.filter.begin(), slot.filter.end(), log_[event]) == slot.filter.end())
      ++event;
    return event;
  }

  bool has_waiting(const Slot& slot) const {
    return slot.present && !slot.closed && match(slot) < log_.size();
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
    if (percent(20)) return log_.size();
    if (percent(4)) return last_offset;
    return place();
  }

  /// Near a boundary if there is one.
  Offset place() {
    if (boundary_ > 0 && percent(40)) return boundary_ - 1 + below(3);
    return below(log_.size() + 3);
  }

  /// A bug may show only in what is read much later.
  void read_on() {
    if (beside_) {
      // Whatever came behind the twin's last event shows only before one that comes after it.
      program_.push_back({.kind = Kind::append_beside, .types = {below(shape_.types)}});
      program_.push_back({.kind = Kind::read_beside});
    }
    for (std::size_t i = 0; i < shape_.cursors; ++i) {
      if (!slots_.at(i).present) continue;
      for (Offset reads = 0; reads <= std::min<Offset>(log_.size(), reads_in_the_end); ++reads)
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
  std::vector<std::size_t> log_;  ///< the events' types
  Offset boundary_ = 0;           ///< the program's; 0: none
  bool changed_ = false;          ///< something was appended or cut since the last reopening
  bool beside_ = false;           ///< the twin has events
  bool reopened_ = false;
  bool cut_ = false;                 ///< since the last reopening
  bool appended_after_cut_ = false;  ///< likewise: what a reopening could forget
};

}  // namespace

Shape shape_for(std::string_view rule, const SubjectFactory& factory) {
  const Capabilities& claims = factory.capabilities;
  Shape shape;
  // One more learns offsets where append doesn't tell them.
  shape.cursors =
      std::min<std::uint64_t>(claims.max_cursors.value_or(most_cursors + 1) - 1, most_cursors);
  shape.largest_batch = batch_limit(claims, 4);
  shape.kinds = {Kind::start_next, Kind::close, Kind::destroy};
  if (!factory.lacks.contains(Means::cancelling))
    shape.kinds.insert(shape.kinds.begin() + 1, {Kind::cancelled_next, Kind::cancel});
  if (claims.truncation != Truncation::none && factory.hooks.truncate)
    shape.kinds.push_back(Kind::truncate);
  shape.largest_history_batch = batch_limit(claims, 1000);
  for (const std::uint64_t boundary : factory.boundaries)
    if (boundary > 0 && boundary <= longest_history) shape.boundaries.push_back(boundary);
  const std::string_view chapter = rule.substr(0, 3);
  shape.kills = rule == "DUR-4";
  const bool about_what_is_kept =
      shape.kills || rule == "DUR-1" || rule == "TRN-6" || rule == "IDN-2";
  if (about_what_is_kept && factory.hooks.reopen) shape.kinds.push_back(Kind::reopen);
  if ((rule == "DUR-1" || rule == "IDN-2") && claims.twin && factory.hooks.twin)
    shape.kinds.insert(shape.kinds.end(), {Kind::append_beside, Kind::read_beside});
  if (rule == "CAN-1") shape.always = {Kind::cancelled_next};
  if (chapter == "CAN" && rule != "CAN-1") shape.always = {Kind::start_next, Kind::cancel};
  if (chapter == "CLS") shape.always = {Kind::start_next, Kind::close};
  if (rule == "CLS-6") shape.always = {Kind::close, Kind::truncate};
  if (chapter == "TRN") shape.always = {Kind::start_next, Kind::truncate};
  if (rule == "TRN-6") shape.always = {Kind::truncate, Kind::reopen};
  if (rule == "DUR-1" || rule == "DUR-4") shape.always = {Kind::reopen};
  if (rule == "IDN-2") shape.always = {Kind::append_beside, Kind::read_beside, Kind::reopen};
  if (chapter == "BLK" || rule == "FLT-4") shape.always = {Kind::start_next};
  return shape;
}

Program generate(const std::function<std::uint64_t()>& random, std::size_t size,
                 const Shape& shape) {
  return Generator(random, shape).generate(size);
}

}  // namespace streamtest

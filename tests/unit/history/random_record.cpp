#include "random_record.hpp"

#include <algorithm>
#include <optional>

namespace streamtest {
namespace {

struct Logged {
  std::uint64_t offset;
  std::uint32_t event;
  std::uint32_t type;
  std::size_t append;
};

struct Reader {
  bool open = false;
  bool closed = false;
  bool truncated = false;
  std::uint64_t position = 0;
  std::uint64_t first_at_open = 0;
  std::vector<std::uint32_t> filter;
  std::size_t view = 0;                // so much of the log it sees
  std::vector<std::uint64_t> in_hand;  // offsets that it may give although they were cut
};

class Run {
 public:
  Run(const Shape& shape, const Allowances& allowances, Random& random)
      : shape_(shape), allowances_(allowances), random_(random) {
    for (std::size_t i = 0; i < shape.types; ++i) record_.types.push_back("T" + std::to_string(i));
    record_.supported = static_cast<std::uint32_t>(shape.types);
    actors_ = shape.appenders + shape.readers + 1;
    for (std::size_t i = 0; i < actors_; ++i) record_.actors.push_back("a" + std::to_string(i));
    readers_.resize(shape.readers);
    cursor_of_.resize(shape.readers);
    running_.resize(actors_);
  }

  Record run() {
    while (step()) {
    }
    if (shape_.ends_early && one_in(2)) return record_;
    drain();
    record_.quiescent = true;
    if (shape_.final_phase) read_everything();
    if (shape_.consumer) consume();
    return record_;
  }

 private:
  struct Running {
    std::size_t call;
    bool took_effect = false;
  };

  bool one_in(std::uint64_t times) { return below(random_, times) == 0; }
  Call& call(std::size_t number) { return record_.calls[number]; }
  bool step() {
    const std::size_t actor = restarting() ? actors_ - 1 : below(random_, actors_);
    if (!running_[actor]) {
      if (record_.calls.size() >= shape_.calls) return ++idle_ < 40;  // some stay pending
      start(actor);
    } else if (!running_[actor]->took_effect) {
      Call& each = call(running_[actor]->call);
      if (shape_.cancels && (each.kind == CallKind::next || each.kind == CallKind::try_next) &&
          each.cancelled == never && one_in(4))
        each.cancelled = now_++;
      running_[actor]->took_effect = take_effect(actor, each);
    } else {
      end(actor);
    }
    return true;
  }

  void drain() {
    draining_ = true;
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t actor = 0; actor < actors_; ++actor) {
        if (!running_[actor]) continue;
        if (!running_[actor]->took_effect)
          running_[actor]->took_effect = take_effect(actor, call(running_[actor]->call));
        if (!running_[actor]->took_effect) continue;
        end(actor);
        moved = true;
      }
    }
  }

  void end(std::size_t actor) {
    call(running_[actor]->call).returned = now_++;
    running_[actor].reset();
  }

  void start(std::size_t actor) {
    Call each;
    each.actor = static_cast<std::uint32_t>(actor);
    if (actor < shape_.appenders)
      prepare_append(each);
    else if (actor < shape_.appenders + shape_.readers)
      prepare_reader(each, actor - shape_.appenders);
    else if (!prepare_other(each))
      return;
    each.invoked = now_++;
    running_[actor] = Running{record_.calls.size()};
    record_.calls.push_back(each);
  }

  void prepare_append(Call& each) {
    each.kind = CallKind::append;
    each.first = static_cast<std::uint32_t>(record_.sent.size());
    each.count = static_cast<std::uint32_t>(1 + below(random_, shape_.largest_batch));
    for (std::uint32_t i = 0; i < each.count; ++i)
      record_.sent.push_back({static_cast<std::uint32_t>(below(random_, shape_.types)), {}});
  }

  void prepare_reader(Call& each, std::size_t slot) {
    Reader& reader = readers_[slot];
    if (!reader.open ||
        ((reader.truncated || reader.closed) && one_in(2) && !closing(cursor_of_[slot]))) {
      each.kind = CallKind::open;
      cursor_of_[slot] = static_cast<std::uint32_t>(record_.cursors.size());
      record_.cursors.push_back("c" + std::to_string(record_.cursors.size()));
      each.offset = one_in(2) ? below(random_, end_ + 2) : 0;
      for (std::uint32_t type = 0; type < shape_.types; ++type)
        if (one_in(2)) each.types.push_back(type);
      if (each.types.empty())
        each.types.push_back(static_cast<std::uint32_t>(below(random_, shape_.types)));
    } else if (shape_.closes && one_in(10)) {
      each.kind = CallKind::close;
    } else {
      each.kind = one_in(2) ? CallKind::next : CallKind::try_next;
      if (shape_.cancels && one_in(8)) each.cancelled = now_++;
    }
    each.cursor = cursor_of_[slot];
  }

  bool prepare_other(Call& each) {
    const bool alone = std::none_of(running_.begin(), running_.end(),
                                    [](const auto& other) { return other.has_value(); });
    if (shape_.restarts && alone && one_in(2)) {
      each.kind = one_in(2) && allowances_.durable ? CallKind::crash : CallKind::reopen;
      return true;
    }
    const std::size_t slot = below(random_, shape_.readers);
    if (shape_.closes && one_in(3) && readers_[slot].open && !opening(slot)) {
      each.kind = CallKind::close;
      each.cursor = cursor_of_[slot];
      return true;
    }
    if (!shape_.truncates) return false;
    each.kind = CallKind::truncate;
    each.offset = below(random_, end_ + 2);
    return true;
  }

  bool closing(std::uint32_t cursor) {
    return std::any_of(running_.begin(), running_.end(), [&](const auto& running) {
      return running && call(running->call).kind == CallKind::close &&
             call(running->call).cursor == cursor;
    });
  }

  bool restarting() {
    const auto& running = running_.back();
    return running && (call(running->call).kind == CallKind::reopen ||
                       call(running->call).kind == CallKind::crash);
  }

  bool opening(std::size_t slot) {
    const auto& running = running_[shape_.appenders + slot];
    return running && call(running->call).kind == CallKind::open;
  }

  bool take_effect(std::size_t actor, Call& each) {
    switch (each.kind) {
      case CallKind::append:
        append(each);
        return true;
      case CallKind::truncate:
        truncate(each);
        return true;
      case CallKind::open:
        open(each, readers_[actor - shape_.appenders]);
        return true;
      case CallKind::close:
        close(each);
        return true;
      case CallKind::reopen:
      case CallKind::crash:
        for (Reader& reader : readers_) reader = {};
        each.came_to = CameTo::ok;
        return true;
      default:
        return read(each, actor - shape_.appenders);
    }
  }

  void append(Call& each) {
    const auto number = static_cast<std::size_t>(&each - record_.calls.data());
    const bool odd = shape_.unknown_outcomes && one_in(6);
    each.came_to = !odd ? CameTo::ok : one_in(2) ? CameTo::failed : CameTo::unknown;
    if (each.came_to == CameTo::failed || (odd && one_in(2))) return;
    for (std::uint32_t i = 0; i < each.count; ++i) {
      if (!allowances_.dense) end_ += below(random_, 3);
      log_.push_back({end_++, each.first + i, record_.sent[each.first + i].type, number});
      if (shape_.tells_offsets && each.came_to == CameTo::ok)
        each.offsets.push_back(log_.back().offset);
    }
  }

  void truncate(Call& each) {
    first_ = std::max(first_, std::min(each.offset, end_));
    each.told = first_;
    each.came_to = CameTo::ok;
  }

  void open(Call& each, Reader& reader) {
    reader = {};
    reader.open = true;
    reader.position = each.offset;
    reader.first_at_open = first_;
    reader.filter = each.types;
    if (each.offset < first_ && one_in(3)) {
      reader.open = false;
      each.came_to = CameTo::truncated;
    } else {
      each.came_to = CameTo::ok;
    }
  }

  void close(Call& each) {
    for (std::size_t slot = 0; slot < readers_.size(); ++slot)
      if (cursor_of_[slot] == each.cursor && readers_[slot].open) {
        each.came_to = readers_[slot].closed ? CameTo::closed : CameTo::ok;
        readers_[slot].closed = true;
        return;
      }
    each.came_to = CameTo::closed;
  }

  const Logged* match(const Reader& reader, std::uint64_t from, std::size_t view) const {
    for (std::size_t i = 0; i < view; ++i)
      if (log_[i].offset >= from &&
          std::binary_search(reader.filter.begin(), reader.filter.end(), log_[i].type))
        return &log_[i];
    return nullptr;
  }

  /// What the read sees: what was acknowledged when it began, and whole batches of the rest.
  std::size_t view_of(const Reader& reader, const Call& each) {
    std::size_t least = reader.view;
    if (allowances_.fresh)
      for (std::size_t i = 0; i < log_.size(); ++i)
        if (call(log_[i].append).returned < each.invoked || inside_given_batch(reader, i))
          least = std::max(least, i + 1);
    if (!draining_ && one_in(3)) return whole_batches(least);
    return log_.size();
  }

  /// The cursor stands inside the batch of that event, and somebody was given a part of it.
  bool inside_given_batch(const Reader& reader, std::size_t at) const {
    std::size_t first = at;
    while (first > 0 && log_[first - 1].append == log_[at].append) --first;
    return log_[first].offset < given_below_ && log_[first].offset < reader.position &&
           log_[at].offset >= reader.position;
  }

  std::size_t whole_batches(std::size_t view) const {
    while (view > 0 && view < log_.size() && log_[view].append == log_[view - 1].append) ++view;
    return view;
  }

  bool read(Call& each, std::size_t slot) {
    Reader& reader = readers_[slot];
    if (reader.closed) return came_to(each, CameTo::closed);
    if (each.cancelled < each.invoked) return came_to(each, CameTo::cancelled);
    if (each.cancelled != never && one_in(2)) return came_to(each, CameTo::cancelled);
    if (reader.truncated) return came_to(each, CameTo::truncated);
    reader.view = view_of(reader, each);
    const Logged* due = match(reader, reader.position, reader.view);
    if (due != nullptr && may_give(reader, *due, each)) return give(each, reader, *due);
    const bool cut = first_ > reader.position;
    if ((due != nullptr && due->offset < first_) || (cut && one_in(4))) {
      reader.truncated = true;
      return came_to(each, CameTo::truncated);
    }
    if (each.cancelled != never) return came_to(each, CameTo::cancelled);
    return each.kind == CallKind::try_next && came_to(each, CameTo::nothing);
  }

  bool came_to(Call& each, CameTo outcome) {
    each.came_to = outcome;
    return true;
  }

  bool may_give(const Reader& reader, const Logged& due, const Call& each) {
    if (due.offset >= first_) return true;
    if (due.offset < reader.first_at_open) return false;
    const bool told = std::any_of(record_.calls.begin(), record_.calls.end(), [&](const Call& cut) {
      return cut.kind == CallKind::truncate && cut.returned < each.invoked && cut.told > due.offset;
    });
    if (!told) return one_in(2);
    return std::count(reader.in_hand.begin(), reader.in_hand.end(), due.offset) > 0;
  }

  bool give(Call& each, Reader& reader, const Logged& due) {
    each.seen = {due.event, due.offset, due.type, true};
    reader.position = due.offset + 1;
    given_below_ = std::max(given_below_, due.offset + 1);
    if (due.offset >= first_) {
      reader.in_hand.clear();
      std::uint64_t from = reader.position;
      for (std::uint64_t held = 0; held < std::min<std::uint64_t>(allowances_.held_events, 4);
           ++held) {
        const Logged* next = match(reader, from, reader.view);
        if (next == nullptr) break;
        reader.in_hand.push_back(next->offset);
        from = next->offset + 1;
      }
    }
    return came_to(each, CameTo::ok);
  }

  void read_everything() {
    record_.final_phase = now_++;
    Reader reader;
    Call each;
    each.kind = CallKind::open;
    each.actor = static_cast<std::uint32_t>(actors_ - 1);
    each.cursor = static_cast<std::uint32_t>(record_.cursors.size());
    record_.cursors.push_back("final");
    each.offset = first_;
    for (std::uint32_t type = 0; type < shape_.types; ++type) each.types.push_back(type);
    each.came_to = CameTo::ok;
    const auto add = [&] {
      each.invoked = now_++;
      each.returned = now_++;
      record_.calls.push_back(each);
    };
    add();
    each.kind = CallKind::try_next;
    each.types.clear();
    each.offset = 0;
    for (const Logged& logged : log_) {
      if (logged.offset < first_) continue;
      each.seen = {logged.event, logged.offset, logged.type, true};
      add();
    }
    each.seen = {};
    each.came_to = CameTo::nothing;
    add();
  }

  void consume() {
    std::uint64_t next = 0;
    for (const Logged& logged : log_) {
      if (logged.type != 0) continue;
      Call each;
      each.kind = CallKind::handle;
      each.actor = static_cast<std::uint32_t>(actors_ - 1);
      each.offset = next;
      each.seen = {logged.event, logged.offset, logged.type, true};
      const bool fails = one_in(6);
      for (int attempt = fails ? 0 : 1; attempt < 2; ++attempt) {
        each.came_to = attempt == 0 ? CameTo::failed : CameTo::ok;
        each.told = attempt == 0 ? next : logged.offset + 1;
        each.invoked = now_++;
        each.returned = now_++;
        record_.calls.push_back(each);
      }
      next = logged.offset + 1;
    }
  }

  const Shape& shape_;
  const Allowances& allowances_;
  Random& random_;
  Record record_;
  std::size_t actors_ = 0;
  std::vector<Reader> readers_;
  std::vector<std::uint32_t> cursor_of_;
  std::vector<std::optional<Running>> running_;
  std::vector<Logged> log_;
  std::uint64_t end_ = 0;
  std::uint64_t first_ = 0;
  std::uint64_t given_below_ = 0;
  Tick now_ = 1;
  int idle_ = 0;
  bool draining_ = false;
};

}  // namespace

Record random_record(const Shape& shape, const Allowances& allowances, Random& random) {
  return Run(shape, allowances, random).run();
}

}  // namespace streamtest

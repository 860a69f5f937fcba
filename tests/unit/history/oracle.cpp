#include "oracle.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>

// Deliberately plain, and nothing of the checker's: it moves a log forward, call by call, and tries
// every order that real time allows.

namespace streamtest {
namespace {

struct Logged {
  std::uint64_t offset;
  std::uint32_t event;
  std::size_t append;
};

struct Reader {
  std::size_t open = 0;
  std::uint64_t position = 0;
  std::uint64_t cut_at_open = 0;
  bool truncated = false;
};

struct State {
  std::uint64_t done = 0;  // a bit for each call
  std::vector<Logged> log;
  std::uint64_t surely_cut = 0;    // everything below is
  std::uint64_t possibly_cut = 0;  // nothing above is
  std::map<std::uint32_t, Reader> readers;

  std::string key() const {
    std::string text = std::to_string(done) + "/" + std::to_string(surely_cut) + "/" +
                       std::to_string(possibly_cut);
    for (const Logged& logged : log) text += "," + std::to_string(logged.event);
    for (const auto& [number, reader] : readers) text += ";" + std::to_string(reader.cut_at_open);
    return text;
  }
};

class Search {
 public:
  Search(const Record& record, const Allowances& allowances)
      : record_(record), allowances_(allowances) {
    for (const Call& call : record.calls)
      for (std::size_t i = 0; i < call.offsets.size(); ++i)
        known_.emplace(call.first + i, call.offsets[i]);
    for (const Call& call : record.calls)
      if (gave(call)) known_.emplace(call.seen.event, call.seen.offset);
  }

  bool run(const State& state) {
    if (!tried_.insert(state.key()).second) return false;
    Tick first_return = never;
    bool complete = true;
    for (std::size_t i = 0; i < record_.calls.size(); ++i)
      if (!done(state, i) && must_take_effect(record_.calls[i])) {
        first_return = std::min(first_return, record_.calls[i].returned);
        complete = false;
      }
    if (complete) return true;
    for (std::size_t i = 0; i < record_.calls.size(); ++i) {
      if (done(state, i) || record_.calls[i].invoked > first_return) continue;
      State next = state;
      next.done |= std::uint64_t{1} << i;
      if (take_effect(next, i) && run(next)) return true;
    }
    return false;
  }

 private:
  static bool gave(const Call& call) {
    return call.came_to == CameTo::ok &&
           (call.kind == CallKind::next || call.kind == CallKind::try_next);
  }
  static bool done(const State& state, std::size_t i) { return (state.done >> i & 1U) != 0; }
  static bool must_take_effect(const Call& call) {
    return call.came_to != CameTo::pending && call.came_to != CameTo::unknown &&
           call.came_to != CameTo::failed;
  }
  std::uint64_t end(const State& state) const {
    return state.log.empty() ? 0 : state.log.back().offset + 1;
  }

  bool take_effect(State& state, std::size_t number) const {
    const Call& call = record_.calls[number];
    if (call.came_to == CameTo::failed) return false;
    if (call.kind == CallKind::append) return append(state, number);
    if (call.kind == CallKind::truncate) {
      if (allowances_.dense && call.came_to == CameTo::ok && call.told > end(state)) return false;
      const std::uint64_t most =
          allowances_.dense ? std::min(call.offset, end(state)) : call.offset;
      state.possibly_cut = std::max({state.possibly_cut, most, call.told});
      if (call.came_to == CameTo::ok) state.surely_cut = std::max(state.surely_cut, call.told);
      return true;
    }
    if (call.kind == CallKind::open) {
      if (call.came_to == CameTo::truncated) return truncated(state, call.offset);
      state.readers[call.cursor] = {number, call.offset, state.surely_cut, false};
      return true;
    }
    if (call.came_to == CameTo::pending) return false;
    return read(state, call);
  }

  bool append(State& state, std::size_t number) const {
    const Call& call = record_.calls[number];
    for (std::uint32_t event = call.first; event < call.first + call.count; ++event) {
      const auto known = known_.find(event);
      const std::uint64_t offset = known == known_.end() ? end(state) : known->second;
      if (allowances_.dense ? offset != end(state) : offset < end(state)) return false;
      state.log.push_back({offset, event, number});
    }
    return true;
  }

  static bool truncated(State& state, std::uint64_t position) {
    state.surely_cut = std::max(state.surely_cut, position + 1);
    return state.possibly_cut > position;
  }

  bool wants(const Reader& reader, const Logged& logged) const {
    const auto& types = record_.calls[reader.open].types;
    return logged.offset >= reader.position &&
           std::count(types.begin(), types.end(), record_.sent[logged.event].type) > 0;
  }

  bool read(State& state, const Call& call) const {
    const auto found = state.readers.find(call.cursor);
    if (found == state.readers.end()) return false;
    Reader& reader = found->second;
    const auto due = std::find_if(state.log.begin(), state.log.end(),
                                  [&](const Logged& each) { return wants(reader, each); });
    if (call.came_to == CameTo::truncated) {
      const bool again = reader.truncated;
      reader.truncated = true;
      return again || truncated(state, reader.position);
    }
    if (reader.truncated) return false;
    if (call.came_to == CameTo::nothing) return may_say_nothing(state, reader, call);
    if (due == state.log.end() || due->event != call.seen.event ||
        due->offset != call.seen.offset || !may_give(reader, call))
      return false;
    reader.position = call.seen.offset + 1;
    return true;
  }

  bool may_give(const Reader& reader, const Call& call) const {
    if (!allowances_.fresh) return true;
    if (call.seen.offset < reader.cut_at_open) return false;
    return allowances_.held_events == never ||
           std::none_of(record_.calls.begin(), record_.calls.end(), [&](const Call& cut) {
             return cut.kind == CallKind::truncate && cut.returned < call.invoked &&
                    cut.told > call.seen.offset;
           });
  }

  bool may_say_nothing(const State& state, const Reader& reader, const Call& call) const {
    if (!allowances_.fresh) return true;
    for (const Logged& each : state.log) {
      if (!wants(reader, each)) continue;
      const Call& append = record_.calls[each.append];
      if (append.came_to == CameTo::ok && append.returned < call.invoked) return false;
      if (!allowances_.dense && known_.count(append.first) == 0) continue;
      const auto first = std::find_if(state.log.begin(), state.log.end(), [&](const Logged& other) {
        return other.append == each.append;
      });
      if (first->offset >= reader.position || state.possibly_cut > reader.position) continue;
      for (const Call& other : record_.calls)
        if (gave(other) && other.returned < call.invoked && other.seen.event >= append.first &&
            other.seen.event < append.first + append.count)
          return false;
    }
    return true;
  }

  const Record& record_;
  const Allowances& allowances_;
  std::map<std::uint64_t, std::uint64_t> known_;
  std::set<std::string> tried_;
};

}  // namespace

bool explainable(const Record& record, const Allowances& allowances) {
  return Search(record, allowances).run(State{});
}

}  // namespace streamtest

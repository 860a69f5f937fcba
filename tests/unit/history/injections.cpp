#include "injections.hpp"

#include "record_surgery.hpp"

#include <array>

namespace streamtest {
namespace {

bool phantom(Record& record, Random& random) {
  const auto read = pick(record, random, [&](const Call& call) {
    return gave(call) && is_single_append(append_of(record, call.seen.event));
  });
  if (!read) return false;
  auto& append = const_cast<Call&>(append_of(record, record.calls[*read].seen.event));
  append.came_to = CameTo::failed;
  append.offsets.clear();
  return true;
}

bool torn(Record& record, Random& random) {
  const auto read = pick(record, random, gave);
  if (read) record.calls[*read].seen.intact = false;
  return read.has_value();
}

bool divergent(Record& record, Random& random) {
  const auto ghost = pick(record, random, [&](const Call& call) {
    return call.kind == CallKind::append && call.came_to == CameTo::unknown && call.count == 1 &&
           std::none_of(record.calls.begin(), record.calls.end(), [&](const Call& other) {
             return gave(other) && other.seen.event == call.first;
           });
  });
  if (!ghost) return false;
  const Call append = record.calls[*ghost];
  const auto read = pick(record, random, [&](const Call& call) {
    return gave(call) && !in_final(record, call) && call.returned > append.returned &&
           call.seen.type == record.sent[append.first].type;
  });
  if (read) record.calls[*read].seen.event = append.first;
  return read.has_value();
}

bool at_two_offsets(Record& record, Random& random, CameTo came_to) {
  const auto read = pick(record, random, [&](const Call& call) {
    if (!gave(call)) return false;
    const Call& append = append_of(record, call.seen.event);
    const auto before = [&](const Call& other) {
      return gave(other) && other.seen.event == call.seen.event && other.invoked < call.invoked;
    };
    const auto behind = [&](const Call& other) {
      return gave(other) && other.cursor == call.cursor && other.invoked > call.invoked;
    };
    return append.came_to == came_to && append.count == 1 &&
           std::any_of(record.calls.begin(), record.calls.end(), before) &&
           std::none_of(record.calls.begin(), record.calls.end(), behind);
  });
  if (read) record.calls[*read].seen.offset += 1;
  return read.has_value();
}

bool duplicate(Record& record, Random& random) {
  return at_two_offsets(record, random, CameTo::ok);
}

bool append_twice(Record& record, Random& random) {
  return at_two_offsets(record, random, CameTo::unknown);
}

bool lost(Record& record, Random& random) {
  const auto read = pick(record, random, [&](const Call& call) {
    return gave(call) && in_final(record, call) &&
           is_single_append(append_of(record, call.seen.event));
  });
  if (read) remove(record, *read);
  return read.has_value();
}

bool over_truncation(Record& record, Random& random) {
  const auto first = pick(record, random, [&](const Call& call) {
    return call.kind == CallKind::open && in_final(record, call);
  });
  const auto cut = pick(record, random, [](const Call& call) {
    return call.kind == CallKind::truncate && call.told > 0;
  });
  if (!first || !cut || *first + 1 >= record.calls.size()) return false;
  const auto beyond = [&](const Call& call) {
    return call.kind == CallKind::truncate && call.offset > record.calls[*first].offset;
  };
  if (std::any_of(record.calls.begin(), record.calls.end(), beyond)) return false;
  const Call read = record.calls[*first + 1];
  if (!gave(read) || !is_single_append(append_of(record, read.seen.event))) return false;
  remove(record, *first + 1);
  return true;
}

bool hole(Record& record, Random& random) {
  const auto read = pick(record, random, [&](const Call& call) {
    return gave(call) && in_final(record, call) &&
           append_of(record, call.seen.event).first == call.seen.event;
  });
  if (!read) return false;
  const std::uint64_t from = record.calls[*read].seen.offset;
  const auto shift = [&](std::uint64_t& offset, bool bound) {
    if (bound ? offset > from : offset >= from) ++offset;
  };
  for (Call& call : record.calls) {
    for (std::uint64_t& offset : call.offsets) shift(offset, false);
    if (gave(call) || call.kind == CallKind::handle) shift(call.seen.offset, false);
    if (call.kind != CallKind::append) shift(call.offset, true);
    if (call.kind == CallKind::truncate || call.kind == CallKind::handle) shift(call.told, true);
  }
  return true;
}

bool skipped(Record& record, Random& random) {
  const auto read = read_in_the_middle(record, random);
  if (!read) return false;
  for (std::size_t i = *read; i-- > 0;) {
    const Call& before = record.calls[i];
    if (before.cursor != record.calls[*read].cursor || before.kind == CallKind::append) continue;
    if (before.came_to == CameTo::cancelled) return false;
    if (gave(before) || before.kind == CallKind::open) break;
  }
  remove(record, *read);
  return true;
}

bool cancellation_loss(Record& record, Random& random) {
  const auto read = read_in_the_middle(record, random);
  if (!read) return false;
  record.calls[*read].came_to = CameTo::cancelled;
  record.calls[*read].cancelled = record.calls[*read].invoked;
  record.calls[*read].seen = {};
  return true;
}

bool silent_truncation(Record& record, Random& random) {
  const auto read = read_in_the_middle(record, random);
  if (!read) return false;
  const Call append = append_of(record, record.calls[*read].seen.event);
  if (append.came_to != CameTo::ok || append.returned > next_of(record, *read)->invoked)
    return false;
  spread(record);
  const std::uint64_t cut = record.calls[*read].seen.offset + 1;
  const Call next = *next_of(record, *read);
  remove(record, *read);
  end_at(record, next.returned);
  insert(record, {.kind = CallKind::truncate, .came_to = CameTo::ok, .offset = cut, .told = cut},
         next.invoked);
  return std::none_of(record.calls.begin(), record.calls.end(), [&](const Call& call) {
    return gave(call) && call.invoked > next.invoked && call.seen.offset < cut;
  });
}

bool went_back(Record& record, Random& random) {
  const auto read = read_in_the_middle(record, random);
  if (read) next_of(record, *read)->seen = record.calls[*read].seen;
  return read.has_value();
}

bool wrong_start(Record& record, Random& random) {
  const auto open = pick(record, random, [&](const Call& call) {
    if (call.kind != CallKind::open || call.came_to != CameTo::ok) return false;
    const Call* next = next_of(record, static_cast<std::size_t>(&call - record.calls.data()));
    return next != nullptr && gave(*next);
  });
  if (open) record.calls[*open].offset = next_of(record, *open)->seen.offset + 1;
  return open.has_value();
}

bool filter_leak(Record& record, Random& random) {
  const auto read =
      pick(record, random, [&](const Call& call) { return gave(call) && !in_final(record, call); });
  if (!read) return false;
  for (std::size_t i = *read; i-- > 0;) {
    Call& open = record.calls[i];
    if (open.kind != CallKind::open || open.cursor != record.calls[*read].cursor) continue;
    if (open.types.size() < 2) return false;
    std::erase(open.types, record.calls[*read].seen.type);
    return true;
  }
  return false;
}

bool unsupported(Record& record, Random& random) {
  const auto open = pick(record, random, [&](const Call& call) {
    return call.kind == CallKind::open && call.came_to == CameTo::ok && !in_final(record, call);
  });
  if (!open) return false;
  record.calls[*open].types.push_back(static_cast<std::uint32_t>(record.types.size()));
  record.types.push_back("unheard of");
  return true;
}

bool inversion(Record& record, Random& random) {
  const auto late = pick(record, random, [&](const Call& call) {
    return is_single_append(call) && call.offsets.size() == 1 && call.offsets[0] > 0;
  });
  if (!late) return false;
  Call& b = record.calls[*late];
  for (Call& a : record.calls) {
    if (!is_single_append(a) || a.offsets.size() != 1 || a.offsets[0] + 1 != b.offsets[0] ||
        a.returned > b.invoked || record.sent[a.first].type != record.sent[b.first].type)
      continue;
    const auto early = [&](const Call& call) {
      return gave(call) && call.returned < b.invoked && call.seen.event == a.first;
    };
    if (std::any_of(record.calls.begin(), record.calls.end(), early)) return false;
    std::swap(a.offsets, b.offsets);
    for (Call& call : record.calls)
      if (gave(call) || call.kind == CallKind::handle) {
        if (call.seen.event == a.first)
          call.seen.event = b.first;
        else if (call.seen.event == b.first)
          call.seen.event = a.first;
      }
    return true;
  }
  return false;
}

bool future(Record& record, Random&) {
  std::erase_if(record.calls, [](const Call& call) { return call.kind == CallKind::handle; });
  spread(record);
  const auto last = std::find_if(record.calls.rbegin(), record.calls.rend(), gave);
  if (last == record.calls.rend() || !in_final(record, *last)) return false;
  const Tick returned = last->returned;
  const Call append = append_of(record, last->seen.event);
  if (append.count != 1) return false;
  std::erase_if(record.calls, [&](const Call& call) { return call.invoked == append.invoked; });
  insert(record, append, returned + 5);
  return true;
}

bool stale(Record& record, Random& random) {
  const auto read = pick(record, random, [&](const Call& call) {
    return gave(call) && !in_final(record, call) &&
           append_of(record, call.seen.event).came_to == CameTo::ok &&
           append_of(record, call.seen.event).returned < call.invoked &&
           std::none_of(
               record.calls.begin(), record.calls.end(),
               [&](const Call& other) {
                 return other.kind == CallKind::close && other.cursor == call.cursor;
               });
  });
  if (!read) return false;
  spread(record);
  const Call before = record.calls[*read];
  insert(record,
         {.kind = CallKind::try_next,
          .came_to = CameTo::nothing,
          .actor = before.actor,
          .cursor = before.cursor},
         before.invoked);
  return true;
}

/// A read that is the last call of its cursor, which nothing ends.
std::optional<std::size_t> last_read(Record& record, Random& random) {
  std::erase_if(record.calls, [](const Call& call) { return call.kind == CallKind::handle; });
  return pick(record, random, [&](const Call& call) {
    const auto number = static_cast<std::size_t>(&call - record.calls.data());
    return gave(call) && !in_final(record, call) && call.cancelled == never &&
           is_single_append(append_of(record, call.seen.event)) &&
           next_of(record, number) == nullptr &&
           std::none_of(record.calls.begin(), record.calls.end(), [&](const Call& other) {
             return other.kind == CallKind::close && other.cursor == call.cursor;
           });
  });
}

bool stuck(Record& record, Random& random) {
  const auto read = last_read(record, random);
  if (!read) return false;
  Call& call = record.calls[*read];
  call.kind = CallKind::next;
  call.came_to = CameTo::pending;
  call.returned = never;
  call.seen = {};
  return true;
}

bool false_truncated(Record& record, Random& random) {
  const auto read = last_read(record, random);
  if (!read) return false;
  record.calls[*read].came_to = CameTo::truncated;
  record.calls[*read].seen = {};
  return true;
}

template <CameTo outcome>
bool instead_of_nothing(Record& record, Random& random) {
  const auto read = pick(record, random, found_nothing);
  if (read) record.calls[*read].came_to = outcome;
  return read.has_value();
}

bool cut_served(Record& record, Random& random) {
  const auto read = pick(record, random, [&](const Call& call) {
    return gave(call) && !in_final(record, call) &&
           append_of(record, call.seen.event).returned < call.invoked;
  });
  if (!read) return false;
  spread(record);
  const std::uint64_t cut = record.calls[*read].seen.offset + 1;
  insert(record, {.kind = CallKind::truncate, .came_to = CameTo::ok, .offset = cut, .told = cut},
         record.calls[*read].invoked);
  return true;
}

bool resurrection(Record& record, Random& random) {
  const auto read = pick(record, random, [&](const Call& call) {
    return gave(call) && !in_final(record, call) && call.seen.offset == 0;
  });
  if (!read) return false;
  const Call before = record.calls[*read];
  const auto number = static_cast<std::ptrdiff_t>(*read);
  std::erase_if(record.calls, [&](const Call& call) {
    return is_read(call) && call.cursor == before.cursor && call.invoked > before.invoked;
  });
  record.calls[static_cast<std::size_t>(number)].came_to = CameTo::truncated;
  spread(record);
  insert(record, {.kind = CallKind::truncate, .came_to = CameTo::unknown, .offset = 1},
         before.invoked * 8);
  return true;
}

bool after_close(Record& record, Random& random) {
  const auto read = pick(record, random, [&](const Call& call) {
    return is_read(call) && call.came_to == CameTo::closed &&
           std::any_of(record.calls.begin(), record.calls.end(), [&](const Call& other) {
             return other.kind == CallKind::close && other.cursor == call.cursor &&
                    other.came_to == CameTo::ok && other.returned < call.invoked;
           });
  });
  if (read) record.calls[*read].came_to = CameTo::failed;
  return read.has_value();
}

bool handler_abuse(Record& record, Random& random) {
  const auto read = pick(record, random, is_read);
  if (read) record.calls[*read].completions = 2;
  return read.has_value();
}

bool restart_loss(Record& record, Random& random) {
  if (!lost(record, random)) return false;
  spread(record);
  insert(record, {.kind = CallKind::crash, .came_to = CameTo::ok}, record.final_phase);
  return true;
}

bool consumer_order(Record& record, Random& random) {
  const auto handle = pick(record, random, [](const Call& call) {
    return call.kind == CallKind::handle && call.came_to == CameTo::ok && call.offset > 0;
  });
  if (!handle || *handle + 1 == record.calls.size()) return false;
  remove(record, *handle);
  return true;
}

constexpr std::array all{
    Injection{AnomalyKind::phantom, phantom},
    Injection{AnomalyKind::torn, torn, true},
    Injection{AnomalyKind::divergent_offset, divergent},
    Injection{AnomalyKind::duplicate, duplicate},
    Injection{AnomalyKind::lost_event, lost},
    Injection{AnomalyKind::hole, hole, true},
    Injection{AnomalyKind::skipped_event, skipped},
    Injection{AnomalyKind::non_monotonic, went_back, true},
    Injection{AnomalyKind::wrong_start, wrong_start, true},
    Injection{AnomalyKind::filter_leak, filter_leak, true},
    Injection{AnomalyKind::unsupported_type, unsupported, true},
    Injection{AnomalyKind::real_time_inversion, inversion},
    Injection{AnomalyKind::read_from_the_future, future},
    Injection{AnomalyKind::stale_end, stale},
    Injection{AnomalyKind::stuck_reader, stuck, true},
    Injection{AnomalyKind::premature_wake, instead_of_nothing<CameTo::neither>, true},
    Injection{AnomalyKind::truncated_event_served, cut_served},
    Injection{AnomalyKind::false_truncated, false_truncated},
    Injection{AnomalyKind::silent_truncation, silent_truncation},
    Injection{AnomalyKind::resurrection, resurrection},
    Injection{AnomalyKind::over_truncation, over_truncation, true},
    Injection{AnomalyKind::life_after_close, after_close, true},
    Injection{AnomalyKind::cancellation_loss, cancellation_loss},
    Injection{AnomalyKind::cancelled_append_twice, append_twice},
    Injection{AnomalyKind::handler_abuse, handler_abuse, true},
    Injection{AnomalyKind::restart_loss, restart_loss},
    Injection{AnomalyKind::consumer_order, consumer_order},
    Injection{AnomalyKind::exception, instead_of_nothing<CameTo::threw>, true},
};

}  // namespace

std::span<const Injection> injections() {
  return all;
}

}  // namespace streamtest

#include <streamtest/schedule/course.hpp>

#include <algorithm>

namespace streamtest {

std::size_t Surveyor::choose(std::span<const Move> moves) {
  counts_.push_back(moves.size());
  const std::size_t choice = inner_->choose(moves);
  const Actor actor = moves[std::min(choice, moves.size() - 1)].actor;
  std::vector<Stretch>& stretches = course_.stretches;
  if (stretches.empty() || stretches.back().actor != actor) stretches.push_back({actor, 0});
  ++stretches.back().moves;
  return choice;
}

std::size_t Surveyor::pick(std::size_t count) {
  counts_.push_back(count);
  return course_.picks.emplace_back(inner_->pick(count));
}

std::size_t CourseReplay::choose(std::span<const Move> moves) {
  for (; stretch_ < course_.stretches.size(); ++stretch_) {
    Stretch& stretch = course_.stretches[stretch_];
    if (stretch.moves == 0) continue;
    const auto found = std::ranges::find(moves, stretch.actor, &Move::actor);
    if (found == moves.end()) continue;
    --stretch.moves;
    return static_cast<std::size_t>(found - moves.begin());
  }
  return 0;
}

std::size_t CourseReplay::pick(std::size_t count) {
  const std::size_t choice = pick_ < course_.picks.size() ? course_.picks[pick_++] : 0;
  return std::min(choice, count - 1);
}

bool try_with_a_switch_less(const Course& course, const std::function<bool(Course)>& takes) {
  const std::vector<Stretch>& stretches = course.stretches;
  for (auto earlier = stretches.begin(); earlier != stretches.end(); ++earlier) {
    const auto later = std::find_if(earlier + 1, stretches.end(), [&](const Stretch& each) {
      return each.actor == earlier->actor;
    });
    if (later == stretches.end()) continue;
    const auto with = [&](auto kept, auto gone) {
      Course made = course;
      made.stretches[static_cast<std::size_t>(kept - stretches.begin())].moves =
          earlier->moves + later->moves;
      made.stretches.erase(made.stretches.begin() + (gone - stretches.begin()));
      return made;
    };
    if (takes(with(earlier, later)) || takes(with(later, earlier))) return true;
  }
  return false;
}

}  // namespace streamtest

#include <streamtest/explore/beside.hpp>

namespace streamtest {

using eventstream::Result;

Beside::Beside(Bench& bench, Trial& of)
    : trial_(bench.twin(of)), terms_(*trial_), model_(bench.capabilities()) {}

void Beside::neighbour_reopened() {
  kept_ = kept_ || (reopened_ && appended_);
  reopened_ = true;
  appended_ = false;
}

std::optional<Breach> Beside::append(const std::vector<std::size_t>& types) {
  std::vector<Known> batch;
  try {
    for (const Logged& event : trial_->append(types)) batch.push_back(terms_.known(event));
  } catch (const Violation& violation) {  // its offsets can't be read
    return Breach{"BLK-2", violation.message()};
  }
  appended_ = true;
  return model_.append(std::move(batch));
}

std::optional<Breach> Beside::read(std::chrono::nanoseconds usual) {
  std::vector<std::size_t> types(terms_.type_names().size());
  for (std::size_t i = 0; i < types.size(); ++i) types[i] = i;
  std::optional<Reader> reader;
  Seen opened;
  try {
    Result<Reader> result = trial_->try_open(0, trial_->all_types());
    if (result)
      reader = *std::move(result);
    else
      opened = Terms::failure(result.error());
  } catch (const Violation& violation) {
    opened = {.kind = Seen::Kind::other, .text = violation.message()};
  }
  if (std::optional<Breach> refused = model_.open(0, 0, types, opened)) return refused;
  for (std::size_t i = 0; reader && i < model_.log().size(); ++i) {
    model_.start(0);
    Pending read = reader->start_next();
    const Seen seen = returns_within(*trial_, read, usual) ? terms_.outcome(read)
                                                           : Seen{.kind = Seen::Kind::stuck};
    if (std::optional<Breach> breach = model_.returned(0, seen)) return breach;
    if (seen.kind != Seen::Kind::event) break;  // it truncates by itself
  }
  if (reader) reader->destroy();
  model_.destroy(0);
  return std::nullopt;
}

}  // namespace streamtest

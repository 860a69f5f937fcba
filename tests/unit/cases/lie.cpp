#include "lie.hpp"

#include "lying_cursor.hpp"

#include <streamtest/subject/handler_harness.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace streamtest {
namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

class LyingSubject final : public Subject {
 public:
  LyingSubject(std::unique_ptr<Subject> truth, std::shared_ptr<Liar> liar, std::string name)
      : truth_(std::move(truth)), liar_(std::move(liar)), name_(std::move(name)) {}

  Identity application() override { return truth_->application(); }

  Result<EventTypeSet> event_types(std::stop_token token) override {
    Result<EventTypeSet> types = truth_->event_types(std::move(token));
    const std::optional<Lie> lie = liar_->lies(Call::event_types);
    if (!lie) return types;
    if (const std::optional<Errc> code = code_of(*lie)) return *code;
    if (types && *lie == Lie::excess) types->insert(EventType("stranger-" + name_));
    if (!types || *lie != Lie::lacking) return types;
    return EventTypeSet(std::vector<EventType>(std::next(types->begin()), types->end()));
  }

  Result<std::unique_ptr<AnyCursor>> open(Offset offset, const EventTypeSet& filter,
                                          std::stop_token token) override {
    const std::optional<Lie> lie = liar_->lies(Call::open);
    if (lie)
      if (const std::optional<Errc> code = code_of(*lie)) return *code;
    Result<std::unique_ptr<AnyCursor>> cursor = truth_->open(offset, filter, std::move(token));
    if (!cursor) return cursor;
    if (liar_->is_about(Call::poll) || liar_->is_about(Call::wait))
      return lying_source(*std::move(cursor), liar_, bell_);
    if (liar_->is_about(Call::next) || liar_->is_about(Call::close))
      return lying_cursor(*std::move(cursor), liar_);
    return cursor;
  }

  Result<std::vector<Offset>> append(std::span<const Parcel> batch) override {
    const auto told = append_somehow(batch, liar_->lies(Call::append));
    bell_->ring();
    return told;
  }

  Result<std::vector<Offset>> append_expecting(std::span<const Parcel> batch,
                                               Offset expected) override {
    const std::optional<Lie> lie = liar_->lies(Call::append_expecting);
    if (lie)
      if (const std::optional<Errc> code = code_of(*lie)) return *code;
    const auto told = lie ? append_somehow(batch, lie) : truth_->append_expecting(batch, expected);
    bell_->ring();
    return told;
  }

  Result<Offset> truncate(Offset first_retained) override {
    const std::optional<Lie> lie = liar_->lies(Call::truncate);
    if (lie == Lie::undone) return first_retained;
    const Offset really = lie == Lie::excess    ? first_retained + 1
                          : lie == Lie::lacking ? first_retained - 1
                                                : first_retained;
    Result<Offset> first = truth_->truncate(really);
    bell_->ring();
    if (lie && first && *lie == Lie::higher) *first += 2;
    if (lie && first && *lie == Lie::lower) --*first;
    return first;
  }

  void fail_next_append() override { truth_->fail_next_append(); }
  void reopen() override {
    if (const auto lie = liar_->lies(Call::reopen)) (void)code_of(*lie);
    truth_->reopen();
  }
  void fill(const EventType& type, std::uint64_t count) override { truth_->fill(type, count); }
  void damage(Damage kind, std::uint64_t choice) override {
    if (!liar_->plan().harmless) truth_->damage(kind, choice);
  }
  std::unique_ptr<Subject> twin(const Scenario& scenario) override {
    return std::make_unique<LyingSubject>(truth_->twin(scenario), liar_, scenario.unique_name);
  }
  FaultProxy& network() override { return truth_->network(); }
  void settle() override { truth_->settle(); }

 private:
  Result<std::vector<Offset>> append_somehow(std::span<const Parcel> batch,
                                             std::optional<Lie> lie) {
    if (!lie) return truth_->append(batch);
    std::vector<Parcel> other(batch.begin(), batch.end());
    if (*lie == Lie::says_failure) return Errc::backend_failure;
    if (*lie == Lie::reversed) std::reverse(other.begin(), other.end());
    if (*lie == Lie::lacking && !other.empty()) other.pop_back();
    Result<std::vector<Offset>> told = truth_->append(other);
    if (!told) return told;
    while (told->size() < batch.size()) told->push_back(told->empty() ? 0 : told->back() + 1);
    told->resize(batch.size());
    for (Offset& each : *told) each += *lie == Lie::higher ? 1 : *lie == Lie::lower ? -1 : 0;
    return told;
  }

  std::unique_ptr<Subject> truth_;
  std::shared_ptr<Liar> liar_;
  const std::string name_;
  std::shared_ptr<Bell> bell_ = std::make_shared<Bell>();
};

class LyingHandler final : public HandlerSubject {
 public:
  LyingHandler(std::unique_ptr<HandlerSubject> truth, std::shared_ptr<Liar> liar)
      : truth_(std::move(truth)), liar_(std::move(liar)) {}

  EventTypeSet event_types() override { return truth_->event_types(); }

  Result<Offset> next_offset(const Identity& application, std::stop_token token) override {
    Result<Offset> next = truth_->next_offset(application, std::move(token));
    const std::optional<Lie> lie = liar_->lies(Call::next_offset);
    if (!lie) return next;
    if (const std::optional<Errc> code = code_of(*lie)) return *code;
    return *next - 1;
  }

  Result<void> handle_event(Offset expected, const Event& event, std::stop_token token) override {
    if (liar_->lies(Call::handle_event) == Lie::undone) return {};
    return truth_->handle_event(expected, event, std::move(token));
  }

  std::vector<std::string> effects() override {
    std::vector<std::string> effects = truth_->effects();
    if (liar_->lies(Call::effects) == Lie::reversed) std::reverse(effects.begin(), effects.end());
    return effects;
  }
  void fail_next() override { truth_->fail_next(); }
  void reopen() override {
    if (const auto lie = liar_->lies(Call::reopen)) (void)code_of(*lie);
    truth_->reopen();
  }

 private:
  std::unique_ptr<HandlerSubject> truth_;
  std::shared_ptr<Liar> liar_;
};

}  // namespace

SubjectFactory lying(const SubjectFactory& truthful, std::shared_ptr<Liar> liar) {
  SubjectFactory factory = truthful;
  if (truthful.make)
    factory.make = [make = truthful.make, liar](const Scenario& scenario) {
      if (const auto lie = liar->lies(Call::make)) (void)code_of(*lie);
      return std::make_unique<LyingSubject>(make(scenario), liar, scenario.unique_name);
    };
  if (truthful.make_handler)
    factory.make_handler = [make = truthful.make_handler, liar](const Scenario& scenario) {
      if (const auto lie = liar->lies(Call::make)) (void)code_of(*lie);
      return std::make_unique<LyingHandler>(make(scenario), liar);
    };
  return factory;
}

}  // namespace streamtest

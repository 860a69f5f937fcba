#include <streamtest/subject/stage.hpp>

#include <algorithm>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::Offset;
using eventstream::Result;

/// Plays what the script has for one cursor.
class Stage::ScriptedSource final : public eventstream::Source {
 public:
  ScriptedSource(std::shared_ptr<Stage> stage, std::size_t number, Offset offset)
      : stage_(std::move(stage)), number_(number), position_(offset) {}

  ~ScriptedSource() override {
    Lock lock(stage_->mutex_);
    --stage_->open_;
    stage_->at_end_ = false;
    if (stage_->abandoned_) return;
    (void)stage_->conclude(stage_->enter({.step = Step::close, .cursor = number_}), {});
  }

  Result<Event> poll() override {
    Lock lock(stage_->mutex_);
    Stage& stage = *stage_;
    if (stage.abandoned_) return Errc::not_yet;
    if (stage.done_ > stage.limit_) {
      stage.become(State::overrun);
      return Errc::not_yet;
    }
    const Turn turn{Step::read, stage.calls_[Step::read]};
    if (stage.script_.held == turn && !stage.released_) return Errc::not_yet;
    const auto found = stage.script_.faults.find(turn);
    if (found != stage.script_.faults.end()) return fail(found->second);
    if (failure_) return fail(*failure_);  // a failed cursor stays so
    const std::vector<Event>& events = stage.script_.events;
    const auto next = std::ranges::find_if(
        events, [this](const Event& event) { return event.offset >= position_; });
    if (next == events.end()) return Errc::not_yet;
    position_ = next->offset + 1;
    return give(*next, {});
  }

  bool watch(const eventstream::Waker&) override {
    Lock lock(stage_->mutex_);
    Stage& stage = *stage_;
    if (stage.script_.held == Turn{Step::read, stage.calls_[Step::read]}) {
      stage.become(State::held);
    } else {
      stage.at_end_ = true;
      if (stage.due_ == stage.script_.events.size()) stage.become(State::complete);
    }
    return true;
  }

  void unwatch() override {
    Lock lock(stage_->mutex_);
    stage_->at_end_ = false;
  }

 private:
  Result<Event> give(const Event& event, const std::string& why) {
    ++stage_->calls_[Step::read];
    const std::size_t act =
        stage_->enter({.step = Step::read, .cursor = number_, .event = event, .why = why});
    (void)stage_->conclude(act, {});
    return event;
  }

  Result<Event> fail(const Fault& fault) {
    if (fault.manner == Fault::Manner::event) return give(fault.event, fault.why);
    failure_ = fault;
    ++stage_->calls_[Step::read];
    return stage_->conclude(stage_->enter({.step = Step::read, .cursor = number_}), fault).error();
  }

  const std::shared_ptr<Stage> stage_;
  const std::size_t number_;
  Offset position_;
  std::optional<Fault> failure_;
};

std::unique_ptr<eventstream::Source> Stage::make_source(std::size_t number, Offset offset) {
  return std::make_unique<ScriptedSource>(shared_from_this(), number, offset);
}

}  // namespace streamtest

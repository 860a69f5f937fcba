#include <streamtest/subject/envelopes.hpp>
#include <streamtest/subject/handler_trial.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Result;

namespace {

std::string describe(const Event& event) {
  return fmt::format("event {} of {}", event.offset, event.parcel->source_application.name());
}

}  // namespace

HandlerTrial::HandlerTrial(Bench& bench, std::size_t applications)
    : bench_(&bench),
      scenario_(bench.scenario(bench.event_types(3))),
      types_(scenario_.event_types.begin(), scenario_.event_types.end()) {
  bench.history().clear();
  const Vocabulary& vocabulary = bench.factory().vocabulary;
  for (std::size_t i = 0; i < applications; ++i) {
    // A key that begins with another one, and two that differ in case only.
    std::string name = scenario_.unique_name;
    if (i > 0) name += fmt::format("-{}{}", i % 2 == 1 ? "a" : "A", (i - 1) / 2);
    sources_.push_back(
        {vocabulary.identity ? vocabulary.identity(name) : Identity(name, name), 0, {}});
  }
  harness("made a fresh handler", [&] { handler_ = bench.factory().make_handler(scenario_); });
}

void HandlerTrial::harness(std::string_view what, const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    throw HarnessFailure(fmt::format("the harness threw while it {}: {}", what, error.what()));
  }
}

Event HandlerTrial::event(std::size_t source, Offset offset) {
  const eventstream::EventType& type = types_[events_.size() % types_.size()];
  const std::string token = fmt::format("{}/{}", scenario_.unique_name, events_.size());
  const Event made{
      offset, eventstream::Parcel(make_envelope(bench_->factory().vocabulary, application(source),
                                                type, token, std::chrono::system_clock::now()))};
  events_.emplace(token, made);
  return made;
}

Offset HandlerTrial::next_offset(const Identity& application) {
  const History::Number number =
      bench_->history().invoke("next_offset", "case", "", application.key());
  Result<Offset> answer = Errc::backend_failure;
  try {
    answer = handler_->next_offset(application, {});
  } catch (const std::exception& error) {
    bench_->history().complete(number, {fmt::format("exception: {}", error.what()), {}, {}, {}});
    bench_->fail(
        fmt::format("next_offset of {} {} threw: {}", application.key(), last_, error.what()));
  }
  bench_->history().complete(number, {answer ? "ok" : error_name(answer.error()),
                                      answer ? std::optional<std::uint64_t>(*answer) : std::nullopt,
                                      {},
                                      {}});
  if (!answer)
    bench_->fail(fmt::format("next_offset of {} {}: expected an offset, seen {}", application.key(),
                             last_, error_name(answer.error())));
  return *answer;
}

History::Number HandlerTrial::begin(const std::string& actor, Offset expected, const Event& event) {
  return bench_->history().invoke("handle_event", actor, "",
                                  fmt::format("{}, {}", expected, describe(event)));
}

void HandlerTrial::end(History::Number number, const Answer& answer) {
  bench_->history().complete(number, {answer ? "ok" : error_name(answer.error()), {}, {}, {}});
  last_ =
      fmt::format("after handle_event gave {}", answer ? "success" : error_name(answer.error()));
}

HandlerTrial::Answer HandlerTrial::call(Offset expected, const Event& event, std::stop_token token,
                                        bool recorded) {
  const History::Number number = recorded ? begin("case", expected, event) : 0;
  Answer answer = Errc::backend_failure;
  try {
    answer = handler_->handle_event(expected, event, std::move(token));
  } catch (const std::exception&) {
    answer = Errc::backend_failure;  // as a consumer takes it
  }
  if (!recorded) return answer;
  end(number, answer);
  last_ = fmt::format("after handle_event({}, {}) gave {}", expected, describe(event),
                      answer ? "success" : error_name(answer.error()));
  return answer;
}

HandlerTrial::Source& HandlerTrial::source_of(const Event& event) {
  return *std::ranges::find(sources_, event.parcel->source_application, &Source::identity);
}

void HandlerTrial::apply(const Event& event) {
  Source& source = source_of(event);
  source.next = event.offset + 1;
  source.applied.push_back(event.parcel->message_id);
}

void HandlerTrial::must_handle(const Event& event) {
  const Offset expected = source_of(event).next;
  const Answer answer = call(expected, event);
  if (!answer)
    bench_->fail(
        fmt::format("handle_event({}, {}), where {} is the next offset: expected success, "
                    "seen {}",
                    expected, describe(event), expected, error_name(answer.error())));
  apply(event);
  must_stand();
}

void HandlerTrial::must_refuse(Offset expected, const Event& event) {
  if (call(expected, event))
    bench_->fail(
        fmt::format("handle_event({}, {}), where {} is the next offset: expected it to "
                    "fail, seen success",
                    expected, describe(event), source_of(event).next));
  must_stand();
}

bool HandlerTrial::accept(const Event& event, const Answer& answer) {
  if (answer || next_offset(event.parcel->source_application) == event.offset + 1) apply(event);
  must_stand();
  return source_of(event).next == event.offset + 1;
}

std::vector<std::vector<std::string>> HandlerTrial::effects() {
  std::vector<std::string> all;
  harness("told its effects", [&] { all = handler_->effects(); });
  std::vector<std::vector<std::string>> sorted(sources_.size());
  for (std::string& token : all) {
    const auto known = events_.find(token);
    if (known == events_.end())
      throw HarnessFailure(
          fmt::format("effects() gave '{}', which is no event's message id", token));
    const Source& source = source_of(known->second);
    sorted[static_cast<std::size_t>(&source - sources_.data())].push_back(std::move(token));
  }
  return sorted;
}

std::string HandlerTrial::shown(const std::vector<std::string>& tokens) const {
  constexpr std::size_t most = 12;
  std::string text = tokens.size() > most ? "…" : "";
  for (std::size_t i = tokens.size() - std::min(tokens.size(), most); i < tokens.size(); ++i)
    text += fmt::format("{}{}", text.empty() ? "" : " ", events_.at(tokens[i]).offset);
  return text.empty() ? "none" : "events " + text;
}

void HandlerTrial::must_stand() {
  const std::vector<std::vector<std::string>> seen = effects();
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    const Source& source = sources_[i];
    const Offset next = next_offset(source.identity);
    if (next != source.next)
      bench_->fail(fmt::format("next_offset of {} {}: expected {}, seen {}", source.identity.key(),
                               last_, source.next, next));
    if (seen[i] != source.applied)
      bench_->fail(fmt::format("the effects for {} {}: expected {}, seen {}", source.identity.key(),
                               last_, shown(source.applied), shown(seen[i])));
  }
}

void HandlerTrial::fail_next() {
  harness("was told to let the next effect fail", [&] { handler_->fail_next(); });
}

void HandlerTrial::reopen() {
  const History::Number number = bench_->history().invoke("reopen", "case", "", "");
  harness("opened the handler anew", [&] { handler_->reopen(); });
  bench_->history().complete(number, {"ok", {}, {}, {}});
  last_ += ", and it was opened anew";
  must_stand();
}

}  // namespace streamtest

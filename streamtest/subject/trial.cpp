#include <streamtest/subject/envelopes.hpp>
#include <streamtest/subject/thread_runtime.hpp>
#include <streamtest/subject/trial.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace streamtest {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;

std::string error_name(const boost::system::error_code& error) {
  if (error.category() == eventstream::error_category())
    return std::string(eventstream::to_string(static_cast<Errc>(error.value())));
  return fmt::format("{}:{} ({})", error.category().name(), error.value(), error.message());
}

namespace {

std::string names(const EventTypeSet& filter) {
  std::string text;
  std::size_t shown = 0;
  for (const EventType& type : filter) {
    if (++shown > 4) return fmt::format("{{{}, … {} types}}", text, filter.size());
    text += (text.empty() ? "" : ", ") + type.name();
  }
  return "{" + text + "}";
}

std::string names(const std::vector<Parcel>& batch) {
  if (batch.size() > 6) return fmt::format("{} events", batch.size());
  std::string text;
  for (const Parcel& parcel : batch) text += (text.empty() ? "" : ", ") + parcel->type.name();
  return text;
}

/// A call of the stream that isn't next: recorded, and an exception is the stream's fault.
template <typename Call>
auto call(const Witness& witness, std::string name, const std::string& actor, std::string cursor,
          std::string arguments, Call function) {
  const History::Number number =
      witness.history().invoke(name, actor, std::move(cursor), std::move(arguments));
  try {
    auto result = function();
    Outcome outcome;
    outcome.kind = result ? "ok" : error_name(result.error());
    if constexpr (requires { result->front(); }) {
      if (result && !result->empty()) outcome.offset = result->front();
    } else if constexpr (std::is_same_v<decltype(result), Result<Offset>>) {
      if (result) outcome.offset = *result;
    }
    witness.history().complete(number, std::move(outcome));
    return result;
  } catch (const std::exception& error) {
    witness.history().complete(number, {fmt::format("exception: {}", error.what()), {}, {}, {}});
    if (is_told(error)) throw;
    if (actor == "harness" || name == "append" || name == "truncate")
      throw HarnessFailure(fmt::format("{} threw: {}", name, error.what()));
    if (name == "reopen")
      witness.fail(fmt::format("the stream can't be opened anew: {}", error.what()));
    witness.fail(fmt::format("{} threw an exception; outcomes are values: {}", name, error.what()));
  }
}

}  // namespace

Trial::Trial(const SubjectFactory& factory, Scenario scenario, const Witness& witness,
             Driver& driver, std::chrono::nanoseconds patience)
    : witness_(&witness),
      driver_(&driver),
      patience_(patience),
      runtime_(std::make_shared<ThreadRuntime>()),
      vocabulary_(&factory.vocabulary),
      lacks_(&factory.lacks),
      scenario_(std::move(scenario)),
      types_(scenario_.event_types.begin(), scenario_.event_types.end()) {
  scenario_.runtime = runtime_;
  if (!scenario_.existing) witness.history().clear();
  try {
    subject_ = factory.make(scenario_);
  } catch (const std::exception& error) {
    if (is_told(error)) throw;
    if (scenario_.existing)
      witness.fail(fmt::format("the stream can't be opened again: {}", error.what()));
    throw HarnessFailure(
        fmt::format("the harness threw while it made a fresh stream: {}", error.what()));
  }
}

Trial::Trial(const SubjectFactory& factory, Scenario scenario, std::unique_ptr<Subject> twin,
             const Witness& witness, Driver& driver, std::chrono::nanoseconds patience)
    : witness_(&witness),
      driver_(&driver),
      patience_(patience),
      vocabulary_(&factory.vocabulary),
      lacks_(&factory.lacks),
      scenario_(std::move(scenario)),
      types_(scenario_.event_types.begin(), scenario_.event_types.end()),
      letter_('t'),
      subject_(std::move(twin)) {}

Trial::~Trial() {
  end_trial();
}

void Trial::end_trial() {
  end_cursors();
  subject_.reset();
  if (runtime_) runtime_->end();
}

void Trial::reopen() {
  end_cursors();
  call(*witness_, "reopen", "case", "stream", "", [&] {
    subject_->reopen();
    return Result<void>();
  });
}

void Trial::damage(Damage kind, std::uint64_t choice) {
  end_cursors();
  const std::string arguments =
      fmt::format("{}, {}", kind == Damage::torn_tail ? "torn tail" : "flipped byte", choice);
  call(*witness_, "damage", "harness", "stream", arguments, [&] {
    subject_->damage(kind, choice);
    return Result<void>();
  });
}

bool Trial::try_reopen() {
  const History::Number number = witness_->history().invoke("reopen", "case", "stream", "");
  try {
    subject_->reopen();
    witness_->history().complete(number, {"ok", {}, {}, {}});
    return true;
  } catch (const std::exception& error) {
    witness_->history().complete(number, {fmt::format("exception: {}", error.what()), {}, {}, {}});
    return false;
  }
}

void Trial::end_cursors() {
  // One patience for all that is stuck: the verdict is known, and a broken stream should not cost
  // minutes.
  const bool cancelling = has(Means::cancelling);
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  for (Open& open : open_)
    if (cancelling && open.pending && !open.pending->done()) open.pending->cancel();
  for (Open& open : open_) {
    if (!open.pending) continue;
    const auto left = std::max<std::chrono::nanoseconds>(
        deadline - std::chrono::steady_clock::now(), std::chrono::milliseconds(1));
    const bool ended = cancelling ? open.pending->wait(left) : open.pending->done();
    if (ended || !open.cursor) continue;
    const History::Number number = witness_->history().invoke("close", "tidying up", open.name, "");
    try {
      const Result<void> closed = open.cursor->close();
      witness_->history().complete(number,
                                   {closed ? "ok" : error_name(closed.error()), {}, {}, {}});
    } catch (const std::exception& error) {
      // The case's own verdict stands.
      witness_->history().complete(number,
                                   {fmt::format("exception: {}", error.what()), {}, {}, {}});
    }
    (void)open.pending->wait(left);
  }
  learner_.reset();
  open_.clear();
}

void Trial::destroy_stream() {
  const History::Number number = witness_->history().invoke("destroy", "case", "stream", "");
  subject_.reset();
  witness_->history().complete(number, {"ok", {}, {}, {}});
}

EventTypeSet Trial::filter(const std::vector<std::size_t>& indexes) const {
  EventTypeSet set;
  for (const std::size_t index : indexes) set.insert(type(index));
  return set;
}

Parcel Trial::parcel(const EventType& type) {
  const std::string token = fmt::format("{}/{}", scenario_.unique_name, tokens_++);
  return Parcel(make_envelope(*vocabulary_, scenario_.application, type, token,
                              std::chrono::system_clock::now()));
}

std::string Trial::token(const eventstream::Envelope& envelope) const {
  return vocabulary_->token ? vocabulary_->token(envelope) : envelope.data;
}

Result<std::vector<Offset>> Trial::try_append(const std::vector<Parcel>& batch,
                                              const std::string& actor,
                                              std::optional<Offset> expected) {
  std::string arguments = names(batch);
  if (expected) arguments += fmt::format(", expected {}", *expected);
  return call(*witness_, "append", actor, "", std::move(arguments), [&] {
    return expected ? subject_->append_expecting(batch, *expected) : subject_->append(batch);
  });
}

std::vector<Logged> Trial::append(const std::vector<std::size_t>& type_indexes,
                                  const std::string& actor) {
  std::vector<Parcel> batch;
  batch.reserve(type_indexes.size());
  for (const std::size_t index : type_indexes) batch.push_back(parcel(type(index)));
  return append_parcels(std::move(batch), actor);
}

std::vector<Logged> Trial::append_parcels(std::vector<Parcel> batch, const std::string& actor) {
  const Result<std::vector<Offset>> told = try_append(batch, actor);
  return acknowledged(batch, told);
}

std::vector<Logged> Trial::acknowledged(const std::vector<Parcel>& batch,
                                        const Result<std::vector<Offset>>& told) {
  if (!told)
    throw HarnessFailure(
        fmt::format("append of {} failed with {}; the kit needs a stream it can append to",
                    names(batch), error_name(told.error())));
  if (!told->empty() && told->size() != batch.size())
    throw HarnessFailure(
        fmt::format("append of {} events returned {} offsets; it must return one an event, or none "
                    "if the stream doesn't tell",
                    batch.size(), told->size()));
  const std::vector<Offset> offsets = told->empty() && !batch.empty() ? learn(batch) : *told;
  subject_->settle();
  std::vector<Logged> added;
  for (std::size_t i = 0; i < batch.size(); ++i) added.push_back({offsets[i], batch[i]});
  std::lock_guard lock(mutex_);
  for (const Logged& event : added) {
    auto place =
        std::upper_bound(log_.begin(), log_.end(), event.offset,
                         [](Offset offset, const Logged& other) { return offset < other.offset; });
    log_.insert(place, event);
  }
  return added;
}

/// The stream doesn't tell offsets: a cursor over everything, opened behind the first append that
/// answers so, reads them. It reads for all appenders, hence the map.
std::vector<Offset> Trial::learn(const std::vector<Parcel>& batch) {
  std::lock_guard one_at_a_time(learning_);
  if (!learner_) learner_.emplace(open(end(), all_types(), "offsets"));
  std::vector<Offset> offsets;
  for (const Parcel& parcel : batch) {
    const std::string wanted = token(*parcel);
    while (!learned_.contains(wanted)) {
      const Result<Event> seen = learner_->next();
      if (!seen)
        fail(fmt::format("the offset of an appended event can't be read: {}", describe(seen)));
      learned_.emplace(token(*seen->parcel), seen->offset);
    }
    offsets.push_back(learned_.at(wanted));
  }
  return offsets;
}

std::vector<Logged> Trial::log() const {
  std::lock_guard lock(mutex_);
  return log_;
}

Offset Trial::end() const {
  std::lock_guard lock(mutex_);
  return log_.empty() ? 0 : log_.back().offset + 1;
}

std::optional<Logged> Trial::first_match(Offset position, const EventTypeSet& filter) const {
  std::lock_guard lock(mutex_);
  auto begin =
      std::lower_bound(log_.begin(), log_.end(), position,
                       [](const Logged& event, Offset offset) { return event.offset < offset; });
  for (; begin != log_.end(); ++begin)
    if (filter.contains(begin->parcel->type)) return *begin;
  return std::nullopt;
}

void Trial::needs(Means means) const {
  if (!has(means)) throw NotSupported(lacking_text(means));
}

eventstream::Identity Trial::application() {
  needs(Means::application);
  return *call(*witness_, "application", "case", "", "",
               [&] { return Result<eventstream::Identity>(subject_->application()); });
}

Result<EventTypeSet> Trial::event_types(std::stop_token token) {
  needs(Means::event_types);
  if (token.stop_possible()) needs(Means::cancelling);
  return call(*witness_, "event_types", "case", "", token.stop_requested() ? "cancelled" : "",
              [&] { return subject_->event_types(token); });
}

Result<Reader> Trial::try_open(Offset offset, const EventTypeSet& filter, std::stop_token token,
                               const std::string& actor) {
  return try_open(offset, filter, std::move(token), actor, {});
}

Result<Reader> Trial::try_open(Offset offset, const EventTypeSet& filter, std::stop_token token,
                               const std::string& actor, const Wrap& wrap) {
  std::string name;
  {
    std::lock_guard lock(mutex_);
    name = fmt::format("{}{}", letter_, ++opened_);
  }
  if (token.stop_possible()) needs(Means::cancelling);
  auto opened =
      call(*witness_, "open", actor, "", fmt::format("{}, {} as {}", offset, names(filter), name),
           [&] { return subject_->open(offset, filter, token); });
  if (!opened) return opened.error();
  std::shared_ptr<AnyCursor> cursor;
  if (wrap)
    cursor = wrap(*std::move(opened));
  else
    cursor = *std::move(opened);
  std::lock_guard lock(mutex_);
  open_.push_back({name, cursor, nullptr});
  return Reader(*this, std::move(name), std::move(cursor));
}

Reader Trial::open(Offset offset, const EventTypeSet& filter, const std::string& actor) {
  return open_wrapped(offset, filter, {}, actor);
}

Reader Trial::open_wrapped(Offset offset, const EventTypeSet& filter, const Wrap& wrap,
                           const std::string& actor) {
  Result<Reader> reader = try_open(offset, filter, {}, actor, wrap);
  if (!reader)
    fail(fmt::format("open({}, {}) was refused with {}", offset, names(filter),
                     error_name(reader.error())));
  return *std::move(reader);
}

Offset Trial::truncate(Offset first_retained, const std::string& actor) {
  const Result<Offset> first =
      call(*witness_, "truncate", actor, "", fmt::format("{}", first_retained),
           [&] { return subject_->truncate(first_retained); });
  if (!first)
    throw HarnessFailure(
        fmt::format("truncate({}) failed with {}", first_retained, error_name(first.error())));
  return *first;
}

bool Trial::same(const Logged& expected, const Event& event) const {
  return event.offset == expected.offset && event.parcel &&
         event.parcel->type == expected.parcel->type &&
         token(*event.parcel) == token(*expected.parcel) &&
         event.parcel->source_application == scenario_.application;
}

std::string Trial::describe(const Result<Event>& result) const {
  if (!result) return error_name(result.error());
  if (!result->parcel) return fmt::format("an empty event at {}", result->offset);
  const eventstream::Envelope& envelope = *result->parcel;
  std::string text = fmt::format("event {} of type {} ({})", result->offset, envelope.type.name(),
                                 token(envelope));
  if (envelope.source_application != scenario_.application)
    text += fmt::format(" of application {}", envelope.source_application.name());
  return text;
}

std::string Trial::describe(const Expectation& expected) const {
  if (const Errc* code = std::get_if<Errc>(&expected))
    return std::string(eventstream::to_string(*code));
  const Logged& event = std::get<Logged>(expected);
  return describe(Event{event.offset, event.parcel});
}

Trial::Open* Trial::find(const AnyCursor* cursor) {
  for (Open& open : open_)
    if (open.cursor.get() == cursor) return &open;
  return nullptr;
}

void Trial::forget(const AnyCursor* cursor) {
  std::lock_guard lock(mutex_);
  std::erase_if(open_, [&](const Open& open) { return open.cursor.get() == cursor; });
}

}  // namespace streamtest

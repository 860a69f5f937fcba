#include <streamtest/subject/envelopes.hpp>
#include <streamtest/subject/handler_harness.hpp>
#include <streamtest/subject/worker.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <iostream>
#include <mutex>
#include <random>
#include <sstream>
#include <string_view>
#include <thread>

namespace streamtest {
namespace {

using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using Json = nlohmann::json;
using Kind = WorkerLine::Kind;

constexpr std::array kind_names{"ready", "begun", "stored", "refused",  "cutting",
                                "cut",   "seen",  "unread", "unopened", "failed"};

/// Ends the part of a token that names the event; what follows only makes it long.
constexpr char name_end = '~';

std::string to_line(const WorkerLine& line) {
  std::string text = line.text;
  std::replace(text.begin(), text.end(), '\n', ' ');
  return fmt::format("{} {} {} {} {}\n", kind_names.at(static_cast<std::size_t>(line.kind)),
                     line.number, line.offsets.size(), fmt::join(line.offsets, " "), text);
}

std::optional<WorkerLine> from_line(const std::string& text) {
  std::istringstream words(text);
  std::string kind;
  std::size_t count = 0;
  WorkerLine line;
  if (!(words >> kind >> line.number >> count)) return std::nullopt;
  const auto* const found = std::find(kind_names.begin(), kind_names.end(), kind);
  if (found == kind_names.end()) return std::nullopt;
  line.kind = static_cast<Kind>(found - kind_names.begin());
  for (Offset offset = 0; line.offsets.size() < count && words >> offset;)
    line.offsets.push_back(offset);
  std::getline(words >> std::ws, line.text);
  return line;
}

Json to_json(const WorkerTask& task) {
  std::vector<std::string> types;
  for (const EventType& type : task.scenario.event_types) types.push_back(type.name());
  const Scenario& scenario = task.scenario;
  return {{"name", scenario.application.name()},
          {"key", scenario.application.key()},
          {"types", types},
          {"unique_name", scenario.unique_name},
          {"folder", scenario.folder.string()},
          {"existing", scenario.existing},
          {"variant", scenario.variant},
          {"arguments", scenario.arguments},
          {"seed", task.seed},
          {"first_batch", task.first_batch},
          {"longest", task.longest},
          {"from", task.from},
          {"truncates", task.truncates}};
}

WorkerTask task_from(const Json& json) {
  WorkerTask task;
  task.scenario.application = {json.at("name").get<std::string>(),
                               json.at("key").get<std::string>()};
  std::vector<EventType> types;
  for (const Json& name : json.at("types")) types.emplace_back(name.get<std::string>());
  task.scenario.event_types = EventTypeSet(std::move(types));
  json.at("unique_name").get_to(task.scenario.unique_name);
  task.scenario.folder = json.at("folder").get<std::string>();
  json.at("existing").get_to(task.scenario.existing);
  json.at("variant").get_to(task.scenario.variant);
  json.at("arguments").get_to(task.scenario.arguments);
  json.at("seed").get_to(task.seed);
  json.at("first_batch").get_to(task.first_batch);
  json.at("longest").get_to(task.longest);
  json.at("from").get_to(task.from);
  json.at("truncates").get_to(task.truncates);
  return task;
}

void say(const WorkerLine& line) {
  if (!write_all(result_descriptor, to_line(line))) ::_exit(1);  // the case is gone
}

/// A worker's work on a handler: one event after the other.
void handle_all(const SubjectFactory& factory, const WorkerTask& task) {
  std::unique_ptr<HandlerSubject> handler;
  try {
    handler = factory.make_handler(task.scenario);
  } catch (const std::exception& error) {
    return say({.kind = Kind::unopened, .text = error.what()});
  }
  say({.kind = Kind::ready});
  try {
    for (Offset next = handler->next_offset(task.scenario.application, {}).value();; ++next) {
      const Event event = planned_event(factory, task, next);
      say({.kind = Kind::begun, .number = next});
      handler->handle_event(next, event, {}).value();
      say({.kind = Kind::stored, .number = next});
    }
  } catch (const std::exception& error) {
    say({.kind = Kind::failed, .text = error.what()});
  }
}

/// The worker at work on a stream: one thread appends, one reads, both say what they do.
class Work {
 public:
  Work(const SubjectFactory& factory, WorkerTask task)
      : factory_(&factory), task_(std::move(task)) {}

  void run() {
    try {
      subject_ = factory_->make(task_.scenario);
    } catch (const std::exception& error) {
      return say({.kind = Kind::unopened, .text = error.what()});
    }
    say({.kind = Kind::ready});
    const std::jthread reader([this] { guarded([this] { read(); }); });
    guarded([this] {
      for (std::uint64_t number = task_.first_batch;; ++number) {
        append(number);
        if (task_.truncates && number % 8 == 7) truncate();
      }
    });
  }

 private:
  template <typename Action>
  void guarded(Action action) {
    try {
      action();
    } catch (const std::exception& error) {
      say({.kind = Kind::failed, .text = error.what()});
    }
  }

  void append(std::uint64_t number) {
    const std::vector<Parcel> batch = planned_batch(*factory_, task_, number);
    say({.kind = Kind::begun, .number = number});
    const Result<std::vector<Offset>> told = subject_->append(batch);
    if (told)
      say({.kind = Kind::stored, .number = number, .offsets = *told});
    else
      say({.kind = Kind::refused, .number = number, .text = told.error().message()});
  }

  void truncate() {
    const Offset first = seen_.load();
    say({.kind = Kind::cutting, .offsets = {first}});
    const Result<Offset> real = subject_->truncate(first);
    if (real) say({.kind = Kind::cut, .offsets = {*real}});
  }

  void read() {
    auto cursor = subject_->open(task_.from, task_.scenario.event_types, {});
    if (!cursor) return say({.kind = Kind::unread, .text = cursor.error().message()});
    for (;;) {
      const Result<Event> event = (*cursor)->next({});
      if (!event) return say({.kind = Kind::unread, .text = event.error().message()});
      const std::string token = factory_->vocabulary.token
                                    ? factory_->vocabulary.token(*event->parcel)
                                    : event->parcel->data;
      say({.kind = Kind::seen,
           .offsets = {event->offset},
           .text = planned_name(task_.scenario, token)});
      seen_ = event->offset;
    }
  }

  void say(const WorkerLine& line) {
    const std::lock_guard lock(mutex_);
    streamtest::say(line);
  }

  const SubjectFactory* factory_;
  const WorkerTask task_;
  std::unique_ptr<Subject> subject_;
  std::atomic<Offset> seen_ = 0;
  std::mutex mutex_;
};

}  // namespace

std::vector<Parcel> planned_batch(const SubjectFactory& factory, const WorkerTask& task,
                                  std::uint64_t number) {
  std::mt19937_64 random(task.seed ^ (number * 0x9e3779b97f4a7c15ULL));
  const Capabilities& limits = factory.capabilities;
  const std::uint64_t most = std::min<std::uint64_t>(7, limits.max_batch_events.value_or(7));
  const std::vector<EventType> types(task.scenario.event_types.begin(),
                                     task.scenario.event_types.end());
  std::vector<Parcel> batch(1 + random() % most);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const std::string token =
        fmt::format("{}/{}.{}{}", task.scenario.unique_name, number, i, name_end);
    eventstream::Envelope envelope = make_envelope(
        factory.vocabulary, task.scenario.application, types[random() % types.size()], token,
        std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000) +
                                 std::chrono::seconds(number)));
    // Most are short; a few take long to write, so that a kill meets them half written.
    const std::uint64_t length = random() % (random() % 8 == 0 ? 20'000 : 200);
    if (factory.vocabulary.anything())
      envelope.data.resize(std::max<std::size_t>(token.size(), std::min(length, task.longest)),
                           'x');
    batch[i] = Parcel(std::move(envelope));
  }
  return batch;
}

Event planned_event(const SubjectFactory& factory, const WorkerTask& task, Offset offset) {
  return {offset, planned_batch(factory, task, offset).front()};
}

std::string planned_name(const Scenario& scenario, const std::string& token) {
  const std::string prefix = scenario.unique_name + "/";
  const std::size_t end = token.find(name_end);
  if (!token.starts_with(prefix) || end == std::string::npos) return {};
  return token.substr(prefix.size(), end - prefix.size());
}

Worker::Worker(const std::vector<std::string>& command, const WorkerTask& task)
    : process_(command, to_json(task).dump() + "\n") {}

std::optional<WorkerLine> Worker::next(std::chrono::nanoseconds limit) {
  std::string text;
  if (!process_.read_line(text, limit)) return std::nullopt;
  const std::optional<WorkerLine> line = from_line(text);
  return line ? line : WorkerLine{.kind = Kind::failed, .text = "the worker said: " + text};
}

int run_worker(const SubjectFactory& factory) {
  begin_child();
  std::string text;
  std::getline(std::cin, text);
  WorkerTask task = task_from(Json::parse(text));
  if (factory.role == Role::handler)
    handle_all(factory, task);
  else
    Work(factory, std::move(task)).run();
  return 1;
}

}  // namespace streamtest

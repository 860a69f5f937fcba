#include <streamtest/subject/envelopes.hpp>
#include <streamtest/subject/handler_harness.hpp>
#include <streamtest/subject/thread_runtime.hpp>
#include <streamtest/subject/worker.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <sstream>
#include <string_view>
#include <thread>

namespace streamtest {
namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventType;
using eventstream::EventTypeSet;
using eventstream::Offset;
using eventstream::Parcel;
using eventstream::Result;
using Kind = WorkerLine::Kind;

constexpr std::array kind_names{"ready", "begun", "stored", "refused",  "cutting",
                                "cut",   "seen",  "unread", "unopened", "failed"};

/// Ends the part of a token that names the event; what follows only makes it long.
constexpr char name_end = '-';

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

nlohmann::json to_json(const WorkerTask& task) {
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
          {"truncates", task.truncates},
          {"handles", task.handles}};
}

WorkerTask task_from(const nlohmann::json& json) {
  WorkerTask task;
  task.scenario.application = {json.at("name").get<std::string>(),
                               json.at("key").get<std::string>()};
  std::vector<EventType> types;
  for (const nlohmann::json& name : json.at("types")) types.emplace_back(name.get<std::string>());
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
  json.at("handles").get_to(task.handles);
  return task;
}

void say(const WorkerLine& line) {
  if (!write_all(result_descriptor, to_line(line))) ::_exit(1);  // the case is gone
}

/// A worker's work on a handler: one event after the other. What fails is tried again, as a
/// consumer would.
void handle_all(const SubjectFactory& factory, const WorkerTask& task) {
  std::unique_ptr<HandlerSubject> handler;
  try {
    handler = factory.make_handler(task.scenario);
  } catch (const std::exception& error) {
    return say({.kind = Kind::unopened, .text = error.what()});
  }
  say({.kind = Kind::ready});
  for (Offset next = 0;;) {
    Result<void> answer = Errc::backend_failure;
    try {
      next = handler->next_offset(task.scenario.application, {}).value();
      say({.kind = Kind::begun, .number = next});
      answer = handler->handle_event(next, planned_event(factory, task, next), {});
    } catch (const std::exception& error) {
      say({.kind = Kind::refused, .number = next, .text = error.what()});
      continue;
    }
    if (answer)
      say({.kind = Kind::stored, .number = next});
    else
      say({.kind = Kind::refused, .number = next, .text = answer.error().message()});
  }
}

/// The worker at work on a stream: one thread appends, one reads, both say what they do. The
/// appender keeps near its reader, so that there is something seen at any time and no endless rest
/// to be read after the crash.
///
/// `pace_` guards what the reader has come to; the other mutex lets one line be said at a time.
class Work {
 public:
  Work(const SubjectFactory& factory, WorkerTask task)
      : factory_(&factory), task_(std::move(task)), seen_batches_(task_.first_batch) {}

  void run() {
    try {
      Scenario scenario = task_.scenario;
      scenario.runtime = runtime_.shared();
      subject_ = factory_->make(scenario);
    } catch (const std::exception& error) {
      return say({.kind = Kind::unopened, .text = error.what()});
    }
    say({.kind = Kind::ready});
    open();
    const std::jthread reader([this] { read(); });
    try {
      for (std::uint64_t number = task_.first_batch;; ++number) {
        append(number);
        if (task_.truncates && number % 8 == 7) truncate(number % 16 == 15);
      }
    } catch (const std::exception& error) {
      say({.kind = Kind::failed, .text = error.what()});
    }
  }

 private:
  static constexpr std::uint64_t most_ahead = 32;

  void append(std::uint64_t number) {
    wait_for_reader([&] { return number < seen_batches_ + most_ahead; });
    const std::vector<Parcel> batch = planned_batch(*factory_, task_, number);
    say({.kind = Kind::begun, .number = number});
    const Result<std::vector<Offset>> told = subject_->append(batch);
    if (!told)
      return say({.kind = Kind::refused, .number = number, .text = told.error().message()});
    stored_batches_ = number + 1;
    say({.kind = Kind::stored, .number = number, .offsets = *told});
  }

  /// Up to the last event that was seen, or all there is.
  void truncate(bool everything) {
    wait_for_reader([&] { return !everything || seen_batches_ >= stored_batches_; });
    std::optional<Offset> first = seen();
    if (!first) return;
    if (everything) ++*first;
    say({.kind = Kind::cutting, .offsets = {*first}});
    const Result<Offset> real = subject_->truncate(*first);
    if (real) say({.kind = Kind::cut, .offsets = {*real}});
  }

  void open() {
    try {
      auto cursor = subject_->open(task_.from, task_.scenario.event_types, {});
      if (cursor)
        cursor_ = *std::move(cursor);
      else
        reads_no_more(cursor.error().message());
    } catch (const std::exception& error) {
      reads_no_more(error.what());
    }
  }

  void read() {
    if (!cursor_) return;
    try {
      for (;;) {
        const Result<Event> event = cursor_->next({});
        if (!event) return reads_no_more(event.error().message());
        saw(*event);
      }
    } catch (const std::exception& error) {
      reads_no_more(error.what());
    }
  }

  void saw(const Event& event) {
    const std::string name = planned_name(
        task_.scenario, factory_->vocabulary.token ? factory_->vocabulary.token(*event.parcel)
                                                   : event.parcel->data);
    say({.kind = Kind::seen, .offsets = {event.offset}, .text = name});
    const std::lock_guard lock(pace_);
    seen_ = event.offset;
    seen_batches_ = std::max<std::uint64_t>(
        seen_batches_, std::strtoull(name.c_str(), nullptr, 10) + (name.empty() ? 0 : 1));
    moved_.notify_one();
  }

  void reads_no_more(const std::string& why) {
    say({.kind = Kind::unread, .text = why});
    const std::lock_guard lock(pace_);
    reads_ = false;
    moved_.notify_one();
  }

  template <typename Condition>
  void wait_for_reader(Condition holds) {
    std::unique_lock lock(pace_);
    moved_.wait(lock, [&] { return !reads_ || holds(); });
  }

  std::optional<Offset> seen() {
    const std::lock_guard lock(pace_);
    return seen_;
  }

  void say(const WorkerLine& line) {
    const std::lock_guard lock(mutex_);
    streamtest::say(line);
  }

  const SubjectFactory* factory_;
  const WorkerTask task_;
  const OwnedRuntime runtime_;
  std::unique_ptr<Subject> subject_;
  std::unique_ptr<AnyCursor> cursor_;
  std::uint64_t stored_batches_ = 0;
  std::mutex mutex_;
  std::mutex pace_;
  std::condition_variable moved_;
  std::optional<Offset> seen_;
  std::uint64_t seen_batches_;  // the number behind the last that was seen
  bool reads_ = true;
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
        fmt::format("{}/{}-{}{}", task.scenario.unique_name, number, i, name_end);
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
  if (!token.starts_with(prefix)) return {};
  const std::size_t member = token.find(name_end, prefix.size());
  const std::size_t end = member == std::string::npos ? member : token.find(name_end, member + 1);
  return end == std::string::npos ? "" : token.substr(prefix.size(), end - prefix.size());
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
  std::string text;
  std::getline(std::cin, text);
  WorkerTask task = task_from(nlohmann::json::parse(text));
  if (task.handles)
    handle_all(factory, task);
  else
    Work(factory, std::move(task)).run();
  return 1;
}

}  // namespace streamtest

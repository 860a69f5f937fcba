#include <streamtest/certify/finding_line.hpp>
#include <streamtest/certify/isolation.hpp>
#include <streamtest/certify/temporary_folder.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

extern char** environ;

namespace streamtest {
namespace {

/// An open file descriptor, closed with it.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { reset(); }
  int number() const { return number_; }
  void reset() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      throw UsageError(fmt::format("no pipe can be made: {}", std::strerror(errno)));
    read = Descriptor(ends[0]);
    write = Descriptor(ends[1]);
  }
  Descriptor read;
  Descriptor write;
};

std::vector<std::string> child_arguments(const Target& target, const Options& options) {
  std::vector<std::string> arguments{"streamtest",
                                     "run-rules",
                                     target.text,
                                     "--budget",
                                     options.budget,
                                     "--seed",
                                     std::to_string(options.seed),
                                     "--patience",
                                     options.patience,
                                     "--time-scale",
                                     fmt::format("{}", options.time_scale)};
  if (!options.variant.empty()) arguments.insert(arguments.end(), {"--variant", options.variant});
  return arguments;
}

/// What the child leaves among the temporary files, however it ends, goes with the folder.
std::vector<std::string> environment(const std::filesystem::path& temporary_folder) {
  std::vector<std::string> variables;
  for (char** each = environ; *each; ++each)
    if (!std::string_view(*each).starts_with("TMPDIR=")) variables.emplace_back(*each);
  variables.push_back("TMPDIR=" + temporary_folder.string());
  return variables;
}

std::string death_text(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("the process died of signal {} ({})", WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
  return fmt::format("the process ended with exit code {}", WEXITSTATUS(status));
}

/// One child process with the pipe that its findings come through. Killed and reaped at the end at
/// the latest.
class Child {
 public:
  Child(const Target& target, const Options& options, const std::deque<const Rule*>& rules) {
    Pipe input;
    Pipe output;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input.read.number(), STDIN_FILENO);
    // What the stream under test prints must not mix with what the parent prints for machines.
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output.write.number(), result_descriptor);
    std::vector<std::string> arguments = child_arguments(target, options);
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    std::vector<std::string> variables = environment(folder_.path());
    std::vector<char*> variable_pointers;
    for (std::string& variable : variables) variable_pointers.push_back(variable.data());
    variable_pointers.push_back(nullptr);
    const int error = ::posix_spawn(&process_, "/proc/self/exe", &actions, nullptr, pointers.data(),
                                    variable_pointers.data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
      throw UsageError(fmt::format("no child process can be started: {}", std::strerror(error)));
    output_ = std::move(output.read);
    input.read.reset();
    std::string list;
    for (const Rule* rule : rules) list += fmt::format("{}\n", rule->id);
    (void)write_all(input.write.number(),
                    list);  // a child that is gone already is noticed when it is read
  }
  ~Child() {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      (void)wait();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// The next line; false at the end. Kills the child if it says nothing for that long.
  bool read_line(std::string& line, std::chrono::nanoseconds limit) {
    for (;;) {
      const std::size_t end = buffer_.find('\n');
      if (end != std::string::npos) {
        line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return true;
      }
      pollfd ready{output_.number(), POLLIN, 0};
      const int polled = ::poll(
          &ready, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(limit).count()));
      if (polled < 0 && errno == EINTR) continue;
      if (polled == 0) {
        ::kill(process_, SIGKILL);
        killed_ = true;
        return false;
      }
      std::array<char, 65536> bytes;
      const ssize_t count = ::read(output_.number(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      buffer_.append(bytes.data(), static_cast<std::size_t>(count));
    }
  }

  /// How it ended, in words.
  std::string wait() {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    return killed_ ? "the process hung without a word and was killed" : death_text(status);
  }

 private:
  TemporaryFolder folder_;  // removed when the process is gone
  pid_t process_ = -1;
  Descriptor output_;
  std::string buffer_;
  bool killed_ = false;
};

/// Runs one chapter's rules, with as many children as it takes.
class ChapterRun {
 public:
  ChapterRun(const Target& target, const Options& options, const Observer& observer)
      : target_(&target), options_(&options), observer_(&observer) {}

  void run(std::deque<const Rule*> rules) {
    while (!rules.empty()) {
      const Rule* running = nullptr;
      Child child(*target_, *options_, rules);
      const bool progress = listen(child, rules, running);
      const std::string death = child.wait();
      if (running) {
        finish(died(*running, death));
        std::erase(rules, running);
      } else if (!progress && !rules.empty()) {
        // It never began: the environment's fault, and the same for every rule.
        for (const Rule* rule : rules) finish(could_not_run(*rule, death));
        return;
      }
    }
  }

 private:
  bool listen(Child& child, std::deque<const Rule*>& rules, const Rule*& running) {
    const Settings settings = options_->settings();
    const auto patience = std::chrono::duration_cast<std::chrono::nanoseconds>(settings.patience *
                                                                               settings.time_scale);
    // Far beyond what the child's own watchdog allows, and any rule's share: only for one that is
    // beyond that.
    const auto limit =
        10 * watchdog_limit(patience) + 20 * settings.budget + std::chrono::minutes(1);
    bool progress = false;
    std::string text;
    while (child.read_line(text, limit)) {
      ChildLine line = parse_line(text);
      if (line.started) {
        running = line.started;
        if (observer_->started) observer_->started(*running);
      } else if (running && line.finding && line.finding->result.id == running->id) {
        finish(*line.finding);
        std::erase(rules, running);
        running = nullptr;
        progress = true;
      }
    }
    return progress || running;
  }

  Finding died(const Rule& rule, const std::string& death) const {
    RunContext context{target_->text, options_->budget, options_->variant, target_->arguments};
    Finding finding = could_not_run(rule, death);
    finding.result.verdict = Verdict::fail;
    finding.result.reproduce = reproduce_command(rule, options_->settings(), context);
    finding.result.message = failure_text(
        rule, "the stream's process died",
        fmt::format("{} while a case of this rule ran; run it under a debugger or a sanitizer",
                    death),
        {}, finding.result.reproduce);
    return finding;
  }

  static Finding could_not_run(const Rule& rule, const std::string& death) {
    Finding finding;
    finding.result.id = rule.id;
    finding.result.level = rule.level;
    finding.result.verdict = Verdict::could_not_run;
    finding.result.cases = 1;
    finding.result.message = fmt::format("no rule could be begun: {}", death);
    return finding;
  }

  void finish(const Finding& finding) const {
    if (observer_->finished) observer_->finished(finding);
  }

  const Target* target_;
  const Options* options_;
  const Observer* observer_;
};

std::vector<std::deque<const Rule*>> by_chapter(const std::vector<const Rule*>& rules) {
  std::vector<std::deque<const Rule*>> chapters;
  for (const Rule* rule : rules) {
    if (chapters.empty() || chapter_of(chapters.back().back()->id) != chapter_of(rule->id))
      chapters.emplace_back();
    chapters.back().push_back(rule);
  }
  return chapters;
}

}  // namespace

std::vector<Finding> run_isolated(const Target& target, const Options& options,
                                  const std::vector<const Rule*>& rules, const Observer& observer) {
  std::vector<Finding> findings;
  std::mutex mutex;
  Observer guarded;
  guarded.started = [&](const Rule& rule) {
    std::lock_guard lock(mutex);
    if (observer.started) observer.started(rule);
  };
  guarded.finished = [&](const Finding& finding) {
    std::lock_guard lock(mutex);
    findings.push_back(finding);
    if (observer.finished) observer.finished(finding);
  };
  const std::vector<std::deque<const Rule*>> chapters = by_chapter(rules);
  std::atomic<std::size_t> next = 0;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < chapters.size(); i = next++)
        ChapterRun(target, options, guarded).run(chapters[i]);
    } catch (...) {
      std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (unsigned job = 1; job < options.jobs; ++job) helpers.emplace_back(work);
    work();
  }
  if (failure) std::rethrow_exception(failure);
  return findings;
}

}  // namespace streamtest

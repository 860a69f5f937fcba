#include "defect.hpp"
#include "role.hpp"

#include <eventstream/event.hpp>
#include <streamtest/subject/harness.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>

namespace mutants {
namespace {

using eventstream::Errc;
using eventstream::Event;
using eventstream::EventTypeSet;
using eventstream::Identity;
using eventstream::Offset;
using eventstream::Result;

/// A handler whose effects are in one file and whose offsets are in another, written one after the
/// other (B87): right as long as nothing happens between the two.
class TwoFiles {
 public:
  TwoFiles(std::filesystem::path stem, EventTypeSet types)
      : effects_file_(stem.string() + ".effects"),
        offsets_file_(stem.string() + ".offsets"),
        types_(std::move(types)) {
    std::ifstream effects(effects_file_);
    for (std::string id; std::getline(effects, id);) effects_.push_back(id);
    std::ifstream offsets(offsets_file_);
    std::string key;
    for (Offset next = 0; offsets >> next && std::getline(offsets >> std::ws, key);)
      next_[key] = next;
  }

  EventTypeSet event_types() const { return types_; }
  Result<Offset> next_offset(const Identity& application, const std::stop_token&) {
    const std::lock_guard lock(mutex_);
    return next_[application.key()];
  }
  Result<void> handle_event(Offset expected, const Event& event, const std::stop_token& token) {
    const std::lock_guard lock(mutex_);
    if (token.stop_requested()) return Errc::cancelled;
    Offset& next = next_[event.parcel->source_application.key()];
    if (next != expected) return Errc::conflict;
    effects_.push_back(event.parcel->message_id);
    std::ofstream(effects_file_, std::ios::app) << effects_.back() << '\n';
    let_others_in();
    next = event.offset + 1;
    std::ofstream offsets(offsets_file_);
    for (const auto& [key, each] : next_) offsets << each << ' ' << key << '\n';
    return {};
  }
  const std::vector<std::string>& effects() const { return effects_; }

 private:
  const std::filesystem::path effects_file_;
  const std::filesystem::path offsets_file_;
  const EventTypeSet types_;
  std::mutex mutex_;
  std::vector<std::string> effects_;
  std::map<std::string, Offset> next_;
};

class TwoFilesHarness {
 public:
  static constexpr bool attaches = true;

  explicit TwoFilesHarness(const streamtest::Scenario& scenario)
      : handler_(scenario.folder / scenario.unique_name, scenario.event_types) {}
  TwoFiles& handler() { return handler_; }
  std::vector<std::string> effects() { return handler_.effects(); }

 private:
  TwoFiles handler_;
};

}  // namespace

RoleEntry stored_handler() {
  return {{"X-HND-2e", "hnd", "HND-2", "after a crash next_offset is",
           "effect and offset are stored one after the other", false},
          [](const std::string& id) { return streamtest::make_factory<TwoFilesHarness>(id); }};
}

}  // namespace mutants

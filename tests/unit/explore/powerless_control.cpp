#include "powerless_control.hpp"

#include <streamtest/schedule/thread_control.hpp>

#include <atomic>

// Control of threads that controls nothing, as where libraries don't see the executable's
// functions, and knows it. For programs that don't link streamtest::sched.

namespace {

std::atomic<int> checks = 0;

class Powerless final : public streamtest::ThreadControl {
 public:
  streamtest::ThreadOutcome run(const streamtest::ThreadLimits&, streamtest::Chooser&,
                                const std::function<void()>& body) const override {
    body();
    return {};
  }
  bool controlled() const noexcept override { return false; }
  void settle() const override {}
  void point(std::string_view) const override {}
  std::uint64_t moves() const noexcept override { return 0; }
  streamtest::Actor actor() const noexcept override { return 0; }
  std::vector<std::string> places(std::span<const streamtest::ThreadStep> steps) const override {
    return std::vector<std::string>(steps.size());
  }
  std::string self_check() const override {
    ++checks;
    return "the planted bug wasn't found";
  }
};

}  // namespace

int powerless_self_checks() {
  return checks;
}

extern "C" const streamtest::ThreadControl* streamtest_sched_thread_control() noexcept {
  static const Powerless control;
  return &control;
}

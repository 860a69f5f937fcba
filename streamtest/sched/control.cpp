#include <streamtest/sched/interpose.hpp>
#include <streamtest/sched/pinned.hpp>
#include <streamtest/sched/places.hpp>
#include <streamtest/sched/run.hpp>
#include <streamtest/sched/sched.hpp>

#include <array>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace streamtest::sched {
namespace {

using detail::self;

[[gnu::used]] const std::array linked{
    &detail::clocks_are_linked, &detail::conditions_are_linked,   &detail::input_is_linked,
    &detail::locks_are_linked,  &detail::shared_locks_are_linked, &detail::threads_are_linked,
    &detail::words_are_linked,
};

class Control final : public ThreadControl {
 public:
  ThreadOutcome run(const ThreadLimits& limits, Chooser& chooser,
                    const std::function<void()>& body) const override {
    return sched::run(limits, chooser, body);
  }
  bool controlled() const noexcept override { return sched::controlled(); }
  void settle() const override { sched::settle(); }
  void point(std::string_view what) const override { sched::point(what); }
  std::uint64_t moves() const noexcept override { return sched::moves(); }
  Actor actor() const noexcept override { return self == nullptr ? 0 : self->actor; }
  std::vector<std::string> places(std::span<const ThreadStep> steps) const override {
    return detail::places(steps);
  }
  std::string self_check() const override { return sched::self_check(); }
};

}  // namespace

bool available() noexcept {
  // What a shared library would find; libstdc++ is one.
  return dlsym(RTLD_DEFAULT, "pthread_mutex_lock") ==
             reinterpret_cast<void*>(&::pthread_mutex_lock) &&
         dlsym(RTLD_DEFAULT, "syscall") == reinterpret_cast<void*>(&::syscall);
}

ThreadOutcome run(const ThreadLimits& limits, Chooser& chooser, const std::function<void()>& body) {
  if (self != nullptr) throw std::logic_error("a run of controlled threads within another one");
  if (!available())
    throw std::runtime_error(
        "threads can't be put under control: the executable's own functions aren't found by the "
        "libraries that it uses");
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  return std::make_shared<detail::Run>(limits, chooser)->drive(body);
}

bool controlled() noexcept {
  return self != nullptr;
}

void settle() {
  detail::Participant* const me = self;
  if (me == nullptr) return;
  const detail::Inside inside(*me);
  me->run->arrive(*me, {.need = detail::Need::settled, .operation = "settle"},
                  STREAMTEST_SCHED_CALLER);
}

void point(std::string_view what) {
  detail::Participant* const me = self;
  if (me == nullptr) return;
  const detail::Inside inside(*me);
  me->run->set_met_a_point();
  me->run->arrive(*me, {.operation = what}, STREAMTEST_SCHED_CALLER);
}

std::uint64_t moves() noexcept {
  return self == nullptr ? 0 : self->run->moves();
}

}  // namespace streamtest::sched

extern "C" const streamtest::ThreadControl* streamtest_sched_thread_control() noexcept {
  static const streamtest::sched::Control control;
  return &control;
}

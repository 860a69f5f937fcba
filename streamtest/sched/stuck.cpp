#include <streamtest/sched/descriptors.hpp>
#include <streamtest/sched/run.hpp>

#include <fmt/format.h>
#include <sys/syscall.h>

#include <array>
#include <fstream>
#include <iterator>

namespace streamtest::sched::detail {
namespace {

std::string named(const Object& object) {
  const auto word = [&] {
    switch (object.kind) {
      case Object::Kind::lock:
        return "lock";
      case Object::Kind::shared_lock:
        return "shared lock";
      case Object::Kind::file:
        return "file";
      case Object::Kind::condition:
        return "condition";
      case Object::Kind::word:
        return "word";
      case Object::Kind::once:
        return "once";
      case Object::Kind::semaphore:
        return "semaphore";
      case Object::Kind::atomic:
      case Object::Kind::descriptor:
      case Object::Kind::actor:
      case Object::Kind::unknown:
        break;
    }
    return "object";
  }();
  return fmt::format("{} {}", word, object.number);
}

std::string with_owner(const Object& object) {
  std::string text = named(object);
  if (object.owner != nullptr)
    return text + fmt::format(", owned by actor {}", object.owner->actor);
  for (std::size_t i = 0; i < object.sharers.size(); ++i)
    text += fmt::format("{} actor {}", i == 0 ? ", shared by" : ",", object.sharers[i]->actor);
  return text;
}

std::string awaited(const Participant& one) {
  const Step& step = one.step;
  switch (step.need) {
    case Need::lock:
    case Need::shared:
    case Need::exclusive:
    case Need::once:
      return "waits for " + with_owner(*step.object) +
             (step.outside ? ", which a thread outside the run holds" : "");
    case Need::woken:
      if (step.woken && step.lock != nullptr)
        return "was woken and waits for " + with_owner(*step.lock);
      return fmt::format("waits on {}{}", named(*step.object),
                         step.deadline == never ? "" : " for some time");
    case Need::actor_end:
      return fmt::format("waits for the end of actor {}", step.target->actor);
    case Need::time:
      return "sleeps";
    case Need::descriptor:
      return fmt::format("waits in {} for {}", step.operation,
                         describe_descriptor(step.descriptor));
    case Need::semaphore:
      return "waits for " + named(*step.object);
    case Need::settled:
      return "waits until the others wait";
    case Need::nothing:
      break;
  }
  return fmt::format("could go on with '{}'", step.operation);
}

struct Call {
  long number;
  const char* name;
  bool has_descriptor;
};
constexpr std::array calls{
    Call{SYS_read, "read", true},
    Call{SYS_pread64, "pread", true},
    Call{SYS_readv, "readv", true},
    Call{SYS_write, "write", true},
    Call{SYS_pwrite64, "pwrite", true},
    Call{SYS_writev, "writev", true},
    Call{SYS_fsync, "fsync", true},
    Call{SYS_fdatasync, "fdatasync", true},
    Call{SYS_fcntl, "fcntl", true},
    Call{SYS_flock, "flock", true},
    Call{SYS_connect, "connect", true},
    Call{SYS_accept4, "accept4", true},
    Call{SYS_recvfrom, "recvfrom", true},
    Call{SYS_recvmsg, "recvmsg", true},
    Call{SYS_sendto, "sendto", true},
    Call{SYS_sendmsg, "sendmsg", true},
    Call{SYS_ppoll, "ppoll", false},
    Call{SYS_pselect6, "pselect", false},
    Call{SYS_futex, "futex", false},
    Call{SYS_wait4, "wait4", false},
    Call{SYS_waitid, "waitid", false},
    Call{SYS_rt_sigtimedwait, "sigtimedwait", false},
    Call{SYS_rt_sigsuspend, "sigsuspend", false},
};

std::string kernel_call(int thread) {
  std::ifstream file(fmt::format("/proc/self/task/{}/syscall", thread));
  std::string number;
  std::string argument;
  if (!(file >> number)) return "in a place that the kernel doesn't tell";
  if (number == "running") return "running: it spins, or computes";
  file >> argument;
  for (const Call& each : calls) {
    if (std::to_string(each.number) != number) continue;
    if (!each.has_descriptor) return fmt::format("asleep in the kernel, in {}", each.name);
    return fmt::format("asleep in the kernel, in {} on {}", each.name,
                       describe_descriptor(static_cast<int>(std::stoul(argument, nullptr, 16))));
  }
  return "asleep in the kernel, in system call " + number;
}

}  // namespace

std::string describe_stuck(const std::deque<Participant>& participants) {
  std::string text;
  for (const Participant& one : participants)
    if (!one.ended)
      text += fmt::format("{}actor {} {}", text.empty() ? "" : "; ", one.actor, awaited(one));
  return text;
}

std::string describe_lost(const Participant& one, std::chrono::milliseconds after) {
  return fmt::format(
      "actor {} (thread {}) went on from '{}' and has met no point for {} ms: it is {}", one.actor,
      one.kernel_id.load(), one.step.operation, after.count(), kernel_call(one.kernel_id));
}

}  // namespace streamtest::sched::detail

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <persistedstream/sqlite_repository.hpp>
#include <persistedstream/stream.hpp>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

// One process of several on one database, for tests/conformance/sqlite_processes.py:
//
// - `append FILE NAME EVENTS`: in batches of 1 to 7; prints "OFFSET NAME/BATCH SIZE" for each
// - `follow FILE EVENTS`: prints "OFFSET TOKEN" for each event, live
// - `ping FILE EVENTS`: one event every few milliseconds; prints "BEFORE AFTER" for each
// - `pong FILE EVENTS`: reads them; prints "WHEN" for each
// - `die FILE`: killed by the system between its commit and the wake-up
//
// Times are nanoseconds of the machine's monotonic clock.

namespace {

using eventstream::Parcel;

const eventstream::Identity application{"processes", "processes"};
const eventstream::EventType type{"A"};

persistedstream::Stream open(const char* file) {
  return persistedstream::Stream(std::make_shared<persistedstream::SqliteRepository>(
      std::make_shared<persistedstream::SqliteDatabase>(file), application,
      eventstream::EventTypeSet{type}));
}

Parcel parcel(std::string token) {
  eventstream::Envelope envelope;
  envelope.source_application = application;
  envelope.type = type;
  envelope.data = std::move(token);
  return Parcel(std::move(envelope));
}

long long now() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

void append(const char* file, const std::string& name, int events) {
  persistedstream::Stream stream = open(file);
  for (int number = 0, done = 0; done < events; ++number) {
    const int size = std::min(1 + number % 7, events - done);
    const std::string batch = name + "/" + std::to_string(number);
    std::vector<Parcel> parcels;
    for (int i = 0; i < size; ++i) parcels.push_back(parcel(batch + "/" + std::to_string(i)));
    std::printf("%llu %s %d\n", static_cast<unsigned long long>(stream.append(parcels).value()),
                batch.c_str(), size);
    done += size;
  }
}

void follow(const char* file, int events) {
  persistedstream::Stream stream = open(file);
  eventstream::Cursor cursor = stream.open(0, {type}).value();
  for (int i = 0; i < events; ++i) {
    const eventstream::Event event = cursor.next().value();
    std::printf("%llu %s\n", static_cast<unsigned long long>(event.offset),
                event.parcel->data.c_str());
  }
}

void ping(const char* file, int events) {
  persistedstream::Stream stream = open(file);
  for (int i = 0; i < events; ++i) {
    // Long enough for the reader to sleep again; a measurement, nothing hangs on it.
    for (const long long until = now() + 2'000'000; now() < until;) std::this_thread::yield();
    const long long before = now();
    (void)stream.append(std::vector{parcel("ping")}).value();
    std::printf("%lld %lld\n", before, now());
  }
}

void pong(const char* file, int events) {
  persistedstream::Stream stream = open(file);
  eventstream::Cursor cursor = stream.open(0, {type}).value();
  std::puts("ready");
  std::fflush(stdout);
  for (int i = 0; i < events; ++i) {
    (void)cursor.next().value();
    std::printf("%lld\n", now());
    std::fflush(stdout);
  }
}

/// The first wake-up, before the commit, is passed over; the second, behind it, ends the process.
void end_at_second_wake(int signal) {
  static volatile std::sig_atomic_t wakes = 0;
  wakes = wakes + 1;
  if (wakes == 1) return;
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

/// From now on no other process is woken: by a shared futex, which nothing here uses but the bell.
void forbid_shared_wake() {
  std::signal(SIGSYS, end_at_second_wake);
  std::array<sock_filter, 6> program{
      {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 0, 3),
       BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[1])),
       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FUTEX_WAKE, 0, 1),
       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}};
  sock_fprog filter{.len = program.size(), .filter = program.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    std::perror("no filter for system calls");
    std::exit(2);
  }
}

void die(const char* file) {
  persistedstream::SqliteRepository repository(
      std::make_shared<persistedstream::SqliteDatabase>(file), application,
      eventstream::EventTypeSet{type});
  forbid_shared_wake();
  std::printf("%lld\n", now());
  std::fflush(stdout);
  (void)repository.append(std::vector{parcel("silent")}, {});
}

}  // namespace

int main(int count, char** arguments) {
  ::alarm(600);  // nobody waits for ever for an event that another process lost
  const std::string command = count > 2 ? arguments[1] : "";
  if (command == "append" && count == 5)
    append(arguments[2], arguments[3], std::atoi(arguments[4]));
  else if (command == "follow" && count == 4)
    follow(arguments[2], std::atoi(arguments[3]));
  else if (command == "ping" && count == 4)
    ping(arguments[2], std::atoi(arguments[3]));
  else if (command == "pong" && count == 4)
    pong(arguments[2], std::atoi(arguments[3]));
  else if (command == "die" && count == 3)
    die(arguments[2]);
  else
    return 2;
  return 0;
}

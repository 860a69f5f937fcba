#include <fcntl.h>
#include <linux/futex.h>
#include <persistedstream/bell.hpp>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstddef>
#include <system_error>

namespace persistedstream {

namespace {

constexpr std::size_t size = sizeof(std::atomic<std::uint32_t>);
static_assert(std::atomic<std::uint32_t>::is_always_lock_free && size == sizeof(std::uint32_t));

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

[[noreturn]] void fail(int error, const std::filesystem::path& file, const char* what) {
  throw std::system_error(error, std::generic_category(), std::string(what) + " " + file.string());
}

}  // namespace

Bell::Bell(const std::filesystem::path& file) {
  const Descriptor descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (descriptor.number() < 0) fail(errno, file, "can't open");
  // Room on the disk too: a hole that can't be filled would end the process at the first ring.
  // Never makes it shorter: another process may have it mapped.
  if (const int error = ::posix_fallocate(descriptor.number(), 0, size); error != 0)
    fail(error, file, "can't write");
  void* const address =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor.number(), 0);
  if (address == MAP_FAILED) fail(errno, file, "can't map");
  counter_ = static_cast<std::atomic<std::uint32_t>*>(address);
}

Bell::~Bell() {
  ::munmap(counter_, size);
}

std::uint32_t Bell::rings() const noexcept {
  return counter_->load(std::memory_order_acquire);
}

void Bell::ring() noexcept {
  counter_->fetch_add(1, std::memory_order_release);
  stir();
}

void Bell::stir() noexcept {
  // Not FUTEX_PRIVATE: the waiters are in other processes too.
  ::syscall(SYS_futex, counter_, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

void Bell::wait(std::uint32_t seen, std::chrono::nanoseconds longest,
                const std::stop_token& token) {
  // A ring that nobody needs is the simplest way to end a wait: it can't come too early, before the
  // system sleeps on the counter, without being seen.
  const std::stop_callback stop(token, [this] { ring(); });
  if (token.stop_requested()) return;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(longest);
  const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (longest - seconds).count()};
  ::syscall(SYS_futex, counter_, FUTEX_WAIT, seen, &timeout, nullptr, 0);
}

}  // namespace persistedstream

#include <streamtest/certify/raw_limits.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <malloc.h>

#include <chrono>
#include <vector>

// What the machine can do, for the ratios of `streamtest bench`. No stream is involved.

namespace {

using Clock = std::chrono::steady_clock;
using eventstream::Parcel;

double nanoseconds(Clock::duration duration, std::size_t count) {
  return std::chrono::duration<double, std::nano>(duration).count() / static_cast<double>(count);
}

double copy_ns(std::span<const Parcel> parcels) {
  const std::vector<Parcel> ready(parcels.begin(), parcels.end());
  const auto start = Clock::now();
  for (const Parcel& parcel : ready) {
    Parcel copy = parcel;
    asm volatile(""
                 :
                 : "r"(&copy)
                 : "memory");  // the compiler must believe that somebody looks at it
  }
  return nanoseconds(Clock::now() - start, ready.size());
}

double push_ns(std::span<const Parcel> parcels) {
  ::malloc_trim(0);  // what is kept must come from the system, whatever ran before
  std::vector<Parcel> target;
  const auto start = Clock::now();
  for (const Parcel& parcel : parcels) target.push_back(parcel);
  return nanoseconds(Clock::now() - start, parcels.size());
}

double post_10k_ms() {
  boost::asio::io_context context;
  int ran = 0;
  const auto start = Clock::now();
  for (int i = 0; i < 10000; ++i) boost::asio::post(context, [&ran] { ++ran; });
  context.run();
  return ran == 10000 ? std::chrono::duration<double, std::milli>(Clock::now() - start).count()
                      : -1;
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const streamtest::RawLimits*
streamtest_raw_limits() {
  static const streamtest::RawLimits limits{copy_ns, push_ns, post_10k_ms};
  return &limits;
}

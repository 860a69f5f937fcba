#ifndef STREAMTEST_SCHED_DESCRIPTORS_HPP
#define STREAMTEST_SCHED_DESCRIPTORS_HPP

#include <string>

namespace streamtest::sched::detail {

/// "fd 3 (pipe:[4711])".
std::string describe_descriptor(int descriptor);
/// Another process, or a device, may make it ready: a socket whose peer isn't this process, a pipe
/// that this process doesn't write to, or an epoll set with one of them.
bool hears_outside(int descriptor);

}  // namespace streamtest::sched::detail

#endif

#ifndef STREAMTEST_CASES_APART_HPP
#define STREAMTEST_CASES_APART_HPP

#include <streamtest/subject/bench.hpp>

#include <functional>

namespace streamtest {

/// A scenario for a stream whose files no other stream shares, because they will be damaged or left
/// by a process that is killed. Its folder is removed with it; internal to the cases.
class Apart {
 public:
  explicit Apart(Bench& bench);
  Apart(const Apart&) = delete;
  Apart& operator=(const Apart&) = delete;
  ~Apart();

  const Scenario& scenario() const { return scenario_; }

  /// Who is killed can't clean up; who opens what is left does, at its end. `open` gives it up
  /// again at once, and may throw: the case has failed then, of that or of something else.
  static void clean_up(const std::function<void()>& open) noexcept;

 private:
  Scenario scenario_;
};

}  // namespace streamtest

#endif

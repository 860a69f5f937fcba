#ifndef STREAMTEST_CASES_APART_HPP
#define STREAMTEST_CASES_APART_HPP

#include <streamtest/subject/bench.hpp>

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

 private:
  Scenario scenario_;
};

}  // namespace streamtest

#endif

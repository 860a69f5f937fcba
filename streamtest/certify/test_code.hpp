#ifndef STREAMTEST_CERTIFY_TEST_CODE_HPP
#define STREAMTEST_CERTIFY_TEST_CODE_HPP

#include <streamtest/explore/counterexample.hpp>

#include <string>

namespace streamtest {

/// A source file with a GoogleTest case that replays the counterexample, complete but for the
/// harness, which it calls MyHarness. It holds the program and the order, not what happened.
std::string test_code(const Counterexample& counterexample);

}  // namespace streamtest

#endif

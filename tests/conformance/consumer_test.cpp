#include "consumer_harness.hpp"

#include <streamtest/suite/suite.hpp>

STREAMTEST_CERTIFY_CONSUMER(Consumer, conformance::ConsumerHarness);

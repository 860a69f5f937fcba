#include "harness.hpp"

#include <streamtest/certify/plugin.hpp>

STREAMTEST_PLUGIN("journal", JournalHarness);

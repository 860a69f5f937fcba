#include "handler_harness.hpp"

#include <streamtest/suite/suite.hpp>

STREAMTEST_CERTIFY_HANDLER(Memory, conformance::MemoryHandlerHarness);
STREAMTEST_CERTIFY_HANDLER(Sqlite, conformance::SqliteHandlerHarness);

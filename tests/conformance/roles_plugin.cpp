#include "consumer_harness.hpp"
#include "handler_harness.hpp"

#include <streamtest/certify/options.hpp>
#include <streamtest/certify/plugin.hpp>

// The project's own consumer and handlers for the binary: `plugin:roles.so?consumer`.

namespace {

streamtest::SubjectFactory make(const std::string& name) {
  if (name == "consumer") return streamtest::make_factory<conformance::ConsumerHarness>(name);
  if (name == "memory-handler")
    return streamtest::make_factory<conformance::MemoryHandlerHarness>(name);
  if (name == "sqlite-handler")
    return streamtest::make_factory<conformance::SqliteHandlerHarness>(name);
  throw streamtest::UsageError("known are consumer, memory-handler, sqlite-handler");
}

}  // namespace

STREAMTEST_PLUGIN_FACTORY("roles", make);

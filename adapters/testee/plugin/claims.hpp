#ifndef TESTEE_PLUGIN_CLAIMS_HPP
#define TESTEE_PLUGIN_CLAIMS_HPP

#include <streamtest/subject/harness.hpp>

#include <testee/hello.hpp>
#include <testee/stream.hpp>

#include <string_view>

// Between a testee's words and the kit's, for the plug-ins.

namespace testee {

/// The stream that a scenario asks for.
StreamRequest request(const streamtest::Scenario& scenario);

/// True if the hello says that the testee serves the hook.
bool serves(const Hello& hello, std::string_view hook);

/// Declares what the hello claims: capabilities, hooks, what is lacking, variants and vocabulary.
/// Throws `streamtest::UsageError` that names a claim that isn't one.
void declare(streamtest::SubjectFactory& factory, const Hello& hello);

}  // namespace testee

#endif

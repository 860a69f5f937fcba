#ifndef STREAMTEST_SUITE_SUITE_HPP
#define STREAMTEST_SUITE_SUITE_HPP

#include <streamtest/subject/harness.hpp>

#include <string>

/// The GoogleTest door: one line makes every case of the catalogue a test of its own.
///
///     #include <streamtest/suite/suite.hpp>
///     STREAMTEST_CERTIFY(MyStream, MyHarness);
///
/// Link with streamtest::suite and GTest::gtest_main. The tests are named
/// `MyStream/Blocking.BLK_4.case/next` (with `/variant` behind the suite's name if the harness has
/// variants); so `--gtest_filter=MyStream/*.BLK_4*` picks a rule. Budget, seed, patience, report
/// and the rest come from STREAMTEST_… variables, by the names of the binary's flags. A rule that
/// the stream doesn't support is skipped with the reason.
///
/// The rules about crashes need processes that can be killed. Link with streamtest::suite_main
/// instead of GTest::gtest_main for those: its main() starts this program anew as such a process.
/// Without it a harness that declares durability could_not_run them.
///
/// The tests run in this process: a stream that crashes ends it, and one that hangs is stopped by
/// the watchdog, which prints the pending operations. A program in which no test of the suite
/// passed, because all were skipped or none was selected, exits with 1: it proves nothing.

namespace streamtest::suite {

using MakeFactory = SubjectFactory (*)();

/// Registers the tests. Called before main by STREAMTEST_CERTIFY; `name`, `type` and `file` live
/// for ever.
bool enlist(const char* name, const char* type, const char* file, int line, MakeFactory make);

/// A program's whole main(): runs the tests, or is a worker that was started by them.
int run(int argument_count, char** arguments);

}  // namespace streamtest::suite

/// At namespace scope, in one source file a subject.
#define STREAMTEST_CERTIFY(Name, Harness)                              \
  [[maybe_unused]] static const bool streamtest_enlisted_##Name =      \
      ::streamtest::suite::enlist(#Name, #Harness, __FILE__, __LINE__, \
                                  [] { return ::streamtest::make_factory<Harness>(#Name); })

/// The same for a handler's or a consumer's harness, with the cases of that chapter.
#define STREAMTEST_CERTIFY_HANDLER(Name, Harness)                                                  \
  static_assert(::streamtest::HandlerHarnessLike<Harness> && !::streamtest::MadeHarness<Harness>); \
  STREAMTEST_CERTIFY(Name, Harness)
#define STREAMTEST_CERTIFY_CONSUMER(Name, Harness)            \
  static_assert(::streamtest::ConsumerHarnessLike<Harness> && \
                !::streamtest::MadeHarness<Harness>);         \
  STREAMTEST_CERTIFY(Name, Harness)

#endif

#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array closing_rules{
    Rule{
        .id = "CLS-1",
        .level = Level::must,
        .sentence =
            "Exactly one close of a cursor that has not failed MUST succeed; every later one MUST "
            "return ErrCursorClosed and do nothing else.",
        .intent =
            "A reader cannot tell whether it has released its cursor, or releases it a second "
            "time.",
        .causes =
            "Nothing remembers the first close. A stop from the other side runs the same release "
            "again.",
        .source = "seed suite; B65",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CLS-2",
        .level = Level::must,
        .sentence =
            "A next that starts after close returned MUST return ErrCursorClosed even if events "
            "are buffered or ready (with a cancelled token Cancelled is also allowed; never an "
            "event, never ErrTruncated).",
        .intent = "A reader that has let go is still given events, and is given them again when it "
                  "resumes.",
        .causes =
            "next empties its prefetch queue before it looks whether the cursor is closed. Look "
            "at closed first, then at the token, the truncation and the buffer.",
        .source = "seed; B60, B67",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CLS-3",
        .level = Level::must,
        .sentence =
            "close MUST make a next pending in another thread return ErrCursorClosed (or the "
            "event it already had) within the bound.",
        .intent = "A reader that waits in next can't be freed by the thread that owns it, so its "
                  "shutdown hangs.",
        .causes = "close sets a flag and wakes nobody. The pending read waits on a queue or a "
                  "connection that close does not touch, or holds the lock that close wants.",
        .source = "seed suite; B59",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CLS-4",
        .level = Level::must,
        .sentence =
            "close MUST return within the bound whatever the tail, the peer or the prefetch queue "
            "does.",
        .intent =
            "A reader's shutdown takes as long as its slowest part: a quiet tail or a dead peer "
            "holds it for ever.",
        .causes =
            "close joins a worker that is blocked on a full queue, on the peer or on the next "
            "event. It waits for the very thread that it runs on.",
        .source = "B55, B61, B62",
        .needs = "",
        .checked = "C N",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CLS-5",
        .level = Level::must,
        .sentence =
            "close MUST affect no other cursor and MUST release threads, handles, registrations "
            "and buffers of its own.",
        .intent =
            "Readers that come and go leave something behind, until the process runs dry or the "
            "next append falls over.",
        .causes =
            "The registration stays, and the next append wakes a cursor that is gone. A closed "
            "remote read leaves its thread, watch or stream with the peer.",
        .source = "B63, B66",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CLS-6",
        .level = Level::should,
        .sentence =
            "After next reported ErrTruncated it keeps doing so (TRN-1); after any other Error it "
            "either repeats an Error or resumes without gap or repetition (ERR-3). The first "
            "close after a failure SHOULD succeed; after it CLS-2 holds.",
        .intent =
            "A reader that tries again after a failure can't know whether something was skipped, "
            "repeated or left open.",
        .causes =
            "The position moves before the step that fails. The failure is remembered as if the "
            "cursor had been closed.",
        .source = "decision D3",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CLS-7",
        .level = Level::should,
        .sentence = "Of closes racing from several threads exactly one SHOULD succeed.",
        .intent =
            "Two owners that shut a reader down at once both believe that they released it, or "
            "neither does.",
        .causes =
            "The closed state is tested and set in two steps. Make it one atomic exchange, whose "
            "winner does the release.",
        .source = "B65",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter closing_chapter{
    .prefix = "CLS",
    .title = "Closing",
    .rules = closing_rules,
};

}  // namespace streamtest

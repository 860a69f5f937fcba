#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array consumer_rules{
    Rule{
        .id = "CNS-1",
        .level = Level::must,
        .sentence =
            "The consumer MUST open at the handler's NextOffset, read it again at every restart, "
            "open with the types both produced and wanted, and pass as o the offset it expects "
            "(ev.offset + 1 of the last success).",
        .intent =
            "A reader's handler is given events that it has handled, and not those that it lacks.",
        .causes =
            "The offset is remembered over a failure instead of read again. A filter for what was "
            "handled before never switches off, or skips one too many. Offsets with gaps are not "
            "expected.",
        .source = "seed suite; B114",
        .needs = "consumer",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CNS-2",
        .level = Level::must,
        .sentence =
            "Events MUST be handled one at a time in order; a failed one is retried before any "
            "later one; nothing is skipped.",
        .intent = "A reader's handler misses an event, or builds its state in the wrong order.",
        .causes =
            "The position moves when an event is delivered instead of when it is handled. The "
            "rest of a batch goes on after one of it failed.",
        .source = "B113, B115",
        .needs = "consumer",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CNS-3",
        .level = Level::must,
        .sentence =
            "An event with an offset below the expected, a foreign source or an invalid envelope "
            "MUST NOT reach the handler: restart.",
        .intent =
            "A reader's handler acts on an event twice, on another application's event, or on "
            "rubbish.",
        .causes =
            "What the cursor delivers is trusted. Compare offset, source and envelope before the "
            "handler is called, and treat a mismatch as a failure.",
        .source = "seed suite; B118",
        .needs = "consumer",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CNS-4",
        .level = Level::must,
        .sentence =
            "Every failure MUST be followed by the strategy's delay; the count MUST reset after a "
            "handled event, and after a read event when the last failure was not the handler's; a "
            "read after a handler failure MUST NOT reset it; delays MUST stay finite and "
            "non-negative.",
        .intent =
            "A reader hammers its broken handler without a pause, or waits ever longer after it "
            "has recovered.",
        .causes =
            "The count, or the note of who failed last, is not cleared after a success. Doubling "
            "a delay overflows after many failures to zero or below.",
        .source = "seed; B116, B117",
        .needs = "consumer",
        .checked = "Ck",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CNS-5",
        .level = Level::must,
        .sentence =
            "Cancellation MUST end Run within the bound in every state: event types, open, next, "
            "semaphore, handler, backoff.",
        .intent = "A consumer can't be stopped while it waits for something else than an event.",
        .causes =
            "The token is not given to the wait for the semaphore or to the backoff. A cancelled "
            "call counts as a failure and is tried again.",
        .source = "seed suite; B118",
        .needs = "consumer",
        .checked = "C Ck",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CNS-6",
        .level = Level::must,
        .sentence =
            "Run MUST return normally if no wanted type is produced, and MUST close each cursor "
            "and release each permit on every path.",
        .intent =
            "A consumer that has nothing to read runs on or fails, or others starve for what it "
            "kept.",
        .causes = "The early returns: cursor and permit must be released by scope. An empty set of "
                  "wanted types reaches open.",
        .source = "seed",
        .needs = "consumer",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CNS-7",
        .level = Level::must,
        .sentence =
            "The handler MUST run only while a permit of the semaphore is held: consumers sharing "
            "k permits never run more than k handlers at once.",
        .intent = "Consumers overrun the resource that their shared limit was to protect.",
        .causes =
            "The permit is held around the read and not around the handler, or is released before "
            "the handler returns. Each consumer has a semaphore of its own.",
        .source = "seed doc",
        .needs = "consumer",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CNS-8",
        .level = Level::should,
        .sentence =
            "Without strategy, semaphore or logger the consumer SHOULD work with its documented "
            "defaults.",
        .intent = "A consumer in its simplest use crashes or never tries again.",
        .causes =
            "An option that was not given is used without a look. The default is applied on one "
            "of several paths only.",
        .source = "seed doc",
        .needs = "consumer",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter consumer_chapter{
    .prefix = "CNS",
    .title = "Consumer",
    .rules = consumer_rules,
};

}  // namespace streamtest

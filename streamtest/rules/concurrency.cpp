#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array concurrency_rules{
    Rule{
        .id = "CON-1",
        .level = Level::must,
        .sentence =
            "Each cursor's sequence MUST be independent of the number, filters, speed and fate of "
            "others.",
        .intent = "A reader's sequence is spoilt by another reader that it knows nothing of.",
        .causes = "Cursors share a position, a buffer or a cache that one of them moves for all. A "
                  "cached position is compared for equality after a gap was filled.",
        .source = "seed suite; B94",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CON-2",
        .level = Level::must,
        .sentence =
            "With concurrent appenders every acknowledged event MUST appear exactly once and "
            "batches MUST NOT interleave; a batch acknowledged before another starts gets lower "
            "offsets.",
        .intent =
            "An appender was told yes and its event is gone, or a reader sees two batches torn "
            "into each other.",
        .causes =
            "Two appenders read the same end and write to the same place. The lock covers each "
            "event and not the batch.",
        .source = "B86",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CON-3",
        .level = Level::must,
        .sentence = "A cursor MUST NOT lose events by being slow; the only excuse is ErrTruncated.",
        .intent = "A reader that is busy for a while loses events and never learns of it.",
        .causes =
            "A full live buffer drops events or the cursor. A ring laps the reader. A cursor that "
            "falls behind must go back to reading history.",
        .source = "B90, B91",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CON-4",
        .level = Level::must,
        .sentence =
            "A slow, idle or abandoned cursor MUST NOT block appends or other cursors beyond the "
            "bound.",
        .intent = "Appenders and readers stand still because of one reader that does.",
        .causes = "Events are delivered on the appender's thread or under a shared lock. A bounded "
                  "queue of the slow cursor is filled by a push that blocks.",
        .source = "B92",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CON-5",
        .level = Level::must,
        .sentence =
            "open concurrent with append, cache start or reopen MUST miss nothing, and 1,000 "
            "cursors (or a declared `max_cursors`) MUST all be served.",
        .intent =
            "A reader that starts at a bad moment misses events for good, or starves in the crowd.",
        .causes =
            "The cursor registers after its look at history. A cache that is still being filled "
            "passes for complete. With many waiters the same ones are always served first.",
        .source = "B10, B46, B93",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter concurrency_chapter{
    .prefix = "CON",
    .title = "Concurrency",
    .rules = concurrency_rules,
};

}  // namespace streamtest

#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array lifetime_rules{
    Rule{
        .id = "LIF-1",
        .level = Level::must,
        .sentence =
            "Destroying an open cursor MUST act as close (no hang, no use after free, no leak).",
        .intent = "A reader that just drops its cursor hangs, crashes or leaks.",
        .causes =
            "A worker or a callback outlives the cursor and touches it. Destruction waits for a "
            "thread that waits for an event. An idle cursor keeps truncated storage alive.",
        .source = "B61, B64",
        .needs = "",
        .checked = "S C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "LIF-2",
        .level = Level::must,
        .sentence = "A returned event MUST stay intact after any later next, close, truncate, or "
                    "destruction of cursor and stream.",
        .intent = "A reader that keeps an event for later finds another one in its place.",
        .causes =
            "The event points into a page or a receive buffer that a later call fills again. A "
            "pool takes the event back too early.",
        .source = "B69",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "LIF-3",
        .level = Level::must,
        .sentence =
            "A stream that declares `cursors_outlive_stream` MUST define destroying it with open "
            "cursors: they keep working or every next returns ErrCursorClosed within the bound; "
            "never a crash or hang.",
        .intent =
            "A reader whose program ends its parts in an unlucky order crashes or hangs on exit.",
        .causes =
            "The cursor refers to the stream instead of sharing its state. Destroying the stream "
            "wakes nobody. A message arrives while its cursor goes.",
        .source = "B61, B64",
        .needs = "cursors_outlive_stream",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter lifetime_chapter{
    .prefix = "LIF",
    .title = "Lifetime",
    .rules = lifetime_rules,
};

}  // namespace streamtest

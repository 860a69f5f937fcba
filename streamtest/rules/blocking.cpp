#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array blocking_rules{
    Rule{
        .id = "BLK-1",
        .level = Level::must,
        .sentence =
            "With no matching event at or after the position, next MUST block until one is "
            "appended, cancelled, closed or truncated; it never returns \"nothing\" or times out "
            "by itself.",
        .intent =
            "A reader that gets nothing back must guess whether the stream has ended, and may "
            "stop reading.",
        .causes =
            "A default timeout of a client, a poll or a connection ends the wait. An empty page "
            "is returned instead of waited on.",
        .source = "seed suite; B31, B48",
        .needs = "",
        .checked = "S Ck",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "BLK-2",
        .level = Level::must,
        .sentence =
            "A matching event whose append was acknowledged MUST be returned within the declared "
            "bound without any further append.",
        .intent =
            "A reader does not see the last event of a burst until the next one, which may be "
            "hours away.",
        .causes =
            "The end that readers may see stays one behind the last append. A notification is "
            "lost while its channel reconnects, and nothing looks again.",
        .source = "B42-B44",
        .needs = "",
        .checked = "S N",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "BLK-3",
        // "No … may" forbids as strictly as MUST NOT does.
        .level = Level::must,
        .sentence =
            "No interleaving of append with the check-then-wait of next may lose the wake-up.",
        .intent =
            "A reader sleeps beside its event until something else happens, perhaps for ever.",
        .causes =
            "The waiter registers after its check without checking again; the wake-up is sent "
            "before the event is visible; a signal is cleared too late.",
        .source = "B39-B41, B45",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "BLK-4",
        .level = Level::must,
        .sentence =
            "One append MUST wake every waiting cursor that it matches (cursors do not compete).",
        .intent = "Readers sleep through an event that was meant for each of them, because another "
                  "reader was woken instead.",
        .causes =
            "One waiter is notified instead of all. The waiters share a signal that the first one "
            "to wake takes away.",
        .source = "seed suite; B50",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "BLK-5",
        .level = Level::should,
        .sentence =
            "One waiting cursor SHOULD cost < 20 % of a core over a second of waiting (processor "
            "time of the stream's process, least of three).",
        .intent = "Readers that only wait take the processor from those that work.",
        .causes =
            "An empty answer is asked for again at once, without a pause. A cache says truncated "
            "and the store behind it has nothing newer, so the loop goes round.",
        .source = "B31; seed persistedstream",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter blocking_chapter{
    .prefix = "BLK",
    .title = "Blocking and waking",
    .rules = blocking_rules,
};

}  // namespace streamtest

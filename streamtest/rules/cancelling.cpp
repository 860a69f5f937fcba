#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array cancelling_rules{
    Rule{
        .id = "CAN-1",
        .level = Level::must,
        .sentence = "event_types, open or next with an already cancelled token MUST return without "
                    "blocking, with Cancelled (next MAY return a ready event only under "
                    "`lenient_cancellation`) and MUST leak nothing.",
        .intent =
            "A caller that has already given up is held all the same, or leaves behind a cursor "
            "that nobody closes.",
        .causes =
            "The token is looked at only once the call waits. What was acquired before the check "
            "is not released on the early return.",
        .source = "seed suite",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CAN-2",
        .level = Level::must,
        .sentence = "Cancelling a pending next MUST make it return Cancelled within the bound.",
        .intent =
            "A reader cannot be stopped: its shutdown waits for an event that may never come.",
        .causes =
            "One of the blocking states does not listen to the token. The cancel does not reach "
            "the peer or the inner wait.",
        .source = "seed suite; B54, B55",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CAN-3",
        .level = Level::must,
        .sentence =
            "A next that returned Cancelled MUST NOT have consumed anything; a next that raced "
            "with cancel returns either the event (consumed) or Cancelled (not consumed).",
        .intent =
            "A reader loses the event that fell between two calls: nobody was given it, and no "
            "later read brings it.",
        .causes =
            "The event leaves the queue, or the position moves, before the race with cancel is "
            "decided. A late cancel drops one event and lets the next one through.",
        .source = "B51, B52",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CAN-4",
        .level = Level::must,
        .sentence =
            "Cancellation MUST affect that call only: the cursor and all others stay usable.",
        .intent =
            "A reader that gave up once can't read on: one impatient call breaks every later one.",
        .causes =
            "The wake-up is remembered and aborts the next call. A cancel at the wrong moment "
            "leaves the cursor unregistered and never fed again.",
        .source = "B53, B58",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "CAN-5",
        .level = Level::must,
        .sentence = "Cancellation and deadlines MUST also be honoured while skipping, loading, "
                    "reconnecting or waiting for a lock, and irrelevant wake-ups MUST NOT extend a "
                    "deadline.",
        .intent = "A reader is held by a long scan or a dead peer just when it wants to leave.",
        .causes =
            "The token is looked at once, and then the scan runs to its end. Each wake-up starts "
            "the timeout anew instead of keeping one point in time.",
        .source = "B56, B57",
        .needs = "",
        .checked = "S C Ck",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter cancelling_chapter{
    .prefix = "CAN",
    .title = "Cancelling",
    .rules = cancelling_rules,
};

}  // namespace streamtest

#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array errors_rules{
    Rule{
        .id = "ERR-1",
        .level = Level::must,
        .sentence = "Closed, Truncated, Cancelled, Unsupported and other errors MUST stay "
                    "distinguishable, also across the network.",
        .intent = "A reader can't choose between stopping, starting over and trying again.",
        .causes =
            "The remote side passes every error on as the same status. A retry loop swallows the "
            "errors that no retry can cure.",
        .source = "B112; seed networkstream",
        .needs = "",
        .checked = "S N",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "ERR-2",
        .level = Level::must,
        .sentence =
            "A backend or peer failure MUST become an Error within the bound or be retried; never "
            "a hang, a skip, an end of stream or ErrCursorClosed.",
        .intent = "A reader takes a dead backend for a quiet stream, or for the end of one.",
        .causes =
            "The error of an iteration is not looked at, so a failed read seems to be the end of "
            "the data. Nothing notices a peer that is gone.",
        .source = "B103, B104, B108",
        .needs = "network",
        .checked = "N",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "ERR-3",
        .level = Level::must,
        .sentence =
            "A transparent reconnect, a next that succeeds after an Error, and a new cursor "
            "opened at last delivered + 1 MUST continue there, or at the original o if nothing "
            "was delivered.",
        .intent = "A reader loses or repeats events whenever the network stumbles.",
        .causes =
            "Before the first delivery a reconnect starts at 0, at 1 or at the current end "
            "instead of at the asked offset. An event counts as read before it was delivered.",
        .source = "B109-B111",
        .needs = "network",
        .checked = "N",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter errors_chapter{
    .prefix = "ERR",
    .title = "Errors",
    .rules = errors_rules,
};

}  // namespace streamtest

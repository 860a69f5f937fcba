#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array opening_rules{
    Rule{
        .id = "OPN-1",
        .level = Level::must,
        .sentence =
            "The first event delivered after open(o, f) MUST be the one with the lowest offset >= "
            "o whose type is in f.",
        .intent =
            "A reader that resumes at its saved offset handles an event twice, or never, if the "
            "start is off by one.",
        .causes = "The start is taken as exclusive, or one is added to a checkpoint twice. Reading "
                  "starts at the beginning of the page, chunk or batch that holds the offset.",
        .source = "seed suite; B01-B06",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "OPN-2",
        .level = Level::must,
        .sentence =
            "Any o up to 2^64-1 MUST be accepted; beyond the end, next MUST block and MUST NOT "
            "deliver an event with an offset < o.",
        .intent =
            "A reader that is ahead of the stream gets old events as if they were new, or brings "
            "the stream down.",
        .causes =
            "An offset beyond the end is clamped to the end, or restarts at 0. Offset + 1 wraps, "
            "or a signed or 32-bit number holds it.",
        .source = "seed suite; B13-B16",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "OPN-3",
        .level = Level::must,
        .sentence = "open with an empty filter MUST be refused as misuse and have no effect.",
        .intent = "A reader that by mistake asks for nothing waits for ever, or gets everything, "
                  "instead of learning of it.",
        .causes =
            "The empty filter reaches the store, where its meaning is undefined. Refuse it first, "
            "before anything is registered.",
        .source = "seed; B38",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "OPN-4",
        .level = Level::must,
        .sentence =
            "open MUST fail with an unsupported-type error if any type in f is not in "
            "`event_types()`; a remote stream MAY report it at the first next if it declares so.",
        .intent =
            "A reader that asks for a type that never comes waits for ever instead of learning of "
            "its mistake.",
        .causes =
            "open never compares the filter with event_types(). The check passes as soon as one "
            "of the types is known.",
        .source = "seed doc",
        .needs = "",
        .checked = "S N",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "OPN-5",
        .level = Level::must,
        .sentence =
            "A cursor MUST depend only on the values given to open: later changes of the caller's "
            "filter object, cancellation of open's token, or other cursors' positions MUST NOT "
            "affect it.",
        .intent =
            "A reader's sequence changes behind its back when its caller reuses the filter, drops "
            "the token or moves another cursor.",
        .causes = "The filter is kept by reference. The cursor's work runs under open's token. "
                  "Something fetched for an earlier position is still in a buffer.",
        .source = "seed networkstream; B25",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter opening_chapter{
    .prefix = "OPN",
    .title = "Opening",
    .rules = opening_rules,
};

}  // namespace streamtest

#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array filtering_rules{
    Rule{
        .id = "FLT-1",
        .level = Level::must,
        .sentence = "next MUST NOT return an event whose type is not in f.",
        .intent =
            "A reader is given an event that it did not ask for and may not be able to decode.",
        .causes =
            "The store filters coarsely, by chunk or hash or prefix, and nothing filters again. A "
            "batch of mixed types is passed on whole.",
        .source = "seed; B37",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "FLT-2",
        .level = Level::must,
        .sentence = "next MUST return events of every type in f, for any number of types (up to a "
                    "declared `max_filter_types`) and however often one is repeated in f.",
        .intent = "A reader waits for events of a type that it asked for and that are there.",
        .causes =
            "With several types the start is estimated for each, and the furthest one taken. A "
            "long list of types, or a repeated one, overruns a limit of the query.",
        .source = "B29, B36",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "FLT-3",
        .level = Level::must,
        .sentence = "A run of non-matching events of any length MUST neither end, stall nor fail a "
                    "cursor, and the position MUST move to the last offset looked at + 1, never by "
                    "counting deliveries.",
        .intent = "A reader of a rare type stops for ever in front of its event.",
        .causes =
            "A page without a match is taken for the end. The position follows what was delivered "
            "and not what was looked at, so the same page is read again.",
        .source = "B03, B27-B30",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "FLT-4",
        .level = Level::must,
        .sentence = "An append without a matching event MUST NOT complete a pending next.",
        .intent =
            "A reader is woken for an event that is not for it, and takes the empty answer for an "
            "event or an end.",
        .causes =
            "Any append ends the wait, and the filter is not applied again before next returns. "
            "Go back to waiting when nothing matches.",
        .source = "B31, B32",
        .needs = "",
        .checked = "S C",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter filtering_chapter{
    .prefix = "FLT",
    .title = "Filtering",
    .rules = filtering_rules,
};

}  // namespace streamtest

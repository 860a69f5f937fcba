#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array appending_rules{
    Rule{
        .id = "APP-1",
        .level = Level::must,
        .sentence =
            "A batch MUST become visible atomically: once an event of it was delivered anywhere, "
            "no reader finds the end of the stream inside that batch. On a stream with "
            "`staleness` 0 a try_next there gives the next member; elsewhere the members follow "
            "within the bound with nothing appended and the appender stopped.",
        .intent = "A reader acts on half of what belongs together.",
        .causes =
            "The visible end moves with each event of the batch instead of once, after the last. "
            "A page that ends inside a batch is shown as the end.",
        .source = "B21, B84",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "APP-2",
        .level = Level::must,
        .sentence =
            "A failed append MUST leave no event and no hole, now or later; a reported failure "
            "means nothing was written.",
        .intent =
            "An appender that tries again after a false failure writes its events twice, and a "
            "hole stalls every reader.",
        .causes = "The offsets are drawn before the step that fails and not given back. Events are "
                  "shown before the commit. Something that fails after the commit is reported as a "
                  "failed append.",
        .source = "B85, B88, B106",
        .needs = "fail_next_append",
        .checked = "S F",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "APP-3",
        .level = Level::must,
        .sentence =
            "After an append is acknowledged, any next at its offset MUST return it, and an "
            "offset reported to the appender MUST be the delivered one.",
        .intent =
            "An appender can't find what it has just written, or sends others to the wrong place "
            "for it.",
        .causes =
            "The acknowledgement is sent before the event is visible. The offset is read from a "
            "counter that other appenders move meanwhile.",
        .source = "B86",
        .needs = "",
        .checked = "S C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "APP-4",
        .level = Level::must,
        .sentence =
            "Appending an empty batch MUST be a no-op or be refused: no offset used, no cursor "
            "woken.",
        .intent =
            "An appender with nothing to write wakes readers, or is given an offset that no event "
            "has.",
        .causes =
            "An empty batch takes the usual way: it changes metadata, or reports the offset of a "
            "last event that is not there.",
        .source = "B89",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "APP-5",
        .level = Level::must,
        .sentence =
            "If conditional append is offered, of n racing appends expecting the same next offset "
            "exactly one MUST succeed, also on an empty stream.",
        .intent =
            "Appenders that decided on the same state all win, so that one decision contradicts "
            "another.",
        .causes =
            "The check and the write are two steps. The check is left out while the stream is "
            "empty, where there is no last event to compare with.",
        .source = "B87",
        .needs = "conditional_append",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter appending_chapter{
    .prefix = "APP",
    .title = "Appending",
    .rules = appending_rules,
};

}  // namespace streamtest

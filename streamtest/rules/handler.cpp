#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array handler_rules{
    Rule{
        .id = "HND-1",
        .level = Level::must,
        .sentence =
            "`NextOffset` MUST be 0 for an unknown application, and after HandleEvent(o, ev) "
            "succeeded it MUST be ev.offset + 1, per source application key.",
        .intent = "A consumer resumes in the wrong place, and handles an event twice or never.",
        .causes =
            "The event's own offset is stored instead of that + 1, or that of the first event of "
            "a batch. The offset is stored without the source application's key.",
        .source = "seed doc; B114, B119",
        .needs = "handler",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "HND-2",
        .level = Level::must,
        .sentence =
            "HandleEvent MUST fail without side effect if o differs from NextOffset; effect and "
            "new offset MUST be stored together; of two racing calls one MUST fail.",
        .intent =
            "A consumer repeats an effect that was stored without its offset, and never handles "
            "an event whose offset was stored without its effect.",
        .causes = "Effect and offset are written in two transactions. The check is not part of the "
                  "write that it guards, or is left out for the first event.",
        .source = "seed doc; B87",
        .needs = "handler",
        .checked = "C K",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter handler_chapter{
    .prefix = "HND",
    .title = "Handler",
    .rules = handler_rules,
};

}  // namespace streamtest

#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array durability_rules{
    Rule{
        .id = "DUR-1",
        .level = Level::must,
        .sentence = "After a clean reopen every event MUST be there, same offset, same bytes, and "
                    "appending continues.",
        .intent = "Readers lose history, or find it at other offsets than those that they saved.",
        .causes =
            "The events are stored but not the record of the stream itself. The next offset is "
            "kept in memory only.",
        .source = "B97",
        .needs = "reopen",
        .checked = "R",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "DUR-2",
        .level = Level::must,
        .sentence = "An acknowledged append MUST survive a crash of the kind the stream declares "
                    "(process, machine).",
        .intent = "An appender has told others of an event that no longer exists.",
        .causes =
            "The acknowledgement does not wait for the flush, or the flush runs on a timer. The "
            "record of the stream itself is never flushed.",
        .source = "B96, B97",
        .needs = "durability",
        .checked = "K",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "DUR-3",
        // "No … may" forbids as strictly as MUST NOT does.
        .level = Level::must,
        .sentence =
            "No reader may see an event that a crash can take back, nor one of an aborted append.",
        .intent = "A reader acts on an event that then never happened.",
        .causes =
            "The visible end runs ahead of the durable one. The events of an append can be read "
            "before its commit.",
        .source = "B85, B99",
        .needs = "durability",
        .checked = "C K",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "DUR-4",
        .level = Level::must,
        .sentence =
            "A torn tail MUST be dropped whole on recovery, the stream MUST stay usable, and "
            "events appended afterwards MUST survive the next crash.",
        .intent =
            "Appenders lose what they wrote after the first crash at the second one, or can't "
            "open the stream at all.",
        .causes =
            "New records are written behind the torn one. Old bytes behind a new record of the "
            "same length come back. Recovery takes a short record for damage and refuses to open.",
        .source = "B100-B102",
        .needs = "durability",
        .checked = "K",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "DUR-5",
        .level = Level::must,
        .sentence =
            "A stream that declares `damage_detection` MUST surface damaged data as Error at or "
            "before that event, never as end of stream, a skip or changed bytes.",
        .intent = "A reader takes a damaged stream for a shorter one, and carries on.",
        .causes =
            "A record that fails its checksum ends the scan quietly, or is skipped. The error of "
            "an iteration is not looked at after the loop.",
        .source = "B98, B103",
        .needs = "damage_detection",
        .checked = "R",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter durability_chapter{
    .prefix = "DUR",
    .title = "Durability",
    .rules = durability_rules,
};

}  // namespace streamtest

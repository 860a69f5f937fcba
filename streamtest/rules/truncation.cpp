#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array truncation_rules{
    Rule{
        .id = "TRN-1",
        .level = Level::must,
        .sentence =
            "If the next event may lie in a truncated part (D4 and D5 say when that is required, "
            "allowed and forbidden), next MUST return ErrTruncated, again on each call, and MUST "
            "NOT block, skip ahead or return another event.",
        .intent =
            "A reader that is not told of the cut takes what is left for the whole, or waits for "
            "ever at the gap.",
        .causes = "Nothing compares the asked offset with the first retained one. A removed prefix "
                  "longer than a page looks like the end. A retry loop swallows the error.",
        .source = "seed; B24, B73, B76",
        .needs = "truncation",
        .checked = "S T",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "TRN-2",
        .level = Level::must,
        .sentence =
            "After truncate(b) returned, a cursor opened at b MUST work, and one opened below b "
            "MUST report ErrTruncated: from open, or (SHOULD) from its first next.",
        .intent =
            "A reader that starts where the stream says it begins is turned away, or one that "
            "starts below it loses events unnoticed.",
        .causes = "The comparison with the cut is off by one. The reported first offset is not the "
                  "first readable one. The cut is not checked again when the stream is opened.",
        .source = "verity@f01256f; B71, B72",
        .needs = "truncation",
        .checked = "S T",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "TRN-3",
        .level = Level::must,
        .sentence = "Truncation MUST remove only offsets < b: events >= b and cursors at >= b are "
                    "untouched.",
        .intent = "Readers lose events that were meant to be kept.",
        .causes =
            "A segment, batch or page that straddles the cut is dropped whole. A restart replays "
            "the cut over later events. A cut at 0 or 1 is taken for everything.",
        .source = "B71, B79, B82",
        .needs = "truncation",
        .checked = "S T",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "TRN-4",
        .level = Level::must,
        .sentence =
            "During truncation a reader MUST see contiguous whole events or ErrTruncated (an "
            "event cut but still held by the cursor MAY be delivered in order).",
        .intent =
            "A reader in the middle of the cut gets half an event, or jumps over what is gone "
            "without a word.",
        .causes =
            "A segment is removed under its reader. The reader ends its segment, finds no next "
            "one and believes that it is at the end. Look at the cut after the read too.",
        .source = "B70, B74, B81",
        .needs = "truncation",
        .checked = "C T",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "TRN-5",
        .level = Level::must,
        .sentence = "A cursor waiting at the tail MUST NOT be disturbed by truncation, even of "
                    "everything; the next append MUST reach it.",
        .intent =
            "A reader that has seen everything is thrown out, or sleeps through the next event, "
            "though nothing it wants was cut.",
        .causes = "The cut fails or unregisters every waiter. A stream without events, whose first "
                  "offset is its end, never counts as read to the end.",
        .source = "B45, B83",
        .needs = "truncation",
        .checked = "C T",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "TRN-6",
        .level = Level::must,
        .sentence =
            "Offsets MUST never be reused: after truncating everything, and after reopen or "
            "crash, the next event gets the old next offset, and the truncation point is kept.",
        .intent =
            "A reader that resumes at its saved offset waits for ever, or takes new events for "
            "those it has handled.",
        .causes =
            "The next offset is derived from the events that are left, and starts at 0 when there "
            "are none. The truncation point is not stored with the cut.",
        .source = "B77, B78, B80",
        .needs = "truncation",
        .checked = "S T R K",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "TRN-7",
        .level = Level::must,
        .sentence =
            "truncate MUST be monotone and idempotent: b <= first is a no-op; b > end is clamped "
            "to the end or refused, and never hides future events; it reports the real first "
            "retained offset.",
        .intent =
            "Readers lose events when a truncation is repeated or asks for too much, even events "
            "that were not written yet.",
        .causes =
            "The new point is stored without a look at the old one and at the end. A cut at the "
            "current start deletes the segment in use.",
        .source = "B78, B79",
        .needs = "truncation",
        .checked = "S T",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter truncation_chapter{
    .prefix = "TRN",
    .title = "Truncation",
    .rules = truncation_rules,
};

}  // namespace streamtest

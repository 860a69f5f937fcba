#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array ordering_rules{
    Rule{
        .id = "ORD-1",
        .level = Level::must,
        .sentence = "Offsets delivered by one cursor MUST strictly increase (hence no duplicates).",
        .intent =
            "A reader that is given an event again, or an older one, applies its effect twice.",
        .causes =
            "The position counts deliveries instead of moving to the delivered offset + 1. Events "
            "buffered during the catch-up are sent again on going live.",
        .source = "B03, B11, B12, B22",
        .needs = "",
        .checked = "S C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "ORD-2",
        .level = Level::must,
        .sentence =
            "Between two delivered offsets, and between o and the first, there MUST be no event "
            "whose type is in f.",
        .intent =
            "A reader never learns of an event that was skipped: no later read brings it back.",
        .causes =
            "The cursor passes an offset that is reserved but not committed. A frame is dropped "
            "as a duplicate. Storage that was removed is jumped over without an error.",
        .source = "B17, B24, B47",
        .needs = "",
        .checked = "S C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "ORD-3",
        .level = Level::must,
        .sentence =
            "Offsets MUST be 0-based and contiguous in the whole stream, batch members in batch "
            "order; no offset is given twice. (Adapters over sparse logs declare "
            "`sparse_offsets`.)",
        .intent =
            "A reader resumes at the delivered offset + 1; a hole makes it wait for ever, and an "
            "offset given twice hides an event.",
        .causes = "A failed append keeps the offset that it drew. Two appenders read the same next "
                  "offset, because the lock does not reach to the end of the write.",
        .source = "seed doc; B20, B26",
        .needs = "",
        .checked = "S C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "ORD-4",
        .level = Level::must,
        .sentence =
            "Once any cursor has delivered (offset, event), every cursor MUST for ever deliver "
            "the same event at that offset or fail.",
        .intent =
            "Readers that have stored their results disagree for ever about what happened at an "
            "offset.",
        .causes = "An event is shown before it is safe, and another takes its place after a crash. "
                  "Bytes of an old record are taken for the new one.",
        .source = "B26, B99, B101",
        .needs = "",
        .checked = "C K",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "ORD-5",
        .level = Level::must,
        .sentence = "Results MUST NOT depend on page, chunk, segment, batch, cache or prefetch "
                    "boundaries, nor on where a cursor passes from history to the live tail.",
        .intent = "A reader loses or repeats events at places that only the storage knows, so it "
                  "happens in production and not in a small test.",
        .causes =
            "The handover from history to live: what is appended in between is lost or doubled. A "
            "page ends inside a batch, and the next one starts beyond the batch.",
        .source = "B05-B09, B21, B23",
        .needs = "",
        .checked = "S C",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "ORD-6",
        .level = Level::must,
        .sentence =
            "An event MUST NOT become visible while one with a lower offset may still appear.",
        .intent = "A reader that has moved on never looks back, so the late event is lost to it.",
        .causes =
            "Offsets are drawn before the commit, and commits come in another order. A gap is "
            "waited for and then skipped by a timeout.",
        .source = "B17-B19",
        .needs = "",
        .checked = "C",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter ordering_chapter{
    .prefix = "ORD",
    .title = "Order and offsets",
    .rules = ordering_rules,
};

}  // namespace streamtest

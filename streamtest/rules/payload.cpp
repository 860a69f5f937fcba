#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array payload_rules{
    Rule{
        .id = "PAY-1",
        .level = Level::must,
        .sentence =
            "The payload MUST come back byte for byte: 0 bytes, NUL, all 256 values, invalid "
            "UTF-8; metadata as equal valid UTF-8 text and the same instant in time.",
        .intent = "A reader decodes something else than what was appended.",
        .causes =
            "The payload passes through text: NUL or invalid UTF-8 fails, or drops the event. An "
            "empty payload is taken for no event or for damage.",
        .source = "B105, B106",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "PAY-2",
        .level = Level::must,
        .sentence =
            "Every size up to the declared `max_event_size` MUST be deliverable; a larger event "
            "MUST be refused at append, never accepted and then undeliverable.",
        .intent = "A reader is stuck for ever in front of an event that was accepted and can't be "
                  "delivered.",
        .causes = "The limit on reading, such as a fetch or message size, is lower than the one on "
                  "appending. The envelope around the payload is not counted.",
        .source = "B107",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter payload_chapter{
    .prefix = "PAY",
    .title = "Payload",
    .rules = payload_rules,
};

}  // namespace streamtest

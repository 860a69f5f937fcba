#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array identity_rules{
    Rule{
        .id = "IDN-1",
        .level = Level::must,
        .sentence =
            "`application()` MUST return the identity the stream was made for (name and key as in "
            "the Scenario), the same on every call, on an empty stream, after reopen, after "
            "truncation and through a network stream.",
        .intent = "A reader keeps its saved offset under this identity; if it changes, the reader "
                  "resumes at another stream's offset or starts over.",
        .causes =
            "The identity is built anew or derived from events that are not there yet or were "
            "truncated. A network stream asks its peer on each call.",
        .source = "seed suite; verity@8ca92e4",
        .needs = "",
        .checked = "S R N",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "IDN-2",
        .level = Level::must,
        .sentence =
            "Every event returned MUST carry the stream's application as source, and streams of "
            "different applications on one backend MUST NOT affect each other's events, offsets "
            "or truncation point.",
        .intent =
            "A reader that shares a store with strangers takes their events for its own, or waits "
            "for offsets that they used up.",
        .causes =
            "The next free offset, the truncation point or a query is computed over the whole "
            "store, without the application's key. A cache is keyed by offset alone.",
        .source = "B95, B118",
        .needs = "",
        .checked = "S 2S",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter identity_chapter{
    .prefix = "IDN",
    .title = "Identity",
    .rules = identity_rules,
};

}  // namespace streamtest

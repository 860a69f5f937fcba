#include <streamtest/rules/chapters.hpp>

#include <array>

namespace streamtest {
namespace {

constexpr std::array types_rules{
    Rule{
        .id = "TYP-1",
        .level = Level::must,
        .sentence =
            "`event_types()` MUST contain every type that is on the stream or may be appended to "
            "it, also while the stream is empty, and MUST NOT change through the caller's use of "
            "the returned set.",
        .intent =
            "A consumer asks only for types in this set: the events of a type that is missing are "
            "never handled.",
        .causes =
            "The set holds only what was appended so far. The stream hands out its own set, so a "
            "caller that edits its copy edits the stream.",
        .source = "seed",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
    Rule{
        .id = "TYP-2",
        .level = Level::must,
        .sentence =
            "Type names MUST be compared byte for byte (case, accents, normal form, blanks, "
            "prefixes, `_`, `%`, `*`, `.`), and any non-empty valid UTF-8 name SHOULD be usable.",
        .intent =
            "A reader gets events that it did not ask for if two names merge, and none at all if "
            "a name never matches.",
        .causes =
            "A database compares names under a collation that ignores case, accents or trailing "
            "blanks. A name reaches a pattern match instead of a test for equality.",
        .source = "B33-B35",
        .needs = "",
        .checked = "S",
        .since = "1.0",
        .untested = "",
    },
};

}  // namespace

constinit const Chapter types_chapter{
    .prefix = "TYP",
    .title = "Event types",
    .rules = types_rules,
};

}  // namespace streamtest

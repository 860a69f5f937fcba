#include <streamtest/rules/catalogue.hpp>
#include <streamtest/rules/chapters.hpp>

#include <boost/crc.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace streamtest {
namespace {

/// A subtle case that the sentences leave open, and what the project settled on.
struct Decision {
  std::string_view id;
  std::string_view title;
  std::string_view text;
};

constexpr std::array decisions{
    Decision{
        .id = "D1",
        .title = "Cancelled and ready",
        .text =
            "`next` with an already cancelled token returns Cancelled and consumes nothing, even "
            "if an event is ready. A stream that may return the event instead declares "
            "`lenient_cancellation`, and the report shows it. Nothing is lost either way (CAN-3).",
    },
    Decision{
        .id = "D2",
        .title = "Several reasons at once",
        .text = "On a read that starts after close returned, closed always beats an event and "
                "truncated; a read that was pending may still give the event it already had. On a "
                "call that starts with a cancelled token, Cancelled is as right as closed, and as "
                "right as truncated.",
    },
    Decision{
        .id = "D3",
        .title = "After a failure",
        .text =
            "CLS-6 says it: a cursor may go on failing or may recover. It may not skip or repeat.",
    },
    Decision{
        .id = "D4",
        .title = "Events cut while a cursor holds them",
        .text =
            "The stream declares `truncation`. *none*: it can't be truncated. *strict*: once "
            "truncate(b) returned, no cursor delivers an offset < b. *held(w)*: a cursor that was "
            "open before may deliver, whole and in order, up to w cut events that it had in hand "
            "(w may be unlimited). *coarse*: the stream may retain more than asked, and truncate "
            "reports the real first offset. A stream that truncates by itself declares "
            "`retention`; nobody tells it how many events to keep, so its harness makes it keep "
            "what "
            "a case appends. Truncated is then accepted where nothing was cut on request, and "
            "cases that can't do with that are left out.",
    },
    Decision{
        .id = "D5",
        .title = "When Truncated is right",
        .text =
            "*Required* of a cursor that was opened after the cut, below it. *Allowed* for any "
            "cursor if the cut lies above its last delivered offset + 1, or above its opening "
            "offset if nothing was delivered. *Forbidden* if the cut lies at or below that. Also "
            "forbidden, unless `coarse_position` is declared, for a cursor known to have seen the "
            "tail: it delivered the last event, or it was opened at the end and nothing was "
            "appended since, or an exact driver saw it wait (TRN-5). A stream that knows that "
            "nothing matching was cut may go on; to skip a cut event that matches is always a "
            "fault. `coarse_position` is for server-side filters and reconnecting readers, which "
            "know only what they last delivered. A Truncated counts as false only if no truncate "
            "invoked so far reaches above last delivered + 1; an event counts as back from the "
            "cut only if it came from a cursor opened after the first Truncated, or after a "
            "restart.",
    },
    Decision{
        .id = "D6",
        .title = "Everything truncated",
        .text = "Opening at the end is valid and blocks, below it is Truncated, above it blocks "
                "(OPN-2). After a reopen it is the same (TRN-6).",
    },
    Decision{
        .id = "D7",
        .title = "Threads",
        .text =
            "`close` may come from any thread while `next` is pending. Everything else on one "
            "cursor is sequential. Two concurrent `next` on one cursor are misuse and are never "
            "tested.",
    },
    Decision{
        .id = "D8",
        .title = "Time",
        .text =
            "No rule holds a duration, and a slow stream is never called a wrong one. That a read "
            "blocks is proved by cause and not by sleeping: start `next`, let other things happen "
            "until a witness cursor has seen them, then append a sentinel; the pending `next` "
            "must return exactly that. Under simulation or controlled threads, quiescence "
            "decides. A case must be sound for a `next` that has not begun yet: what a reader has "
            "seen is known only from operations that returned. Nobody assumes to be *inside* "
            "`next`: close, cancel and append are aimed at it after swept delays, and \"a reader "
            "was blocked\" is a coverage label. Where no sentinel can exist (OPN-2, far beyond "
            "the end) the proof is weaker and says so: a witness sees n appends, then a cancel "
            "makes the pending `next` return Cancelled. The one idle wait is BLK-1's: it lets a "
            "600th of the budget go by, so a wait that would end by itself later isn't seen.",
    },
    Decision{
        .id = "D9",
        .title = "Capabilities",
        .text =
            "The harness declares them, the kit checks them and prints them on the certificate, "
            "in one spelling each: `truncation`, `retention`, `coarse_position`, `durability` "
            "(none, process, machine; *machine* is printed as declared, not verified), "
            "`damage_detection`, `sparse_offsets`, `lenient_cancellation`, `lazy_type_check`, "
            "`conditional_append`, `max_event_size`, `max_batch_events`, `max_batch_bytes`, "
            "`max_filter_types`, `max_cursors`, `staleness`, `cursors_outlive_stream`, `twin`, "
            "`deterministic` (it runs on the Scenario's executor and clock; it decides no verdict, "
            "only how the stream is explored, and the report says where it isn't so). If the rules "
            "of a declared capability fail or are excluded, there is no certificate; an undeclared "
            "one "
            "that works is reported as \"you may claim it\". Core rules can't be declared away: a "
            "stream without the means for one (cancelling, several types, refusal of unknown "
            "types) gets `not_supported` there, and the whole is `partial`, never conformant.",
    },
    Decision{
        .id = "D10",
        .title = "Huge offsets",
        .text =
            "Any offset up to 2^64-1 opens, and offset + 1 must not wrap. An event *at* 2^64-1 is "
            "out of scope.",
    },
    Decision{
        .id = "D11",
        .title = "Lag",
        .text =
            "BLK-2, APP-1, APP-3, CON-5, TRN-1 and TRN-2 hold within the declared `staleness`. "
            "Zero means that a read which does not block sees every acknowledged event; a pumped, "
            "polling or remote stream is not at zero.",
    },
    Decision{
        .id = "D12",
        .title = "Empty filter",
        .text = "It is misuse: `open` returns an error of its own kind, and nothing else happens.",
    },
    Decision{
        .id = "D13",
        .title = "Unknown outcome",
        .text =
            "An append ends as ok, as failed (surely without effect) or as unknown (the answer "
            "was lost; the whole batch may be there, or none of it). After a crash or a cut the "
            "acknowledged events are part of the stream, batches are whole and offsets are "
            "contiguous. The stream is never required to equal what was acknowledged, because "
            "real engines keep whole batches that nobody was told of.",
    },
    Decision{
        .id = "D14",
        .title = "Limits",
        .text = "They are declared. A batch or an event over one is refused whole, and nothing is "
                "written.",
    },
    Decision{
        .id = "D15",
        .title = "Orderly stop",
        .text =
            "A local stream that is closed gives ErrCursorClosed. A peer that stops, orderly or "
            "not, gives an Error or a reconnect, never ErrCursorClosed.",
    },
    Decision{
        .id = "D16",
        .title = "No case computes an offset",
        .text =
            "Cases learn offsets from append or from a witness. On a sparse stream \"b-1\" is the "
            "highest assigned offset below b, \"contiguous\" means that no assigned offset is "
            "missing, and the \"old next offset\" of TRN-6 is any unused higher one.",
    },
    Decision{
        .id = "D17",
        .title = "The consumer and truncation",
        .text =
            "A consumer whose cursor is Truncated treats it as any failure: delay, then ask the "
            "handler for its next offset again. It never skips.",
    },
    Decision{
        .id = "D18",
        .title = "Cancelling while skipping (CAN-5)",
        .text =
            "Checked without a stopwatch: a run that does not match grows until an undisturbed "
            "scan takes T >= 200 ms, or the run has 2^18 events (2^20 with a budget of two minutes "
            "and more); the cancel comes at T/10. It fails only if in ten tries, each cancelled "
            "before T/3, the event behind the run was given every time. One `cancelled` acquits. "
            "Close is not tried in long runs.",
    },
};

constexpr std::string_view preface =
    R"(Every stream is judged by the rules below. An id is a name: it is never renumbered and never
reused. A MUST that fails costs the certificate; a SHOULD that fails costs it only in the profile
"strict". A rule that needs a capability or a hook is not supported by a stream without it.

## Words

- **open(o, f)** makes a cursor that delivers the events from offset *o* on whose type is in the
  filter *f*. **truncate(b)** removes the events with an offset below *b*.
- **The outcome of next** is an event, ErrCursorClosed (closed), ErrTruncated (truncated), Cancelled
  (by the caller's token or deadline) or another Error. There is no "nothing".
- **The bound** is `patience` times the time-scale (10 s unless set), or the declared `staleness` if
  that is longer. It is only an upper limit for an operation that is stuck, never a demand for
  speed.
- **The end** is one more than the highest assigned offset.
- **Acknowledged** is an append that returned ok.
- **The position** of a cursor is the first offset that it has not looked at. From outside it is
  only known to lie between the last delivered offset + 1 (or the opening offset) and the end.
- **Sources**: "seed" is the documentation or the suite of the Go package eventstream of
  dogmatiq/verity, where this contract began; B and a number is a real bug of some other stream.
)";

std::string_view word(Level level) {
  return level == Level::must ? "MUST" : "SHOULD";
}

bool matches(std::string_view pattern, std::string_view id) {
  constexpr std::size_t none = std::string_view::npos;
  std::size_t in_pattern = 0;
  std::size_t in_id = 0;
  std::size_t last_star = none;
  std::size_t star_ends = 0;
  while (in_id < id.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      last_star = in_pattern++;
      star_ends = in_id;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == id[in_id]) {
      ++in_pattern;
      ++in_id;
    } else if (last_star != none) {
      in_pattern = last_star + 1;
      in_id = ++star_ends;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == none;
}

std::string rule_markdown(const Rule& rule) {
  std::string text = fmt::format("### {} ({})\n\n{}\n\n", rule.id, word(rule.level), rule.sentence);
  text += fmt::format("- Why: {}\n", rule.intent);
  text += fmt::format("- If it fails, look at: {}\n", rule.causes);
  if (!rule.needs.empty()) text += fmt::format("- Needs: `{}`\n", rule.needs);
  if (!rule.untested.empty()) text += fmt::format("- Not checked: {}\n", rule.untested);
  text += fmt::format("- Source: {}\n\n", rule.source);
  return text;
}

std::string decisions_markdown() {
  std::string text = "## Decisions\n\nWhat the sentences leave open, and how it was settled.\n\n";
  for (const Decision& decision : decisions)
    text += fmt::format("- **{} {}.** {}\n", decision.id, decision.title, decision.text);
  return text;
}

}  // namespace

std::span<const Chapter> chapters() {
  static const std::array all{
      identity_chapter,   types_chapter,      opening_chapter,     ordering_chapter,
      filtering_chapter,  blocking_chapter,   cancelling_chapter,  closing_chapter,
      lifetime_chapter,   truncation_chapter, concurrency_chapter, appending_chapter,
      durability_chapter, payload_chapter,    errors_chapter,      handler_chapter,
      consumer_chapter,
  };
  return all;
}

std::vector<const Rule*> catalogue() {
  std::vector<const Rule*> rules;
  for (const Chapter& chapter : chapters())
    for (const Rule& rule : chapter.rules) rules.push_back(&rule);
  return rules;
}

const Rule* find_rule(std::string_view id) {
  const std::vector<const Rule*> rules = catalogue();
  const auto found = std::ranges::find(rules, id, &Rule::id);
  return found == rules.end() ? nullptr : *found;
}

std::vector<std::string_view> match_rules(std::string_view pattern) {
  std::string dashed(pattern);
  std::ranges::replace(dashed, '_', '-');
  std::vector<std::string_view> ids;
  for (const Rule* rule : catalogue())
    if (matches(dashed, rule->id)) ids.push_back(rule->id);
  return ids;
}

std::string catalogue_hash() {
  constexpr std::uint64_t ecma_182 = 0x42F0E1EBA9EA3693;
  boost::crc_optimal<64, ecma_182, 0, 0, false, false> crc;
  // The separator keeps text that moves from one field to the next from leaving the hash as it was.
  const auto add = [&crc](std::string_view field) {
    crc.process_bytes(field.data(), field.size());
    crc.process_byte('\n');
  };
  for (const Rule* rule : catalogue()) {
    add(rule->id);
    add(word(rule->level));
    add(rule->sentence);
  }
  return fmt::format("{:016x}", crc.checksum());
}

std::string catalogue_markdown() {
  std::string text =
      fmt::format("# The contract of an event stream, version {}\n\n", contract_version);
  text += "This page is generated from the catalogue by `streamtest rules --markdown`: ";
  text += "change the catalogue, not the page.\n\n";
  text += fmt::format("It holds {} rules; their fingerprint is `{}`.\n\n", catalogue().size(),
                      catalogue_hash());
  text += preface;
  text += "\n";
  for (const Chapter& chapter : chapters()) {
    text += fmt::format("## {}: {}\n\n", chapter.prefix, chapter.title);
    for (const Rule& rule : chapter.rules) text += rule_markdown(rule);
  }
  return text + decisions_markdown();
}

}  // namespace streamtest

#include <streamtest/report/console.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <fmt/color.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace streamtest {
namespace {

constexpr Verdict all_verdicts[] = {
    Verdict::pass,          Verdict::fail,        Verdict::flaky,    Verdict::inconclusive,
    Verdict::could_not_run, Verdict::excluded,    Verdict::untested, Verdict::known_failure,
    Verdict::not_supported, Verdict::not_selected};

std::string in_words(Verdict verdict) {
  if (verdict == Verdict::pass) return "passed";
  if (verdict == Verdict::fail) return "failed";
  std::string words(to_string(verdict));
  std::ranges::replace(words, '_', ' ');
  return words;
}

std::string counted(const std::map<Verdict, std::size_t>& verdicts) {
  std::vector<std::string> parts;
  for (const Verdict verdict : all_verdicts)
    if (const auto found = verdicts.find(verdict); found != verdicts.end())
      parts.push_back(fmt::format("{} {}", found->second, in_words(verdict)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

const Chapter* find_chapter(std::string_view prefix) {
  const auto found = std::ranges::find(chapters(), prefix, &Chapter::prefix);
  return found == chapters().end() ? nullptr : &*found;
}

std::string title(std::string_view prefix) {
  const Chapter* known = find_chapter(prefix);
  if (!known) return {};
  std::string text(known->title);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] += 'a' - 'A';
  return text;
}

/// A message may hold what the stream under test sent; a terminal would obey its control
/// characters.
std::string without_control(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F) {
      result += fmt::format("\\x{:02x}", byte);
    } else if (byte == 0xC2 && next >= 0x80 && next < 0xA0) {
      result += fmt::format("\\u{:04x}", next);
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string indented(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::string result;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (!line.empty()) result += "  ";
    result += line;
    result += '\n';
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return result;
}

/// It is on its account that the whole is what it is: beside a pass it brings the same verdict.
/// Asked of judge(), so that there is one place that knows what counts.
bool is_reason(const Report& report, const RuleResult& result) {
  RuleResult pass;
  pass.verdict = Verdict::pass;
  return report.verdict != Whole::conformant &&
         judge(report.profile, {pass, result}, report.role) == report.verdict;
}

/// It is a rule for what was certified.
bool is_asked(const Report& report, const RuleResult& result) {
  const Rule* rule = find_rule(result.id);
  return !rule || concerns(*rule, report.role);
}

std::string ids(const Report& report, const auto& wanted) {
  std::vector<std::string_view> found;
  for (const RuleResult& result : report.rules)
    if (wanted(result)) found.push_back(result.id);
  return fmt::format("{}", fmt::join(found, ", "));
}

std::string reasons(const Report& report) {
  std::string text;
  for (const Verdict verdict : all_verdicts) {
    const std::string rules = ids(report, [&](const RuleResult& result) {
      return result.verdict == verdict && is_reason(report, result);
    });
    if (!rules.empty()) text += fmt::format("{}: {}\n", in_words(verdict), rules);
  }
  const bool passed = std::ranges::count(report.rules, Verdict::pass, &RuleResult::verdict) > 0;
  if (report.verdict == Whole::inconclusive && !passed) text += "no rule passed\n";
  return text;
}

std::string failed_shoulds(const Report& report) {
  if (report.profile == Profile::strict) return {};
  const std::string rules = ids(report, [](const RuleResult& result) {
    return result.level == Level::should &&
           (result.verdict == Verdict::fail || result.verdict == Verdict::flaky);
  });
  if (rules.empty()) return {};
  return fmt::format("failed SHOULDs, which count in the profile strict only: {}\n", rules);
}

std::string without_certificate(const Report& report) {
  const auto missing = std::ranges::count_if(report.rules, [&](const RuleResult& result) {
    const Rule* rule = find_rule(result.id);
    if (result.verdict != Verdict::not_selected || !is_asked(report, result)) return false;
    return report.profile != Profile::core ||
           (result.level == Level::must && (!rule || is_core(*rule, report.role)));
  });
  if (missing == 0) return {};
  return fmt::format("no certificate: {} {} not selected\n", missing,
                     missing == 1 ? "rule" : "rules");
}

/// What orders were tried, and what that is worth; or why they weren't the kit's to choose. Orders
/// and bounds are those of all ways together in which they were.
std::string exploration(const Report& report) {
  const Explored& explored = report.explored;
  std::uint64_t orders = 0;
  for (const auto& [strategy, schedules] : explored.strategies) orders += schedules;
  std::vector<std::string> chosen;
  std::string free;
  for (const auto& [way, programs] : explored.ways) {
    std::string line = fmt::format("{}: {} program{}", way, programs, programs == 1 ? "" : "s");
    if (way == "free threads")
      free = std::move(line);
    else
      chosen.push_back(std::move(line));
  }
  const std::string because =
      explored.weaker_because.empty()
          ? std::string()
          : fmt::format(", because {}", fmt::join(explored.weaker_because, "; "));
  std::string text;
  if (!chosen.empty()) {
    text += fmt::format("explored by {}, {} orders", fmt::join(chosen, " and by "), orders);
    constexpr unsigned shown = 2;
    if (const auto bound = explored.bounds.find(shown); bound != explored.bounds.end())
      text += fmt::format("; a bug of depth {} that each can show is found with p >= {:.2g}", shown,
                          bound->second);
    text += '\n';
    if (free.empty() && !because.empty())
      text += fmt::format("not explored in a stronger way{}\n", because);
  }
  if (!free.empty()) text += fmt::format("explored by {}{}\n", free, because);
  return text;
}

/// Where the known failures are tracked, and the lines that must be mended.
std::string known_lines(const Report& report) {
  std::string text;
  for (const KnownLine& line : report.known)
    text += fmt::format(
        "{} {}: {}\n", line.flaky ? "known to be flaky:" : "known to fail:", line.rule, line.issue);
  for (const KnownLine& line : report.known)
    if (!line.fault.empty())
      text += fmt::format("to mend in that list, by hand or by --update-known: {}\n", line.fault);
  return text;
}

fmt::text_style style(bool colour, fmt::terminal_color wanted) {
  return colour ? fmt::fg(wanted) | fmt::emphasis::bold : fmt::text_style();
}

fmt::terminal_color colour_of(Whole whole) {
  if (whole == Whole::conformant) return fmt::terminal_color::green;
  return whole == Whole::not_conformant ? fmt::terminal_color::red : fmt::terminal_color::yellow;
}

}  // namespace

Console::Console(std::FILE* file, bool terminal, std::size_t rules,
                 std::chrono::duration<double> expected)
    : file_(file),
      terminal_(terminal),
      colour_(terminal && !std::getenv("NO_COLOR")),
      rules_(rules),
      expected_(expected) {}

void Console::started(const std::string& rule) {
  current_ = rule;
  const std::string prefix(chapter_of(rule));
  std::vector<std::string> idle;
  for (const ChapterCounts& other : chapters_) {
    if (other.prefix == prefix) continue;
    if (other.running > 0) several_ = true;
    idle.push_back(other.prefix);
  }
  // With one chapter at a time, another one's start is the end of those before. With several, one
  // that is idle may only be between two of its rules.
  if (!several_)
    for (const std::string& other : idle) end_chapter(other);
  ++chapter(rule).running;
  show_line();
}

void Console::finished(const RuleResult& result) {
  ChapterCounts& counts = chapter(result.id);
  if (counts.running > 0) --counts.running;
  ++counts.finished;
  ++counts.verdicts[result.verdict];
  ++done_;
  if (result.verdict == Verdict::fail || result.verdict == Verdict::flaky) ++failed_;
  show_failure(result);
  const Chapter* known = find_chapter(counts.prefix);
  if (done_ >= rules_)
    end_all_chapters();
  else if (known && counts.finished >= known->rules.size())
    end_chapter(counts.prefix);
  show_line();
}

void Console::summary(const Report& report) {
  end_all_chapters();
  std::map<Verdict, std::size_t> verdicts;
  std::size_t rules = 0;
  for (const RuleResult& result : report.rules)
    if (is_asked(report, result)) ++verdicts[result.verdict], ++rules;
  std::string text = fmt::format("{} {}", rules, rules == 1 ? "rule" : "rules");
  if (report.role != Role::stream) text += fmt::format(" for a {}", to_string(report.role));
  text += verdicts.empty() ? "\n" : fmt::format(": {}\n", counted(verdicts));
  if (!report.lacks.empty())
    text += fmt::format("the stream lacks: {}\n", fmt::join(report.lacks, ", "));
  if (!report.may_claim.empty())
    text += fmt::format("you may claim: {}\n", fmt::join(report.may_claim, ", "));
  text += failed_shoulds(report);
  text += known_lines(report);
  text += exploration(report);
  const std::string selection = without_certificate(report);
  text += selection;
  text += reasons(report);
  print(without_control(text));
  const std::string verdict = fmt::format("verdict: {}{}", to_string(report.verdict),
                                          selection.empty() ? "" : ", of what was selected");
  print(fmt::format(style(colour_, colour_of(report.verdict)), "{}", verdict) + "\n");
}

Console::ChapterCounts& Console::chapter(const std::string& rule) {
  const std::string prefix(chapter_of(rule));
  const auto found = std::ranges::find(chapters_, prefix, &ChapterCounts::prefix);
  if (found != chapters_.end()) return *found;
  chapters_.push_back({prefix, {}, 0, 0});
  return chapters_.back();
}

void Console::end_chapter(std::string prefix) {
  const auto found = std::ranges::find(chapters_, prefix, &ChapterCounts::prefix);
  ChapterCounts ended = std::move(*found);
  chapters_.erase(found);
  if (terminal_ || ended.finished == 0) return;
  std::map<Verdict, std::size_t> verdicts = ended.verdicts;
  const std::size_t passed = verdicts[Verdict::pass];
  verdicts.erase(Verdict::pass);
  const std::string others = verdicts.empty() ? "" : ", " + counted(verdicts);
  print(fmt::format("{}  {:<30}{:>2} passed{}\n", prefix, title(prefix), passed, others));
}

void Console::end_all_chapters() {
  while (!chapters_.empty()) end_chapter(chapters_.front().prefix);
}

void Console::show_failure(const RuleResult& result) {
  const bool failed = result.verdict == Verdict::fail || result.verdict == Verdict::flaky;
  const bool open =
      result.verdict == Verdict::inconclusive || result.verdict == Verdict::could_not_run;
  if (!failed && !open) return;
  std::string text = result.message;
  if (!text.starts_with(result.id))
    text = fmt::format("{} {}: {}", result.id, in_words(result.verdict), text);
  if (text.find(result.reproduce) == std::string::npos)
    text += fmt::format("{}see it again: {}", text.ends_with('\n') ? "" : "\n", result.reproduce);
  text = indented(without_control(text));
  const std::size_t heading = text.find('\n');
  const auto colour = failed ? fmt::terminal_color::red : fmt::terminal_color::yellow;
  print(fmt::format(style(colour_, colour), "{}", text.substr(0, heading)) + text.substr(heading));
}

void Console::print(const std::string& text) {
  clear_line();
  std::fwrite(text.data(), 1, text.size(), file_);
  std::fflush(file_);
}

void Console::clear_line() {
  if (width_ == 0) return;
  // Blanks and not an escape sequence: every terminal knows them.
  const std::string blanks = fmt::format("\r{:{}}\r", "", width_);
  std::fwrite(blanks.data(), 1, blanks.size(), file_);
  width_ = 0;
}

void Console::show_line() {
  if (!terminal_) return;
  const std::string line =
      fmt::format("[{}/{}] {}  {} failed{}", done_, rules_, current_, failed_, time_left());
  print(line);
  width_ = line.size();
}

std::string Console::time_left() const {
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  double seconds = (expected_ - elapsed).count();
  if (done_ > 0 && rules_ > done_) {
    // Most rules need less than their share of the budget, so the pace tells the end sooner than
    // the budget does; and it is all there is to go by once the budget is over.
    const double pace =
        elapsed.count() / static_cast<double>(done_) * static_cast<double>(rules_ - done_);
    seconds = seconds > 0 ? std::min(seconds, pace) : pace;
  }
  if (seconds <= 0 || done_ >= rules_) return {};
  if (seconds > 120) return fmt::format("  {:.0f} min left", std::ceil(seconds / 60));
  return fmt::format("  {:.0f} s left", std::ceil(seconds));
}

}  // namespace streamtest

#include <streamtest/certify/failure_text.hpp>
#include <streamtest/certify/known.hpp>
#include <streamtest/certify/options.hpp>
#include <streamtest/history/strict_json.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

namespace streamtest {
namespace {

using Json = nlohmann::ordered_json;

bool is_comment(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string_view::npos || text[begin] == '#';
}

bool covers(const KnownLine& line, std::string_view variant, std::string_view rule) {
  return (line.variant.empty() || line.variant == variant) &&
         std::ranges::count(match_rules(line.rule), rule) > 0;
}

bool is_date(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  const std::string copy(text);
  if (text.size() != 10 || std::sscanf(copy.c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3)
    return false;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  return date.ok() && fmt::format("{:04}-{:02}-{:02}", year, month, day) == text;
}

void require(bool condition, const std::string& otherwise) {
  if (!condition) throw std::invalid_argument(otherwise);
}

/// Throws `std::invalid_argument` with the reason.
KnownLine parse_known(std::string_view text, const std::vector<std::string>& variants) {
  const Json json = parse_strictly(text);
  const Field entry(json, "the line");
  entry.has_only({"rule", "variant", "phrase", "issue", "until"});
  KnownLine line;
  line.rule = entry.at("rule").text();
  line.variant = entry.optional_text("variant");
  line.phrase = entry.at("phrase").text();
  line.issue = entry.at("issue").text();
  line.until = entry.optional_text("until");
  require(!match_rules(line.rule).empty(),
          fmt::format("'{}' matches no rule; `streamtest rules` lists them", line.rule));
  require(!line.phrase.empty(), "phrase is empty: write part of what the failure says was seen");
  require(line.issue.starts_with("https://") || line.issue.starts_with("http://"),
          fmt::format("issue is '{}': write the address where the failure is tracked, https://…",
                      line.issue));
  require(line.until.empty() || is_date(line.until),
          fmt::format("until is '{}': write the last day as YYYY-MM-DD", line.until));
  require(line.variant.empty() || std::ranges::count(variants, line.variant) > 0,
          fmt::format("the harness has no variant '{}'; it has {}", line.variant,
                      variants.empty() ? "none" : fmt::format("{}", fmt::join(variants, ", "))));
  return line;
}

struct Numbered {
  KnownLine line;
  std::string place;  ///< file and line
};

std::vector<std::string> lines_of(const std::string& file, bool may_be_missing) {
  std::error_code error;
  if (may_be_missing && !std::filesystem::exists(file, error)) return {};
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  if (!stream.eof() || stream.bad())
    throw UsageError(fmt::format("{} can't be read; is the path right?", file));
  return lines;
}

void read_list(const std::string& file, bool flaky, bool may_be_missing,
               const std::vector<std::string>& variants, std::vector<Numbered>& list) {
  if (file.empty()) return;
  const std::vector<std::string> lines = lines_of(file, may_be_missing);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (is_comment(lines[i])) continue;
    const std::string place = fmt::format("{}:{}", file, i + 1);
    try {
      list.push_back({parse_known(lines[i], variants), place});
      list.back().line.flaky = flaky;
    } catch (const std::invalid_argument& reason) {
      throw UsageError(fmt::format("{}: {}", place, reason.what()));
    }
  }
}

void refuse_overlaps(const std::vector<Numbered>& list) {
  for (auto later = list.begin(); later != list.end(); ++later)
    for (auto earlier = list.begin(); earlier != later; ++earlier) {
      const std::string& variant =
          later->line.variant.empty() ? earlier->line.variant : later->line.variant;
      for (const std::string_view rule : match_rules(later->line.rule))
        if (covers(earlier->line, variant, rule) && covers(later->line, variant, rule))
          throw UsageError(fmt::format("{}: {} is covered by {} already; one line a rule",
                                       later->place, rule, earlier->place));
    }
}

bool has_failed(const RuleResult& result) {
  return result.verdict == Verdict::fail || result.verdict == Verdict::flaky;
}

/// What one rule says against the line that covers it; nothing if it agrees.
std::optional<std::string> disagreement(const KnownLine& line, const RuleResult& result) {
  switch (result.verdict) {
    case Verdict::fail:
    case Verdict::flaky:
      return fmt::format("{} failed with other words than '{}'", result.id, line.phrase);
    case Verdict::pass:
      if (line.flaky) return std::nullopt;
      return fmt::format("{} passed", result.id);
    case Verdict::not_supported:
    case Verdict::untested:
      return fmt::format("{} can't fail here: {}", result.id, result.message);
    case Verdict::known_failure:
    case Verdict::excluded:
    case Verdict::not_selected:
    case Verdict::inconclusive:
    case Verdict::could_not_run:
      return std::nullopt;
  }
  return std::nullopt;
}

bool is_over(const KnownLine& line, std::string_view today) {
  return !line.until.empty() && line.until < today;
}

bool is_volatile(std::string_view word) {
  return std::ranges::any_of(word, [](char letter) { return (letter >= '0' && letter <= '9'); });
}

/// The longest run of words without a digit in what was seen: names and offsets change from run to
/// run.
std::string stable_phrase(const std::string& seen) {
  const std::string_view line = std::string_view(seen).substr(0, seen.find('\n'));
  std::string_view best;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find(' ', at), line.size());
    if (!is_volatile(line.substr(at, end - at))) {
      if (end - begin > best.size()) best = line.substr(begin, end - begin);
    } else {
      begin = end + 1;
    }
    at = end + 1;
  }
  return std::string(best.empty() ? line : best);
}

std::string line_text(const KnownLine& line) {
  Json entry;
  entry["rule"] = line.rule;
  if (!line.variant.empty()) entry["variant"] = line.variant;
  entry["phrase"] = line.phrase;
  entry["issue"] = line.issue;
  if (!line.until.empty()) entry["until"] = line.until;
  // With a blank behind each comma and colon, as people write it.
  std::string text;
  for (const auto& [name, value] : entry.items())
    text += fmt::format("{}\"{}\": {}", text.empty() ? "" : ", ", name, value.dump());
  return "{" + text + "}";
}

/// The list as it becomes, and what was changed.
class Update {
 public:
  Update(const std::vector<Report>& reports, const std::vector<std::string>& variants)
      : reports_(&reports), variants_(&variants) {}

  /// The `number`th line that is no comment.
  void take(const std::string& raw, std::size_t number) {
    const KnownLine& line = reports_->front().known.at(number);
    const bool holds = std::ranges::all_of(
        *reports_, [&](const Report& report) { return report.known.at(number).fault.empty(); });
    if (holds || is_over(line, today())) return keep(raw);
    const std::size_t before = lines_.size();
    for (const Report& report : *reports_)
      for (const RuleResult& result : report.rules)
        if (covers(line, report.variant, result.id)) narrow(line, report.variant, result);
    if (line.variant.empty()) keep_for_others(line);
    ++(lines_.size() == before ? removed_ : changed_);
  }
  void keep(const std::string& raw) { lines_.push_back(raw); }

  void add_new_failures() {
    for (const Report& report : *reports_)
      for (const RuleResult& result : report.rules)
        if (has_failed(result) && std::ranges::none_of(report.known, [&](const KnownLine& line) {
              return covers(line, report.variant, result.id);
            })) {
          add_unknown(report.variant, result);
          ++added_;
        }
  }

  const std::vector<std::string>& lines() const { return lines_; }
  std::string summary() const {
    return fmt::format("{} taken out, {} changed, {} added{}", removed_, changed_, added_,
                       unfiled_ == 0
                           ? ""
                           : fmt::format("; write the issue of {} before it is read again",
                                         unfiled_ == 1 ? "one" : fmt::format("{}", unfiled_)));
  }

 private:
  void narrow(const KnownLine& line, const std::string& variant, const RuleResult& result) {
    if (has_failed(result)) return add_unknown(variant, result);
    const std::optional<std::string> wrong = disagreement(line, result);
    if (wrong) return;
    KnownLine one = line;
    one.rule = result.id;
    one.variant = variant;
    lines_.push_back(line_text(one));
  }

  /// For the variants that weren't certified this time.
  void keep_for_others(const KnownLine& line) {
    for (const std::string& variant : *variants_) {
      if (std::ranges::find(*reports_, variant, &Report::variant) != reports_->end()) continue;
      KnownLine one = line;
      one.variant = variant;
      lines_.push_back(line_text(one));
    }
  }

  void add_unknown(const std::string& variant, const RuleResult& result) {
    KnownLine line;
    line.rule = result.id;
    line.variant = variant;
    line.phrase = stable_phrase(what_was_seen(result.message));
    lines_.push_back(line_text(line));
    ++unfiled_;
  }

  const std::vector<Report>* reports_;
  const std::vector<std::string>* variants_;  ///< the harness's
  std::vector<std::string> lines_;
  std::size_t removed_ = 0;
  std::size_t changed_ = 0;
  std::size_t added_ = 0;
  std::size_t unfiled_ = 0;
};

}  // namespace

std::vector<KnownLine> read_known(const std::string& failures, const std::string& flaky,
                                  const std::vector<std::string>& variants, bool update) {
  if (update && failures.empty())
    throw UsageError("--update-known needs --known-failures FILE: which list is it to write?");
  std::vector<Numbered> list;
  read_list(failures, false, update, variants, list);
  read_list(flaky, true, false, variants, list);
  refuse_overlaps(list);
  std::vector<KnownLine> lines;
  for (Numbered& each : list) lines.push_back(std::move(each.line));
  return lines;
}

void apply_known(const std::vector<KnownLine>& lines, std::string_view variant,
                 RuleResult& result) {
  if (!has_failed(result)) return;
  const std::string seen = what_was_seen(result.message);
  const bool known = std::ranges::any_of(lines, [&](const KnownLine& line) {
    return covers(line, variant, result.id) && seen.find(line.phrase) != std::string::npos;
  });
  if (known) result.verdict = Verdict::known_failure;
}

std::vector<KnownLine> judge_known(std::vector<KnownLine> lines, std::string_view variant,
                                   const std::vector<RuleResult>& results, std::string_view today) {
  for (KnownLine& line : lines) {
    std::vector<std::string> wrong;
    if (is_over(line, today)) wrong.push_back(fmt::format("its date, {}, is over", line.until));
    for (const RuleResult& result : results)
      if (covers(line, variant, result.id))
        if (const auto against = disagreement(line, result)) wrong.push_back(*against);
    if (!wrong.empty()) line.fault = fmt::format("{}: {}", line.rule, fmt::join(wrong, ", "));
  }
  return lines;
}

std::string today() {
  return fmt::format(
      "{:%Y-%m-%d}",
      fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

namespace {

bool write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::trunc);
  stream << text;
  stream.close();
  return static_cast<bool>(stream);
}

/// The list is people's work, and a disk that is full must not take it: the text is written beside
/// it and put in its place when it is whole. False where only the file itself can be written: it is
/// a link, another's, mounted by itself, or in a folder that takes no other. Throws if it is the
/// space that is missing.
bool put_in_place(const std::filesystem::path& file, const std::string& text) {
  struct stat there{};
  if (::lstat(file.c_str(), &there) != 0 || !S_ISREG(there.st_mode)) return false;
  if (there.st_uid != ::geteuid() || ::access(file.c_str(), W_OK) != 0) return false;
  const std::filesystem::path beside = fmt::format("{}.{}.new", file.string(), ::getpid());
  if (!write(beside, "")) return false;
  const bool whole = write(beside, text);
  const bool placed = whole && ::chmod(beside.c_str(), there.st_mode & 07777) == 0 &&
                      ::rename(beside.c_str(), file.c_str()) == 0;
  if (!placed) ::unlink(beside.c_str());
  if (!whole)
    throw UsageError(
        fmt::format("{} can't be written, and is as it was; check the free space", file.string()));
  return placed;
}

}  // namespace

std::string update_known(const std::string& file, const std::vector<Report>& reports,
                         const std::vector<std::string>& variants) {
  Update update(reports, variants);
  std::size_t number = 0;
  for (const std::string& raw : lines_of(file, true)) {
    if (is_comment(raw))
      update.keep(raw);
    else
      update.take(raw, number++);
  }
  update.add_new_failures();
  std::string text;
  for (const std::string& line : update.lines()) text += line + '\n';
  if (!put_in_place(file, text) && !write(file, text))
    throw UsageError(fmt::format("{} can't be written; check its rights and the free space", file));
  return update.summary();
}

}  // namespace streamtest

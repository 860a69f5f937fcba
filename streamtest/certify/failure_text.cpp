#include <streamtest/certify/failure_text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace streamtest {
namespace {

constexpr std::string_view margin = "    ";
constexpr std::string_view seen_heading = "  what was seen:\n";

std::string indent(std::string_view text) {
  std::string indented(margin);
  for (const char letter : text) {
    indented += letter;
    if (letter == '\n') indented += margin;
  }
  return indented;
}

}  // namespace

std::string failure_text(const Rule& rule, std::string_view heading, std::string_view seen,
                         const std::vector<Operation>& history, std::string_view reproduce) {
  std::string text = fmt::format("{} failed: {}\n", rule.id, heading);
  text += fmt::format("  the rule:\n{}\n", indent(rule.sentence));
  text += fmt::format("{}{}\n", seen_heading, indent(seen));
  if (!history.empty())
    text += fmt::format("  what happened on this stream:\n{}",
                        to_text(history, named_operations(history, seen)));
  if (!rule.causes.empty()) text += fmt::format("  usual causes:\n{}\n", indent(rule.causes));
  text += fmt::format("  see it again:\n{}\n", indent(reproduce));
  return text;
}

std::string what_was_seen(std::string_view text) {
  const std::size_t heading = text.find(seen_heading);
  if (heading == std::string_view::npos) return std::string(text);
  text.remove_prefix(heading + seen_heading.size());
  std::string seen;
  while (text.starts_with(margin)) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (!seen.empty()) seen += '\n';
    seen += line.substr(margin.size());
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return seen;
}

std::string shell_word(std::string_view text) {
  std::string word = "'";
  for (const char letter : text) {
    if (letter == '\'')
      word += R"('\'')";
    else
      word += letter;
  }
  return word + "'";
}

}  // namespace streamtest

#include <streamtest/report/report.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include <cstdint>
#include <sstream>

namespace streamtest {
namespace {

/// Control characters and the two non-characters have no place in XML, not even escaped, and
/// pugixml would write them. Each control character becomes the picture that Unicode has for it, so
/// that a reader still sees which.
std::string xml_text(std::string_view text) {
  const std::string utf8 =
      nlohmann::json::parse(
          nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
          .get<std::string>();
  std::string result;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto byte = static_cast<unsigned char>(utf8[i]);
    const std::string_view here = std::string_view(utf8).substr(i, 3);
    if (here == "\xEF\xBF\xBE" || here == "\xEF\xBF\xBF") {
      result += "\xEF\xBF\xBD";
      i += 2;
    } else if (byte == 0x7F) {
      result += "\xE2\x90\xA1";
    } else if (byte < 0x20 && byte != '\n' && byte != '\t') {
      result += "\xE2\x90";
      result += static_cast<char>(0x80 + byte);
    } else {
      result += utf8[i];
    }
  }
  return result;
}

struct Counts {
  std::size_t tests = 0;
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;
  double seconds = 0;

  void add(const Counts& other) {
    tests += other.tests;
    failures += other.failures;
    errors += other.errors;
    skipped += other.skipped;
    seconds += other.seconds;
  }
};

void set(pugi::xml_node node, const char* name, std::string_view value) {
  node.append_attribute(name).set_value(xml_text(value).c_str());
}

void set_time(pugi::xml_node node, double seconds) {
  set(node, "time", fmt::format("{:.3f}", seconds));
}

void set_counts(pugi::xml_node node, const Counts& counts) {
  set(node, "tests", fmt::format("{}", counts.tests));
  set(node, "failures", fmt::format("{}", counts.failures));
  set(node, "errors", fmt::format("{}", counts.errors));
  set(node, "skipped", fmt::format("{}", counts.skipped));
  set_time(node, counts.seconds);
}

/// The element that says what came of a test case, and where it is counted; null for a pass.
const char* element_of(Verdict verdict, Counts& counts) {
  switch (verdict) {
    case Verdict::pass:
      return nullptr;
    case Verdict::fail:
    case Verdict::flaky:
      ++counts.failures;
      return "failure";
    case Verdict::could_not_run:
    case Verdict::inconclusive:
      ++counts.errors;
      return "error";
    case Verdict::known_failure:
    case Verdict::not_supported:
    case Verdict::excluded:
    case Verdict::not_selected:
    case Verdict::untested:
      break;
  }
  ++counts.skipped;
  return "skipped";
}

Counts add_case(pugi::xml_node suite, const RuleResult& result, std::string_view class_name) {
  Counts counts;
  counts.tests = 1;
  counts.seconds = result.seconds;
  pugi::xml_node test = suite.append_child("testcase");
  set(test, "classname", class_name);
  set(test, "name", result.id);
  set_time(test, result.seconds);
  const char* element = element_of(result.verdict, counts);
  if (!element) return counts;
  pugi::xml_node outcome = test.append_child(element);
  const std::string_view verdict = to_string(result.verdict);
  if (counts.skipped > 0) {
    set(outcome, "message", fmt::format("{}: {}", verdict, result.message));
    return counts;
  }
  set(outcome, "type", verdict);
  set(outcome, "message", std::string_view(result.message).substr(0, result.message.find('\n')));
  std::string text = result.message;
  if (result.message.find(result.reproduce) == std::string::npos) text += "\n" + result.reproduce;
  outcome.text().set(xml_text(text).c_str());
  return counts;
}

/// The lists of known failures, line by line: one that must be mended is a failure.
Counts add_known(pugi::xml_node suite, const Report& report) {
  Counts counts;
  for (const KnownLine& line : report.known) {
    ++counts.tests;
    pugi::xml_node test = suite.append_child("testcase");
    set(test, "classname", "streamtest.known");
    set(test, "name", fmt::format("{}: {}", line.rule, line.phrase));
    set_time(test, 0);
    if (line.fault.empty()) continue;
    ++counts.failures;
    set(test.append_child("failure"), "message", line.fault);
  }
  return counts;
}

}  // namespace

std::string to_junit(const Report& report) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  set(declaration, "version", "1.0");
  set(declaration, "encoding", "UTF-8");
  pugi::xml_node suites = document.append_child("testsuites");
  const std::string name = report.variant.empty()
                               ? report.subject
                               : fmt::format("{}/{}", report.subject, report.variant);
  set(suites, "name", fmt::format("streamtest {}", name));
  Counts total;
  for (std::size_t first = 0; first < report.rules.size();) {
    const std::string chapter(chapter_of(report.rules[first].id));
    const std::string class_name = fmt::format("streamtest.{}.{}", name, chapter);
    pugi::xml_node suite = suites.append_child("testsuite");
    set(suite, "name", chapter);
    Counts counts;
    for (; first < report.rules.size() && chapter_of(report.rules[first].id) == chapter; ++first)
      counts.add(add_case(suite, report.rules[first], class_name));
    set_counts(suite, counts);
    total.add(counts);
  }
  if (!report.known.empty()) {
    pugi::xml_node suite = suites.append_child("testsuite");
    set(suite, "name", "known failures");
    const Counts counts = add_known(suite, report);
    set_counts(suite, counts);
    total.add(counts);
  }
  set_counts(suites, total);
  std::ostringstream text;
  document.save(text, "  ", pugi::format_default, pugi::encoding_utf8);
  return text.str();
}

}  // namespace streamtest

#include "result.hpp"

#include <streamtest/report/report.hpp>
#include <streamtest/rules/catalogue.hpp>

#include <gtest/gtest.h>
#include <pugixml.hpp>

namespace streamtest {
namespace {

Report report_of(std::vector<RuleResult> rules) {
  Report report;
  report.subject = "mystream";
  report.rules = std::move(rules);
  return report;
}

TEST(Junit, ASuiteAChapterAndACaseARule) {
  RuleResult failed = result("IDN-2", Verdict::fail, "IDN-2 failed: a case\n  seen");
  failed.reproduce = "streamtest certify memory: --rule IDN-2";
  const Report report = report_of({result("IDN-1", Verdict::pass), failed,
                                   result("BLK-1", Verdict::excluded, "left out by --exclude")});
  EXPECT_EQ(to_junit(report), R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="streamtest mystream" tests="3" failures="1" errors="0" skipped="1" time="0.750">
  <testsuite name="IDN" tests="2" failures="1" errors="0" skipped="0" time="0.500">
    <testcase classname="streamtest.mystream.IDN" name="IDN-1" time="0.250" />
    <testcase classname="streamtest.mystream.IDN" name="IDN-2" time="0.250">
      <failure type="fail" message="IDN-2 failed: a case">IDN-2 failed: a case
  seen
streamtest certify memory: --rule IDN-2</failure>
    </testcase>
  </testsuite>
  <testsuite name="BLK" tests="1" failures="0" errors="0" skipped="1" time="0.250">
    <testcase classname="streamtest.mystream.BLK" name="BLK-1" time="0.250">
      <skipped message="excluded: left out by --exclude" />
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST(Junit, WhatEachVerdictBecomes) {
  const auto element = [](Verdict verdict) {
    pugi::xml_document document;
    document.load_string(to_junit(report_of({result("IDN-1", verdict, "why")})).c_str());
    const pugi::xml_node suite = document.child("testsuites").child("testsuite");
    const std::string name = suite.child("testcase").first_child().name();
    const int counted = suite.attribute("failures").as_int() * 100 +
                        suite.attribute("errors").as_int() * 10 +
                        suite.attribute("skipped").as_int();
    EXPECT_EQ(counted, name == "failure" ? 100 : name == "error" ? 10 : name == "skipped" ? 1 : 0);
    return name;
  };
  EXPECT_EQ(element(Verdict::pass), "");
  EXPECT_EQ(element(Verdict::fail), "failure");
  EXPECT_EQ(element(Verdict::flaky), "failure");
  EXPECT_EQ(element(Verdict::could_not_run), "error");
  EXPECT_EQ(element(Verdict::inconclusive), "error");
  for (const Verdict verdict : {Verdict::known_failure, Verdict::not_supported, Verdict::excluded,
                                Verdict::not_selected, Verdict::untested})
    EXPECT_EQ(element(verdict), "skipped") << to_string(verdict);
}

TEST(Junit, TheVariantIsPartOfTheName) {
  Report report = report_of({result("IDN-1", Verdict::pass)});
  report.variant = "small pages";
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(to_junit(report).c_str()));
  const pugi::xml_node suites = document.child("testsuites");
  EXPECT_STREQ(suites.attribute("name").value(), "streamtest mystream/small pages");
  EXPECT_STREQ(suites.child("testsuite").child("testcase").attribute("classname").value(),
               "streamtest.mystream/small pages.IDN");
}

TEST(Junit, AnEmptyReportIsStillXml) {
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(to_junit(report_of({})).c_str()));
  EXPECT_STREQ(document.child("testsuites").attribute("tests").value(), "0");
}

/// The text of a failure with this message, after a parser has read it.
std::string read_back(std::string_view message) {
  const std::string xml = to_junit(report_of({result("IDN-1", Verdict::fail, message)}));
  for (const unsigned char byte : xml) EXPECT_TRUE(byte >= 0x20 || byte == '\n' || byte == '\t');
  EXPECT_EQ(xml.find("&#"), std::string::npos);
  pugi::xml_document document;
  EXPECT_TRUE(document.load_string(xml.c_str()));
  const pugi::xml_node failure = document.select_node("//failure").node();
  EXPECT_EQ(std::string(failure.attribute("message").value()), failure.text().get());
  return failure.text().get();
}

TEST(Junit, MarkupInAMessageIsText) {
  EXPECT_EQ(read_back("<b a=\"1\">&amp; ]]> 'x'"), "<b a=\"1\">&amp; ]]> 'x'");
}

TEST(Junit, ControlCharactersBecomePictures) {
  std::string all;
  std::string pictures;
  for (char control = 0; control < 0x20; ++control) {
    if (control == '\n' || control == '\t') continue;
    all += control;
    pictures += std::string("\xE2\x90") + static_cast<char>(0x80 + control);
  }
  EXPECT_EQ(read_back(all + "end\x7F"), pictures + "end\xE2\x90\xA1");
}

TEST(Junit, InvalidUtf8IsReplaced) {
  const std::string replacement = "\xEF\xBF\xBD";
  EXPECT_EQ(read_back("a\xFFz"), "a" + replacement + "z");
  EXPECT_EQ(read_back("a\xC3"), "a" + replacement);
  EXPECT_EQ(read_back("\xC3\xA9 \xF0\x9F\x98\x80"), "\xC3\xA9 \xF0\x9F\x98\x80");
  EXPECT_EQ(read_back("\xED\xA0\x80z").back(), 'z');
  EXPECT_EQ(read_back("\xEF\xBF\xBE|\xEF\xBF\xBF"), replacement + "|" + replacement);
}

}  // namespace
}  // namespace streamtest

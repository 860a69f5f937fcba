"""Known failures, known flaky rules and running again what failed, as somebody uses them.

Usage: known_test.py STREAMTEST SUITE_DOOR [unittest arguments]
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

STREAMTEST, SUITE_DOOR = sys.argv[1:3]
# A second close that reports success: of these rules it fails CLS-1.
BROKEN = ["certify", "gallery:O-26", "--rule", "CLS-1", "--rule", "CLS-2", "--rule", "CLS-3", "--budget", "quick"]


def run(*arguments, program=STREAMTEST, environment=None):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STREAMTEST_")}
    return subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**clean, **(environment or {})}, timeout=120, stdin=subprocess.DEVNULL)


def line(rule, phrase="expected cursor_closed", **more):
    return json.dumps({"rule": rule, "phrase": phrase, "issue": "https://example.org/17", **more}) + "\n"


class Known(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.list = self.folder / "known.jsonl"

    def certify(self, text, *more, flag="--known-failures"):
        self.list.write_text(text)
        result = run(*BROKEN, flag, str(self.list), "--report", str(self.folder), *more)
        report = json.loads((self.folder / "report.json").read_text())
        self.assertEqual(run("verify", str(self.folder / "report.json")).stdout.count("exit code"), 0)
        return result, report, {rule["id"]: rule["verdict"] for rule in report["rules"]}

    def test_a_known_failure_is_partial(self):
        result, report, verdicts = self.certify(line("CLS-1"))
        self.assertEqual(result.returncode, 4, result.stdout)
        self.assertEqual(verdicts["CLS-1"], "known_failure")
        self.assertIn("known to fail: CLS-1: https://example.org/17", result.stdout)
        self.assertNotIn("what was seen", result.stdout)
        self.assertEqual([(known["rule"], known["fault"]) for known in report["known"]], [("CLS-1", "")])
        self.assertEqual(self.certify(line("CLS-1"), "--accept", "partial")[0].returncode, 0)

    def test_other_words_fail(self):
        result, _, verdicts = self.certify(line("CLS-1", "the disk is on fire"))
        self.assertEqual((result.returncode, verdicts["CLS-1"]), (1, "fail"), result.stdout)
        self.assertIn("to mend in that list, by hand or by --update-known: CLS-1: CLS-1 failed with other words", result.stdout)

    def test_an_unexpected_pass_fails(self):
        result, report, verdicts = self.certify(line("CLS-1") + line("CLS-2"))
        self.assertEqual((result.returncode, verdicts["CLS-2"]), (1, "pass"), result.stdout)
        self.assertIn("to mend in that list, by hand or by --update-known: CLS-2: CLS-2 passed", result.stdout)
        self.assertEqual(report["exit_code"], 1)
        self.assertIn("<failure", (self.folder / "junit.xml").read_text())

    def test_a_pattern_that_is_too_wide_fails(self):
        result, _, _ = self.certify(line("CLS-*"))
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("to mend in that list, by hand or by --update-known: CLS-*: CLS-2 passed, ", result.stdout)

    def test_a_date_that_is_over_fails(self):
        result, _, _ = self.certify(line("CLS-1", until="2001-01-01"))
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("its date, 2001-01-01, is over", result.stdout)

    def test_a_flaky_rule_may_pass(self):
        result, report, verdicts = self.certify(line("CLS-1") + line("CLS-2"), flag="--known-flaky")
        self.assertEqual(result.returncode, 4, result.stdout)
        self.assertEqual((verdicts["CLS-1"], verdicts["CLS-2"]), ("known_failure", "pass"))
        self.assertEqual([known["list"] for known in report["known"]], ["flaky", "flaky"])

    def test_a_faulty_list_is_refused(self):
        self.list.write_text("\n" + line("CLS-1").replace("https", "ftp"))
        result = run(*BROKEN, "--known-failures", str(self.list))
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn(f"{self.list}:2: issue is 'ftp://example.org/17'", result.stdout)

    def test_an_update_writes_the_list(self):
        updating = [*BROKEN, "--known-failures", str(self.list), "--update-known"]
        result = run(*updating)
        self.assertEqual(result.returncode, 1, result.stdout)  # what was new failed this once
        self.assertIn("1 added; write the issue of one before it is read again", result.stdout)
        self.assertEqual(run(*updating).returncode, 2)
        self.list.write_text(self.list.read_text().replace('"issue": ""', '"issue": "https://example.org/1"'))
        self.assertEqual(run(*updating).returncode, 4)
        self.list.write_text(self.list.read_text() + line("CLS-2"))
        self.assertIn("1 taken out, 0 changed, 0 added", run(*updating).stdout)
        self.assertEqual(run(*BROKEN, "--known-failures", str(self.list)).returncode, 4)

    def test_what_failed_is_run_again(self):
        self.certify("")
        report = self.folder / "report.json"
        again = run("certify", "gallery:O-26", "--rerun-failed", str(report), "--budget", "quick")
        self.assertEqual(again.returncode, 1, again.stdout)
        self.assertIn("failed: CLS-1\n", again.stdout)
        listed = run("certify", "gallery:O-26", "--rerun-failed", str(report), "--list")
        self.assertEqual([each.split()[0] for each in listed.stdout.splitlines()], ["CLS-1"])
        fixed = run("certify", "memory:", "--rerun-failed", str(report), "--budget", "quick", "--report", str(self.folder))
        self.assertEqual(fixed.returncode, 0, fixed.stdout)
        self.assertIn("no certificate: ", fixed.stdout)
        verdicts = [rule["verdict"] for rule in json.loads(report.read_text())["rules"]]
        self.assertEqual((verdicts.count("pass"), verdicts.count("not_selected")), (1, len(verdicts) - 1))
        nothing = run("certify", "memory:", "--rerun-failed", str(report))
        self.assertEqual(nothing.returncode, 3, nothing.stdout)
        self.assertIn("nothing to run again", nothing.stdout)
        report.write_text("{")
        refused = run("certify", "memory:", "--rerun-failed", str(report))
        self.assertEqual(refused.returncode, 2, refused.stdout)
        self.assertIn("is no report of this kit: not JSON", refused.stdout)

    def test_the_gtest_door_knows_them_too(self):
        self.list.write_text(line("OPN-3", "gave"))
        environment = {"STREAMTEST_BUDGET": "quick", "STREAMTEST_KNOWN_FAILURES": str(self.list)}
        result = run("--gtest_filter=Broken/*.OPN_*", program=SUITE_DOOR, environment=environment)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("known_failure: ", result.stdout)

    def test_the_gtest_door_judges_the_lines_of_rules_that_ran_whole(self):
        environment = {"STREAMTEST_BUDGET": "quick", "STREAMTEST_KNOWN_FAILURES": str(self.list)}
        self.list.write_text(line("OPN-3", "gave", until="2020-01-01") + line("OPN-1", "gave") + line("CLS-2", "gave"))
        result = run("--gtest_filter=Broken/*.OPN_*", program=SUITE_DOOR, environment=environment)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("OPN-3: its date, 2020-01-01, is over", result.stdout)
        self.assertIn("OPN-1: OPN-1 passed", result.stdout)
        self.assertNotIn("CLS-2:", result.stdout)
        self.list.write_text(line("OPN-1", "gave"))
        in_part = "--gtest_filter=Broken/*.OPN_1.opening_inside_a_batch/next"
        result = run(in_part, program=SUITE_DOOR, environment=environment)
        self.assertEqual(result.returncode, 0, result.stdout)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=1)

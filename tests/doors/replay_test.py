"""Counterexamples of exploration as files: kept by a report, run first by the next run, replayed by a command. And what the
self-test says of exploration.

Usage: replay_test.py STREAMTEST [unittest arguments]
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

STREAMTEST = sys.argv[1]
# With a counterexample of the rule at hand the exploration comes before the rule's other cases, which would catch the
# broken streams as well. This one can be written by hand, and says nothing bad of any stream.
HARMLESS = {
    "counterexample": 1, "kit": "", "target": "memory:", "variant": "", "delivery": "next", "anomaly": "stuck reader",
    "sentence": "none", "patience_ms": 2000, "types": ["EventA", "EventB", "EventC"],
    "program": {"before": [{"append": ["EventA"]}], "actors": [[{"open": "c1", "offset": 0, "types": ["EventA"]}]]},
    "way": "free threads", "schedule": "-", "strategy": "by hand", "seed": 1, "calls": [],
    "record": {"types": ["EventA", "EventB", "EventC"], "supported": 3, "actors": [], "cursors": [], "sent": [], "calls": []}}


def run(*arguments, timeout=200):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STREAMTEST_")}
    return subprocess.run([STREAMTEST, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean,
                          timeout=timeout, stdin=subprocess.DEVNULL)


class Replay(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.report = pathlib.Path(folder.name)
        self.regressions = self.report / "regressions"

    def write(self, name="by-hand.json", **changes):
        self.regressions.mkdir(exist_ok=True)
        file = self.regressions / name
        file.write_text(json.dumps({**HARMLESS, **changes}, indent=1))
        return file

    def certify(self, target, rule, *more):
        return run("certify", target, "--rule", rule, "--budget", "quick", "--patience", "2s", "--report", str(self.report), *more)

    def found(self, broken, rule):
        """A counterexample that an exploration of the broken stream saved, and the run that found it."""
        self.write(rule=rule)
        result = self.certify(broken, rule)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("explored_schedules", result.stdout)
        files = [file for file in self.regressions.glob(f"{rule}.*.json")]
        self.assertEqual(len(files), 1, result.stdout)
        return files[0], result

    def refused(self, file, says, *target):
        result = run("replay", str(file), *target)
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn(str(file), result.stdout)
        self.assertIn(says, result.stdout)

    def exact(self, file):
        """The order is ours, so a replay fails each time; free threads needn't."""
        return json.loads(file.read_text())["way"] == "controlled threads"

    def check_life(self, broken, rule, mended):
        file, first = self.found(broken, rule)
        self.assertIn(f"see it again:\n      streamtest replay '{file}'", first.stdout)
        saved = json.loads(file.read_text())
        self.assertEqual((saved["target"], saved["rule"], saved["seed"]), (broken, rule, 1))
        passed = run("replay", str(file), mended)
        self.assertEqual(passed.returncode, 0, passed.stdout)
        self.assertIn(f"{rule} no longer fails: run ", passed.stdout)
        if self.exact(file):
            again = run("replay", str(file))
            self.assertEqual(again.returncode, 1, again.stdout)
            self.assertIn(saved["sentence"], again.stdout)
            self.assertIn("run again, it failed 3 of 3 times", again.stdout)
            next_time = self.certify(broken, rule)
            self.assertEqual(next_time.returncode, 1, next_time.stdout)
            self.assertIn("as an earlier run saved it", next_time.stdout)
            replayed = json.loads((self.report / "report.json").read_text())["run"]
            self.assertEqual((replayed["programs"], replayed["schedules"]), (1, 4), "it is found before others are looked for")
        mended_run = self.certify(mended, rule)
        self.assertEqual(mended_run.returncode, 0, mended_run.stdout)
        self.assertTrue(file.exists(), "a counterexample stays when its rule passes")

    def test_a_wake_up_that_is_missed(self):
        self.check_life("gallery:T-2", "BLK-3", "gallery:CONTROL-M")

    def test_appends_that_race(self):
        self.check_life("gallery:O-45", "CON-2", "sqlite:")

    def test_its_record_can_be_judged_once_more(self):
        result = run("check", str(self.write(rule="CLS-2")))
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("no anomaly", result.stdout)
        result = run("check", str(self.write(rule="CLS-2", schedule="0=0")))
        self.assertEqual(result.returncode, 2, result.stdout)
        history = self.regressions / "CLS-1.json"
        history.write_text('{"operations": []}')
        result = run("check", str(history))
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn("what can be judged is a record", result.stdout)

    def test_histories_go_and_counterexamples_stay(self):
        self.write(rule="CLS-2")
        (self.regressions / "CLS-1.json").write_text('{"operations": []}')
        result = self.certify("memory:", "CLS-2")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual([file.name for file in self.regressions.iterdir()], ["by-hand.json"])

    def test_a_damaged_file_stops_the_run(self):
        file = self.write(rule="CLS-2")
        file.write_text(file.read_text().replace('"way":', '"way"'))
        line = file.read_text().split('"way"')[0].count("\n") + 1
        result = self.certify("memory:", "CLS-1")
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn(f"{file} is not JSON", result.stdout)
        self.assertIn(f"line {line}, column", result.stdout)
        self.write(rule="CLS-2", schedule="0=0")
        result = self.certify("memory:", "CLS-1")
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn(f"{file} is not a counterexample: schedule is '0=0', which is no schedule", result.stdout)

    def test_what_cannot_be_replayed_is_refused(self):
        self.refused("nowhere.json", "can't be read")
        self.refused(self.report, "can't be read")
        self.refused(self.write(rule="CLS-99"), "rule is 'CLS-99'")
        self.refused(self.write(rule="CLS-2", target=""), "names no target")
        result = run("replay", str(self.write(rule="CLS-2", variant="small")))
        self.assertEqual((result.returncode, "memory has no variant 'small'" in result.stdout), (2, True), result.stdout)
        truncating = {"before": [{"truncate": 0}], "actors": []}
        file = self.write(rule="CLS-2", program=truncating)
        result = run("replay", str(file), "gallery:CONTROL-M")
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn("the program truncates", result.stdout)
        self.assertEqual(run("replay", str(file), "nothing:").returncode, 2)

    def test_another_way_is_no_verdict(self):
        result = run("replay", str(self.write(rule="CLS-2", way="threads of another machine")))
        self.assertEqual(result.returncode, 3, result.stdout)
        self.assertIn("CLS-2 could not be replayed: it was found by threads of another machine", result.stdout)

    def test_printed_as_a_test_it_holds_the_program(self):
        file = self.write(rule="CLS-2", target="", variant="small")
        result = run("replay", str(file), "--gtest")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("TEST(Counterexamples, CLS_2_next) {", result.stdout)
        literal = json.loads(result.stdout.split('R"json(')[1].split(')json"')[0])
        self.assertEqual((literal["program"], literal["variant"]), (HARMLESS["program"], "small"))
        self.refused("nowhere.json", "can't be read", "--gtest")

    def test_help_has_an_example(self):
        result = run("replay", "--help")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("streamtest replay reports/regressions/BLK-3.next.json", result.stdout)


class Selftest(unittest.TestCase):
    def test_exploration_alone_tells_how_many_orders_a_kill_takes(self):
        result = run("selftest", "--explored", "--only", "T-[26]", "--only", "O-26", "--only", "ODD-slow", "--seeds", "3", "--json")
        mutants = json.loads(result.stdout[result.stdout.index("{"):])["mutants"]
        self.assertEqual([mutant["id"] for mutant in mutants], ["T-2", "T-6"], "the others' rules aren't explored")
        for mutant in mutants:
            self.assertEqual((mutant["kills"], mutant["explored_kills"]), (3, 3), mutant)
            self.assertTrue(1 <= mutant["schedules_to_kill"] <= 1000, mutant)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=1)

"""A plug-in outside the project with a missed wake-up: caught by exploration, replayed, mended.

Usage: outside_test.py BUILD_FOLDER COMPILER [unittest arguments]
"""
import json
import pathlib
import sys
import tempfile
import unittest

import counterexample
import outside_plugin as outside

BUILD, COMPILER = pathlib.Path(sys.argv[1]), sys.argv[2]
RULE = "BLK-3"
# Where a rule has a counterexample its exploration comes before its other cases, in which threads run as they like and
# may happen to meet the mistake first. This one accuses nobody.
HARMLESS = {
    "counterexample": 1, "kit": "", "target": "", "variant": "", "rule": RULE, "delivery": "next", "anomaly": "stuck reader",
    "sentence": "none", "patience_ms": 2000, "types": ["EventA", "EventB", "EventC"],
    "program": {"before": [], "actors": [[{"open": "c1", "offset": 0, "types": ["EventA"]}]]},
    "way": "free threads", "schedule": "-", "strategy": "by hand", "seed": 1, "calls": [],
    "record": {"types": ["EventA", "EventB", "EventC"], "supported": 3, "actors": [], "cursors": [], "sent": [], "calls": []}}


class Outside(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.streamtest = outside.install(BUILD, cls.folder / "prefix")
        cls.plugins = outside.build(cls.folder / "prefix", cls.folder / "build", COMPILER)
        cls.report = cls.folder / "report"
        (cls.report / "regressions").mkdir(parents=True)
        (cls.report / "regressions" / "harmless.json").write_text(json.dumps(HARMLESS))
        cls.code, cls.output = cls.certify("journal")
        found = [file for file in outside.counterexamples(cls.report) if file.name != "harmless.json"]
        cls.file = found[0] if found else None

    @classmethod
    def certify(cls, plugin):
        return outside.run(cls.streamtest, "certify", f"plugin:{cls.plugins / plugin}.so", "--rule", RULE, "--budget",
                           "10s", "--patience", "2s", "--report", cls.report)

    def test_it_is_caught_and_shrunk(self):
        self.assertEqual(self.code, 1, self.output)
        self.assertIn("explored_schedules", self.output)
        saved = json.loads(self.file.read_text())
        self.assertEqual((saved["anomaly"], saved["way"]), ("stuck reader", "controlled threads"), self.output)
        self.assertLessEqual(counterexample.commands(saved), 8, self.output)
        self.assertLessEqual(counterexample.switches(saved), 3, self.output)

    def test_it_comes_again(self):
        code, output = outside.run(self.streamtest, "replay", self.file)
        self.assertEqual(code, 1, output)
        self.assertIn(json.loads(self.file.read_text())["sentence"], output)
        self.assertIn("run again, it failed 3 of 3 times", output)

    def test_it_says_where_in_the_source_they_stood(self):
        self.assertRegex(self.output, r"never came back from waiting in journal::Reader::State::wait\(.*\) at journal\.cpp:\d+\n")
        self.assertRegex(self.output, r" stood (before|after) \w+ in journal::.* at journal\.cpp:\d+\n")

    def test_without_debug_information_it_says_the_function(self):
        stripped = self.folder / "stripped.so"
        outside.must("strip", "-o", stripped, self.plugins / "journal.so")
        code, output = outside.run(self.streamtest, "replay", self.file, f"plugin:{stripped}")
        self.assertEqual(code, 1, output)
        self.assertRegex(output, r"never came back from waiting in journal::Reader::next\(.*\) at stripped\.so\+0x")

    def test_mended_it_passes(self):
        code, output = outside.run(self.streamtest, "replay", self.file, f"plugin:{self.plugins / 'mended.so'}")
        self.assertEqual(code, 0, output)
        self.assertIn(f"{RULE} no longer fails: run 3 times by controlled threads", output)
        code, output = self.certify("mended")
        self.assertEqual(code, 0, output)

    def test_pasted_into_tests_it_fails_until_the_stream_is_mended(self):
        tests = outside.build_test(self.folder / "prefix", self.folder / "build", COMPILER, self.streamtest, self.file)
        code, output = outside.run(tests / "journal_test")
        self.assertEqual(code, 1, output)
        self.assertIn("BLK-3 failed: a counterexample, replayed (next)", output)
        self.assertIn("run again, it failed 3 of 3 times", output)
        self.assertIn("1 FAILED TEST", output)
        code, output = outside.run(tests / "mended_test")
        self.assertEqual(code, 0, output)
        self.assertIn("[       OK ] Counterexamples.BLK_3_next", output)
        code, output = outside.run(tests / "plain_test")
        self.assertEqual(code, 1, output)
        self.assertIn("BLK-3 could not be replayed: it was found by controlled threads, which can't be had here: this "
                      "program has no control of threads, which is in streamtest::sched", output)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]], verbosity=1)

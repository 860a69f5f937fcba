"""A binary whose control of threads controls nothing says so, and lets nothing pass.

Usage: control_test.py POWERLESS_BINARY [unittest arguments]
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

POWERLESS = sys.argv[1]
SAYS = "this build is not under control: the planted bug wasn't found"


def run(*arguments, program=POWERLESS):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STREAMTEST_")}
    return subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=clean,
                          timeout=120, stdin=subprocess.DEVNULL)


class Powerless(unittest.TestCase):
    def test_what_should_be_explored_could_not_run(self):
        with tempfile.TemporaryDirectory() as folder:
            result = run("certify", "self:", "--rule", "ORD-3", "--rule", "IDN-1", "--budget", "quick", "--report", folder)
            self.assertEqual(result.returncode, 3, result.stdout)
            self.assertIn(SAYS, result.stdout)
            self.assertIn("use streamtest-plain", result.stdout)
            report = json.loads((pathlib.Path(folder) / "report.json").read_text())
            verdicts = {rule["id"]: rule["verdict"] for rule in report["rules"]}
            self.assertEqual((verdicts["ORD-3"], verdicts["IDN-1"], report["verdict"]),
                             ("could_not_run", "pass", "inconclusive"))

    def test_the_self_test_is_not_begun(self):
        result = run("selftest", "--only", "O-01")
        self.assertEqual(result.returncode, 3, result.stdout)
        self.assertIn(SAYS, result.stdout)

    def test_nothing_is_replayed(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "counterexample.json"
            file.write_text(json.dumps({
                "counterexample": 1, "kit": "", "target": "self:", "variant": "", "rule": "ORD-1", "delivery": "next",
                "anomaly": "stuck reader", "sentence": "none", "patience_ms": 2000, "types": ["EventA", "EventB", "EventC"],
                "program": {"before": [{"append": ["EventA"]}],
                            "actors": [[{"open": "c1", "offset": 0, "types": ["EventA"]}]]},
                "way": "controlled threads", "schedule": "-", "strategy": "by hand", "seed": 1, "calls": [],
                "record": {"types": ["EventA", "EventB", "EventC"], "supported": 3, "actors": [], "cursors": [],
                           "sent": [], "calls": []}}))
            result = run("replay", str(file))
            self.assertEqual(result.returncode, 3, result.stdout)
            self.assertIn(SAYS, result.stdout)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=1)

"""Exploration gives the same verdicts compiled by gcc and by clang: each broken stream of explored.py is found or not, for the
same anomaly, with each of some seeds; and the stream without a defect isn't accused.

Usage: compilers.py [--seeds N] [--only PATTERN]...
"""
import argparse
import fnmatch
import json
import subprocess
import sys

import common
from explored_streams import BROKEN, delivery

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--seeds", type=int, default=5)
parser.add_argument("--only", action="append", default=[], help="those that match, such as 'T-*' (repeatable)")
arguments = parser.parse_args()
common.build()
CLANG = common.ROOT / "build" / "clang"
for command in (["cmake", "--preset", "release", "-B", CLANG, "-DCMAKE_CXX_COMPILER=clang++-19"],
                ["cmake", "--build", CLANG, "--target", "explored", "gallery"]):
    result = subprocess.run(command, cwd=common.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        sys.exit(result.stdout)
lines = common.Lines()


def explore(build, name, rule):
    """What each seed came to: (found, anomaly, schedules)."""
    _, output, _ = common.run(build / "bin" / "explored", f"{build / 'lib' / 'streamtest' / 'gallery.so'}?{name}", rule, 1,
                              arguments.seeds, *delivery(name))
    runs = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [(run["found"], run["found"] and run["counterexample"]["anomaly"], run["schedules"]) for run in runs]


same_verdicts = same_schedules = total = 0
for name, rule in {**BROKEN, "CONTROL": "BLK-3", "CONTROL-M": "CON-1", "CONTROL-P": "CON-2", "CONTROL-A": "CON-2"}.items():
    if arguments.only and not any(fnmatch.fnmatch(name, each) for each in arguments.only):
        continue
    gcc, clang = explore(common.BUILD, name, rule), explore(CLANG, name, rule)
    agree = [left[:2] == right[:2] for left, right in zip(gcc, clang)]
    correct = name.startswith("CONTROL")
    complete = len(gcc) == len(clang) == arguments.seeds and all(run[0] != correct for run in gcc)
    lines.say(f"{name} by {rule}: same verdict and anomaly", f"{sum(agree)} of {arguments.seeds}", complete and all(agree))
    same_verdicts += sum(agree)
    same_schedules += sum(left == right for left, right in zip(gcc, clang))
    total += arguments.seeds
lines.say("same verdicts", f"{same_verdicts} of {total}", same_verdicts == total)
lines.say("after as many schedules, too", f"{same_schedules} of {total}", True)
lines.exit()

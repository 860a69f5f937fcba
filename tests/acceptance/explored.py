"""What exploration finds, how soon, and how short it says so: the broken streams whose threads do two things in the wrong
order, each found within 1,000 schedules with each of 20 seeds, the median within 50; counterexamples of at most 8
commands and 3 switches for 90 % of them, which replay.

Usage: explored.py [--seeds N] [--only PATTERN]... [--write]

With --write the table in docs/exploration.md is written anew.
"""
import argparse
import fnmatch
import json
import statistics
import sys

import common
from explored_streams import BROKEN, delivery

sys.path.append(str(common.ROOT / "tests" / "conformance"))
import counterexample

PAGE = common.ROOT / "docs" / "exploration.md"
MARKS = ("<!-- generated: tests/acceptance/explored.py --write -->\n", "<!-- end of generated -->")

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--seeds", type=int, default=20)
parser.add_argument("--only", action="append", default=[], help="those that match, such as 'T-*' (repeatable)")
parser.add_argument("--write", action="store_true")
arguments = parser.parse_args()
common.build()
lines = common.Lines()
defects = {entry["id"]: entry["defect"] for entry in common.gallery()}


table = ["| broken stream | rule | found with | schedules, median | most | commands | switches |", "|---|---|---|---|---|---|---|"]
medians, short, all_found, replayed = [], [], [], []
for name, rule in BROKEN.items():
    if arguments.only and not any(fnmatch.fnmatch(name, each) for each in arguments.only):
        continue
    _, output, seconds = common.run(common.BUILD / "bin" / "explored", f"{common.PLUGINS / 'gallery.so'}?{name}", rule, 1,
                                    arguments.seeds, *delivery(name))
    runs = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    found = [run for run in runs if run["found"]]
    soon = [run for run in found if run["schedules"] <= 1000]
    all_found.append(len(soon) == arguments.seeds)
    lines.say(f"{name} by {rule}, found within 1,000 schedules", f"{len(soon)} of {arguments.seeds}", all_found[-1])
    if not found:
        continue
    median = statistics.median(run["schedules"] for run in found)
    most = max(run["schedules"] for run in found)
    sizes = [(counterexample.commands(run["counterexample"]), counterexample.switches(run["counterexample"])) for run in found]
    medians.append(median)
    short += [size[0] <= 8 and size[1] <= 3 for size in sizes]
    replayed += ["replayed 3 of 3 times" in run["message"] for run in found]
    size = [statistics.median(each) for each in zip(*sizes)]
    lines.say("  schedules: median, most; seconds in all", f"{median:g}, {most}; {seconds:.0f}", True)
    lines.say("  commands and switches, median", f"{size[0]:g}, {size[1]:g}", True)
    table.append(f"| {name}: {defects[name]} | {rule} | {len(soon)} of {arguments.seeds} seeds | {median:g} | {most} "
                 f"| {size[0]:g} | {size[1]:g} |")
lines.say("broken streams found with every seed", f"{sum(all_found)} of {len(all_found)}", all(all_found))
lines.say("median of the medians, at most 50", f"{statistics.median(medians):g}", statistics.median(medians) <= 50)
lines.say("at most 8 commands and 3 switches, at least 90 %", f"{sum(short)} of {len(short)}", sum(short) >= 0.9 * len(short))
lines.say("replayed three times of three", f"{sum(replayed)} of {len(replayed)}", all(replayed))
if arguments.write:
    text = PAGE.read_text()
    begin, end = text.index(MARKS[0]) + len(MARKS[0]), text.index(MARKS[1])
    PAGE.write_text(text[:begin] + "\n".join(table) + "\n" + text[end:])
lines.exit()

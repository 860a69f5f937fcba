"""Nothing correct is accused by exploration: 10^6 schedules of the memory stream over at least 1,000 programs, and 10^5 of
each odd but correct stream whose threads can be controlled.

Usage: false_alarms.py [--part N] [--seed N] [--only PATTERN]... [--streamtest FILE]

--part 100 asks for a hundredth, as CI does. A rule whose exploration never came to what the rule is about ends
inconclusive, and so do all figures here: no line is ok then.
"""
import argparse
import fnmatch
import json
import pathlib
import tempfile

import common

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--part", type=int, default=1)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--only", action="append", default=[], help="those that match, such as 'memory:' or 'ODD-*' (repeatable)")
parser.add_argument("--streamtest", type=pathlib.Path, help="a build's binary; without it the release build is made")
arguments = parser.parse_args()
if arguments.streamtest:
    streamtest = arguments.streamtest.resolve()
    plugins = streamtest.parents[1] / "lib" / "streamtest"
else:
    common.build()
    streamtest, plugins = common.STREAMTEST, common.PLUGINS
# What they read comes by a connection, whose other end is out of reach.
NOT_CONTROLLABLE = {"ODD-sticky", "ODD-recovering", "ODD-resuming", "ODD-bytewise", "ODD-ahead"}

lines = common.Lines()
catalogue = json.loads(common.run(streamtest, "rules", "--json")[1])["rules"]
rules = [rule["id"] for rule in catalogue if "explored_schedules" in rule["cases"]]


def explore(target, wanted):
    """Certifies with one seed after the other until so many schedules ran: (runs, schedules, programs, what is wrong)."""
    runs = schedules = programs = 0
    wrong = []
    selected = [part for rule in rules for part in ("--rule", rule)]
    while schedules < wanted and not wrong:
        with tempfile.TemporaryDirectory() as folder:
            code, output, _ = common.run(streamtest, "certify", target, "--seed", arguments.seed + runs, *selected, "--report", folder,
                                         *(["--budget", "quick"] if wanted <= 2000 else []))
            report = json.loads((pathlib.Path(folder) / "report.json").read_text())
        runs += 1
        schedules += report["run"]["schedules"]
        programs += report["run"]["programs"]
        failed = sorted({rule["id"] for rule in report["rules"] if rule["verdict"] not in ("pass", "not_supported", "not_selected")})
        if failed:
            print(output)
        wrong += [f"seed {arguments.seed + runs - 1}: {' '.join(failed)}"] if failed else []
        if report["run"]["schedules"] == 0:
            break
    return runs, schedules, programs, wrong


odd = [entry for entry in common.gallery(streamtest) if entry["odd"] and entry["base"] not in ("hnd", "con")]
targets = [("memory:", "memory:", 1_000_000, 1000)] + [(entry["id"], f"plugin:{plugins / 'gallery.so'}?{entry['id']}", 100_000, 0)
                                                       for entry in odd]
free = []
for name, target, schedules_wanted, programs_wanted in targets:
    if arguments.only and not any(fnmatch.fnmatch(name, each) for each in arguments.only):
        continue
    wanted = schedules_wanted // arguments.part
    runs, schedules, programs, wrong = explore(target, wanted)
    if not schedules and not wrong:
        free.append(name)
        continue
    lines.say(f"{name}: schedules, programs, runs", f"{schedules}, {programs}, {runs}",
              schedules >= wanted and programs >= programs_wanted // arguments.part)
    lines.say(f"{name}: accused, or not looked at", "; ".join(wrong) or "no", not wrong)
lines.say("not controllable, as expected of them", " ".join(free) or "none", set(free) <= NOT_CONTROLLABLE)
lines.exit()

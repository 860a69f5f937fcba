"""Every mutant is killed with each of 20 seeds, by its rule and with its words; a hard one, which is given 60 s a run,
with 19 of them.

Usage: seeds.py [--seeds N] [--only PATTERN]...
"""
import argparse

import common

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--seeds", type=int, default=20)
parser.add_argument("--only", action="append", default=[], help="mutants that match, such as 'O-*' (repeatable)")
arguments = parser.parse_args()
common.build()
lines = common.Lines()
only = arguments.only or [entry["id"] for entry in common.gallery() if not entry["odd"]]
chosen = [part for pattern in only for part in ("--only", pattern)]
code, result, seconds = common.selftest("--seeds", arguments.seeds, *chosen)
mutants = result["mutants"]
lines.say("mutants", str(len(mutants)), bool(mutants))
for kind, hard in (("easy and medium", False), ("hard", True)):
    these = [mutant for mutant in mutants if mutant["hard"] == hard]
    short = [f"{mutant['id']} ({mutant['kills']})" for mutant in these if not mutant["killed"]]
    lines.say(f"{kind} mutants killed as they must", f"{len(these) - len(short)} of {len(these)} {' '.join(short)}", not short)
    lines.say(f"their kills, of {arguments.seeds} each", str(sum(mutant["kills"] for mutant in these)), True)
lines.say("exit code", str(code), code == 0)
lines.say("seconds", f"{seconds:.0f}", True)
lines.exit()

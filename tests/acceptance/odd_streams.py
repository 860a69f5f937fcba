"""No odd but correct stream is accused in 100 quick runs, or in 1,000 where nothing really waits, each with another
seed.

Usage: odd_streams.py [--runs N] [--many N] [--seed N] [--only PATTERN]...

A thousand runs of each take hours; --many and --seed take them in parts.
"""
import argparse
import fnmatch

import common

# Those with threads, timers, pauses or a network of their own.
WAITING = ("ODD-slow", "ODD-spurious", "ODD-polling", "ODD-prefetching", "ODD-handing", "ODD-committing", "ODD-sticky",
           "ODD-recovering", "ODD-resuming", "ODD-bytewise", "ODD-ahead")
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--runs", type=int, default=100)
parser.add_argument("--many", type=int, default=1000)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--only", action="append", default=[], help="those that match, such as 'CONTROL*' (repeatable)")
arguments = parser.parse_args()
common.build()
lines = common.Lines()
odd = [entry["id"] for entry in common.gallery() if entry["odd"]]
odd = [name for name in odd if not arguments.only or any(fnmatch.fnmatch(name, each) for each in arguments.only)]
lines.say("odd streams", str(len(odd)), bool(odd))
for kind, names, runs in (("that wait", [name for name in odd if name in WAITING], arguments.runs),
                          ("that don't", [name for name in odd if name not in WAITING], arguments.many)):
    if not names or not runs:
        continue
    only = [part for name in names for part in ("--only", name)]
    code, result, seconds = common.selftest("--seed", arguments.seed, "--seeds", runs, *only)
    accused = [f"{each['id']} {each['times']}" for each in result["odd"] if each["accused"]]
    lines.say("exit code", str(code), code == 0)
    lines.say(f"of {len(names)} odd streams {kind}, accused in {runs} runs", f"{len(accused)} {' '.join(accused)}", not accused)
    lines.say("runs, and seconds", f"{sum(each['runs'] for each in result['odd'])}, {seconds:.0f}", True)
lines.exit()

"""No odd but correct stream is accused in 100 quick runs, or in 1,000 where nothing really waits, each with another
seed.

Usage: odd_streams.py [--runs N] [--many N] [--seed N] [--at-once N] [--only PATTERN]...

A thousand runs of each take hours; --many and --seed take them in parts. Those that wait leave the machine idle: several
at once take less time.

    odd_streams.py --many 0 --at-once 6
    odd_streams.py --runs 0 --many 100 --seed 301
"""
import argparse
import concurrent.futures
import fnmatch
import time

import common

# Those with threads, timers, pauses or a network of their own.
WAITING = ("ODD-slow", "ODD-spurious", "ODD-polling", "ODD-prefetching", "ODD-handing", "ODD-committing", "ODD-sticky",
           "ODD-recovering", "ODD-resuming", "ODD-bytewise", "ODD-ahead")
A_SHARE = 10  # runs of each stream in one self-test: how far it is can be told behind each
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--runs", type=int, default=100)
parser.add_argument("--many", type=int, default=1000)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--at-once", type=int, default=1, help="self-tests, of two runs at a time each")
parser.add_argument("--only", action="append", default=[], help="those that match, such as 'CONTROL*' (repeatable)")
arguments = parser.parse_args()
common.build()
lines = common.Lines()
odd = [entry["id"] for entry in common.gallery() if entry["odd"]]
odd = [name for name in odd if not arguments.only or any(fnmatch.fnmatch(name, each) for each in arguments.only)]
lines.say("odd streams", str(len(odd)), bool(odd))


def share(names, first, runs):
    """So many seeds from the first on; gives the exit code, the runs, and who was accused how often."""
    only = [part for name in names for part in ("--only", name)]
    code, result, _ = common.selftest("--seed", first, "--seeds", runs, *only)
    return code, sum(each["runs"] for each in result["odd"]), {each["id"]: each["times"] for each in result["odd"] if each["accused"]}


for kind, names, runs in (("that wait", [name for name in odd if name in WAITING], arguments.runs),
                          ("that don't", [name for name in odd if name not in WAITING], arguments.many)):
    if not names or not runs:
        continue
    start, end, shares = time.monotonic(), arguments.seed + runs, []
    with concurrent.futures.ThreadPoolExecutor(arguments.at_once) as pool:
        for each in pool.map(lambda first: share(names, first, min(A_SHARE, end - first)),
                             range(arguments.seed, end, A_SHARE)):
            shares.append(each)
            print(f"  {sum(number for _, number, _ in shares)} of {runs * len(names)} runs, "
                  f"accused: {' '.join(each[2]) or 'none'}", flush=True)
    accused = [f"{name} {times}" for _, _, each in shares for name, times in each.items()]
    code = next((code for code, _, _ in shares if code != 0), 0)
    done = sum(number for _, number, _ in shares)
    lines.say("exit code", str(code), code == 0)
    lines.say(f"of {len(names)} odd streams {kind}, accused in {runs} runs", f"{len(accused)} {' '.join(accused)}", not accused)
    lines.say("runs, and seconds", f"{done}, {time.monotonic() - start:.0f}", done == runs * len(names))
lines.exit()

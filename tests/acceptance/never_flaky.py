"""200 quick runs under eight busy loops, and half an hour of default runs: not one failure.

Usage: never_flaky.py [--target TARGET] [--quick-runs N] [--at-once N] [--default-runs N | --default-minutes N] [--seed N]

Several quick runs at once make it harder still, and are the way to have two hundred of a slower stream in half an hour:

    never_flaky.py
    never_flaky.py --target sqlite: --at-once 8 --default-minutes 0

A number of default runs is run under the busy loops too:

    never_flaky.py --quick-runs 500 --at-once 4 --default-runs 20

Five hundred take an hour or so, and can be had in parts:

    never_flaky.py --quick-runs 250 --at-once 4 --default-runs 10
    never_flaky.py --quick-runs 250 --at-once 4 --default-runs 10 --seed 251
"""
import argparse
import concurrent.futures
import subprocess
import sys
import time

import common

parser = argparse.ArgumentParser()
parser.add_argument("--target", default="memory:")
parser.add_argument("--quick-runs", type=int, default=200)
parser.add_argument("--at-once", type=int, default=1)
parser.add_argument("--default-minutes", type=float, default=30)
parser.add_argument("--default-runs", type=int)
parser.add_argument("--seed", type=int, default=1, help="of the first run of each kind")
arguments = parser.parse_args()
common.build()
lines = common.Lines()


def certify(number, budget):
    """Of default runs the seeds are others than of quick ones."""
    seed = arguments.seed + number + (1000 if budget == "default" else 0)
    code, output, _ = common.run(common.STREAMTEST, "certify", arguments.target, "--budget", budget, "--seed", seed)
    if code != 0:
        print(output)
    return code == 0


def failures_of(runs, budget, pool):
    """So many runs, several at once; tells now and then how far it is."""
    failures = 0
    for number, passed in enumerate(pool.map(lambda number: certify(number, budget), range(runs)), 1):
        failures += not passed
        if number % max(1, runs // 10) == 0:
            print(f"  {number} of {runs} {budget} runs, {failures} failed", flush=True)
    return failures


loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(8)]
try:
    with concurrent.futures.ThreadPoolExecutor(arguments.at_once) as pool:
        failures = failures_of(arguments.quick_runs, "quick", pool)
        lines.say("failures in quick runs under 8 busy loops", f"{failures} of {arguments.quick_runs}", failures == 0)
        if arguments.default_runs:
            failures = failures_of(arguments.default_runs, "default", pool)
            lines.say("failures in default runs under 8 busy loops", f"{failures} of {arguments.default_runs}", failures == 0)
finally:
    for loop in loops:
        loop.kill()
        loop.wait()
if arguments.default_runs:
    lines.exit()
until, runs, failures = time.monotonic() + 60 * arguments.default_minutes, 0, 0
while time.monotonic() < until:
    failures += not certify(runs, "default")
    runs += 1
lines.say(f"failures in {arguments.default_minutes:g} minutes of default runs", f"{failures} of {runs}", failures == 0)
lines.exit()

"""200 quick runs under eight busy loops, and half an hour of default runs: not one failure.

Usage: never_flaky.py [--target TARGET] [--quick-runs N] [--at-once N] [--default-runs N | --default-minutes N]

Several quick runs at once make it harder still, and are the way to have two hundred of a slower stream in half an hour:

    never_flaky.py
    never_flaky.py --target sqlite: --at-once 8 --default-minutes 0

A number of default runs is run under the busy loops too:

    never_flaky.py --quick-runs 500 --at-once 4 --default-runs 20
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
arguments = parser.parse_args()
common.build()
lines = common.Lines()


def certify(seed, budget):
    code, output, _ = common.run(common.STREAMTEST, "certify", arguments.target, "--budget", budget, "--seed", seed)
    if code != 0:
        print(output)
    return code == 0


loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(8)]
try:
    with concurrent.futures.ThreadPoolExecutor(arguments.at_once) as pool:
        passed = pool.map(lambda seed: certify(seed, "quick"), range(1, arguments.quick_runs + 1))
        failures = sum(not each for each in passed)
        lines.say("failures in quick runs under 8 busy loops", f"{failures} of {arguments.quick_runs}", failures == 0)
        if arguments.default_runs:
            passed = pool.map(lambda seed: certify(1000 + seed, "default"), range(1, arguments.default_runs + 1))
            failures = sum(not each for each in passed)
            lines.say("failures in default runs under 8 busy loops", f"{failures} of {arguments.default_runs}", failures == 0)
finally:
    for loop in loops:
        loop.kill()
        loop.wait()
if arguments.default_runs:
    lines.exit()
until, runs, failures = time.monotonic() + 60 * arguments.default_minutes, 0, 0
while time.monotonic() < until:
    runs += 1
    failures += not certify(1000 + runs, "default")
lines.say(f"failures in {arguments.default_minutes:g} minutes of default runs", f"{failures} of {runs}", failures == 0)
lines.exit()

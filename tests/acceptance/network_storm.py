"""1,000 seeded runs of the network stream through a network that fails: nothing is lost, doubled or out of order.

Usage: network_storm.py [--runs N] [--seed N]
"""
import argparse

import common

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--runs", type=int, default=1000)
parser.add_argument("--seed", type=int, default=1)
arguments = parser.parse_args()
common.build()
lines = common.Lines()
code, output, seconds = common.run(common.BUILD / "bin" / "network_storm", arguments.seed, arguments.runs)
lines.say("wrong", output.strip().splitlines()[-1], code == 0)
lines.say("seconds", f"{seconds:.0f}", True)
if code != 0:
    print(output)
lines.exit()

"""100,000 cases of clients of the network stream that misbehave: each is answered as documented, and nothing is left.

Usage: network_fuzz.py [--cases N] [--seed N]
"""
import argparse
import re

import common

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--cases", type=int, default=100_000)
parser.add_argument("--seed", type=int, default=1)
arguments = parser.parse_args()
common.build()
lines = common.Lines()
# Several arenas would keep more of what was freed, and it would look like a leak.
code, output, seconds = common.run(common.BUILD / "bin" / "network_fuzz", arguments.seed, arguments.cases,
                                   environment={"MALLOC_ARENA_MAX": "1"})
print(output, end="")
progress = re.findall(r"(\d+) cases, \d+ s, (\d+) MiB, (\d+) threads", output) or [("0", "0", "0")]
lines.say("cases", progress[-1][0], code == 0)
lines.say("seconds", f"{seconds:.0f}", True)
(_, first_mib, first_threads), (_, last_mib, last_threads) = progress[0], progress[-1]
lines.say("MiB after the first cases, after the last", f"{first_mib}, {last_mib}", int(last_mib) < int(first_mib) + 32)
lines.say("threads after the first cases, after the last", f"{first_threads}, {last_threads}", True)
lines.exit()

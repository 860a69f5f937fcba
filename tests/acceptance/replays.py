"""A thousand failures that exploration finds replay exactly, twenty times each: the same breach and the same hash of all that
happened, in its order.

Usage: replays.py [--failures N]
"""
import argparse
import os
import re
import subprocess

import common

TEST = "*BrokenStreams.ReplayTwentyTimesWithTheSameHash*"
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--failures", type=int, default=1000)
arguments = parser.parse_args()
common.build("dev")
binary = common.ROOT / "build" / "dev" / "bin" / "unit_exploration"
lines = common.Lines()
streams = len(re.findall(r"^  Replay", common.run(binary, "--gtest_list_tests", f"--gtest_filter={TEST}")[1], re.MULTILINE))
each = -(-arguments.failures // streams)
result = subprocess.run([binary, f"--gtest_filter={TEST}"], env=os.environ | {"STREAMTEST_FAILURES": str(each)},
                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
if result.returncode:
    print(result.stdout)
lines.say("broken streams, failures of each", f"{streams}, {each}", streams > 0)
lines.say(f"all {streams * each} failures replayed 20 of 20 times", str(result.returncode == 0), result.returncode == 0)
lines.exit()

"""Clients of the network stream that read nothing cost what the length of the stream doesn't change; one that vanishes is
given up.

Usage: network_slow.py [--clients N]
"""
import argparse
import re

import common

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--clients", type=int, default=500)
arguments = parser.parse_args()
common.build()
lines = common.Lines()
for events in (40, 400, 4000):
    code, output, seconds = common.run(common.BUILD / "bin" / "network_slow", arguments.clients, events)
    figures = re.search(r"nothing of (\d+) MiB: (\d+) KiB each, bound (\d+) KiB", output)
    vanished = re.search(r"given up after ([\d.]+) s", output)
    lines.say(f"KiB for a client that reads nothing of {figures[1] if figures else '?'} MiB",
              f"{figures[2]} of {figures[3]}" if figures else "none", code == 0)
    lines.say("seconds until one that vanished is given up, of 1.0", vanished[1] if vanished else "never", code == 0)
    if code != 0:
        print(output)
lines.exit()

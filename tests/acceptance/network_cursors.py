"""10,000 remote cursors that wait at one server: no thread each, and what each costs beside a bare callback stream of gRPC.

Usage: network_cursors.py [--cursors N]
"""
import argparse
import re

import common

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--cursors", type=int, default=10_000)
arguments = parser.parse_args()
common.build()
lines = common.Lines()


def measure(kind, connections):
    """Bytes for one cursor, in a process of its own."""
    code, output, _ = common.run(common.BUILD / "bin" / "network_cursors", kind, arguments.cursors, connections)
    figures = re.search(r"(\d+) bytes each, (\d+) threads before, (\d+) with them, all reached in (\d+) ms", output)
    if not figures:
        print(output)
    bytes_each, before, after, milliseconds = figures.groups() if figures else ("0", "0", "0", "0")
    what = f"{kind}, {arguments.cursors} cursors, {connections} connection{'s' if connections > 1 else ''}"
    lines.say(f"{what}: bytes each", bytes_each, code == 0)
    lines.say(f"{what}: threads before, with them", f"{before}, {after}", code == 0)
    lines.say(f"{what}: ms until one append reached all", milliseconds, code == 0)
    return int(bytes_each)


for connections in (1, 10):
    ours, bare = measure("ours", connections), measure("bare", connections)
    ratio = ours / max(bare, 1)
    lines.say(f"{connections}: a cursor's memory beside a bare stream's, 1.2 at most", f"{ratio:.2f}", ratio <= 1.2)
lines.exit()

"""The offline checker on a record of a million events: right, and with every third call wrong."""
import re

import common

common.build()
lines = common.Lines()
code, output, _ = common.run(common.BUILD / "bin" / "checker_bench")
print(output, end="")
for what in ("clean", "corrupted"):
    found = re.search(rf"^{what} ([0-9.]+) s", output, re.MULTILINE)
    seconds = float(found.group(1)) if code == 0 and found else float("inf")
    lines.say(f"10^6 events, {what}, at most 2 s", f"{seconds:.2f} s", seconds <= 2)
lines.exit()

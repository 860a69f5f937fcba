"""How fast orders are tried on the memory stream: simulated steps a second, schedules of controlled threads a second."""
import re

import common

common.build()
lines = common.Lines()
code, output, _ = common.run(common.BUILD / "bin" / "exploration_bench")
print(output, end="")
for what, unit, least in (("simulated", "steps", 1_000_000), ("controlled", "schedules", 5_000)):
    found = re.search(rf"^{what} (\d+) {unit}/s", output, re.MULTILINE)
    rate = int(found.group(1)) if code == 0 and found else 0
    lines.say(f"{what} {unit} a second, at least {least:,}", f"{rate:,}", rate >= least)
lines.exit()

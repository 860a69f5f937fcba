"""Somebody else's project builds against the installed package; the harness's file compiles in at most 5 s."""
import re

import common

common.build()
lines = common.Lines()
code, output, _ = common.run("python3", common.ROOT / "tests/install/install_test.py", common.BUILD,
                             common.ROOT / "tests/install/outside", "g++")
lines.say("outside project builds and certifies a foreign stream", f"exit code {code}", code == 0)
found = re.search(r"compiles in ([\d.]+) s", output)
lines.say("seconds to compile the harness's file, at most 5", found.group(1) if found else "none",
          bool(found) and float(found.group(1)) <= 5)
if code != 0:
    print(output)
lines.exit()

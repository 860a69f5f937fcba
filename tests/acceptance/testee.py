"""Streams in another process and language: a published stream is certified, and each planted fault costs its rule only."""
import sys

import common
import published

common.build()
lines = common.Lines()
python = published.eventsourcing_test.python_with_testee(common.BUILD / "testee-venv")
published.certify(lines, common.STREAMTEST, "eventsourcing-popo", f"exec:exec {python} -m streamtest_testee --stream eventsourcing-popo")

for name in ("Correct", "Faults", "Orphans", "Hellos"):
    code, output, seconds = common.run(sys.executable, common.ROOT / "tests/conformance/testee_test.py", common.STREAMTEST, name)
    ran = next((line for line in output.splitlines() if line.startswith("Ran ")), "did not run")
    lines.say(f"planted testees: {name.lower()}", ran, code == 0)
    if code != 0:
        print(output)
lines.exit()

"""Streams in another process and language: a published stream is certified, and each planted fault costs its rule only."""
import collections
import pathlib
import sys
import tempfile

import common

sys.path.insert(0, str(common.ROOT / "tests" / "conformance"))
import eventsourcing_test  # noqa: E402

common.build()
lines = common.Lines()
python = eventsourcing_test.python_with_testee(common.BUILD / "testee-venv")
target = f"exec:exec {python} -m streamtest_testee --stream eventsourcing-popo"

code, output, seconds = common.run(common.STREAMTEST, "smoke", target)
lines.say("smoke: the five calls, without what the stream lacks", f"exit code {code}, {seconds:.1f} s", code == 0)

with tempfile.TemporaryDirectory() as folder:
    code, output, seconds = common.run(common.STREAMTEST, "certify", target, "--report", folder)
    report = common.load(pathlib.Path(folder) / "report.json")
    verified, _, _ = common.run(common.STREAMTEST, "verify", pathlib.Path(folder) / "report.json")
verdicts = collections.Counter(rule["verdict"] for rule in report["rules"])
failed = [rule["id"] for rule in report["rules"] if rule["verdict"] == "fail"]
odd = eventsourcing_test.unexplained(report)
judged = verdicts["pass"] + verdicts["fail"]
lines.say("eventsourcing-popo: certified, not conformant", f"exit code {code}, {seconds:.0f} s", code == 1)
lines.say("  its report is complete", f"{len(report['rules'])} rules, verify {verified}", verified == 0)
lines.say("  rules that end in pass or fail", f"{judged} (35)", judged >= 35)
lines.say("  could_not_run", f"{verdicts['could_not_run']} (0)", verdicts["could_not_run"] == 0)
lines.say("  inconclusive", f"{verdicts['inconclusive']} (0)", verdicts["inconclusive"] == 0)
lines.say("  what fails is what docs/certified.md confirms", " ".join(failed), not odd)

for name in ("Correct", "Faults", "Orphans", "Hellos"):
    code, output, seconds = common.run(sys.executable, common.ROOT / "tests/conformance/testee_test.py", common.STREAMTEST, name)
    ran = next((line for line in output.splitlines() if line.startswith("Ran ")), "did not run")
    lines.say(f"planted testees: {name.lower()}", ran, code == 0)
    if code != 0:
        print(output)
lines.exit()

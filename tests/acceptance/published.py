"""What the commands about published streams share: one is certified, and docs/certified.md is held to what comes out."""
import collections
import pathlib
import sys
import tempfile

import common

sys.path.insert(0, str(common.ROOT / "tests" / "conformance"))
import eventsourcing_test  # noqa: E402


def certify(lines, streamtest, stream, target, environment=None):
    """Says of a stream over the package `eventsourcing` whether it is as that page tells."""
    code, output, seconds = common.run(streamtest, "smoke", target, environment=environment)
    lines.say("smoke: the five calls, without what the stream lacks", f"exit code {code}, {seconds:.1f} s", code == 0)
    with tempfile.TemporaryDirectory() as folder:
        code, output, seconds = common.run(streamtest, "certify", target, "--report", folder, environment=environment)
        path = pathlib.Path(folder) / "report.json"
        if not path.exists():
            sys.exit(output)
        report = common.load(path)
        verified, _, _ = common.run(streamtest, "verify", path)
    verdicts = collections.Counter(rule["verdict"] for rule in report["rules"])
    failed = [rule["id"] for rule in report["rules"] if rule["verdict"] == "fail"]
    odd = eventsourcing_test.unexplained(report)
    judged = verdicts["pass"] + verdicts["fail"]
    lines.say(f"{stream}: certified, not conformant", f"exit code {code}, {seconds:.0f} s", code == 1)
    lines.say("  its report is complete", f"{len(report['rules'])} rules, verify {verified}", verified == 0)
    lines.say("  rules that end in pass or fail", f"{judged} (40)", judged >= 40)
    lines.say("  could_not_run", f"{verdicts['could_not_run']} (0)", verdicts["could_not_run"] == 0)
    lines.say("  inconclusive", f"{verdicts['inconclusive']} (0)", verdicts["inconclusive"] == 0)
    lines.say("  what fails is what docs/certified.md confirms", " ".join(failed), not odd)
    if odd:
        print(output)

"""Axon Framework's embedded event store, in memory and over JDBC, read in both ways; and the Java library by itself."""
import collections
import pathlib
import subprocess
import sys
import tempfile

import common

sys.path.insert(0, str(common.ROOT / "tests" / "conformance"))
import axon_test  # noqa: E402

common.build()
lines = common.Lines()
FOLDER = common.BUILD / "testee-java"


def certify(target, *options):
    """Gives (exit code, report, seconds)."""
    with tempfile.TemporaryDirectory() as folder:
        code, output, seconds = common.run(common.STREAMTEST, "certify", target, "--report", folder, *options)
        path = pathlib.Path(folder) / "report.json"
        if not path.exists():
            sys.exit(output)
        verified, _, _ = common.run(common.STREAMTEST, "verify", path)
        return code if verified == 0 else verified, common.load(path), seconds


code, report, seconds = certify(axon_test.target(FOLDER, "memory"))
lines.say("a stream in memory, in Java: conformant", f"exit code {code}, {seconds:.0f} s", code == 0)

testee = subprocess.Popen([*axon_test.JAVA.split(), axon_test.jar(FOLDER), "--stream", "memory", "--listen", "0"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
code, report, seconds = certify(f"tcp:127.0.0.1:{testee.stdout.readline().strip()}")
lines.say("  by TCP, through a network that fails", f"exit code {code}, {seconds:.0f} s", code == 0)
testee.stdin.close()
lines.say("  ends with its input", f"exit code {testee.wait(timeout=20)}", testee.returncode == 0)

for stream in axon_test.STREAMS:
    for way in ("", "-polled"):
        code, report, seconds = certify(axon_test.target(FOLDER, stream + way))
        verdicts = collections.Counter(rule["verdict"] for rule in report["rules"])
        failed = [rule["id"] for rule in report["rules"] if rule["verdict"] == "fail"]
        odd = axon_test.unexplained(report, stream)
        lines.say(f"{stream}{way}: certified, not conformant", f"exit code {code}, {seconds:.0f} s", code == 1)
        unclear = verdicts["could_not_run"] + verdicts["inconclusive"]
        lines.say("  could_not_run or inconclusive", f"{unclear} (0)", unclear == 0)
        lines.say("  what fails is what docs/certified.md confirms", " ".join(failed), not odd)
        for rule in report["rules"]:
            if rule["id"] in odd:
                print(f"    {rule['id']} {rule['verdict']}: {rule['message']}", flush=True)
lines.exit()

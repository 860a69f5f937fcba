"""Certifies a published stream: the application recorder of the package `eventsourcing`, by its testee.

Usage: eventsourcing_test.py STREAMTEST FOLDER [--stream STREAM] [--budget BUDGET]

Makes a virtual environment in the folder and installs the testee with the package; what was found is written up in
docs/certified.md, and this test holds that page to it. The stream on PostgreSQL has a server of its own meanwhile.
"""
import argparse
import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import certified
from postgres_server import postgres_server

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXTRAS = {  # of the package, by stream
    "eventsourcing-popo": "eventsourcing",
    "eventsourcing-postgres": "eventsourcing-postgres",
    "eventsourcing-postgres-functions": "eventsourcing-postgres",
}


def install(python, package):
    """A package registry that stalls was seen to hold a test up for five minutes: it is asked again then."""
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
    for _ in range(3):
        try:
            subprocess.run(command, check=True, timeout=60)
            return
        except subprocess.TimeoutExpired:
            print("the package registry gave no answer for a minute", flush=True)
    sys.exit("the testee's packages can't be installed: is a package registry reachable?")


def python_with_testee(folder, stream="eventsourcing-popo"):
    """The interpreter of a virtual environment that has the testee as it is now, and what that stream needs."""
    python, stamp = folder / "bin" / "python", folder / "testee.sha256"
    source = ROOT / "adapters" / "testee" / "python"
    files = [source / "pyproject.toml", *sorted((source / "streamtest_testee").glob("*.py"))]
    now = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    if stamp.exists() and stamp.read_text() == now:
        return python
    subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
    with tempfile.TemporaryDirectory() as copy:  # because pip builds where the source stands
        clean = pathlib.Path(copy) / "python"
        shutil.copytree(source, clean, ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
        install(python, f"{clean}[{EXTRAS[stream]}]")
    stamp.write_text(now)
    return python


@contextlib.contextmanager
def surroundings(stream):
    """The variables that the stream's testee needs; what they tell of is there meanwhile."""
    if "postgres" in EXTRAS[stream]:
        with postgres_server() as server:
            yield server.environment
    else:
        yield {}


# Confirmed, and not met in every run: races, of which the lost wake-up (CON-5) is often met by other rules; and an event
# that is too large, which takes a budget above quick.
SOMETIMES = {"CON-2", "CON-5", "ORD-2", "ORD-6", "PAY-2"}
LOST = certified.STUCK  # what any rule may say that meets the lost wake-up
SKIPPED = ("never the earlier event", "is torn")  # or, with functions, two inserts at once


def unexplained(report):
    """What docs/certified.md doesn't explain."""
    name = report["subject"]["name"]
    return certified.unexplained(report, name, SOMETIMES, LOST + SKIPPED if "with functions" in name else LOST)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("streamtest")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--stream", choices=sorted(EXTRAS), default="eventsourcing-popo")
    parser.add_argument("--budget", default="quick")
    arguments = parser.parse_args()
    python = python_with_testee(arguments.folder, arguments.stream)
    with tempfile.TemporaryDirectory() as folder, surroundings(arguments.stream) as environment:
        result = subprocess.run(
            [arguments.streamtest, "certify", f"exec:exec {python} -m streamtest_testee --stream {arguments.stream}",
             "--budget", arguments.budget, "--patience", "2s", "--jobs", "2", "--report", folder], env=os.environ | environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
        report = json.loads((pathlib.Path(folder) / "report.json").read_text())
    judged = [rule["id"] for rule in report["rules"] if rule["verdict"] in ("pass", "fail")]
    failed = [rule["id"] for rule in report["rules"] if rule["verdict"] == "fail"]
    odd = unexplained(report)
    print(f"exit code {result.returncode}, {len(judged)} rules judged, failed: {failed}, unexplained: {sorted(odd)}")
    if result.returncode != 1 or odd or len(judged) < 40:
        sys.exit(result.stdout)


if __name__ == "__main__":
    main()

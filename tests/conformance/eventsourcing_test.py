"""Certifies a published stream: the application recorder of the package `eventsourcing`, by its testee.

Usage: eventsourcing_test.py STREAMTEST FOLDER [--budget BUDGET]

Makes a virtual environment in the folder and installs the testee with the package; what was found is written up in
docs/certified.md, and this test holds that page to it.
"""
import argparse
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import certified

ROOT = pathlib.Path(__file__).resolve().parents[2]


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


def python_with_testee(folder):
    """The interpreter of a virtual environment that has the testee as it is now."""
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
        install(python, f"{clean}[eventsourcing]")
    stamp.write_text(now)
    return python


def unexplained(report):
    """What docs/certified.md doesn't explain. The race is a lost wake-up."""
    return certified.unexplained(report, "eventsourcing 9.5.6, POPOApplicationRecorder", races=["CON-5"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("streamtest")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--budget", default="quick")
    arguments = parser.parse_args()
    python = python_with_testee(arguments.folder)
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            [arguments.streamtest, "certify", f"exec:exec {python} -m streamtest_testee --stream eventsourcing-popo",
             "--budget", arguments.budget, "--patience", "2s", "--jobs", "2", "--report", folder],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
        report = json.loads((pathlib.Path(folder) / "report.json").read_text())
    judged = [rule["id"] for rule in report["rules"] if rule["verdict"] in ("pass", "fail")]
    odd = unexplained(report)
    print(f"exit code {result.returncode}, {len(judged)} rules judged, unexplained: {sorted(odd)}")
    if result.returncode != 1 or odd or len(judged) < 35:
        sys.exit(result.stdout)


if __name__ == "__main__":
    main()

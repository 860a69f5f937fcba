"""Certifies a published stream: the application recorder of the package `eventsourcing`, by its testee.

Usage: eventsourcing_test.py STREAMTEST FOLDER [--budget BUDGET]

Makes a virtual environment in the folder and installs the testee with the package; what was found is written up in
docs/certified.md, and this test holds that page to it.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def python_with_testee(folder):
    """The interpreter of a virtual environment that has the testee as it is now."""
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    with tempfile.TemporaryDirectory() as copy:  # pip builds where the source stands
        source = pathlib.Path(copy) / "python"
        subprocess.run(["cp", "-r", ROOT / "adapters" / "testee" / "python", source], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--force-reinstall",
                        "--no-deps", source], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                        f"{source}[eventsourcing]"], check=True)
    return python


def written_up():
    """The rules that docs/certified.md says fail, always and now and then."""
    page = (ROOT / "docs" / "certified.md").read_text()
    always = set(re.findall(r"^### ([A-Z]{3}-\d)\b(?!.*now and then)", page, re.M))
    return always, always | set(re.findall(r"^### ([A-Z]{3}-\d)\b", page, re.M))


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
             "--budget", arguments.budget, "--jobs", "2", "--report", folder],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
        report = json.loads((pathlib.Path(folder) / "report.json").read_text())
    verdicts = {rule["id"]: rule["verdict"] for rule in report["rules"]}
    failed = {rule for rule, verdict in verdicts.items() if verdict == "fail"}
    always, perhaps = written_up()
    judged = [rule for rule, verdict in verdicts.items() if verdict in ("pass", "fail")]
    print(f"{len(judged)} rules judged, failed: {' '.join(sorted(failed))}")
    if result.returncode != 1 or not always <= failed <= perhaps or len(judged) < 35 or "could_not_run" in verdicts.values():
        print(result.stdout)
        sys.exit(f"expected failures {sorted(always)}, perhaps {sorted(perhaps - always)}; exit code {result.returncode}")


if __name__ == "__main__":
    main()

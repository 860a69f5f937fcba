"""What people and programs read is what was approved: console, report.json and junit.xml of one failure, one known
failure and one unexpected pass.

Usage: approved_test.py STREAMTEST [--approve]

With --approve the approved texts are written anew; read the difference before it is committed.
"""
import difflib
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

STREAMTEST, APPROVE = sys.argv[1], "--approve" in sys.argv[2:]
BASELINES = pathlib.Path(__file__).parent / "baselines"
# A second close that reports success: fails CLS-1, and passes CLS-2 and CLS-3.
BROKEN = ["certify", "gallery:O-26", "--rule", "CLS-1", "--rule", "CLS-2", "--rule", "CLS-3", "--budget", "quick"]
KNOWN = [{"rule": "CLS-1", "phrase": "expected cursor_closed", "issue": "https://example.org/17"},
         {"rule": "CLS-2", "phrase": "seen event", "issue": "https://example.org/18", "until": "2999-12-31"}]
# What changes from run to run: times, names of streams, the commit, the machine.
VOLATILE = [(r" +\d+ us ", " … us "), (r"st-[0-9a-f]+-[0-9a-f]+-", "st-…-"), (r'"commit": "[^"]*"', '"commit": "…"'),
            (r'"(seconds|cores|cases|programs|schedules)": [0-9.e-]+', r'"\1": …'), (r'time="[0-9.]+"', 'time="…"'),
            (r'"p": [0-9.e-]+', '"p": …'), (r"\d+ programs?, \d+ orders", "… programs, … orders"), (r"p >= [0-9.e-]+", "p >= …"),
            (r'"catalogue_hash": "[^"]*"', '"catalogue_hash": "…"')]


def stable(text):
    for pattern, instead in VOLATILE:
        text = re.sub(pattern, instead, text)
    return text


def certify(folder, *more):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STREAMTEST_")}
    result = subprocess.run([STREAMTEST, *BROKEN, "--report", folder, *more], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, env=clean, stdin=subprocess.DEVNULL, timeout=120)
    return f"exit code {result.returncode}\n{result.stdout}"


def asked(report):
    """Of a report, the rules that were asked for: the others come and go with the catalogue."""
    # Other situations come up by chance.
    exploration = report["run"]["exploration"]
    exploration["labels"] = [label for label in exploration["labels"] if label["met"] or label["missed"]]
    report["rules"] = [rule for rule in report["rules"] if rule["verdict"] != "not_selected"]
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def failures(junit):
    """Of a junit.xml, what isn't skipped."""
    return re.sub(r'\n *<testcase [^>]*>\s*<skipped [^>]*/>\s*</testcase>', "", junit)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        seen = {"failure.txt": certify(name)}
        seen["failure.json"] = asked(json.loads((folder / "report.json").read_text()))
        seen["failure.xml"] = failures((folder / "junit.xml").read_text())
        known = folder / "known.jsonl"
        known.write_text("".join(json.dumps(line) + "\n" for line in KNOWN))
        seen["known.txt"] = certify(name, "--known-failures", str(known))
        seen["known.json"] = asked(json.loads((folder / "report.json").read_text()))
    wrong = 0
    for file, text in seen.items():
        approved = BASELINES / file
        if APPROVE:
            approved.write_text(stable(text))
        elif approved.read_text() != stable(text):
            wrong += 1
            difference = difflib.unified_diff(approved.read_text().splitlines(), stable(text).splitlines(), "approved",
                                              "seen", lineterm="")
            print(f"{file} isn't what was approved:", *difference, sep="\n")
    print(f"{len(seen)} texts, {wrong} not approved")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

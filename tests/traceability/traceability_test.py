"""Rules, cases, mutants and pages know each other: nothing is checked without a rule, no rule is forgotten, and each
MUST that has a case has a broken stream that it must catch.

Usage: traceability_test.py STREAMTEST SOURCE_ROOT GALLERY [--write]

With --write the generated pages and parts of pages are written anew.
"""
import json
import pathlib
import re
import subprocess
import sys


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def pages(streamtest, root, chapters, write):
    """The contract's page, and the table in each chapter's, are what the program prints."""
    faults, expected = [], {root / "docs" / "contract.md": output(streamtest, "rules", "--markdown")}
    for page in sorted((root / "docs" / "chapters").glob("*.md")):
        part = re.search(r"(<!-- generated: streamtest rules '(\w+)-\*' --table -->\n).*(<!-- end of generated -->)",
                         page.read_text(), re.DOTALL)
        if part:
            chapters.discard(part[2])
            table = output(streamtest, "rules", f"{part[2]}-*", "--table")
            expected[page] = page.read_text().replace(part[0], part[1] + table + part[3])
    faults += [f"chapter {prefix} has no page in docs/chapters" for prefix in sorted(chapters)]
    for page, text in expected.items():
        if write:
            page.write_text(text)
        elif page.read_text() != text:
            faults.append(f"{page.relative_to(root)} is not what the program prints; write it anew with --write")
    return faults


def main():
    streamtest, root, gallery = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    rules = {rule["id"]: rule for rule in json.loads(output(streamtest, "rules", "--json"))["rules"]}
    entries = json.loads(output(streamtest, "selftest", "--list", "--json", "--gallery", gallery))
    caught = {}
    for entry in entries:
        if not entry["odd"]:
            caught.setdefault(entry["rule"], []).append(entry["id"])
    faults = []
    for rule in rules.values():
        if bool(rule["cases"]) == bool(rule["untested"]):
            faults.append(f"{rule['id']} has {len(rule['cases'])} cases and the reason '{rule['untested']}' for having none")
        if len(set(rule["cases"])) != len(rule["cases"]):
            faults.append(f"{rule['id']} has two cases of one name")
        if rule["level"] == "must" and rule["cases"] and rule["id"] not in caught:
            faults.append(f"{rule['id']} is a MUST with a case, and no mutant proves that the case bites")
        if not (rule["sentence"] and rule["intent"] and rule["causes"] and rule["source"]):
            faults.append(f"{rule['id']} lacks a sentence, intent, causes or source")
    faults += [f"mutant {ids} is for {rule}, which is no rule" for rule, ids in caught.items() if rule not in rules]
    faults += [f"entry {entry['id']} has no phrase" for entry in entries if not entry["odd"] and not entry["phrase"]]
    faults += pages(streamtest, root, {id.split("-")[0] for id in rules}, "--write" in sys.argv[4:])
    if sum(entry["odd"] for entry in entries) < 4:
        faults.append("fewer than four odd but correct streams")
    for fault in faults:
        print(fault)
    print(f"{len(rules)} rules, {sum(len(rule['cases']) for rule in rules.values())} cases, {len(entries)} gallery entries, "
          f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

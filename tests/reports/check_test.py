"""`streamtest check`: what is printed of a record, and the exit codes.

Usage: check_test.py STREAMTEST
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

STREAMTEST = sys.argv[1]
RECORD = {
    "types": ["A"], "supported": 1, "actors": ["w", "r"], "cursors": ["c1"], "sent": [{"type": 0}, {"type": 0}],
    "calls": [
        {"kind": "append", "came_to": "ok", "actor": 0, "invoked": 1, "returned": 2, "count": 2, "offsets": [0, 1]},
        {"kind": "open", "came_to": "ok", "actor": 1, "cursor": 0, "invoked": 3, "returned": 4, "types": [0]},
        {"kind": "next", "came_to": "ok", "actor": 1, "cursor": 0, "invoked": 5, "returned": 6,
         "seen": {"event": 0, "offset": 0, "type": 0}}]}
SKIPPED = dict(RECORD, calls=RECORD["calls"][:2] + [dict(RECORD["calls"][2], seen={"event": 1, "offset": 1, "type": 0})])
STALE = dict(RECORD, calls=RECORD["calls"][:2] + [
    {"kind": "try_next", "came_to": "nothing", "actor": 1, "cursor": 0, "invoked": 5, "returned": 6}])
DAMAGED = dict(RECORD, calls=[dict(RECORD["calls"][0], actor=5)])


def check(folder, record, *more):
    file = pathlib.Path(folder) / "history.json"
    file.write_text(record if isinstance(record, str) else json.dumps(record))
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STREAMTEST_")}
    result = subprocess.run([STREAMTEST, "check", str(file), *more], capture_output=True, text=True, env=clean,
                            stdin=subprocess.DEVNULL, timeout=60)
    return result.returncode, result.stdout, result.stderr


def expect(condition, seen):
    if not condition:
        sys.exit(f"unexpected: {seen}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        seen = check(folder, RECORD)
        expect(seen[0] == 0 and "3 calls, 2 events, no anomaly" in seen[1], seen)

        seen = check(folder, SKIPPED)
        expect(seen[0] == 1 and seen[1].splitlines()[:4] == [
            "skipped event (ORD-2): c1 gave event 1 (offset 1) opened at offset 0, without event 0 (offset 0) in "
            "between, which it passed over",
            "   0  w: append of 2 from event 0 on -> ok, offsets 0, 1  [1 to 2]",
            "   1  r: c1 open at 0 -> ok  [3 to 4]",
            "   2  r: c1 next -> ok, event 1 (offset 1)  [5 to 6]"], seen)

        seen = check(folder, SKIPPED, "--json")
        anomalies = json.loads(seen[1])["anomalies"]
        expect(seen[0] == 1 and [(each["kind"], each["rule"], each["calls"]) for each in anomalies]
               == [("skipped event", "ORD-2", [0, 1, 2])], seen)

        expect(check(folder, STALE)[0] == 1, "stale end")
        seen = check(folder, STALE, "--staleness", "10ms")
        expect(seen[0] == 0, seen)

        for record, reason in ((DAMAGED, "calls[0].actor is 5, and there are only 2 actors"),
                               ('{"types":\n!', "line 2, column 1")):
            seen = check(folder, record)
            expect(seen[0] == 2 and reason in seen[2] and "history.json" in seen[2], seen)
        for more in (["--truncation", "odd"], ["--staleness", "soon"], ["--held-events", "3"]):
            expect(check(folder, RECORD, *more)[0] == 2, more)
        expect(check(folder, RECORD, "--truncation", "held", "--held-events", "3")[0] == 0, "held")
        seen = check(folder, RECORD, "--help")
        expect(seen[0] == 0 and "Examples:" in seen[1], seen)


main()

"""Several processes on one SQLite database: nothing is lost, torn or given another offset, and they wake each other.

Usage: sqlite_processes.py SQLITE_PROCESS [EVENTS]     prints its figures as JSON; exits with 1 if something is wrong
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time


def start(*command):
    return subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)


def appending(program, file, events):
    """Four appenders and a live reader: what was told and what was read, line by line."""
    reader = start(program, "follow", file, 4 * events)
    appenders = [start(program, "append", file, f"p{i}", events) for i in range(4)]
    told = [line.split() for appender in appenders for line in appender.communicate()[0].splitlines()]
    read = [line.split() for line in reader.communicate()[0].splitlines()]
    failed = sum(process.returncode != 0 for process in [reader, *appenders])
    tokens = {int(offset): token for offset, token in read}
    gaps = sum(int(offset) != place for place, (offset, _) in enumerate(read)) + (4 * events - len(tokens))
    torn = wrong = 0
    for first, batch, size in told:
        found = [tokens.get(int(first) + i) for i in range(int(size))]
        wrong += found[0] != f"{batch}/0"
        torn += found != [f"{batch}/{i}" for i in range(int(size))]
    return {"failed": failed, "gaps": gaps, "torn_batches": torn, "wrong_offsets": wrong}


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def waking(program, file, rounds):
    """From the append's return in one process to next's in another, and what waiting costs."""
    reader = start(program, "pong", file, rounds + 1)
    reader.stdout.readline()
    spent, since = processor_seconds(reader), time.monotonic()
    time.sleep(3)  # the window in which its processor time is counted; ends no wait
    waiting = (processor_seconds(reader) - spent) / (time.monotonic() - since)
    pings = [line.split() for line in start(program, "ping", file, rounds).communicate()[0].splitlines()]
    seen = [int(reader.stdout.readline()) for _ in pings]
    after = [(when - int(returned)) / 1000 for (_, returned), when in zip(pings, seen)]
    append = [(int(returned) - int(begun)) / 1000 for begun, returned in pings]
    dying = start(program, "die", file)
    died_at = int(dying.stdout.readline())
    silent = (int(reader.stdout.readline()) - died_at) / 1e9
    return {
        "processor_while_waiting": waiting,
        "append_p50_us": statistics.median(append),
        "after_append_p50_us": statistics.median(after),
        "killed_before_wake_up": dying.wait() == -31,  # SIGSYS: the filter caught it there
        "silent_seconds": silent,
        "reader_failed": reader.wait(),
    }


def main():
    program, events = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    with tempfile.TemporaryDirectory() as folder:
        figures = appending(program, f"{folder}/appending.db", events)
        figures |= waking(program, f"{folder}/waking.db", min(events, 300))
    print(json.dumps(figures))
    sound = not any(figures[name] for name in ("failed", "gaps", "torn_batches", "wrong_offsets", "reader_failed"))
    return 0 if sound and figures["killed_before_wake_up"] else 1


if __name__ == "__main__":
    sys.exit(main())

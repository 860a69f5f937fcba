"""What the acceptance commands share: where things are, how a figure is said."""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"
STREAMTEST = BUILD / "bin" / "streamtest"
PLUGINS = BUILD / "lib" / "streamtest"


def build(preset="release"):
    """Configures and builds a preset; quiet unless it fails."""
    for command in (["cmake", "--preset", preset], ["cmake", "--build", "--preset", preset]):
        result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if result.returncode != 0:
            sys.exit(f"{' '.join(command)}\n{result.stdout}")


def run(*command, environment=None, **options):
    """Runs a command, with these variables as well, and gives (exit code, output, seconds)."""
    start = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STREAMTEST_")} | (environment or {})
    result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            stdin=subprocess.DEVNULL, env=environment, **options)
    return result.returncode, result.stdout, time.monotonic() - start


def gallery(streamtest=STREAMTEST):
    """What the gallery holds, each entry as `selftest --list` tells it."""
    return json.loads(run(streamtest, "selftest", "--list", "--json")[1])


def selftest(*arguments):
    """Runs the self-test and gives (exit code, result, seconds)."""
    code, output, seconds = run(STREAMTEST, "selftest", "--json", *arguments)
    if "{" not in output:
        sys.exit(output)
    return code, json.loads(output[output.index("{"):]), seconds


class Lines:
    """One line a figure, and ok or short behind it; the exit code says whether all were ok."""

    def __init__(self):
        self.short = 0

    def say(self, what, figure, holds):
        self.short += not holds
        print(f"{what:<58} {figure:<28} {'ok' if holds else 'short'}", flush=True)

    def ratio(self, runs, what, figure, limit, most):
        """The median of one figure by another of the same run."""
        value = statistics.median(run[figure] / run[limit] for run in runs)
        self.say(f"{what}, at most {most} x {limit}", f"{value:.2f}", value <= most)

    def exit(self):
        sys.exit(1 if self.short else 0)


def load(path):
    return json.loads(pathlib.Path(path).read_text())

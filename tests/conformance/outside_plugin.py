"""A project outside of this one: a stream of its own, and the plug-in by which the installed binary certifies it.

What outside_test.py and tests/acceptance/foreign_plugin.py share.
"""
import json
import os
import pathlib
import subprocess

PROJECT = pathlib.Path(__file__).resolve().parent / "outside"
# What a plug-in and a test are built with, and the binary.
COMPONENTS = ("binary", "eventstream", "sched", "schedule", "simulation", "streamtest")


def run(*command, timeout=300):
    """Runs a command and gives (exit code, output)."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STREAMTEST_")}
    result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            env=clean, timeout=timeout, stdin=subprocess.DEVNULL)
    return result.returncode, result.stdout


def must(*command):
    code, output = run(*command)
    if code != 0:
        raise SystemExit(f"{' '.join(map(str, command))}\n{output}\nexit code {code}")
    return output


def install(build, prefix):
    """Installs the package and gives the binary's path."""
    for component in COMPONENTS:
        must("cmake", "--install", build, "--prefix", prefix, "--component", component)
    return prefix / "bin" / "streamtest"


def build(prefix, folder, compiler, *definitions, targets=("journal", "mended")):
    """Builds the project against the package, optimised and with debug information as its owner might."""
    must("cmake", "-S", PROJECT, "-B", folder, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
         f"-DCMAKE_CXX_COMPILER={compiler}", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", *definitions)
    must("cmake", "--build", folder, "--target", *targets)
    return folder


def build_test(prefix, folder, compiler, streamtest, file):
    """Builds the test that replays the counterexample: printed by the binary, with the harness put in as it says. Gives the
    folder of journal_test, mended_test and plain_test; threads aren't under control in the last."""
    code = must(streamtest, "replay", file, "--gtest")
    source = folder.parent / "counterexample_test.cpp"
    source.write_text('#include "harness.hpp"\n' + code.replace("MyHarness", "JournalHarness"))
    return build(prefix, folder, compiler, f"-DJOURNAL_TEST={source}", targets=("journal_test", "mended_test", "plain_test"))


def counterexamples(report):
    """The files of the exploration in a report's folder, with what is in them; histories aren't among them."""
    found = {}
    for file in sorted((report / "regressions").glob("*.json")):
        saved = json.loads(file.read_text())
        if "counterexample" in saved:
            found[file] = saved
    return found

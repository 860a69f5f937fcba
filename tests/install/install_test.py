"""Installs the package, builds somebody else's project against it and runs its tests.

Usage: install_test.py BUILD_FOLDER OUTSIDE_PROJECT COMPILER [--plain] [--longest-compile SECONDS]

With --plain there must be a second binary, in which threads run free.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time


def run(*command, **options):
    result = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stdout}\nexit code {result.returncode}")
    return result.stdout


def compile_seconds(build):
    """How long the harness's file takes to compile, without any cache."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        if entry["file"].endswith("outside.cpp"):
            start = time.monotonic()
            run("sh", "-c", entry["command"], cwd=entry["directory"], env={**os.environ, "CCACHE_DISABLE": "1"})
            return time.monotonic() - start
    sys.exit("outside.cpp is not in compile_commands.json")


def check_plain(binaries, folder):
    """The plain binary defines nothing that glibc does, certifies all the same, and decides no order."""
    for name, controls in ("streamtest", True), ("streamtest-plain", False):
        symbols = run("nm", "--dynamic", "--defined-only", binaries / name).split()
        assert ("pthread_mutex_lock" in symbols) == controls, name
        for option in "--version", "--help":
            text = " ".join(run(binaries / name, option).split())
            assert ("hreads run free" in text) != controls, text
        run(binaries / name, "certify", "memory:", "--budget", "quick", "--report", folder / name)
        report = json.loads((folder / name / "report.json").read_text())
        figures = report["run"]
        assert report["verdict"] == "conformant" and figures["programs"] > 0, figures
        assert (figures["schedules"] > 0) == controls, figures
        because = figures["exploration"]["weaker_because"]
        assert because == ([] if controls else ["this program has no control of threads, which is in streamtest::sched"]), because


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("outside", type=pathlib.Path)
    parser.add_argument("compiler")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--longest-compile", type=float)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prefix, build = pathlib.Path(folder) / "prefix", pathlib.Path(folder) / "build"
        run("cmake", "--install", arguments.build, "--prefix", prefix)
        installed = {str(path.relative_to(prefix)) for path in prefix.rglob("*.hpp")}
        assert "include/streamtest/suite/suite.hpp" in installed, installed
        assert not any(path.startswith("include/streamtest/explore") for path in installed), "internals are installed"
        # Their stream derives from nothing of ours; it is the one that tests/conformance certifies from within.
        project = pathlib.Path(folder) / "outside"
        shutil.copytree(arguments.outside, project)
        shutil.copy(arguments.outside.parent.parent / "conformance" / "foreign_test.cpp", project / "outside.cpp")
        run("cmake", "-S", project, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
            f"-DCMAKE_CXX_COMPILER={arguments.compiler}", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
        run("cmake", "--build", build)
        environment = {**os.environ, "STREAMTEST_BUDGET": "quick"}
        print(run(build / "outside", "--gtest_brief=1", env=environment))
        print(run(build / "outside_with_crashes", "--gtest_brief=1", "--gtest_filter=*CLS*", env=environment))
        print(run(build / "suite_of_my_own", "--gtest_brief=1"))
        print(run(prefix / "bin" / "streamtest", "certify", "memory:", "--budget", "quick").splitlines()[-1])
        if arguments.plain:
            check_plain(prefix / "bin", pathlib.Path(folder) / "reports")
        seconds = compile_seconds(build)
        print(f"the harness's file compiles in {seconds:.1f} s")
        if arguments.longest_compile and seconds > arguments.longest_compile:
            sys.exit("short: it takes too long")


if __name__ == "__main__":
    main()

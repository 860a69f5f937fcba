"""Certifies a published stream: the embedded event store of Axon Framework, by its testee in Java.

Usage: axon_test.py STREAMTEST FOLDER [--stream axon-memory] [--budget BUDGET] [--rule PATTERN]...

Builds the testee in the folder, with its unit tests, and certifies its library's own stream first. What was found is
written up in docs/certified.md, and this test holds that page to it.
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
JAVA = "java -Xmx256m -Xss512k -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -jar"  # what starts fast and stays small
STREAMS = {
    "axon-memory": ("Axon Framework 4.11.3, EmbeddedEventStore in memory", ["BLK-3", "CON-1"]),
    "axon-jdbc": ("Axon Framework 4.11.3, EmbeddedEventStore over JDBC",
                  ["BLK-3", "ORD-1", "ORD-2", "ORD-5", "ORD-6", "CON-2", "APP-2"]),
}


def package(folder):
    """By what the machine has, and only else by the registry, which may stall: it is asked again then."""
    for offline, patience in ((["-o"], 300), ([], 240), ([], 240)):
        try:
            result = subprocess.run(["mvn", "-q", "-B", *offline, "package"], cwd=folder, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL, timeout=patience)
        except subprocess.TimeoutExpired:
            print(f"mvn {' '.join(offline)} gave no answer in {patience} s", flush=True)
            continue
        if result.returncode == 0:
            return
    sys.exit(f"the testee can't be built: is a package registry reachable?\n{result.stdout}")


def jar(folder):
    """The testee as it is now, built in the folder."""
    source = ROOT / "adapters" / "testee" / "java"
    files = [source / "pom.xml", *sorted((source / "src").rglob("*.java"))]
    now = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    stamp, built = folder / "testee.sha256", folder / "java" / "target" / "streamtest-testee.jar"
    if stamp.exists() and stamp.read_text() == now:
        return built
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(source, folder / "java", ignore=shutil.ignore_patterns("target"))
    package(folder / "java")
    stamp.write_text(now)
    return built


def target(folder, stream):
    return f"exec:exec {JAVA} {jar(folder)} --stream {stream}"


def unexplained(report, stream):
    """What docs/certified.md doesn't explain."""
    section, races = STREAMS[stream]
    return certified.unexplained(report, section, races)


def library_is_conformant(streamtest, folder):
    """What a testee of the library fails is its stream's: one in memory fails nothing."""
    result = subprocess.run([streamtest, "certify", target(folder, "memory"), "--budget", "quick", "--jobs", "2"],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
    print(f"the library's stream in memory: exit code {result.returncode}", flush=True)
    if result.returncode != 0:
        sys.exit(result.stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("streamtest")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--stream", default="axon-memory", choices=sorted(STREAMS))
    parser.add_argument("--budget", default="quick")
    parser.add_argument("--rule", action="append", default=[], help="only those that match (repeatable)")
    arguments = parser.parse_args()
    folder = arguments.folder.absolute()
    library_is_conformant(arguments.streamtest, folder)
    subject = target(folder, arguments.stream)
    selected = [part for pattern in arguments.rule for part in ("--rule", pattern)]
    with tempfile.TemporaryDirectory() as reports:
        result = subprocess.run(
            [arguments.streamtest, "certify", subject, "--budget", arguments.budget, "--patience", "5s", "--jobs", "2",
             "--report", reports, *selected],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
        report = json.loads((pathlib.Path(reports) / "report.json").read_text())
    judged = [rule["id"] for rule in report["rules"] if rule["verdict"] in ("pass", "fail")]
    odd = unexplained(report, arguments.stream)
    print(f"exit code {result.returncode}, {len(judged)} rules judged, unexplained: {sorted(odd)}")
    if result.returncode != 1 or odd or len(judged) < (45 if not selected else 1):
        sys.exit(result.stdout)


if __name__ == "__main__":
    main()

"""Holds the rules of the house: the arrows of docs/layout.md (includes and link interfaces), file sizes, sleeps, the
format, and that each source is built.

Usage: house.py SOURCE_ROOT BUILD_FOLDER     prints each breach and exits with 1 if there is one
"""
import pathlib
import re
import subprocess
import sys

# room: the rooms whose headers it may include
ALLOWED = {
    "reference/eventstream": {"eventstream"},
    "reference/memorystream": {"eventstream", "memorystream"},
    "reference/persistedstream": {"eventstream", "memorystream", "persistedstream"},
    "adapters/testee": {"eventstream", "adapters/testee"},
    "adapters/testee/plugin": {"eventstream", "adapters/testee", "adapters/testee/plugin", "streamtest/certify",
                               "streamtest/faults", "streamtest/subject"},
    "adapters/networkstream": {"eventstream", "adapters/networkstream"},
    "adapters/networkstream/plugin": {"eventstream", "adapters/networkstream", "streamtest/certify", "streamtest/faults",
                                      "streamtest/subject"},
    "adapters/networkstream/serve": {"eventstream", "memorystream", "persistedstream", "adapters/networkstream"},
    "streamtest/rules": {"streamtest/rules"},
    "streamtest/history": {"streamtest/rules", "streamtest/history"},
    "streamtest/report": {"streamtest/rules", "streamtest/history", "streamtest/report"},
    "streamtest/faults": {"streamtest/faults"},
    "streamtest/schedule": {"streamtest/schedule"},
    "streamtest/sched": {"streamtest/schedule", "streamtest/sched"},
    "streamtest/simulation": {"streamtest/schedule", "streamtest/simulation"},
    "streamtest/subject": {"eventstream", "streamtest/rules", "streamtest/history", "streamtest/faults",
                           "streamtest/schedule", "streamtest/subject"},
    "streamtest/explore": {"eventstream", "streamtest/rules", "streamtest/history", "streamtest/subject",
                           "streamtest/schedule", "streamtest/simulation", "streamtest/explore"},
    "streamtest/cases": {"eventstream", "streamtest/rules", "streamtest/history", "streamtest/faults",
                         "streamtest/subject",
                         "streamtest/explore", "streamtest/cases"},
    "streamtest/certify": {"eventstream", "streamtest/rules", "streamtest/history", "streamtest/subject",
                           "streamtest/explore", "streamtest/cases", "streamtest/report", "streamtest/certify",
                           "streamtest/faults", "streamtest/schedule"},
    "streamtest/suite": {"eventstream", "streamtest/rules", "streamtest/history", "streamtest/subject",
                         "streamtest/explore", "streamtest/cases", "streamtest/report", "streamtest/certify",
                         "streamtest/suite"},
}
# The binary offers the reference streams; nothing else of the kit knows them.
EXCEPTIONS = {("streamtest/certify/main.cpp", "memorystream"), ("streamtest/certify/main.cpp", "persistedstream")}
# library: those it may link
LINKS = {
    "eventstream": set(),
    "memorystream": {"eventstream"},
    "persistedstream": {"eventstream", "memorystream"},
    "testee": {"eventstream"},
    "networkstream": {"eventstream"},
    "schedule": set(),
    "simulation": {"schedule"},
    "sched": {"schedule"},
    "sched_receiver": {"sched", "schedule"},
    "streamtest": {"eventstream", "schedule", "simulation"},
    "suite": {"streamtest", "eventstream", "schedule", "simulation"},
    "suite_main": {"suite", "streamtest", "eventstream", "schedule", "simulation"},
    "main": {"streamtest", "eventstream", "schedule", "simulation"},
}
FOREIGN = {"gtest": {"streamtest/suite"}, "rapidcheck": {"streamtest/explore"}}
CODE = {".cpp", ".hpp"}
LONGEST_FILE = 400
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def room_of(path):
    parts = path.split("/")
    if parts[0] in ("reference", "streamtest", "adapters") and len(parts) > 2:
        inner = "/".join(parts[:3])  # a room within a room
        return inner if inner in ALLOWED else "/".join(parts[:2])
    return None


def target_room(header):
    """The room a header belongs to, or None if it isn't one of ours."""
    parts = header.split("/")
    if len(parts) < 2 or header.endswith(".pb.h"):  # made of the protocol, and of no room
        return None
    if parts[0] == "streamtest":
        return "/".join(parts[:2])
    if parts[0] in ("testee", "networkstream"):
        return f"adapters/{parts[0]}/plugin" if parts[1] == "plugin" else f"adapters/{parts[0]}"
    if parts[0] in ("eventstream", "memorystream", "persistedstream", "tests", "docs", "adapters",
                    "reference"):
        return parts[0]
    return None


def include_breaches(path, text):
    room = room_of(path)
    if room is None:
        return
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        header = match.group(1)
        room_included = target_room(header)
        if room_included and room_included not in ALLOWED.get(room, set()) \
                and (path, room_included) not in EXCEPTIONS:
            yield f"{path}:{number}: {room} may not include <{header}>"
        for library, rooms in FOREIGN.items():
            if header.split("/")[0] in (library, library + ".h") and room not in rooms:
                yield f"{path}:{number}: {library} is for {', '.join(sorted(rooms))} only"


def size_breaches(path, text):
    lines = text.count("\n")
    if lines > LONGEST_FILE:
        yield f"{path}: {lines} lines; a file has at most {LONGEST_FILE}"


def sleep_breaches(path, text):
    if path.startswith(("tests/mutants/", "tests/odd/", "streamtest/sched/", "tests/unit/sched/")):
        return  # the room sched defines these functions, and sleeps in its tests are virtual
    for number, line in enumerate(text.splitlines(), 1):
        if re.search(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b", line):
            yield f"{path}:{number}: nothing may be decided by a sleep"


def forgotten(root, paths):
    """Sources that no CMakeLists.txt names."""
    named = "\n".join(p.read_text() for p in root.rglob("CMakeLists.txt") if "build" not in p.parts)
    for path in paths:
        if path.endswith(".cpp") and pathlib.PurePosixPath(path).name not in named:
            yield f"{path}: no CMakeLists.txt builds it"


def link_breaches(build):
    """Link interfaces, from the graph that CMake writes for the build."""
    graph = build / "links.dot"
    subprocess.run(["cmake", f"--graphviz={graph}", "."], cwd=build, check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    names, edges = {}, []
    for line in graph.read_text().splitlines():
        node = re.match(r'\s*"(node\d+)" \[ label = "([^"\\]+)', line)
        if node:
            names[node.group(1)] = node.group(2)
        edge = re.match(r'\s*"(node\d+)" -> "(node\d+)"', line)
        if edge:
            edges.append(edge.groups())
    ours = set(LINKS) | {name for name in names.values() if name.startswith(("unit_", "conformance_"))}
    found = set()
    for start, end in edges:
        source, target = names.get(start), names.get(end)
        if source in LINKS:
            found.add(source)
            if target in ours and target not in LINKS[source]:
                yield f"{source} may not link {target}"
    if "suite" not in found:
        yield "the link graph doesn't show the kit's libraries: this check checks nothing"


def format_breaches(root, paths):
    """Files that clang-format would change."""
    sources = [path for path in paths if pathlib.PurePosixPath(path).suffix in CODE]
    result = subprocess.run(["clang-format-19", "--dry-run", "-Werror", *sources], cwd=root, capture_output=True, text=True)
    for path in sorted(set(re.findall(r"^(\S+?):\d+:\d+: error: code should be clang-formatted", result.stderr, re.M))):
        yield f"{path}: not formatted; run clang-format-19 -i {path}"


def breaches(root, paths):
    for path in paths:
        if pathlib.PurePosixPath(path).suffix not in CODE:
            continue
        text = (root / path).read_text()
        yield from include_breaches(path, text)
        yield from size_breaches(path, text)
        yield from sleep_breaches(path, text)
    yield from forgotten(root, paths)


def main():
    root, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=root, check=True,
                            capture_output=True, text=True).stdout.split("\n")
    paths = [p for p in listed if p and (root / p).exists()]
    found = [*breaches(root, paths), *format_breaches(root, paths), *link_breaches(build)]
    for breach in found:
        print(breach)
    print(f"{len(paths)} files, {len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

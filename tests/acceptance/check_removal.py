"""Takes the checks out of the kit one at a time: with each gone a mutant must survive or a unit test must fail.

Usage: check_removal.py [--keep FOLDER] [--sites N,N,...] [--list]

The tree is copied, and each place that raises a Violation (a call of fail(), check() or must_...(), a throw) or refuses
a counterexample gets a switch there, so that one build tries them all. What can notice that a check is gone is found out by running each
mutant once and each unit test program once, and noting which checks raised what; then each of these is run again with
one check switched off.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import common

ROOMS = ("streamtest/cases", "streamtest/subject", "streamtest/explore")
SWITCH = r"""#pragma once
#include <streamtest/subject/witness.hpp>
#include <fcntl.h>
#include <unistd.h>
#include <cstdlib>
#include <stdexcept>
#include <string>
namespace check_removal {
inline bool off(int site) {
  static const char* const chosen = std::getenv("CHECK_OFF");
  return chosen && std::to_string(site) == chosen;
}
inline void raised(int site) {
  static const char* const log = std::getenv("CHECK_LOG");
  if (!log) return;
  const int file = ::open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const std::string line = std::to_string(site) + "\n";
  (void)!::write(file, line.data(), line.size());
  ::close(file);
}
template <typename Check>
void site(int number, Check check) {
  try {
    check();
  } catch (const streamtest::Violation&) {
    if (off(number)) return;
    raised(number);
    throw;
  } catch (const std::invalid_argument&) {
    // How what is read from a counterexample is refused.
    if (off(number)) return;
    raised(number);
    throw;
  }
}
// The same for the last statement of a function that must return something: without its check the case ends there.
template <typename Check>
[[noreturn]] void last_site(int number, Check check) {
  site(number, check);
  throw streamtest::NotSupported("its check was taken out");
}
}  // namespace check_removal
"""


def raising(raisers):
    """A statement that raises: behind the end of another, a condition, else, a label or an opening brace."""
    names = "|".join(sorted(raisers | {"check", r"must_(?!have_arisen)\w+"}))
    return re.compile(r"(?P<before>[;{})]|\belse|:)(?P<space>\s+)(?P<back>return\s+)?"
                      rf"(?P<call>(?:[\w\[\]]+(?:\(\))?(?:\.|->))*(?:{names})\((?!\))|throw Violation\()")


def closing(text, opening):
    """Where the bracket at `opening` is closed; strings and character literals are jumped over."""
    depth, i = 0, opening
    while True:
        character = text[i]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth == 0:
                return i
        elif character == '"' or (character == "'" and not text[i - 1].isalnum()):
            i += 1
            while text[i] != character:
                i += 2 if text[i] == "\\" else 1
        i += 1


HEAD = re.compile(r"^(?:  )?(?!\s|namespace|struct|class|if|for|while|switch|do|try|\}|//|#)[^\n;]*?([~\w]+)\((?:[^;{}]|\{\})*\{\n", re.M)
NEVER_RETURNS = re.compile(r"\[\[noreturn\]\] \w+ (\w+)\(")


def functions(text):
    """Name, head, begin and end of each body, as far as clang-format lays one out."""
    return [(match[1], match[0], match.end(), closing(text, match.end() - 2)) for match in HEAD.finditer(text)]


def instrument(text, first, where, raisers):
    """The text with a switch around each statement that raises, and the list of these. The bodies of what only raises
    for others, `raisers`, are left alone: those who call it are the checks."""
    sites, result, done = [], [], 0
    bodies = functions(text)
    for match in raising(raisers).finditer(text):
        start = match.start("call")
        if start < done or text[text.rfind("\n", 0, start) + 1:start].lstrip().startswith("//"):
            continue
        end = closing(text, text.index("(", match.end("call") - 1))
        around = [body for body in bodies if body[2] <= start < body[3]]
        if text[end + 1] != ";" or not around:
            continue
        name, head, _, last = around[-1]
        gives = "~" not in head and not re.search(r"\bvoid\s+[\w:]+\(", head)
        if name in raisers or (gives and match["back"]):
            continue
        number, statement = first + len(sites), text[start:end + 1]
        ends = not text[end + 2:last].strip(" \n}") or re.match(r"\s*\}\s*catch", text[end + 2:])
        direct = is_raise(statement, raisers)
        form = "last_site" if gives and ends and direct else "site"
        result.append(text[done:start] + f"::check_removal::{form}({number}, [&] {{ {statement}; }})")
        done = end + 1
        place = f"{where}:{text.count(chr(10), 0, start) + 1}"
        sites.append({"site": number, "place": place, "direct": direct, "text": " ".join(statement.split())[:110]})
    result.append(text[done:])
    return "".join(result), sites


def write(path, text):
    """Only what is new, so that a copy that is kept is built anew in part."""
    if not path.exists() or path.read_bytes() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)


def prepare(scratch):
    """Copies the tree with the switches in it and gives the list of checks."""
    files = [file for file in common.run("git", "ls-files", cwd=common.ROOT)[1].split("\n") if (common.ROOT / file).is_file()]
    checked = {file for file in files if file.endswith(".cpp") and file.rpartition("/")[0] in ROOMS}
    raisers = {name for file in files if file.rpartition("/")[0] in ROOMS
               for name in NEVER_RETURNS.findall((common.ROOT / file).read_text())}
    switch = scratch / "check_removal.hpp"
    write(switch, SWITCH.encode())
    sites = []
    for file in sorted(files):
        text = (common.ROOT / file).read_bytes()
        if file in checked:
            changed, found = instrument(text.decode(), len(sites) + 1, file, raisers)
            sites += found
            if found:
                text = f'#include "{switch}"\n{changed}'.encode()
        write(scratch / file, text)
        (scratch / file).chmod((common.ROOT / file).stat().st_mode)
    return sites


def environment(**switches):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STREAMTEST_")}
    return kept | {name: str(value) for name, value in switches.items()}


class Witnesses:
    """The mutants and the unit test programs of the scratch build, which notice that a check is gone."""

    def __init__(self, scratch):
        self.build = scratch / "build" / "release"
        streamtest = self.build / "bin" / "streamtest"
        self.commands = {entry["id"]: [streamtest, "selftest", "--only", entry["id"]]
                         for entry in common.gallery(streamtest) if not entry["odd"]}
        for program in sorted((self.build / "bin").glob("unit_*")):
            self.commands[program.name] = [program, "--gtest_brief=1", "--gtest_fail_fast"]
        self.raised, self.seconds = {}, {}

    def passes(self, name, **switches):
        """One that hangs has noticed too."""
        start = time.monotonic()
        try:
            result = subprocess.run([str(part) for part in self.commands[name]], stdout=subprocess.DEVNULL,
                                    stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                    env=environment(**switches), timeout=180)
        except subprocess.TimeoutExpired:
            return False
        finally:
            self.seconds[name] = time.monotonic() - start
        return result.returncode == 0

    def learn(self, name):
        """Which checks raise when nothing is switched off."""
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "raised"
            if not self.passes(name, CHECK_LOG=log):
                sys.exit(f"{name} fails while no check is switched off")
            self.raised[name] = {int(line) for line in log.read_text().split()} if log.exists() else set()

    def who_notices(self, site):
        """The first that does, those first that rest on few checks; and all that might have."""
        might = sorted((name for name, raised in self.raised.items() if site in raised),
                       key=lambda name: (len(self.raised[name]), self.seconds[name]))

        def notices(name):
            # Twice: one failure may be chance, of a mutant that escapes now and then or of a busy machine.
            return not self.passes(name, CHECK_OFF=site) and not self.passes(name, CHECK_OFF=site)
        return next(filter(notices, might), None), might


def is_raise(statement, raisers):
    """Raises itself; else it is a call of a step that does."""
    names = "|".join(raisers | {"check"})
    return re.match(rf"throw\b|(?:[\w\[\]]+(?:\(\))?(?:\.|->))*(?:{names})\(", statement) is not None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=pathlib.Path, help="work there, and leave the copy and what was built")
    parser.add_argument("--sites", default="", help="only these, by number or by part of their place")
    parser.add_argument("--list", action="store_true", help="only list the checks")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = arguments.keep or pathlib.Path(folder)
        sites = prepare(scratch)
        if arguments.list:
            for site in sites:
                print(site["site"], site["place"], site["text"])
            return
        build(scratch)
        judge(scratch, [site for site in sites if chosen(site, arguments.sites)])


def chosen(site, wanted):
    return not wanted or any(part == str(site["site"]) or (not part.isdigit() and part in site["place"])
                             for part in wanted.split(","))


def build(scratch):
    units = [f"unit_{name}" for name in re.findall(r"streamtest_unit\((\w+)", (scratch / "tests/unit/CMakeLists.txt").read_text())]
    for command in (["cmake", "--preset", "release"],
                    ["cmake", "--build", "--preset", "release", "--target", "streamtest_binary", "gallery", *units]):
        code, output, _ = common.run(*command, cwd=scratch)
        if code != 0:
            sys.exit(output[-8000:])


def judge(scratch, sites):
    lines = common.Lines()
    witnesses = Witnesses(scratch)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(witnesses.learn, witnesses.commands))
        noticed = {True: 0, False: 0}
        total = {True: 0, False: 0}
        for site, (by, might) in zip(sites, pool.map(lambda each: witnesses.who_notices(each["site"]), sites)):
            kind = site["direct"]
            total[kind] += 1
            noticed[kind] += by is not None
            fate = f"noticed by {by}" if by else "NOT NOTICED" + (f", raised by {' '.join(might)}" if might else ", never raised")
            print(f"  {site['site']:>4} {site['place']} {fate}: {site['text']}", flush=True)
    lines.say("checks whose loss is noticed, at least 95 %", f"{noticed[True]} of {total[True]}",
              total[True] > 0 and noticed[True] >= 0.95 * total[True])
    lines.say("calls of steps that check, likewise (no bound)", f"{noticed[False]} of {total[False]}", True)
    lines.exit()


if __name__ == "__main__":
    main()

"""The Go library for testees: its own tests, and what exec: and tcp: find of the stream in memory that is served with it.

Usage: go_testee_test.py STREAMTEST GO FOLDER [unittest arguments]

Builds in the folder, without a network. The testee is built with Go's race detector, so that a data race of the library
is a testee that dies.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

STREAMTEST, GO, FOLDER = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
SOURCE = pathlib.Path(__file__).resolve().parents[2] / "adapters" / "testee" / "go"
TESTEE = FOLDER / "memory"


def go(*arguments, folder=SOURCE):
    environment = {**os.environ, "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
    return subprocess.run([GO, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def certify(target, *options):
    """Gives the exit code, the output, and the rules of the report by id."""
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            [STREAMTEST, "certify", target, "--budget", "quick", "--jobs", "2", "--report", folder, *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
        path = pathlib.Path(folder) / "report.json"
        rules = json.loads(path.read_text())["rules"] if path.exists() else []
    return result.returncode, result.stdout, {rule["id"]: rule for rule in rules}


def failed(rules):
    return {id for id, rule in rules.items() if rule["verdict"] == "fail"}


class Library(unittest.TestCase):
    def succeeds(self, *arguments, folder=SOURCE):
        result = go(*arguments, folder=folder)
        self.assertEqual(result.returncode, 0, result.stdout)
        return result.stdout

    def test_it_is_formatted(self):
        gofmt = pathlib.Path(self.succeeds("env", "GOROOT").strip()) / "bin" / "gofmt"
        listed = subprocess.run([gofmt, "-l", "."], cwd=SOURCE, stdout=subprocess.PIPE, text=True, check=True)
        self.assertEqual(listed.stdout, "")

    def test_vet_finds_nothing(self):
        self.succeeds("vet", "./...")

    def test_its_own_tests(self):
        self.assertIn("ok", self.succeeds("test", "-race", "-shuffle=on", "-timeout", "5m", "./..."))

    def test_a_module_elsewhere_uses_it(self):
        """By the two commands that docs/testee-protocol.md gives."""
        with tempfile.TemporaryDirectory() as folder:
            for source in (SOURCE / "examples" / "memory").glob("*.go"):
                shutil.copy(source, folder)
            pathlib.Path(folder, "go.mod").write_text("module mytestee\n\ngo 1.19\n")
            self.succeeds("mod", "edit", "-require", "streamtest/testee@v0.0.0", folder=folder)
            self.succeeds("mod", "edit", "-replace", f"streamtest/testee={SOURCE}", folder=folder)
            self.succeeds("build", "-o", "mytestee", ".", folder=folder)


class Certified(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        result = go("build", "-race", "-o", str(TESTEE), "./examples/memory")
        assert result.returncode == 0, result.stdout

    def test_it_is_conformant(self):
        code, output, rules = certify(f"exec:exec {TESTEE}")
        self.assertEqual(code, 0, output)
        self.assertIn("verdict: conformant", output)
        judged = [id for id, rule in rules.items() if rule["verdict"] == "pass"]
        self.assertGreaterEqual(len(judged), 57, output)
        self.assertEqual(rules["LIF-3"]["verdict"], "pass", output)

    def test_it_is_conformant_by_tcp(self):
        testee = subprocess.Popen([TESTEE, "-listen", "127.0.0.1:0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            code, output, rules = certify("tcp:" + testee.stdout.readline().strip())
        finally:
            testee.stdin.close()
            ended = testee.wait(timeout=60)
            testee.stdout.close()
        self.assertEqual(code, 0, output)
        self.assertIn("verdict: conformant", output)
        self.assertEqual({rules[id]["verdict"] for id in ("ERR-2", "ERR-3", "LIF-3")}, {"pass"}, output)
        self.assertEqual(ended, 0)  # also no race (66)

    def test_a_closed_cursor_that_reads_on(self):
        code, output, rules = certify(f"exec:exec {TESTEE} -fault reads-when-closed", "--rule", "CLS-*", "--rule", "OPN-*")
        self.assertEqual(code, 1, output)
        self.assertEqual(failed(rules), {"CLS-2"}, output)

    def test_a_missed_wake_up(self):
        """Which rule meets it first is chance; those about waking do, and see a read that waits for ever."""
        code, output, rules = certify(f"exec:exec {TESTEE} -fault misses-wake", "--rule", "BLK-*", "--patience", "3s")
        self.assertEqual(code, 1, output)
        self.assertTrue(failed(rules) and failed(rules) <= {"BLK-1", "BLK-2", "BLK-3", "BLK-4"}, output)

    def test_what_can_go_wrong_on_the_command_line(self):
        for arguments, code, says in [
            (["-fault", "telepathy"], 2, "no such defect"),
            (["surplus"], 2, 'unexpected argument: "surplus"'),
            (["-listen", "127.0.0.1:x"], 1, "testee: listen tcp"),
        ]:
            result = subprocess.run([TESTEE, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
            self.assertEqual(result.returncode, code, result.stderr)
            self.assertIn(says, result.stderr)


if __name__ == "__main__":
    os.environ["GORACE"] = "atexit_sleep_ms=0 halt_on_error=1"  # for the testees; the default is to end a second later
    FOLDER.mkdir(parents=True, exist_ok=True)
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]])

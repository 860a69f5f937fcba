"""exec: certifies testees: a correct one, and such as go wrong in one way each.

Usage: testee_test.py STREAMTEST [unittest arguments]
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

STREAMTEST = sys.argv[1]
TESTEE = pathlib.Path(__file__).parent / "memory_testee.py"
LATER = "ORD-3"  # the rule in which a testee goes wrong; others of its chapter come before and after


def memory(*fault):
    return " ".join(["exec:exec", sys.executable, str(TESTEE), *fault])


def certify(target, *options, timeout=120):
    """Gives the exit code, the output, and the rules of the report by id."""
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            [STREAMTEST, "certify", target, "--budget", "quick", "--report", folder, *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL, timeout=timeout)
        path = pathlib.Path(folder) / "report.json"
        report = json.loads(path.read_text()) if path.exists() else {"rules": []}
        if path.exists():
            verified = subprocess.run([STREAMTEST, "verify", str(path)], stdout=subprocess.PIPE, text=True)
            assert verified.returncode == 0, verified.stdout
    return result.returncode, result.stdout, {rule["id"]: rule for rule in report["rules"]}


def hello(**members):
    line = json.dumps({"testee": 1, "name": "little", **members})
    return f"exec:echo '{line}'; cat > /dev/null"


class Correct(unittest.TestCase):
    def test_it_is_conformant(self):
        code, output, rules = certify(memory(), "--jobs", "2")
        self.assertEqual(code, 0, output)
        self.assertIn("verdict: conformant", output)
        # What another process holds and uses can't be seen from here, and isn't called a pass.
        self.assertEqual(rules["BLK-5"]["verdict"], "not_supported")

    def test_smoke(self):
        result = subprocess.run([STREAMTEST, "smoke", memory()], stdout=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertEqual(result.stdout.count("ok"), 5)

    def test_variants_are_certified_one_by_one(self):
        code, output, _ = certify(hello(variants=["small", "large"], lacks=["application"]), "--rule", "IDN-1")
        self.assertEqual(code, 3, output)  # nothing ran
        self.assertIn("variant small", output)
        self.assertIn("variant large", output)


class Listening(unittest.TestCase):
    """A testee that is reached by TCP, through a network that fails."""

    def setUp(self):
        self.testee = subprocess.Popen([sys.executable, str(TESTEE), "listen"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
        self.target = f"tcp:127.0.0.1:{self.testee.stdout.readline().strip()}"

    def tearDown(self):
        self.testee.stdin.close()
        self.testee.wait(timeout=20)
        self.testee.stdout.close()

    def test_it_is_conformant(self):
        code, output, rules = certify(self.target, "--jobs", "2", timeout=300)
        self.assertEqual(code, 0, output)
        self.assertIn("verdict: conformant", output)
        self.assertEqual({rules[id]["verdict"] for id in ("ERR-1", "ERR-2", "ERR-3")}, {"pass"}, output)

    def test_nobody_listens(self):
        self.testee.kill()
        self.testee.wait()  # until it is gone its port still takes connections
        code, output, _ = certify(self.target, "--rule", "ORD-*")
        self.assertEqual(code, 2, output)
        self.assertIn("no testee listens at 127.0.0.1:", output)

    def test_an_address_that_is_none_is_named(self):
        for address in ("", "127.0.0.1", "127.0.0.1:", ":4711", "127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:0"):
            code, output, _ = certify("tcp:" + address)
            self.assertEqual(code, 2, output)
            self.assertIn("such as tcp:127.0.0.1:4711", output)


class Faults(unittest.TestCase):
    """Each costs one rule, and the run goes on."""

    def costs_only(self, fault, verdict, *says, rule=LATER, code=1, patience="10s"):
        seen, output, rules = certify(memory(fault, rule), "--rule", "ORD-*", "--patience", patience)
        self.assertEqual(seen, code, output)
        verdicts = {id: each["verdict"] for id, each in rules.items() if each["verdict"] != "not_selected"}
        expected = {id: "pass" for id in verdicts}
        self.assertEqual(verdicts, {**expected, rule: verdict}, output)
        for text in says:
            self.assertIn(text, rules[rule]["message"])

    def test_it_answers_what_is_no_json(self):
        self.costs_only("unspeakable", "could_not_run", "backend_failure", code=3)

    def test_it_dies(self):
        self.costs_only("dies", "fail", "signal 9", "the disk is on fire", "append")

    def test_it_dies_when_its_stream_is_dropped(self):
        self.costs_only("'dies late'", "fail", "signal 9")

    def test_it_hangs(self):
        self.costs_only("hangs", "fail", "append", patience="3s")

    def test_it_prints_garbage(self):
        self.costs_only("garbage", "could_not_run", "no JSON object: Traceback", code=3)

    def test_it_floods(self):
        self.costs_only("flood", "could_not_run", "64 MiB", code=3)

    def test_it_answers_twice(self):
        self.costs_only("twice", "could_not_run", "answered twice", code=3)

    def test_the_streams_own_fault_is_told_by_its_rule(self):
        code, output, rules = certify(memory("buffers"), "--rule", "CLS-*", "--rule", "OPN-*")
        self.assertEqual(code, 1, output)
        self.assertEqual([id for id, rule in rules.items() if rule["verdict"] == "fail"], ["CLS-2"], output)
        self.assertIn(memory("buffers"), rules["CLS-2"]["reproduce"])


class Orphans(unittest.TestCase):
    def test_a_deaf_testee_goes_with_a_kit_that_was_killed(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "pids"
            line = json.dumps({"testee": 1, "name": "deaf"})
            kit = subprocess.Popen(
                [STREAMTEST, "certify", f"exec:echo $$ >> {path}; echo '{line}'; exec sleep 1000", "--rule", "ORD-3"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
            try:  # one said hello to the kit, and one to its child
                wait_until(lambda: path.exists() and path.read_text().count("\n") == 2)
            finally:
                kit.kill()
                kit.wait()
            for pid in path.read_text().split():
                wait_until(lambda pid=pid: not pathlib.Path("/proc", pid).exists())


def wait_until(holds):
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, "it takes more than a minute"
        time.sleep(0.01)


class Hellos(unittest.TestCase):
    """A hello that can't be used ends the run before it begins, and says why."""

    def refused(self, target, *says):
        code, output, _ = certify(target, "--rule", "OPN-1")
        self.assertEqual(code, 2, output)
        for text in says:
            self.assertIn(text, output)

    def test_of_testees(self):
        self.refused(memory("silent"), "exit code 1", "no hello from here")
        self.refused(memory("old"), "version 7")
        self.refused(memory("claims"), '"telepathy"')
        self.refused("exec:", "needs a command")
        self.refused("exec:no-such-program-here", "exit code 127")
        self.refused("exec:yes", "no JSON object: y")

    def test_bad_ones(self):
        for members, text in [
            ({"name": ""}, '"name" must be'),
            ({"capabilities": ["twin"]}, '"capabilities" must be'),
            ({"capabilities": {"twins": True}}, 'no capability "twins"'),
            ({"capabilities": {"twin": 1}}, '"twin" must be true'),
            ({"capabilities": {"truncation": "held(x)"}}, '"truncation" must be'),
            ({"capabilities": {"truncation": True}}, '"truncation" must be'),
            ({"capabilities": {"durability": "process"}}, '"durability" can\'t be claimed'),
            ({"capabilities": {"deterministic": True}}, '"deterministic" can\'t be claimed'),
            ({"capabilities": {"staleness": -1}}, '"staleness" must be'),
            ({"capabilities": {"staleness": 10**12}}, '"staleness" must be'),
            ({"capabilities": {"max_cursors": 0}}, '"max_cursors" must be'),
            ({"capabilities": {"truncation": "strict"}}, "no truncate"),
            ({"hooks": ["explode"]}, 'no hook "explode"'),
            ({"hooks": "truncate"}, '"hooks" must be'),
            ({"hooks": ["twin", "twin"]}, "each once"),
            ({"lacks": ["patience"]}, 'no means "patience"'),
            ({"event_types": ["A", "B"]}, "fewer than three"),
            ({"event_types": [1, 2, 3]}, '"event_types" must be'),
            ({"identity": "number"}, '"identity" must be'),
            ({"boundaries": [0]}, '"boundaries" must be'),
            ({"variants": [None]}, '"variants" must be'),
        ]:
            with self.subTest(text):
                self.refused(hello(**members), text)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])

"""The doors as somebody stands before them.

Usage: doors_test.py STREAMTEST SUITE_DOOR OWN_BINARY PLUGIN_FOLDER [unittest arguments]
"""
import json
import os
import pathlib
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

STREAMTEST, SUITE_DOOR, OWN_BINARY, PLUGINS = sys.argv[1:5]
BASELINES = pathlib.Path(__file__).parent.parent / "reports" / "baselines"


def run(*arguments, program=STREAMTEST, environment=None, timeout=120):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STREAMTEST_")}
    return subprocess.run([program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          env={**clean, **(environment or {})}, timeout=timeout, stdin=subprocess.DEVNULL)


def faulty(mode):
    return f"plugin:{PLUGINS}/faulty.so?{mode}"


class Usage(unittest.TestCase):
    def refused(self, *arguments, says, code=2, **options):
        result = run(*arguments, **options)
        self.assertEqual(result.returncode, code, result.stdout)
        self.assertIn(says, result.stdout)

    def test_help_has_examples(self):
        result = run("--help")
        self.assertEqual(result.returncode, 0)
        self.assertIn("streamtest certify memory:", result.stdout)
        for command in ("certify", "rules", "verify", "smoke", "selftest", "bench", "proxy", "replay"):
            self.assertEqual(run(command, "--help").returncode, 0, command)

    def test_completion_offers_what_the_program_has(self):
        script = pathlib.Path(__file__).parents[2] / "streamtest" / "certify" / "completion.bash"

        def offered(*words):
            line = f"source {script}; COMP_WORDS=({' '.join(repr(word) for word in words)}); " \
                   f"COMP_CWORD={len(words) - 1}; _streamtest; echo ${{COMPREPLY[@]}}"
            return run("-c", line, program="bash").stdout.split()

        self.assertEqual(offered(STREAMTEST, "ce"), ["certify"])
        self.assertEqual(set(offered(STREAMTEST, "")) & {"certify", "rules", "selftest", "verify", "smoke", "bench"},
                         {"certify", "rules", "selftest", "verify", "smoke", "bench"})
        self.assertEqual(offered(STREAMTEST, "certify", "memory:", "--see"), ["--seed"])
        self.assertEqual(offered(STREAMTEST, "certify", "memory:", "--rule", "IDN-"), ["IDN-1", "IDN-2"])
        self.assertEqual(offered(STREAMTEST, "rules", "TYP-2"), ["TYP-2"])
        self.assertEqual(offered(STREAMTEST, "certify", "m"), ["memory:"])
        self.assertEqual(offered(STREAMTEST, "certify", "memory:", "--profile", "s"), ["strict"])

    def test_mistakes_are_named(self):
        self.refused(says="subcommand")
        self.refused("certify", says="target")
        self.refused("certify", "nothing:", says="'nothing:' is not known")
        self.refused("certify", "memory", says="is not known")
        self.refused("certify", "./mystream.so", says="did you mean plugin:./mystream.so?")
        self.refused("certfy", "memory:", says="'certfy' is no subcommand; there are certify, rules,")
        self.refused("certify", "memory:something", says="takes nothing")
        self.refused("certify", "memory:", "--rule", "BLK-99", says="matches no rule")
        self.refused("certify", "memory:", "--exclude", "QQQ-*", says="matches no rule")
        self.refused("certify", "memory:", "--budget", "soon", says="budget 'soon'")
        self.refused("certify", "memory:", "--patience", "0s", says="patience '0s' is not a duration")
        self.refused("certify", "memory:", "--profile", "loose", says="--profile")
        self.refused("certify", "memory:", "--frobnicate", says="--frobnicate")
        self.refused("certify", "memory:", "--seed", "x", says="--seed")
        self.refused("certify", "memory:", "--variant", "x", says="no variant 'x'")
        self.refused("rules", "QQQ-1", says="matches no rule")
        self.refused("verify", "/nonexistent/report.json", says="can't be read")
        self.refused("selftest", "--gallery", "/nonexistent.so", says="no such file")

    def test_environment(self):
        self.refused("certify", "memory:", says="STREAMTEST_BUGDET is not known",
                     environment={"STREAMTEST_BUGDET": "quick"})
        self.refused("certify", "memory:", says="matches no rule", environment={"STREAMTEST_RULE": "QQQ-1"})
        result = run("certify", "memory:", "--list", environment={"STREAMTEST_RULE": "CLS-*"})
        self.assertEqual({line.split()[0][:3] for line in result.stdout.splitlines()}, {"CLS"})
        # A flag comes before its variable.
        result = run("certify", "memory:", "--list", "--rule", "IDN-1", environment={"STREAMTEST_RULE": "CLS-*"})
        self.assertEqual([line.split()[0] for line in result.stdout.splitlines()], ["IDN-1"])

    def test_plugins(self):
        self.refused("certify", "plugin:/nonexistent.so", says="there is no such file")
        self.refused("certify", f"plugin:{PLUGINS}/other_abi.so", says="built for another kit")
        self.refused("certify", f"plugin:{PLUGINS}/no_symbol.so", says="no symbol streamtest_plugin")
        self.refused("certify", f"plugin:{__file__}", says="can't be loaded")

    def test_databases(self):
        with tempfile.TemporaryDirectory() as folder:
            junk, other, newer = (pathlib.Path(folder) / name for name in ("junk.db", "other.db", "newer.db"))
            junk.write_bytes(b"no database at all" * 500)
            self.refused("certify", f"sqlite:{junk}", says="it is not an SQLite database; name another file")
            with sqlite3.connect(other) as database:
                database.execute("CREATE TABLE theirs(a)")
            self.refused("certify", f"sqlite:{other}", says="it is a database of something else; name another file")
            self.assertEqual(run("smoke", f"sqlite:{newer}").returncode, 0)
            with sqlite3.connect(newer) as database:
                database.execute("PRAGMA user_version = 9")
            self.refused("certify", f"sqlite:{newer}", says="schema version 9 and this program knows version 1")
            self.refused("certify", f"sqlite:{folder}/none/a.db", says="it can't be opened or made")

    def test_databases_that_cannot_be_used(self):
        with tempfile.TemporaryDirectory() as folder:
            locked, damaged, fixed = (pathlib.Path(folder) / name for name in ("locked.db", "damaged.db", "fixed.db"))
            for path in (locked, damaged, fixed):
                self.assertEqual(run("smoke", f"sqlite:{path}").returncode, 0)
            with open(damaged, "r+b") as file:
                file.seek(100)
                file.write(b"\xff" * 3000)
            self.refused("certify", f"sqlite:{damaged}", says="it is damaged; restore it from a copy")
            fixed.chmod(0o444)
            # Modes hold root back only without this capability.
            plain = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if os.getuid() == 0 else ["env"]
            self.refused(*plain[1:], STREAMTEST, "certify", f"sqlite:{fixed}", program=plain[0],
                         says="it is read-only, and a stream needs to write")
            holder = sqlite3.connect(locked)
            holder.execute("PRAGMA locking_mode = EXCLUSIVE")
            holder.execute("BEGIN EXCLUSIVE")
            self.refused("certify", f"sqlite:{locked}", says="another process has locked it for more than 10 s")
            holder.close()

    def test_report_folder(self):
        self.refused("certify", "memory:", "--report", "/proc/nowhere", says="--report")


class Selftest(unittest.TestCase):
    def test_each_seed_counts(self):
        result = run("selftest", "--only", "O-01", "--seeds", "3", "--json")
        self.assertEqual(result.returncode, 0, result.stdout)
        [mutant] = json.loads(result.stdout[result.stdout.index("{"):])["mutants"]
        self.assertEqual((mutant["kills"], mutant["runs"], mutant["by"], mutant["times"]), (3, 3, ["OPN-1"], {"OPN-1": 3}))
        self.assertEqual((mutant["explored_kills"], mutant["schedules_to_kill"]), (0, None), "no order mattered")

    def test_only_takes_patterns(self):
        result = run("selftest", "--only", "O-2[67]", "--only", "CONTROL-H", "--json")
        ran = json.loads(result.stdout[result.stdout.index("{"):])
        self.assertEqual([entry["id"] for entry in ran["mutants"] + ran["odd"]], ["O-26", "O-27", "CONTROL-H"])
        nothing = run("selftest", "--only", "O-26", "--only", "O-9?")
        self.assertEqual(nothing.returncode, 2)
        self.assertIn("--only 'O-9?': the gallery has no such entry", nothing.stdout)
        nothing = run("selftest", "--only", "ODD-*", "--explored")
        self.assertEqual(nothing.returncode, 2, nothing.stdout)
        listed = run("selftest", "--list", "--only", "O-2[67]")
        self.assertEqual([entry.split()[0] for entry in listed.stdout.splitlines()], ["O-26", "O-27"])

    def test_the_matrix_names_other_rules_too(self):
        result = run("selftest", "--only", "O-26", "--matrix", "--json")
        [mutant] = json.loads(result.stdout[result.stdout.index("{"):])["mutants"]
        self.assertIn("CLS-1", mutant["by"])
        self.assertGreater(len(mutant["by"]), 1)


class Proxy(unittest.TestCase):
    def test_mistakes_are_named(self):
        with tempfile.TemporaryDirectory() as folder:
            script = pathlib.Path(folder) / "storm"
            script.write_text("delay 5ms\nwiat 1s\n")
            for arguments, says in (((), "server is required"), (("nowhere",), "'nowhere' is no HOST:PORT"),
                                    (("127.0.0.1:0",), "is no HOST:PORT"), (("127.0.0.1:70000",), "is no HOST:PORT"),
                                    (("no-such-host.invalid:80",), "no-such-host.invalid:80: "),
                                    (("127.0.0.1:1", "--script", str(script)), f"{script}: line 2: 'wiat' is no step"),
                                    (("127.0.0.1:1", "--script", "/nonexistent"), "/nonexistent: can't be read")):
                result = run("proxy", *arguments)
                self.assertEqual(result.returncode, 2, result.stdout)
                self.assertIn(says, result.stdout)

    def test_a_script_is_played_on_a_connection(self):
        with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
            script = pathlib.Path(folder) / "storm"
            script.write_text("limit 5  # bytes of an answer\nwait 1us\n")
            proxy = subprocess.Popen([STREAMTEST, "proxy", f"127.0.0.1:{server.getsockname()[1]}", "--script", script],
                                     stdout=subprocess.PIPE, text=True)
            try:
                port = int(proxy.stdout.readline().split()[0].split(":")[1])
                self.assertEqual(proxy.stdout.readline(), "limit 5 bytes\n")
                self.assertEqual(proxy.stdout.readline(), "wait 0.001 ms\n")  # the limit is in force
                with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
                    answering, _ = server.accept()
                    answering.sendall(b"hello, world")
                    answering.close()
                    received = b""
                    with self.assertRaises(ConnectionResetError):
                        while part := client.recv(100):
                            received += part
                self.assertEqual(received, b"hello")
                proxy.terminate()
                self.assertEqual(proxy.stdout.read(), "1 connections\n")
                self.assertEqual(proxy.wait(60), 0)
            finally:
                proxy.kill()
                proxy.stdout.close()
                proxy.wait()


class Certify(unittest.TestCase):
    def test_a_selection_gives_no_certificate(self):
        result = run("certify", "memory:", "--rule", "OPN-*", "--budget", "quick")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("no certificate", result.stdout)

    def test_reports_are_written_and_verified(self):
        with tempfile.TemporaryDirectory() as folder:
            result = run("certify", "memory:", "--budget", "quick", "--report", folder)
            self.assertEqual(result.returncode, 0, result.stdout)
            self.assertIn("verdict: conformant", result.stdout)
            path = pathlib.Path(folder) / "report.json"
            report = json.loads(path.read_text())
            rules = [rule["id"] for rule in json.loads(run("rules", "--json").stdout)["rules"]]
            self.assertEqual([rule["id"] for rule in report["rules"]], rules)
            self.assertTrue((pathlib.Path(folder) / "junit.xml").read_text().startswith("<?xml"))
            self.assertEqual(run("verify", str(path)).returncode, 0)
            path.write_text(path.read_text().replace('"verdict": "pass"', '"verdict": "fail"', 1))
            self.assertEqual(run("verify", str(path)).returncode, 1)

    def test_exclusion_is_partial(self):
        result = run("certify", "memory:", "--budget", "quick", "--exclude", "BLK-5", "--exclude", "TYP-2")
        self.assertEqual(result.returncode, 4, result.stdout)
        result = run("certify", "memory:", "--budget", "quick", "--exclude", "TYP-2", "--accept", "partial")
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_two_jobs(self):
        result = run("certify", "memory:", "--budget", "quick", "--jobs", "2")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("verdict: conformant", result.stdout)

    def test_an_own_binary(self):
        result = run("certify", "--budget", "quick", program=OWN_BINARY)
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("verdict: conformant", result.stdout)


class Faults(unittest.TestCase):
    """A harness or stream that goes wrong: the right verdict, in time, and never a pass."""

    def certify(self, mode, *options):
        return run("certify", faulty(mode), "--budget", "quick", "--patience", "500ms", *options)

    def test_a_harness_that_throws_could_not_run(self):
        result = self.certify("throw_setup", "--rule", "OPN-1")
        self.assertEqual(result.returncode, 3, result.stdout)
        self.assertIn("the database is not there", result.stdout)

    def test_an_append_that_fails_could_not_run(self):
        for mode, says in (("append_fails", "backend_failure"), ("append_throws", "the disk is full"),
                           ("one_offset", "returned 1 offsets")):
            result = self.certify(mode, "--rule", "ORD-1")
            self.assertEqual(result.returncode, 3, result.stdout)
            self.assertIn(says, result.stdout)

    def test_a_crash_costs_its_rule_and_no_other(self):
        result = self.certify("crash", "--rule", "OPN-1", "--rule", "TYP-1")
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("OPN-1 failed: the stream's process died", result.stdout)
        self.assertIn("signal 6", result.stdout)
        self.assertNotIn("TYP-1 failed", result.stdout)

    def test_a_crash_behind_the_last_case_is_seen(self):
        result = self.certify("crash_at_exit", "--rule", "OPN-1", "--rule", "TYP-1")
        self.assertEqual(result.returncode, 1, result.stdout)
        # Of each chapter's process.
        for rule in ("OPN-1", "TYP-1"):
            self.assertIn(f"{rule} failed: the stream's process died", result.stdout)
        self.assertIn("exit code 66 after the last case of this rule", result.stdout)

    def test_wrong_outcomes_fail(self):
        result = self.certify("wrong", "--rule", "OPN-1")
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("damaged", result.stdout)
        result = self.certify("throw_next", "--rule", "OPN-1")
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("next is not well", result.stdout)

    def test_a_stuck_next_fails_and_the_run_goes_on(self):
        result = self.certify("hang_next", "--rule", "OPN-1", "--rule", "OPN-4")
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("is stuck", result.stdout)
        self.assertIn("2 failed", result.stdout)  # the second one was run, in a fresh process

    def test_a_hang_prints_each_pending_operation(self):
        result = self.certify("hang_close", "--rule", "CLS-1", "--seed", "1")
        self.assertEqual(result.returncode, 1, result.stdout)
        begin = result.stdout.index("nothing has happened for")
        text = result.stdout[begin:].split("what happened")[0]
        lines = [line.strip() for line in text.strip().splitlines()]
        approved = (BASELINES / "hang.txt").read_text().strip().splitlines()
        self.assertEqual(lines, [line.strip() for line in approved])

    def test_a_hanging_append_is_stopped(self):
        result = self.certify("hang_append", "--rule", "ORD-1")
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("append(", result.stdout)

    def test_handlers_and_consumers_have_certificates_of_their_own(self):
        for entry, role, count in (("CONTROL-H", "handler", 2), ("CONTROL-C", "consumer", 8)):
            target = f"plugin:{PLUGINS}/gallery.so?{entry}"
            with tempfile.TemporaryDirectory() as folder:
                result = run("certify", target, "--budget", "quick", "--report", folder)
                self.assertEqual(result.returncode, 0, result.stdout)
                self.assertIn(f"{count} rules for a {role}: {count} passed\nverdict: conformant", result.stdout)
                report = json.loads((pathlib.Path(folder) / "report.json").read_text())
                self.assertEqual(report["subject"]["role"], role)
                self.assertEqual(sum(rule["verdict"] == "pass" for rule in report["rules"]), count)
                self.assertEqual(run("verify", f"{folder}/report.json").returncode, 0)
            # Rules for streams alone are a run of nothing.
            self.assertEqual(run("certify", target, "--rule", "ORD-*", "--budget", "quick").returncode, 3)
            for command in ("smoke", "bench"):
                result = run(command, target)
                self.assertEqual(result.returncode, 2)
                self.assertIn(f"{command} is for streams", result.stdout)

    def test_smoke(self):
        self.assertEqual(run("smoke", "memory:").returncode, 0)
        for mode in ("throw_setup", "append_fails", "wrong"):
            self.assertEqual(run("smoke", faulty(mode)).returncode, 1, mode)
        self.assertEqual(run("smoke", "plugin:/nonexistent.so").returncode, 2)

    def test_a_run_in_which_all_fails_leaves_nothing_behind(self):
        with tempfile.TemporaryDirectory() as folder:
            clean = {"TMPDIR": folder}
            result = run("certify", faulty("wrong"), "--budget", "quick", "--patience", "500ms", environment=clean,
                         timeout=280)
            self.assertEqual(result.returncode, 1)
            self.assertEqual(os.listdir(folder), [])
        processes = subprocess.run(["pgrep", "-f", "faulty.so\\?wrong"], capture_output=True, text=True)
        self.assertEqual(processes.stdout, "")


class Children(unittest.TestCase):
    def test_they_have_sessions_of_their_own_as_nice_as_their_parent_and_end_with_it(self):
        hangs = ["certify", faulty("hang_append"), "--rule", "ORD-1"]  # until its watchdog barks, in half a minute
        parent = subprocess.Popen(["nice", "-n", "5", STREAMTEST, *hangs], stdout=subprocess.DEVNULL)
        try:
            leaders = []  # a child is there before it has come to that
            while not leaders and parent.poll() is None:
                found = subprocess.run(["ps", "-o", "sid=,pid=", "--ppid", str(parent.pid)], capture_output=True, text=True)
                leaders = [pid for sid, pid in map(str.split, found.stdout.splitlines()) if sid == pid]
            self.assertTrue(leaders)
            session = pathlib.Path(f"/proc/{leaders[0]}/autogroup")
            while session.exists() and "nice 5" not in session.read_text():
                self.assertIsNone(parent.poll(), "the session isn't nice")
        finally:
            parent.kill()
            parent.wait()
        until = time.monotonic() + 10
        ask = ["ps", "-o", "stat=", "-p", leaders[0]]  # Z: nobody has asked yet how it ended
        while subprocess.run(ask, capture_output=True, text=True).stdout[:1] not in ("", "Z"):
            self.assertLess(time.monotonic(), until, "it goes on without its parent")


class Suite(unittest.TestCase):
    """The gtest door."""

    def test_names_can_be_filtered_by_rule(self):
        listed = run("--gtest_list_tests", program=SUITE_DOOR).stdout
        self.assertIn("Varied/large/Opening.", listed)
        self.assertIn("Varied/small/Opening.", listed)
        self.assertIn("  OPN_1.", listed)

    def test_variants_pass(self):
        result = run("--gtest_filter=Varied/*.OPN_*", program=SUITE_DOOR, environment={"STREAMTEST_BUDGET": "quick"})
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_a_broken_stream_fails_by_its_rule(self):
        result = run("--gtest_filter=Broken/*.OPN_*", program=SUITE_DOOR, environment={"STREAMTEST_BUDGET": "quick"})
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("OPN-3 failed", result.stdout)

    def test_nothing_run_is_no_pass(self):
        result = run("--gtest_filter=Nothing.*", program=SUITE_DOOR)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("proves nothing", result.stdout)

    def test_all_skipped_is_no_pass(self):
        result = run("--gtest_filter=Broken/*.TRN_*", program=SUITE_DOOR)
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("proves nothing", result.stdout)

    def test_the_environment_is_heeded(self):
        result = run("--gtest_filter=Varied/*.OPN_1*", program=SUITE_DOOR, environment={"STREAMTEST_BUGDET": "quick"})
        self.assertEqual(result.returncode, 1, result.stdout)
        self.assertIn("STREAMTEST_BUGDET", result.stdout)
        with tempfile.TemporaryDirectory() as folder:
            run("--gtest_filter=Varied/large/*", program=SUITE_DOOR,
                environment={"STREAMTEST_BUDGET": "quick", "STREAMTEST_REPORT": folder})
            report = pathlib.Path(folder) / "Varied" / "large" / "report.json"
            self.assertEqual(json.loads(report.read_text())["verdict"], "conformant")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[5:]], verbosity=1)

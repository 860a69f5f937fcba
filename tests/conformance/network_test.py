"""grpc: our own server, over memory and over SQLite, certified from outside by our own client through a network that fails.

Usage: network_test.py STREAMTEST [unittest arguments]
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from serving import Server

STREAMTEST = sys.argv[1]


def run(*arguments, timeout=300):
    result = subprocess.run([STREAMTEST, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            stdin=subprocess.DEVNULL, timeout=timeout)
    return result.returncode, result.stdout


class Network(unittest.TestCase):
    def certify(self, stream):
        with Server(STREAMTEST, stream, "--control") as server, tempfile.TemporaryDirectory() as folder:
            code, output = run("certify", f"grpc://{server.address}", "--budget", "quick", "--jobs", "2", "--report", folder)
            report = json.loads((pathlib.Path(folder) / "report.json").read_text())
        self.assertEqual(code, 0, output)
        self.assertIn("verdict: conformant", output)
        self.assertEqual((server.process.returncode, server.said), (0, ""))
        verdicts = {rule["id"]: rule["verdict"] for rule in report["rules"]}
        # What only a network can show was looked at.
        self.assertEqual([verdicts[rule] for rule in ("ERR-1", "ERR-2", "ERR-3", "IDN-2", "TRN-1")], ["pass"] * 5)
        return report

    def test_memory_behind_grpc_is_conformant(self):
        self.assertEqual(self.certify("memory:")["subject"]["name"], "memory behind gRPC")

    def test_sqlite_behind_grpc_is_conformant(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.certify(f"sqlite:{folder}/events.db")["subject"]["name"], "sqlite behind gRPC")

    def test_smoke_and_a_file_without_the_application(self):
        with tempfile.TemporaryDirectory() as folder:
            with Server(STREAMTEST, f"sqlite:{folder}/events.db", "--control") as server:
                self.assertEqual(run("smoke", f"grpc://{server.address}")[0], 0)
            code, output = run("serve", f"sqlite:{folder}/events.db", "--application", "shop=4f1c")
            self.assertEqual((code, output), (2, "streamtest serve: the file holds no events of shop=4f1c\n"))

    def test_nobody_at_the_address_is_a_usage_error(self):
        code, output = run("certify", "grpc://127.0.0.1:1")
        self.assertEqual(code, 2, output)
        for part in ("Reset at 127.0.0.1:1 failed with status 14", "streamtest serve memory: --control"):
            self.assertIn(part, output)
        code, output = run("certify", "grpc://nowhere")
        self.assertEqual(code, 2, output)
        self.assertIn("needs an address, such as grpc://127.0.0.1:5000", output)

    def test_what_cant_be_served_is_said(self):
        for arguments, part in ((["memory:"], "nothing is served: say whose stream by --application"),
                                (["postgres:", "--control"], "'postgres:' is neither memory: nor sqlite:PATH"),
                                (["sqlite:", "--control"], "sqlite: needs a file behind the colon"),
                                (["memory:", "--application", "a=b"], "--application is for sqlite:PATH"),
                                (["sqlite:x", "--application", "a"], "--application 'a' is no NAME=KEY"),
                                (["memory:", "--control", "--listen", "256.0.0.1:1"], "can't listen on 256.0.0.1:1")):
            self.refused(*arguments, says=part)

    def test_serving_makes_no_file(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "events.db"
            for more in ((), ("--control",)):
                self.refused(f"sqlite:{file}", "--application", "shop=1", *more, says=f"there is no file {file}")
            self.refused("foo:", says="'foo:' is neither memory: nor sqlite:PATH")
            self.refused("memory:", "--nope", says="--nope")
            self.refused(says="stream is required")
            self.assertEqual(list(pathlib.Path(folder).iterdir()), [])

    def refused(self, *arguments, says):
        code, output = run("serve", *arguments, timeout=30)
        self.assertEqual(code, 2, output)
        self.assertIn(says, output)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]], verbosity=1)

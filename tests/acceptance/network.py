"""The network stream is certified in all its pairs: our client against our server over memory and over SQLite and against
the Go peer, which are conformant; and against each fault of the peer's, which is named by its rule.

Usage: network.py [--budget quick|default|...] [--only PATTERN]...
"""
import argparse
import fnmatch
import json
import pathlib
import subprocess
import sys
import tempfile

import common

sys.path.append(str(common.ROOT / "tests" / "conformance"))
from serving import Server, die_with_parent  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--budget", default="default")
parser.add_argument("--only", action="append", default=[], help="those that match, such as 'go*' (repeatable)")
arguments = parser.parse_args()
common.build()
lines = common.Lines()
GO_PEER = common.BUILD / "bin" / "go_peer"

# The rule that must name each fault, and what else its sentence covers, with the reason.
FAULTS = {
    "drops-at-cut": ({"ERR-3"}, set()),
    "restarts-at-zero": ({"ERR-3"}, set()),
    "accepts-unknown-types": ({"OPN-4"}, set()),
    "one-at-a-time": ({"CON-4"}, set()),
    # It never takes up again, so that no new cursor goes on either.
    "ends-ok": ({"ERR-2"}, {"ERR-3"}),
    # TRN-1 demands the kind as well, and all that cut expect it.
    "truncation-unnamed": ({"ERR-1"}, {"BLK-2", "TRN-1", "TRN-2", "TRN-4", "TRN-6", "TRN-7"}),
}


class Peer:
    """The Go peer's server, for as long as the block lasts."""

    def __init__(self, *options):
        self.options = options

    def __enter__(self):
        self.process = subprocess.Popen([GO_PEER, "serve", "--ping-interval", "1s", *self.options], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        self.address = self.process.stdout.readline().split()[-1]
        return self

    def __exit__(self, *_):
        self.process.stdin.close()  # its end stops it
        self.process.wait(timeout=30)


def certify(server, *more):
    """(exit code, the rules that failed, seconds)"""
    with server, tempfile.TemporaryDirectory() as folder:
        code, output, seconds = common.run(common.STREAMTEST, "certify", f"grpc://{server.address}", "--budget",
                                           arguments.budget, "--report", folder, *more)
        report = pathlib.Path(folder) / "report.json"
        if not report.exists():
            sys.exit(output)
        failed = [rule["id"] for rule in json.loads(report.read_text())["rules"] if rule["verdict"] == "fail"]
    return code, failed, seconds


def chosen(name):
    return not arguments.only or any(fnmatch.fnmatch(name, each) for each in arguments.only)


with tempfile.TemporaryDirectory() as folder:
    for name, server in (("our server over memory", Server(common.STREAMTEST, "memory:", "--control")),
                         ("our server over SQLite", Server(common.STREAMTEST, f"sqlite:{folder}/events.db", "--control")),
                         ("go peer", Peer())):
        if chosen(name):
            code, failed, seconds = certify(server)
            lines.say(f"{name}, certified", f"exit {code}, {' '.join(failed) or 'conformant'}, {seconds:.0f} s",
                      code == 0 and not failed)
for fault, (named, covered) in FAULTS.items():
    if chosen(f"go peer {fault}"):
        # What needs a stroke of luck is given the whole budget.
        code, failed, seconds = certify(Peer("--fault", fault), *(["--rule", "CON-4"] if fault == "one-at-a-time" else []))
        lines.say(f"go peer that {fault}", f"exit {code}, {' '.join(failed) or 'conformant'}, {seconds:.0f} s",
                  code == 1 and named <= set(failed) <= named | covered)
lines.exit()

"""The network stream is certified in all its pairs: our client against our server over memory and over SQLite and against
the Go peer, which are conformant; and against each fault of the peer's, which is named by its rule.

Usage: network.py [--budget quick|default|...] [--only PATTERN]...
"""
import argparse
import fnmatch
import json
import pathlib
import sys
import tempfile

import common

sys.path.append(str(common.ROOT / "tests" / "conformance"))
from serving import Peer, Server  # noqa: E402

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--budget", default="default")
parser.add_argument("--only", action="append", default=[], help="those that match, such as 'go*' (repeatable)")
arguments = parser.parse_args()
common.build()
lines = common.Lines()
GO_PEER = common.BUILD / "bin" / "go_peer"

# The rule that must name each fault, and nothing else. Three are named by others as well, and are short: decision 0029.
FAULTS = {
    "drops-at-cut": "ERR-3",
    "restarts-at-zero": "ERR-3",
    "accepts-unknown-types": "OPN-4",
    "one-at-a-time": "CON-4",
    "ends-ok": "ERR-2",
    "truncation-unnamed": "ERR-1",
}


def certify(server):
    """(exit code, the rules that failed, seconds)"""
    with server, tempfile.TemporaryDirectory() as folder:
        code, output, seconds = common.run(common.STREAMTEST, "certify", f"grpc://{server.address}", "--budget",
                                           arguments.budget, "--report", folder)
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
                         ("go peer", Peer(GO_PEER))):
        if chosen(name):
            code, failed, seconds = certify(server)
            lines.say(f"{name}, certified", f"exit {code}, {' '.join(failed) or 'conformant'}, {seconds:.0f} s",
                      code == 0 and not failed)
for fault, rule in FAULTS.items():
    if chosen(f"go peer {fault}"):
        code, failed, seconds = certify(Peer(GO_PEER, "--fault", fault))
        lines.say(f"go peer that {fault}", f"exit {code}, {' '.join(failed) or 'conformant'}, {seconds:.0f} s",
                  code == 1 and failed == [rule])
lines.exit()

"""Our side of the network stream and the Go peer's, at both ends.

Usage: interop_test.py STREAMTEST GO_PEER READER [unittest arguments]
"""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

STREAMTEST, GO_PEER, READER = sys.argv[1:4]
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "conformance"))
from serving import Peer, Server, die_with_parent  # noqa: E402

KEY = "4f1c7d5e-shop"
# A server that comes back needs its port again. No connection to 127.0.0.1 can have taken it meanwhile.
OF_ITS_OWN = "127.0.0.77:0"


def go(address, *arguments, lines=(), timeout=120):
    """Runs the Go client; gives the exit code and what it printed, each line read."""
    flags = ["--target", address, *([] if "--application" in arguments else ["--application", KEY])]
    command = [*arguments[:2], *flags, *arguments[2:]] if arguments[0] == "control" else [arguments[0], *flags, *arguments[1:]]
    result = subprocess.run([GO_PEER, *command], input="".join(json.dumps(line) + "\n" for line in lines),
                            stdout=subprocess.PIPE, text=True, timeout=timeout)
    return result.returncode, [json.loads(line) for line in result.stdout.splitlines()]


def event(kind, data, **fields):
    return {"offset": 0, "envelope": {
        "message_id": f"m {len(data)}", "causation_id": "c", "correlation_id": "r",
        "source_application": {"name": "shop", "key": KEY}, "created_at": "2026-11-26T01:02:03.123456789Z",
        "portable_name": kind, "media_type": "application/json", "data": base64.b64encode(data).decode(), **fields}}


class GoClientOnOurServer(unittest.TestCase):
    def setUp(self):
        self.server = Server(STREAMTEST, "memory:", "--control")
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.assertEqual(self.go("control", "reset", "--name", "shop", "--types", "A,B", "--media-type", "application/json"),
                         (0, [{"implementation": "memory behind gRPC"}]))

    def go(self, *arguments, **options):
        return go(self.server.address, *arguments, **options)

    def append(self, events):
        code, told = self.go("control", "append", lines=events)
        self.assertEqual(code, 0, told)
        return told[0]["offsets"]

    def test_events_come_as_they_went(self):
        events = [event("A", b""), event("B", bytes(range(256))),
                  event("A", b"{}", source_handler={"name": "seller", "key": "h"}, source_instance_id="7")]
        self.assertEqual(self.append(events), [0, 1, 2])
        code, read = self.go("read", "--types", "A,B", "--count", "3")
        self.assertEqual(code, 0, read)
        self.assertEqual([each["offset"] for each in read], [0, 1, 2])
        for sent, got in zip(events, read):
            for field, value in sent["envelope"].items():
                wanted = value if field != "created_at" else "2026-11-26T01:02:03.123456789+00:00"
                self.assertEqual(got["envelope"].get(field, ""), wanted, field)
        code, some = self.go("read", "--types", "B", "--count", "1")
        self.assertEqual((code, some), (0, [read[1]]))

    def test_a_thousand_cursors_of_one_connection_read_everything_in_order(self):
        self.append([event("AB"[i % 2], b"x" * i) for i in range(20)])
        code, told = self.go("read", "--types", "A,B", "--count", "20", "--cursors", "1000")
        self.assertEqual(code, 0, told[-1])
        summary = told[-1]["summary"]
        self.assertEqual((summary["complete"], summary["sequences"], summary["first_offset"], summary["last_offset"]),
                         (1000, 1, 0, 19))

    def test_types_and_their_media_types_are_told(self):
        code, told = self.go("types")
        self.assertEqual(code, 0, told)
        self.assertEqual(sorted(each["portable_name"] for each in told[0]["event_types"]), ["A", "B"])

    def test_every_error_has_its_code_message_and_detail(self):
        self.append([event("A", b"1"), event("A", b"2")])
        self.go("control", "truncate", "--first-offset", "1")
        prefix = "dogma.interop.v1.eventstream."
        json_media = ["--media-type", "application/json"]
        for arguments, code, message, details in (
                (["--application", "", "--types", "A", *json_media], "INVALID_ARGUMENT", "application key must not be empty", []),
                (["--application", "X", "--types", "A", *json_media], "NOT_FOUND", "unrecognized application: X",
                 [{"type": prefix + "UnrecognizedApplication", "fields": {"application_key": "X"}}]),
                (["--types", "A,X", "--type", "", *json_media], "INVALID_ARGUMENT",
                 "one or more unrecognized event types or media-types",
                 [{"type": prefix + "UnrecognizedEventType", "fields": {"portable_name": "X"}},
                  {"type": prefix + "UnrecognizedEventType", "fields": {"portable_name": ""}}]),
                (["--types", "A", "--no-media-types"], "INVALID_ARGUMENT",
                 "at least one media-type must be given for 'A' events", []),
                (["--types", "A", "--offset", "1", "--media-type", "text/plain"], "INVALID_ARGUMENT",
                 "none of the requested media-types for 'A' events are supported",
                 [{"type": prefix + "NoRecognizedMediaTypes", "fields": {"portable_name": "A"}}]),
                (["--types", "A", "--offset", "1", "--media-type", "nonsense"], "UNKNOWN", "mime: no media type", []),
                (["--types", "A", "--offset", "0", *json_media], "OUT_OF_RANGE", "can not open cursor, stream is truncated",
                 [{"type": "streamtest.network.v1.Truncated", "fields": None}])):
            exit_code, told = self.go("read", *arguments, "--count", "1")
            with self.subTest(arguments):
                error = told[-1]["error"]
                self.assertEqual((exit_code, error["code"], error["message"]), (1, code, message))
                got = error.get("details") or []
                self.assertEqual([each["type"] for each in got], [each["type"] for each in details])
                for each, wanted in zip(got, details):
                    if wanted["fields"] is not None:
                        self.assertEqual({"portable_name": ""} | each["fields"] if "portable_name" in wanted["fields"]
                                         else each["fields"], wanted["fields"])

    def test_a_server_that_is_killed_is_unavailable(self):
        self.append([event("A", b"1")])
        reading = subprocess.Popen([GO_PEER, "read", "--target", self.server.address, "--application", KEY, "--types", "A"],
                                   stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        self.assertEqual(json.loads(reading.stdout.readline())["offset"], 0)
        self.server.process.kill()
        told, _ = reading.communicate(timeout=60)
        self.assertEqual(reading.returncode, 1)
        self.assertEqual(json.loads(told.splitlines()[-1])["error"]["code"], "UNAVAILABLE")


def must(address, *arguments, **options):
    code, told = go(address, *arguments, **options)
    assert code == 0, f"{arguments}: exit code {code}, {told}"


class OurServerComesBack(unittest.TestCase):
    def test_a_go_client_goes_on_behind_what_it_read(self):
        with tempfile.TemporaryDirectory() as folder:
            stored = f"sqlite:{folder}/events.db"
            server = Server(STREAMTEST, stored, "--control", "--listen", OF_ITS_OWN)
            with server:
                must(server.address, "control", "reset", "--name", "shop", "--types", "A", "--media-type", "application/json")
                must(server.address, "control", "append", lines=[event("A", b"x" * i) for i in range(3)])
                read = go(server.address, "read", "--types", "A", "--count", "3")
                server.process.kill()
            with Server(STREAMTEST, stored, "--application", f"shop={KEY}", "--listen", server.address) as again:
                self.assertEqual(go(again.address, "read", "--types", "A", "--count", "3"), read)
                code, rest = go(again.address, "read", "--types", "A", "--offset", "2", "--count", "1")
                self.assertEqual((code, rest), (0, read[1][2:]))


class GoServerComesBack(unittest.TestCase):
    def test_our_readers_of_one_connection_go_on_where_they_were(self):
        with tempfile.TemporaryDirectory() as folder:
            journal = ["--journal", f"{folder}/journal"]
            with Peer(GO_PEER, *journal, listen=OF_ITS_OWN) as peer:
                must(peer.address, "control", "reset", "--name", "shop", "--types", "A", "--media-type", "application/json")
                must(peer.address, "control", "append", lines=[event("A", b"x" * i) for i in range(3)])
                reading = subprocess.Popen([READER, peer.address, KEY, "A", "6", "1000"], stdout=subprocess.PIPE, text=True,
                                           preexec_fn=die_with_parent)
                self.addCleanup(reading.communicate)
                self.addCleanup(reading.kill)
                self.assertEqual([reading.stdout.readline() for _ in range(3)], ["0\n", "1\n", "2\n"])
                peer.process.kill()
            with Peer(GO_PEER, *journal, listen=peer.address):
                must(peer.address, "control", "append", lines=[event("A", b"y" * i) for i in range(3)])
                told, _ = reading.communicate(timeout=120)
            self.assertEqual((reading.returncode, told), (0, "3\n4\n5\ncomplete 1000\n"))


class OurClientOnGoServer(unittest.TestCase):
    def failed(self, *options):
        """Certifies the peer and gives the exit code, the output and the rules that failed."""
        with Peer(GO_PEER, *options) as peer, tempfile.TemporaryDirectory() as folder:
            result = subprocess.run([STREAMTEST, "certify", f"grpc://{peer.address}", "--budget", "quick", "--jobs", "2",
                                     "--report", folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                    stdin=subprocess.DEVNULL, timeout=400)
            report = json.loads((pathlib.Path(folder) / "report.json").read_text())
        return result.returncode, result.stdout, [rule["id"] for rule in report["rules"] if rule["verdict"] == "fail"]

    def test_it_is_conformant(self):
        code, output, failed = self.failed()
        self.assertEqual((code, failed), (0, []), output)

    def test_unknown_types_that_are_taken_are_named(self):
        code, output, failed = self.failed("--fault", "accepts-unknown-types")
        self.assertEqual((code, failed), (1, ["OPN-4"]), output)

    def test_an_event_that_is_dropped_at_a_cut_is_named(self):
        code, output, failed = self.failed("--fault", "drops-at-cut")
        self.assertEqual((code, failed), (1, ["ERR-3"]), output)

    def test_a_cursor_that_begins_at_zero_after_a_cut_is_named(self):
        code, output, failed = self.failed("--fault", "restarts-at-zero")
        self.assertEqual((code, failed), (1, ["ERR-3"]), output)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=1)

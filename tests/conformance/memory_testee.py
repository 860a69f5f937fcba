"""A stream in memory as a testee, correct unless it is told to go wrong.

Usage: memory_testee.py [listen | FAULT [RULE]]

A fault of the stream is there always; one of the testee comes with the first append to a stream that was made for the
RULE, whose id is in the stream's unique name.
"""
import json
import os
import pathlib
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "adapters" / "testee" / "python"))

from streamtest_testee import Cursor, Hello, Refused, Stream, listen, serve  # noqa: E402

FAULT, RULE = (sys.argv[1:] + ["", ""])[:2]
PAGE = 4096


class MemoryCursor(Cursor):
    def __init__(self, stream, offset, types):
        self.stream = stream
        self.position = offset
        self.types = set(types)
        self.waits = False
        self.closed = False
        self.ahead = None  # the fault "buffers" gives it away after close

    def next(self, stop):
        stop.on_request(self.wake)
        while True:
            with self.stream.changed:
                event = self.look(stop)
            if event:
                return event
            time.sleep(0)  # between two pages others get the lock and the interpreter (CAN-5, CLS-4)

    def look(self, stop):
        """Reads a page, or waits for one; may find nothing."""
        if self.closed and FAULT == "buffers" and self.ahead:
            event, self.ahead = self.ahead, None
            return event
        if self.closed:
            raise Refused("cursor_closed")
        if stop.requested:
            raise Refused("cancelled")
        event = self.find()
        if event:
            self.position = event[0] + 1
            self.ahead = self.find() if FAULT == "buffers" else None
            return event
        self.position = max(self.position, min(self.position + PAGE, len(self.stream.log)))
        if self.position >= len(self.stream.log):
            self.waits = True
            self.stream.changed.wait()
            self.waits = False
        return None

    def find(self):
        if self.position < self.stream.first:
            raise Refused("truncated")
        log = self.stream.log
        page = range(self.position, min(self.position + PAGE, len(log)))
        return next(((at, log[at]) for at in page if log[at]["type"] in self.types), None)

    def wake(self):
        with self.stream.changed:
            self.stream.changed.notify_all()

    def close(self):
        with self.stream.changed:
            if self.closed:
                raise Refused("cursor_closed")
            self.destroy()

    def destroy(self):
        with self.stream.changed:
            self.closed = True
            self.stream.cursors.discard(self)
            self.stream.changed.notify_all()


class MemoryStream(Stream):
    def __init__(self, request):
        super().__init__(request)
        self.changed = threading.Condition()
        self.log = []
        self.first = 0
        self.cursors = set()
        self.fails = False

    def application(self):
        return self.request["application"]

    def event_types(self, cancelled):
        if cancelled:
            raise Refused("cancelled")
        return self.request["event_types"]

    def open(self, offset, types, cancelled):
        if cancelled:
            raise Refused("cancelled")
        if not types:
            raise Refused("no_event_types")
        if not set(types) <= set(self.request["event_types"]):
            raise Refused("unsupported_event_type")
        cursor = MemoryCursor(self, offset, types)
        with self.changed:
            self.cursors.add(cursor)
        return cursor

    def append(self, batch, expected):
        if RULE and RULE in self.request["unique_name"]:
            go_wrong()
            if FAULT == "unspeakable":
                return [b"no offset"]
        with self.changed:
            if self.fails:
                self.fails = False
                raise Refused("backend_failure")
            if expected is not None and expected != len(self.log):
                raise Refused("conflict")
            begin, types = len(self.log), {envelope["type"] for envelope in batch}
            self.log += batch
            for cursor in self.cursors:  # who sleeps has looked at what isn't for it (TRN-5)
                if cursor.waits and cursor.position == begin and not cursor.types & types:
                    cursor.position = len(self.log)
            self.changed.notify_all()
            return range(begin, len(self.log))

    def truncate(self, first):
        with self.changed:
            self.first = max(self.first, min(first, len(self.log)))
            for cursor in self.cursors:
                cursor.ahead = None
            return self.first

    def fail_next_append(self):
        self.fails = True

    def fill(self, event_type, count):
        self.append([{"type": event_type}] * count, None)

    def twin(self, request):
        return MemoryStream(request)

    def drop(self):
        if FAULT == "dies late" and RULE in self.request["unique_name"]:
            os.kill(os.getpid(), signal.SIGKILL)


def go_wrong():
    """The testee's own faults, in the middle of a request."""
    if FAULT == "dies":
        print("the disk is on fire", file=sys.stderr, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    if FAULT == "hangs":
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
        threading.Event().wait()
    if FAULT == "garbage":
        os.write(1, b"Traceback (most recent call last):\n")
    if FAULT == "flood":
        for _ in range(100):
            os.write(1, b"x" * 1_000_000)
    if FAULT == "twice":
        os.write(1, b'{"id": 1, "ok": null}\n')


def deaf(*_):
    threading.Event().wait()


if __name__ == "__main__":
    hello = Hello(
        "memory in Python",
        capabilities={"truncation": "strict", "conditional_append": True, "twin": True},
        hooks=["truncate", "append_expecting", "fail_next_append", "fill", "twin"],
    )
    if FAULT == "silent":
        sys.exit("no hello from here")
    if FAULT == "old":
        print(json.dumps({**hello.message(), "testee": 7}), flush=True)
    elif FAULT == "claims":
        hello.capabilities["telepathy"] = True
        serve(hello, MemoryStream)
    elif FAULT == "listen":
        listen(hello, MemoryStream)
    else:
        signal.signal(signal.SIGUSR1, deaf)
        serve(hello, MemoryStream)

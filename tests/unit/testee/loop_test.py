"""The loop of the Python testee library: what ends with a connection, and what is used again."""
import io
import json
import sys
import threading
import unittest

from streamtest_testee.protocol import Cursor, Loop, Stream, Workers

MAKE = {"id": 1, "do": "make", "stream": "s"}
OPEN = {"id": 2, "do": "open", "stream": "s", "cursor": "c", "offset": 0, "types": [], "cancelled": False}
PING = {"id": 3, "do": "ping"}


class Noted(Cursor):
    def __init__(self):
        self.destroyed = threading.Event()

    def next(self, stop):
        raise NotImplementedError

    def close(self):
        raise NotImplementedError

    def destroy(self):
        self.destroyed.set()


class Held(Stream):
    """Its one cursor is opened when it is let go."""

    def __init__(self, request):
        super().__init__(request)
        self.go = threading.Event()
        self.cursor = Noted()

    def open(self, offset, types, cancelled):
        self.go.wait()
        return self.cursor

    def append(self, batch, expected):
        return []


class Answers(io.StringIO):
    """Tells when a request has been answered."""

    def __init__(self):
        super().__init__()
        self.changed = threading.Condition()

    def write(self, text):
        with self.changed:
            count = super().write(text)
            self.changed.notify_all()
        return count

    def wait_for(self, identity):
        with self.changed:
            self.changed.wait_for(lambda: f'"id": {identity},' in self.getvalue())


class LoopTest(unittest.TestCase):
    def setUp(self):
        self.stream = Held({})
        self.answers = Answers()
        self.workers = Workers()

    def loop(self):
        return Loop(lambda request: self.stream, self.answers, {}, self.workers)

    def requests(self, *requests, ending=None):
        """Each once the one before it was answered, but for an open that is held."""
        for request in requests:
            yield json.dumps(request).encode()
            if request["do"] != "open" or self.stream.go.is_set():
                self.answers.wait_for(request["id"])
        if ending:
            raise ending

    def test_cursors_go_with_a_connection_that_is_reset(self):
        self.stream.go.set()
        with self.assertRaises(ConnectionResetError):
            self.loop().serve(self.requests(MAKE, OPEN, ending=ConnectionResetError()))
        self.assertTrue(self.stream.cursor.destroyed.is_set())

    def test_cursors_go_with_a_connection_that_ends_within_a_line(self):
        self.stream.go.set()

        def torn():
            yield from self.requests(MAKE, OPEN)
            yield b'{"id": 3, "do"'

        with self.assertRaises(json.JSONDecodeError):
            self.loop().serve(torn())
        self.assertTrue(self.stream.cursor.destroyed.is_set())

    def test_a_cursor_that_is_opened_too_late_goes_at_once(self):
        self.loop().serve(self.requests(MAKE, OPEN))
        self.assertFalse(self.stream.cursor.destroyed.is_set())
        self.stream.go.set()
        self.answers.wait_for(2)
        self.assertTrue(self.stream.cursor.destroyed.is_set())

    def test_threads_are_used_again_by_later_connections(self):
        for connection in range(20):
            self.loop().serve(self.requests(MAKE, dict(PING, id=10 + connection)))
        workers = [thread for thread in threading.enumerate() if thread.daemon]
        # Few more than one: a thread may have answered and not be idle yet.
        self.assertLess(len(workers), 20)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

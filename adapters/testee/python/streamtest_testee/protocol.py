"""The testee protocol's loop: requests from standard input or from a connection, each in a thread, and their answers."""
from __future__ import annotations

import json
import socketserver
import sys
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, BinaryIO, Callable, Iterable, Sequence, TextIO

VERSION = 1


class Refused(Exception):
    """The stream's refusal: one of the contract's kinds, such as "truncated" or "cursor_closed"."""

    def __init__(self, kind: str, text: str = "") -> None:
        super().__init__(text or kind)
        self.kind = kind
        self.text = text


@dataclass
class Hello:
    """What a testee says of its stream before anything else."""

    name: str
    capabilities: dict[str, Any] = field(default_factory=dict)
    hooks: Sequence[str] = ()
    lacks: Sequence[str] = ()
    event_types: Sequence[str] = ()
    identity: str = "name"
    boundaries: Sequence[int] = ()
    variants: Sequence[str] = ()

    def message(self) -> dict[str, Any]:
        lists = ("hooks", "lacks", "event_types", "boundaries", "variants")
        filled = {name: list(getattr(self, name)) for name in lists if getattr(self, name)}
        hello = {"testee": VERSION, "name": self.name, "capabilities": self.capabilities, **filled}
        return hello if self.identity == "name" else {**hello, "identity": self.identity}


class Stop:
    """Asks one next() to stop waiting. Asking comes from another thread, and may come before it began or after its end."""

    def __init__(self, requested: bool = False) -> None:
        self.lock = threading.Lock()
        self.requested = requested
        self.wake: Callable[[], None] | None = None

    def on_request(self, wake: Callable[[], None]) -> None:
        """`wake` is called once when it is asked for, which may be at once, and in any thread."""
        with self.lock:
            self.wake = wake
            requested = self.requested
        if requested:
            wake()

    def request(self) -> None:
        with self.lock:
            wake = None if self.requested else self.wake
            self.requested = True
        if wake:
            wake()


class Cursor(ABC):
    """One cursor. close() comes from another thread while next() waits."""

    @abstractmethod
    def next(self, stop: Stop) -> tuple[int, dict[str, Any]]:
        """The next event as (offset, envelope); waits for it. Raises Refused("cancelled") if it is asked to stop."""

    @abstractmethod
    def close(self) -> None: ...

    def destroy(self) -> None:
        """The cursor goes, closed or not."""
        self.close()


class Stream(ABC):
    """One stream, made fresh and empty from the request to make it. Any member may be called by several threads."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.request = request

    @abstractmethod
    def open(self, offset: int, types: Sequence[str], cancelled: bool) -> Cursor: ...

    @abstractmethod
    def append(self, batch: Sequence[dict[str, Any]], expected: int | None) -> Sequence[int]:
        """The offset of each event; none if the stream doesn't tell."""

    def application(self) -> dict[str, str]:
        raise Refused("not_supported", "the stream doesn't know its application")

    def event_types(self, cancelled: bool) -> Sequence[str]:
        raise Refused("not_supported", "the stream doesn't know its event types")

    def truncate(self, first: int) -> int:
        raise Refused("not_supported")

    def reopen(self) -> None:
        raise Refused("not_supported")

    def fail_next_append(self) -> None:
        raise Refused("not_supported")

    def fill(self, event_type: str, count: int) -> None:
        """So many events of that type behind the last; nobody looks at their contents."""
        raise Refused("not_supported")

    def settle(self) -> None:
        raise Refused("not_supported")

    def twin(self, request: dict[str, Any]) -> Stream:
        raise Refused("not_supported")

    def drop(self) -> None:
        """Closes the stream and removes it from where it was stored."""


class Workers:
    """A thread for each call that is under way, used again for others: any may wait, and none holds up another.

    They end with the process, whatever they wait for.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.idle: list[SimpleQueue[Callable[[], None]]] = []

    def run(self, call: Callable[[], None]) -> None:
        with self.lock:
            calls = self.idle.pop() if self.idle else None
        if calls is None:
            calls = SimpleQueue()
            threading.Thread(target=self.work, args=(calls,), daemon=True).start()
        calls.put(call)

    def work(self, calls: SimpleQueue[Callable[[], None]]) -> None:
        while True:
            calls.get()()
            with self.lock:
                self.idle.append(calls)


def end_all(ends: Iterable[Callable[[], None]]) -> None:
    for end in ends:
        try:
            end()
        except Exception as failure:  # the others end all the same
            print(f"left behind: {type(failure).__name__}: {failure}", file=sys.stderr)


class Loop:
    """What has been made, by name, and which reads are under way, by the request's id.

    Streams may be those of other connections, too; cursors are this one's own.
    """

    def __init__(self, make: Callable[[dict[str, Any]], Stream], output: TextIO, streams: dict[str, Stream],
                 workers: Workers) -> None:
        self.make = make
        self.output = output
        self.writing = threading.Lock()
        self.streams = streams
        self.workers = workers
        self.opening = threading.Lock()
        self.ended = False
        self.cursors: dict[str, Cursor] = {}
        self.reading: dict[int, Stop] = {}

    def serve(self, requests: Iterable[bytes]) -> None:
        """Answers until the requests end, however they do, and destroys the cursors that are left."""
        try:
            for line in requests:
                request = json.loads(line)
                if request["do"] == "next":  # so that a cancel that comes right behind it finds it
                    self.reading[request["id"]] = Stop(request["cancelled"])
                self.workers.run(lambda request=request: self.handle(request))  # type: ignore[misc]
        finally:
            with self.opening:
                self.ended = True
            end_all(cursor.destroy for cursor in list(self.cursors.values()))

    def handle(self, request: dict[str, Any]) -> None:
        answer = self.answer(request)
        try:
            with self.writing:
                self.output.write(answer + "\n")
                self.output.flush()
        except (OSError, ValueError):  # the connection is broken or closed: nobody is there to be answered
            return

    def answer(self, request: dict[str, Any]) -> str:
        def line(**result: Any) -> str:
            return json.dumps({"id": request["id"], **result})

        try:
            do = getattr(self, "do_" + request["do"], None)
            if do is None:
                raise Refused("not_supported", f"nothing to do for {request['do']}")
            return line(ok=do(request))
        except Refused as refusal:
            return line(error=refusal.kind, text=refusal.text)
        except BaseException as failure:  # whatever a stream raises, or gives that is no JSON, is its failure
            return line(error="backend_failure", text=f"{type(failure).__name__}: {failure}")

    def do_ping(self, request: dict[str, Any]) -> None:
        """A sign of life."""

    def do_make(self, request: dict[str, Any]) -> None:
        self.streams[request["stream"]] = self.make(request)

    def do_twin(self, request: dict[str, Any]) -> None:
        self.streams[request["stream"]] = self.streams[request["of"]].twin(request)

    def do_drop(self, request: dict[str, Any]) -> None:
        self.streams.pop(request["stream"]).drop()

    def do_application(self, request: dict[str, Any]) -> dict[str, str]:
        return self.streams[request["stream"]].application()

    def do_event_types(self, request: dict[str, Any]) -> list[str]:
        return list(self.streams[request["stream"]].event_types(request["cancelled"]))

    def do_open(self, request: dict[str, Any]) -> None:
        stream = self.streams[request["stream"]]
        cursor = stream.open(request["offset"], request["types"], request["cancelled"])
        with self.opening:
            if not self.ended:
                self.cursors[request["cursor"]] = cursor
                return
        end_all([cursor.destroy])  # it comes too late to be found with the others

    def do_next(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            offset, envelope = self.cursors[request["cursor"]].next(self.reading[request["id"]])
            return {"offset": offset, "envelope": envelope}
        finally:
            del self.reading[request["id"]]

    def do_cancel(self, request: dict[str, Any]) -> None:
        stop = self.reading.get(request["request"])
        if stop:  # else the next has ended already
            stop.request()

    def do_close(self, request: dict[str, Any]) -> None:
        self.cursors[request["cursor"]].close()

    def do_destroy(self, request: dict[str, Any]) -> None:
        self.cursors.pop(request["cursor"]).destroy()

    def do_append(self, request: dict[str, Any]) -> list[int]:
        return list(self.streams[request["stream"]].append(request["batch"], request.get("expected")))

    def do_truncate(self, request: dict[str, Any]) -> int:
        return self.streams[request["stream"]].truncate(request["first"])

    def do_reopen(self, request: dict[str, Any]) -> None:
        self.streams[request["stream"]].reopen()

    def do_fail_next_append(self, request: dict[str, Any]) -> None:
        self.streams[request["stream"]].fail_next_append()

    def do_fill(self, request: dict[str, Any]) -> None:
        self.streams[request["stream"]].fill(request["type"], request["count"])

    def do_settle(self, request: dict[str, Any]) -> None:
        self.streams[request["stream"]].settle()


def serve(hello: Hello, make: Callable[[dict[str, Any]], Stream], requests: BinaryIO | None = None) -> None:
    """Says hello, answers until the standard input ends, and drops what is left."""
    output = sys.stdout
    sys.stdout = sys.stderr  # what a stream prints must not come between the answers
    output.write(json.dumps(hello.message()) + "\n")
    output.flush()
    streams: dict[str, Stream] = {}
    Loop(make, output, streams, Workers()).serve(requests or sys.stdin.buffer)
    end_all(stream.drop for stream in list(streams.values()))


def listen(hello: Hello, make: Callable[[dict[str, Any]], Stream], host: str = "127.0.0.1", port: int = 0) -> None:
    """Serves each connection as serve() does its input, until the standard input ends.

    Prints the port, which is a free one if it isn't named. Streams are those of all connections, cursors are destroyed
    with theirs.
    """
    streams: dict[str, Stream] = {}
    workers = Workers()

    class Connection(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self) -> None:
            output = self.connection.makefile("w", encoding="utf-8")
            try:
                output.write(json.dumps(hello.message()) + "\n")
                output.flush()
                Loop(make, output, streams, workers).serve(self.rfile)
            except (ConnectionError, json.JSONDecodeError):  # broken, perhaps in the middle of a line
                return

    with socketserver.ThreadingTCPServer((host, port), Connection) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.buffer.read()
        server.shutdown()
    end_all(stream.drop for stream in list(streams.values()))

"""An append-only file of events, and readers that wait for more: a stream that knows nothing of the kit."""
from __future__ import annotations

import json
import pathlib
import threading
import time
from typing import Any, Callable, Collection, Sequence

PAGE = 1000  # how many events a reader looks at before it lets others act

Event = dict[str, Any]  # its kind is in "type"; the rest is the writer's


class Closed(Exception):
    """The reader was closed."""


class Interrupted(Exception):
    """Whoever called read() has given it up; the reader can be read on."""


class Journal:
    """One file, an event a line. Any thread may append and make readers; it isn't for several processes."""

    def __init__(self, path: pathlib.Path, owner: dict[str, str], kinds: Sequence[str]) -> None:
        self.owner = owner
        self.kinds = tuple(kinds)
        self.changed = threading.Condition()
        self.file = path.open("a+b")
        self.file.seek(0)
        self.events: list[Event] = [json.loads(line) for line in self.file]

    def append(self, events: Sequence[Event]) -> int:
        """Gives the position of the first; they are numbered from 0, without a gap."""
        lines = b"".join(json.dumps(event).encode() + b"\n" for event in events)
        with self.changed:
            first = len(self.events)
            self.file.write(lines)
            self.file.flush()
            self.events += events
            self.changed.notify_all()
            return first

    def reader(self, position: int, kinds: Collection[str]) -> Reader:
        """From that position on, those kinds only."""
        if not kinds:
            raise ValueError("a reader of no kinds would wait for ever")
        if unknown := set(kinds) - set(self.kinds):
            raise KeyError(f"the journal has no {sorted(unknown)}")
        return Reader(self, position, frozenset(kinds))

    def close(self) -> None:
        self.file.close()


class Reader:
    """One thread reads; others may close it or wake it meanwhile."""

    def __init__(self, journal: Journal, position: int, kinds: frozenset[str]) -> None:
        self.journal = journal
        self.position = position
        self.kinds = kinds
        self.closed = False

    def read(self, interrupted: Callable[[], bool]) -> tuple[int, Event]:
        """The next event and its position; waits for one. `interrupted` is asked again after each wake()."""
        while True:
            with self.journal.changed:
                if self.closed:
                    raise Closed
                if interrupted():
                    raise Interrupted
                end = len(self.journal.events)
                page = range(self.position, min(self.position + PAGE, end))
                for at in page:
                    if self.journal.events[at]["type"] in self.kinds:
                        self.position = at + 1
                        return at, self.journal.events[at]
                self.position = max(self.position, page.stop)
                if self.position >= end:
                    self.journal.changed.wait()
            time.sleep(0)

    def wake(self) -> None:
        with self.journal.changed:
            self.journal.changed.notify_all()

    def close(self) -> bool:
        """Whether it was open."""
        with self.journal.changed:
            was_open, self.closed = not self.closed, True
            self.journal.changed.notify_all()
            return was_open

"""The journal's testee: streamtest certify 'exec:python3 testee.py'"""
from __future__ import annotations

import pathlib
import sys
import tempfile
from typing import Any, Sequence

from journal import Closed, Interrupted, Journal, Reader

from streamtest_testee import Cursor, Hello, Refused, Stop, Stream, serve


class JournalCursor(Cursor):
    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def next(self, stop: Stop) -> tuple[int, dict[str, Any]]:
        stop.on_request(self.reader.wake)
        try:
            return self.reader.read(lambda: stop.requested)
        except Closed:
            raise Refused("cursor_closed") from None
        except Interrupted:
            raise Refused("cancelled") from None

    def close(self) -> None:
        if not self.reader.close():
            raise Refused("cursor_closed")

    def destroy(self) -> None:
        self.reader.close()


class JournalStream(Stream):
    def __init__(self, request: dict[str, Any]) -> None:
        super().__init__(request)
        self.folder = tempfile.TemporaryDirectory(prefix="journal-")
        self.journal = self.stored()

    def stored(self) -> Journal:
        return Journal(pathlib.Path(self.folder.name) / "events", self.request["application"], self.request["event_types"])

    def application(self) -> dict[str, str]:
        return self.journal.owner

    def event_types(self, cancelled: bool) -> Sequence[str]:
        if cancelled:
            raise Refused("cancelled")
        return self.journal.kinds

    def open(self, offset: int, types: Sequence[str], cancelled: bool) -> Cursor:
        if cancelled:
            raise Refused("cancelled")
        try:
            return JournalCursor(self.journal.reader(offset, types))
        except ValueError:
            raise Refused("no_event_types") from None
        except KeyError as unknown:
            raise Refused("unsupported_event_type", str(unknown)) from None

    def append(self, batch: Sequence[dict[str, Any]], expected: int | None) -> Sequence[int]:
        first = self.journal.append(batch)
        return range(first, first + len(batch))

    def reopen(self) -> None:
        self.journal.close()
        self.journal = self.stored()

    def fill(self, event_type: str, count: int) -> None:
        self.journal.append([{"type": event_type}] * count)

    def drop(self) -> None:
        self.journal.close()
        self.folder.cleanup()


if __name__ == "__main__":
    sys.setswitchinterval(1e-6)  # threads take turns after a microsecond instead of five milliseconds
    serve(Hello("journal 1.0", hooks=["reopen", "fill"], boundaries=[1000]), JournalStream)

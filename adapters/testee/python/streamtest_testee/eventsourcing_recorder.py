"""What the application recorders of the package `eventsourcing` have in common, wherever they store.

A recorder's subscription is a blocking cursor, filtered by topics and stoppable. Notification ids begin at 1 and a
subscription begins *behind* the id it is given: offset = id - 1, and open(o) is subscribe(gt=o). An event's type is its
topic, the rest of the envelope its state, which a recorder takes for bytes.

What the package lacks is told in the hello: a recorder doesn't know whose it is or which topics it may get, and a
pending read can't be cancelled, only its subscription stopped.
"""
from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import version
from typing import Any, Sequence
from uuid import uuid4

from eventsourcing.persistence import ApplicationRecorder, StoredEvent

from streamtest_testee.protocol import Cursor, Hello, Refused, Stop, Stream

AT_ONCE = 1000  # how many events fill() stores in one batch


class Subscription(Cursor):
    def __init__(self, subscription: Any) -> None:
        self.subscription = subscription

    def next(self, stop: Stop) -> tuple[int, dict[str, Any]]:
        try:
            notification = next(self.subscription)
        except StopIteration:
            raise Refused("cursor_closed") from None
        return notification.id - 1, json.loads(notification.state)

    def close(self) -> None:
        self.subscription.stop()

    # destroy() is close(): the package gives a subscription up by leaving its `with` block, which stops it.


class RecorderStream(Stream):
    """Whoever derives from it makes the `recorder`, fresh and empty."""

    recorder: ApplicationRecorder

    def __init__(self, request: dict[str, Any]) -> None:
        super().__init__(request)
        self.failures: list[None] = []  # one for each append that is to fail; several threads take from it

    def open(self, offset: int, types: Sequence[str], cancelled: bool) -> Cursor:
        return Subscription(self.recorder.subscribe(gt=offset, topics=tuple(types)))

    def append(self, batch: Sequence[dict[str, Any]], expected: int | None) -> Sequence[int]:
        events = [stored(envelope) for envelope in batch]
        if events and self.failures:
            self.failures.pop()
            events.append(events[-1])
        return [identity - 1 for identity in self.recorder.insert_events(events) or ()]

    def fail_next_append(self) -> None:
        """It will hold an event twice, which a recorder refuses: a version of an aggregate is recorded once."""
        self.failures.append(None)

    def fill(self, event_type: str, count: int) -> None:
        event = stored({"type": event_type})
        for first in range(0, count, AT_ONCE):
            versions = range(first, min(first + AT_ONCE, count))
            self.recorder.insert_events([replace(event, originator_version=version) for version in versions])


def stored(envelope: dict[str, Any]) -> StoredEvent:
    return StoredEvent(originator_id=uuid4(), originator_version=0, topic=envelope["type"], state=json.dumps(envelope).encode())


def hello_of(recorder: str, hooks: Sequence[str] = (), **capabilities: Any) -> Hello:
    """The hello of that recorder, with what it has beyond the others."""
    return Hello(
        name=f"eventsourcing {version('eventsourcing')}, {recorder}",
        hooks=["fail_next_append", "fill", *hooks],
        lacks=["application", "event_types", "cancelling", "type_check"],
        capabilities={"staleness": 100, **capabilities},
        boundaries=[500],
    )

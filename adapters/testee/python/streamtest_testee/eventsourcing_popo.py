"""The application recorder of the package `eventsourcing`, kept in memory ("plain old Python objects").

Its subscription is a blocking cursor, filtered by topics and stoppable. Notification ids begin at 1 and a subscription
begins *behind* the id it is given: offset = id - 1, and open(o) is subscribe(gt=o). An event's type is its topic, the
rest of the envelope its state, which the recorder takes for bytes.

What the package lacks is told in the hello: a recorder doesn't know whose it is or which topics it may get, and a
pending read can't be cancelled, only its subscription stopped.
"""
from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any, Sequence
from uuid import uuid4

from eventsourcing.persistence import StoredEvent
from eventsourcing.popo import POPOApplicationRecorder

from streamtest_testee.protocol import Cursor, Hello, Refused, Stop, Stream


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


class Recorder(Stream):
    def __init__(self, request: dict[str, Any]) -> None:
        super().__init__(request)
        self.recorder = POPOApplicationRecorder()

    def open(self, offset: int, types: Sequence[str], cancelled: bool) -> Cursor:
        return Subscription(self.recorder.subscribe(gt=offset, topics=tuple(types)))

    def append(self, batch: Sequence[dict[str, Any]], expected: int | None) -> Sequence[int]:
        events = [
            StoredEvent(
                originator_id=uuid4(), originator_version=0, topic=envelope["type"], state=json.dumps(envelope).encode()
            )
            for envelope in batch
        ]
        return [identity - 1 for identity in self.recorder.insert_events(events) or ()]


HELLO = Hello(
    name="eventsourcing " + version("eventsourcing") + ", POPOApplicationRecorder",
    lacks=["application", "event_types", "cancelling", "type_check"],
    capabilities={"staleness": 100},
    boundaries=[500],
)

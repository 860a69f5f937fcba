"""The application recorder of the package `eventsourcing`, kept in memory ("plain old Python objects")."""
from __future__ import annotations

from typing import Any

from eventsourcing.popo import POPOApplicationRecorder

from streamtest_testee.eventsourcing_recorder import RecorderStream, hello_of
from streamtest_testee.protocol import Hello


class Recorder(RecorderStream):
    def __init__(self, request: dict[str, Any]) -> None:
        super().__init__(request)
        self.recorder = POPOApplicationRecorder()

    @classmethod
    def hello(cls) -> Hello:
        return hello_of("POPOApplicationRecorder")

"""Where a chat completion goes: onto a stream, event by event, or into one object."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from deskhand_contract.events import PlanUpdate
from deskhand_contract.openai import FinishReason, Usage

from .chunks import Call, Chunks, Collected
from .sse import Write


class Reply(Protocol):
    """Takes a completion piece by piece. Nothing waits here."""

    def identify(self, id: str, created: int) -> None:
        """It is a completion that was begun before. Comes first, if at all."""
        ...

    def update(self, update: PlanUpdate) -> None: ...

    def call(self, call: Call) -> None: ...

    def reasoning(self, text: str) -> None: ...

    def content(self, text: str) -> None: ...

    def finish(self, reason: FinishReason, usage: Usage) -> None: ...


class StreamedReply:
    """The first event carries the role in front."""

    def __init__(self, chunks: Chunks, write: Write) -> None:
        self._chunks = chunks
        self._write_bytes = write
        self._begun = False
        self._calls = 0

    def identify(self, id: str, created: int) -> None:
        self._chunks = replace(self._chunks, id=id, created=created)

    def update(self, update: PlanUpdate) -> None:
        self._write(self._chunks.update(update))

    def call(self, call: Call) -> None:
        self._write(self._chunks.call(self._calls, call))
        self._calls += 1

    def reasoning(self, text: str) -> None:
        self._write(self._chunks.reasoning(text))

    def content(self, text: str) -> None:
        self._write(self._chunks.content(text))

    def finish(self, reason: FinishReason, usage: Usage) -> None:
        self._write(self._chunks.finish(reason, usage))

    def _write(self, events: bytes) -> None:
        if not self._begun:
            self._begun = True
            events = self._chunks.role() + events
        self._write_bytes(events)


class CollectedReply:
    """`updates`: whether the completion has `x_plan`, be it an empty list."""

    def __init__(self, id: str, created: int, updates: bool) -> None:
        self.id, self.created = id, created
        self.collected = Collected(updates=[] if updates else None)

    def identify(self, id: str, created: int) -> None:
        self.id, self.created = id, created

    def update(self, update: PlanUpdate) -> None:
        if self.collected.updates is not None:
            self.collected.updates.append(update)

    def call(self, call: Call) -> None:
        self.collected.calls.append(call)

    def reasoning(self, text: str) -> None:
        self.collected.reasoning.append(text)

    def content(self, text: str) -> None:
        self.collected.content = text

    def finish(self, reason: FinishReason, usage: Usage) -> None:
        self.collected.finish_reason = reason
        self.collected.usage = usage

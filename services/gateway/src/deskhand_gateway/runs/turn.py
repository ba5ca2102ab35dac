"""A completion about a run, and those who watch it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from deskhand_contract.events import PlanUpdate
from deskhand_contract.openai import Usage

from ..errors import ApiFailure


def stop(task: asyncio.Task[None]) -> None:
    """Cancel the task of a run: nothing more starts, and it ends when what is under way has. Once, whoever asks: a
    second cancellation would break off what is under way."""
    if not task.cancelling():
        task.cancel()


class EventLog:
    """Events of a run in their order, from `first_seq` on. Any number of readers follow it; none holds it up."""

    def __init__(self, first_seq: int, updates: Sequence[PlanUpdate] = ()) -> None:
        self.first_seq = first_seq
        self._updates = list(updates)
        self._changed = asyncio.Event()

    @property
    def next_seq(self) -> int:
        return self.first_seq + len(self._updates)

    def append(self, update: PlanUpdate) -> None:
        self._updates.append(update)
        self.wake()

    def wake(self) -> None:
        """Let the readers look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def follow(self, seq: int, ended: Callable[[], bool]) -> AsyncGenerator[PlanUpdate, None]:
        """Events from `seq` on, each when it comes, until there is none left and `ended()`."""
        while True:
            while seq < self.next_seq:
                yield self._updates[seq - self.first_seq]
                seq += 1
            if ended():
                return
            await self._changed.wait()


@dataclass(frozen=True)
class Told:
    """How a completion ended: in words, or with a failure."""

    content: str
    usage: Usage
    failure: ApiFailure | None = None


class Turn:
    """A completion about a run: the events of its log, then what it says. Any number of clients can be given it, while
    it goes on or later. `task` carries the run out, as long as it goes on."""

    task: asyncio.Task[None]

    def __init__(self, id: str, run: str, created: int, log: EventLog) -> None:
        self.id = id
        self.run = run
        self.created = created
        self._log = log
        self._ended: asyncio.Future[Told] = asyncio.get_running_loop().create_future()

    @property
    def first_seq(self) -> int:
        return self._log.first_seq

    @property
    def last_seq(self) -> int:
        """Of the events so far; one less than `first_seq` while there is none."""
        return self._log.next_seq - 1

    def updates(self) -> AsyncGenerator[PlanUpdate, None]:
        """Each event when it comes, to the end of the turn."""
        return self._log.follow(self.first_seq, self._ended.done)

    async def told(self) -> Told:
        """Raises ApiFailure."""
        told = await asyncio.shield(self._ended)
        if told.failure:
            raise told.failure
        return told

    def end(self, told: Told) -> None:
        if not self._ended.done():
            self._ended.set_result(told)
        self._log.wake()

    async def cancel(self) -> None:
        """Stop the run, and wait for its end."""
        stop(self.task)
        await asyncio.wait([self.task])

"""One worker thread that owns a model, and plans from it.

Plans are written one after the other in the order of arrival: first come, first served is fair, and two requests never
share a context. A request that is abandoned stops at its next token.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Protocol

from deskhand_contract.services import PlanRequest

from . import PlannedNode, PlanStats

Result = PlannedNode | PlanStats | BaseException


class Writer(Protocol):
    """A loaded model. `plan` gives each node to `on_node` when it is complete, and returns None when `stop` said so.
    Synchronous, and called by one thread only. Raises PlannerError or ContractError."""

    def plan(
        self, request: PlanRequest, on_node: Callable[[PlannedNode], None], stop: Callable[[], bool]
    ) -> PlanStats | None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class _Job:
    request: PlanRequest
    loop: asyncio.AbstractEventLoop
    results: asyncio.Queue[Result]
    cancelled: threading.Event = field(default_factory=threading.Event)

    def put(self, result: Result) -> None:
        if not self.cancelled.is_set():
            try:
                self.loop.call_soon_threadsafe(self.results.put_nowait, result)
            except RuntimeError:  # the loop is closed: nobody waits any more
                self.cancelled.set()


class WorkerEngine:
    """Runs a Writer in its worker thread."""

    def __init__(self, name: str, model: Writer, *, rates_plans: bool = False) -> None:
        self.name = name
        self.rates_plans = rates_plans
        self._model = model
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="planner", daemon=True)
        self._thread.start()

    async def plan(self, request: PlanRequest) -> AsyncGenerator[PlannedNode | PlanStats, None]:
        job = _Job(request, asyncio.get_running_loop(), asyncio.Queue())
        self._jobs.put(job)
        try:
            while True:
                result = await job.results.get()
                if isinstance(result, BaseException):
                    raise result
                yield result
                if isinstance(result, PlanStats):
                    return
        finally:
            job.cancelled.set()

    async def aclose(self) -> None:
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        self._model.close()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.cancelled.is_set():
                continue
            try:
                stats = self._model.plan(job.request, job.put, job.cancelled.is_set)
            except Exception as error:  # noqa: BLE001 - the request fails, and logs it; the worker lives
                job.put(error)
            else:
                if stats is not None:
                    job.put(stats)

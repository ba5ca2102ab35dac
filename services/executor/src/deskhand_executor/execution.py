"""Carrying out nodes: arguments checked, one thread per application, every node once."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from deskhand_contract.services import Check, Diagnosis, ExecuteRequest, Observation
from deskhand_contract.tools import App, Effect, Tool, ToolArguments, get_tool

from .backends.base import Backend
from .call import Call
from .errors import ExecutorError, Interrupted, NodeConflict, PartlySent, ToolTimeout, UnusableArgument
from .journal import Journal

logger = logging.getLogger(__name__)

MAX_REMEMBERED = 2000
"""Nodes whose observations are kept in memory; those with effects are in the journal too."""

Result = TypeVar("Result")


class Executor:
    """Belongs to one event loop."""

    def __init__(self, backend: Backend, journal: Journal, timeout_s: float) -> None:
        self._backend = backend
        self._journal = journal
        self._timeout_s = timeout_s
        self._workers = {app: ThreadPoolExecutor(1, f"executor-{app}") for app in App}
        self._nodes: OrderedDict[tuple[str, int], tuple[str, asyncio.Future[Observation]]] = OrderedDict()

    async def execute(self, request: ExecuteRequest) -> Observation:
        """The observation of a node; the first one again when the node comes again.

        What has begun goes on when the caller leaves. Raises ContractError for an unknown tool or arguments that its
        model refuses, and ExecutorError.
        """
        tool = get_tool(request.tool)
        arguments = tool.validate(request.arguments)
        key, signature = (request.run, request.node), f"{tool.name} {arguments.model_dump_json()}"
        known = self._nodes.get(key)
        if known is None or _failed(known[1]):
            future = self._submit(tool.app, lambda: self._work(request, tool, arguments, signature))
            self._remember(key, signature, future)
        elif known[0] == signature:
            future = known[1]
        else:
            raise _conflict(request)
        return await self._bounded(future, tool)

    async def undo(self, record: dict[str, object]) -> Observation:
        """Take an effect back. Raises ExecutorError."""
        name = record.get("tool")
        handler = self._backend.undo_handlers.get(name) if isinstance(name, str) else None
        if handler is None or not isinstance(name, str):
            raise UnusableArgument("this undo record is not one that the executor gave")
        tool = get_tool(name)
        return await self._bounded(self._submit(tool.app, lambda: handler(dict(record))), tool)

    async def doctor(self) -> Diagnosis:
        """Ask every application of the backend at once, each in its own thread, whether it may be used."""
        async with asyncio.TaskGroup() as group:
            checks = [group.create_task(self._checked(app, check)) for app, check in self._backend.checks.items()]
        return Diagnosis(backend=self._backend.name, checks=[check.result() for check in checks])

    async def warm_up(self) -> str:
        """Read what makes the first calls fast. Not in the contacts' thread: a call need not wait for all of it."""
        return await asyncio.to_thread(self._backend.warm_up)

    def close(self) -> None:
        """Waits for what is under way. Blocks."""
        for worker in self._workers.values():
            worker.shutdown(cancel_futures=True)
        self._backend.close()
        self._journal.close()

    def _submit(self, app: App, work: Callable[[], Result]) -> asyncio.Future[Result]:
        future = asyncio.get_running_loop().run_in_executor(self._workers[app], work)
        future.add_done_callback(lambda done: done.cancelled() or done.exception())  # seen, even if nobody waits
        return future

    async def _bounded(self, future: asyncio.Future[Observation], tool: Tool) -> Observation:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.shield(future)
        except TimeoutError:
            raise ToolTimeout(
                f"{tool.app} did not answer within {self._timeout_s:g} s; look there whether it was done"
            ) from None

    async def _checked(self, app: App, check: Callable[[], Check]) -> Check:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await asyncio.shield(self._submit(app, check))
        except TimeoutError:
            message = f"{app} did not answer within {self._timeout_s:g} s; is there a question on the screen?"
            return Check(name=app.capitalize(), ok=False, message=message, code=ToolTimeout.code)

    def _remember(self, key: tuple[str, int], signature: str, future: asyncio.Future[Observation]) -> None:
        self._nodes[key] = (signature, future)
        self._nodes.move_to_end(key)
        while len(self._nodes) > MAX_REMEMBERED and next(iter(self._nodes.values()))[1].done():
            self._nodes.popitem(last=False)

    def _work(self, request: ExecuteRequest, tool: Tool, arguments: ToolArguments, signature: str) -> Observation:
        """In the application's thread."""
        call = Call.of(request)
        handler = self._backend.handlers[tool.name]
        if tool.effect is Effect.READ:
            return handler(arguments, call)
        before = self._journal.begin(request.run, request.node, signature)
        if before is not None:
            return _earlier(request, signature, *before)
        try:
            observation = handler(arguments, call)
        except (PartlySent, ToolTimeout):
            raise  # it happened in part, or may have: the journal keeps it open, and it is not tried again
        except ExecutorError:
            self._journal.forget(request.run, request.node)
            raise
        if observation.undo is not None:
            observation = observation.model_copy(update={"undo": {**observation.undo, "tool": tool.name}})
        self._journal.finish(request.run, request.node, observation)
        return observation


def _failed(future: asyncio.Future[Observation]) -> bool:
    return future.done() and (future.cancelled() or future.exception() is not None)


def _earlier(request: ExecuteRequest, signature: str, earlier: str, observation: Observation | None) -> Observation:
    if earlier != signature:
        raise _conflict(request)
    if observation is None:
        raise Interrupted("this was begun before and it is not known whether it was done; look before you say it again")
    return observation


def _conflict(request: ExecuteRequest) -> NodeConflict:
    return NodeConflict(f"node {request.node} of this run was something else before; nothing was done")

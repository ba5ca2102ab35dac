"""Server-sent events, and what happens when the client goes away.

sse-starlette was tried and left: importing it patches uvicorn's `Server.handle_exit` and keeps state in the module,
every loop gets an unowned task that polls twice a second for the shutdown, it pings by the clock instead of after
silence, and its task group cancels again at each await, so that a node under way could not be awaited to its end.
What is needed of it is what stands here.

Cancellation in both functions is one `Task.cancel()`: the work may finish what cannot be taken back, and then ends.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from .errors import ApiFailure, internal_error

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

PING = b": ping\n\n"
CLIENT_GONE = 499
"""Status of an answer that nobody reads; it stands in logs only."""

Write = Callable[[bytes], None]
"""Puts one or more complete events on the stream, at once and without waiting."""


_LINE_ENDS = tuple((mark.encode(), f"\\u{ord(mark):04x}".encode()) for mark in "\u0085\u2028\u2029")
"""In JSON they stand in texts only; httpx, for one, takes them for ends of lines."""


def event(data: bytes, id: int | None = None) -> bytes:
    """`data` (one line, JSON or a mark) as an unnamed event. A client that connects again says after which `id`."""
    for mark, escaped in _LINE_ENDS:
        data = data.replace(mark, escaped)
    return (b"" if id is None else b"id: %d\n" % id) + b"data: " + data + b"\n\n"


class EventStream(Response):
    """Runs `produce(write)` and sends what it writes, when it writes it; a comment after each silence.

    A failure before the first event is a plain HTTP error, so SDKs may retry it; later it is an event
    `{"error": ...}`, the last one. When the client goes away, or reads nothing for `send_timeout_s`, `produce` is
    cancelled and awaited.
    """

    def __init__(
        self, produce: Callable[[Write], Awaitable[None]], *, ping_interval_s: float, send_timeout_s: float
    ) -> None:
        self.status_code = 200
        self.media_type = "text/event-stream"
        self.background = None
        self.init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._produce = produce
        self._ping_interval_s = ping_interval_s
        self._send_timeout_s = send_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        outbox = _Outbox(self._ping_interval_s)
        async with asyncio.TaskGroup() as group:
            producer = group.create_task(self._run(outbox))
            watcher = group.create_task(_cancel_when_gone(receive, producer))
            if await self._first(outbox, scope, receive, send):
                try:
                    await self._rest(outbox, send)
                except TimeoutError:
                    logger.warning("a client reads nothing of its stream", extra={"path": scope["path"]})
                    producer.cancel()
            watcher.cancel()

    async def _run(self, outbox: _Outbox) -> None:
        failure: ApiFailure | None = None
        try:
            await self._produce(outbox.write)
        except ApiFailure as error:
            failure = error
        except Exception:  # noqa: BLE001 - the task's boundary; logged with its id
            failure = internal_error()
        finally:
            outbox.close(failure)

    async def _first(self, outbox: _Outbox, scope: Scope, receive: Receive, send: Send) -> bool:
        """Send the head. Gives False when the answer is a plain error, or nobody waits for one."""
        first = await outbox.take()
        if isinstance(first, ApiFailure):
            await first.response()(scope, receive, send)
            return False
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": first or b"", "more_body": first is not None})
        return first is not None

    async def _rest(self, outbox: _Outbox, send: Send) -> None:
        """Raises TimeoutError when the client does not read."""
        while True:
            item = await outbox.take()
            if isinstance(item, ApiFailure):
                item = event(item.body.model_dump_json().encode())
            async with asyncio.timeout(self._send_timeout_s):
                await send({"type": "http.response.body", "body": item or b"", "more_body": item is not None})
            if item is None:
                return


class _Outbox:
    """Between the producer and the socket: what is written together goes out together."""

    def __init__(self, ping_interval_s: float) -> None:
        self._ping_interval_s = ping_interval_s
        self._written = bytearray()
        self._failure: ApiFailure | None = None
        self._closed = False
        self._changed = asyncio.Event()

    def write(self, events: bytes) -> None:
        self._written += events
        self._changed.set()

    def close(self, failure: ApiFailure | None) -> None:
        self._failure, self._closed = failure, True
        self._changed.set()

    async def take(self) -> bytes | ApiFailure | None:
        """What was written since the last time, a ping after a silence, then the failure if any, then None."""
        try:
            async with asyncio.timeout(self._ping_interval_s):
                await self._changed.wait()
        except TimeoutError:
            return PING
        if self._written:
            events = bytes(self._written)
            self._written.clear()
            if not self._closed:
                self._changed.clear()
            return events
        failure, self._failure = self._failure, None
        return failure


async def while_connected(receive: Receive, work: Coroutine[Any, Any, Result]) -> Result | None:
    """Result of `work`; when the client goes away first, `work` is cancelled and awaited, and the result is None.

    Raises the ApiFailure that `work` raises. The request's body has to be read before.
    """

    async def caught() -> Result | ApiFailure:
        try:
            return await work
        except ApiFailure as failure:  # a task group would wrap it
            return failure

    async with asyncio.TaskGroup() as group:
        task = group.create_task(caught())
        watcher = group.create_task(_cancel_when_gone(receive, task))
        await asyncio.wait([task])
        watcher.cancel()
    if task.cancelled():
        return None
    result = task.result()
    if isinstance(result, ApiFailure):
        raise result
    return result


async def _cancel_when_gone(receive: Receive, task: asyncio.Task[Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    task.cancel()

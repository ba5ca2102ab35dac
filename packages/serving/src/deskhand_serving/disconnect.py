"""Work that ends when nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.types import Receive

Result = TypeVar("Result")


async def while_connected(receive: Receive, work: Coroutine[Any, Any, Result]) -> Result | None:
    """Result of `work`; when the client goes away first, `work` is cancelled and awaited, and the result is None.

    Raises what `work` raises. The request's body has to be read before.
    """

    async def settled() -> Result | Exception:
        try:
            return await work
        except Exception as error:  # noqa: BLE001 - raised again below; a task group would wrap it
            return error

    async with asyncio.TaskGroup() as group:
        task = group.create_task(settled())
        watcher = group.create_task(_cancel_when_gone(receive, task))
        await asyncio.wait([task])
        watcher.cancel()
    if task.cancelled():
        return None
    result = task.result()
    if isinstance(result, Exception):
        raise result
    return result


async def _cancel_when_gone(receive: Receive, task: asyncio.Task[Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    task.cancel()

"""Many streams at a time against a running stack: every request has a name of its own, which its plan, its effect and
its answer have to bear, and nobody else's."""

from __future__ import annotations

import asyncio
import itertools
import json
import string
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import httpx
from deskhand_cli.testing import RunningStack

TIMEOUT_S = 90.0


class End(StrEnum):
    """How a request ended: with an answer, with an error of the API's, or without either because the gateway died."""

    ANSWERED = "answered"
    REFUSED = "refused"
    BROKEN = "broken"


@dataclass
class Exchange:
    """One request and what came back. `wrong` says what does not belong to it; `done` whether its note was reported as
    written."""

    name: str
    worker: int
    end: End = End.BROKEN
    run: str = ""
    error: dict[str, Any] = field(default_factory=dict[str, Any])
    done: bool = False
    wrong: list[str] = field(default_factory=list[str])
    took_ms: float = 0.0


def names(prefix: str) -> Iterator[str]:
    """Words that no other request has, none of which is the beginning of another: Zabaa, Zabab, ..."""
    for letters in itertools.product(string.ascii_lowercase, repeat=3):
        yield f"{prefix}{''.join(letters)}"


async def drive(
    stack: RunningStack, workers: int, prefix: str, go_on: Callable[[int], bool], after: Callable[[Exchange], None]
) -> list[Exchange]:
    """`workers` ask one sentence after the other as long as `go_on(number of its requests)`; `after` sees each."""
    url, key = stack.base_url, stack.api_key
    supply = names(prefix)
    exchanges: list[Exchange] = []

    async def work(number: int) -> None:
        asked = 0
        async with httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"}, timeout=TIMEOUT_S, trust_env=False
        ) as http:
            while go_on(asked):
                asked += 1
                exchange = Exchange(next(supply), number)
                begun_s = time.perf_counter()
                await _ask(http, url, exchange)
                exchange.took_ms = (time.perf_counter() - begun_s) * 1000
                exchanges.append(exchange)
                after(exchange)

    async with asyncio.TaskGroup() as group:
        for number in range(workers):
            group.create_task(work(number))
    return exchanges


async def _ask(http: httpx.AsyncClient, url: str, exchange: Exchange) -> None:
    said = f"make a note called {exchange.name} saying that {exchange.name} was here"
    body = {"model": "deskhand", "messages": [{"role": "user", "content": said}], "stream": True}
    answer = ""
    try:
        async with http.stream("POST", f"{url}/chat/completions", json=body) as response:
            if response.status_code != 200:
                exchange.end = End.REFUSED
                exchange.error = json.loads(await response.aread())["error"]
                return
            async for line in response.aiter_lines():
                if not line.startswith("data: ") or line == "data: [DONE]":
                    continue
                chunk = json.loads(line.removeprefix("data: "))
                if "error" in chunk:
                    exchange.end, exchange.error = End.REFUSED, chunk["error"]
                    return
                if "x_plan" in chunk:
                    _take(chunk["x_plan"], exchange)
                answer += chunk["choices"][0]["delta"].get("content") or ""
                if chunk["choices"][0]["finish_reason"]:
                    exchange.end = End.ANSWERED
    except httpx.TransportError as error:
        exchange.end = End.BROKEN
        exchange.error = {"message": type(error).__name__}
        return
    if exchange.name not in answer:
        exchange.wrong.append(f"the answer {answer!r}")


def _take(update: dict[str, Any], exchange: Exchange) -> None:
    exchange.run = exchange.run or update["run"]
    if update["run"] != exchange.run:
        exchange.wrong.append(f"an event of {update['run']}")
    if exchange.name not in json.dumps(update["arguments"]):
        exchange.wrong.append(f"the arguments {update['arguments']}")
    exchange.done = exchange.done or update["status"] == "done"

"""Measurements on a running stack. All times are in milliseconds, from the sending of the request."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil
from deskhand_cli.testing import RunningStack

from ..load.drive import End, drive

NOW = "2026-03-11T09:30:00"
ZONE = "Europe/Berlin"
CLOCK = {"now": NOW, "timezone": ZONE}


@dataclass
class Times:
    """One way of asking. `first_ms` only counts sentences that have a node."""

    first_ms: list[float] = field(default_factory=list[float])
    whole_ms: list[float] = field(default_factory=list[float])

    def add(self, first: float | None, whole: float) -> None:
        if first is not None:
            self.first_ms.append(first)
        self.whole_ms.append(whole)

    def summary(self) -> dict[str, Any]:
        return {"first_node_ms": spread(self.first_ms), "whole_ms": spread(self.whole_ms)}


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th percentile and number of the values."""
    if len(values) < 2:
        return {"n": len(values)}
    percentiles = statistics.quantiles(values, n=100, method="inclusive")
    return {"p50": round(percentiles[49], 2), "p95": round(percentiles[94], 2), "n": len(values)}


class Asker:
    """Sends sentences over connections that stay open, as a program that uses Deskhand does."""

    def __init__(self, stack: RunningStack) -> None:
        state = stack.state
        self._base_url = state.base_url
        self._urls = {name: service.url for name, service in state.services.items()}
        pid = state.services["planner"].pid
        # The supervisor makes the token anew at each start and tells the services only; their owner may look.
        token = psutil.Process(pid).environ()["DESKHAND_INTERNAL_TOKEN"]
        self._inside = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False)
        self._outside = httpx.Client(headers={"Authorization": f"Bearer {stack.api_key}"}, timeout=60, trust_env=False)

    def close(self) -> None:
        self._inside.close()
        self._outside.close()

    def planner(self, sentence: str, tools: list[str] | None = None) -> tuple[float | None, float]:
        """The planner alone: (first node, end)."""
        body = {"query": sentence, "tools": tools, "clock": CLOCK}
        return self._stream(self._inside, f"{self._urls['planner']}/plan", body, lambda line: '"type":"node"' in line)

    def toolrag_and_planner(self, sentence: str) -> tuple[float | None, float]:
        """What the gateway asks for a plan, asked directly."""
        begun = time.perf_counter()
        answer = self._inside.post(f"{self._urls['toolrag']}/classify", json={"query": sentence})
        tools = answer.raise_for_status().json()["tools"]
        before_ms = (time.perf_counter() - begun) * 1000
        first, whole = self.planner(sentence, tools)
        return None if first is None else before_ms + first, before_ms + whole

    def gateway_plan(self, sentence: str) -> tuple[float | None, float]:
        """The same plan through the gateway (model deskhand-plan)."""
        return self._chat("deskhand-plan", sentence, lambda line: '"tool_calls":[' in line)

    def gateway_run(self, sentence: str) -> tuple[float | None, float]:
        """Carried out: (first node dispatched, answer complete)."""
        return self._chat("deskhand", sentence, lambda line: '"x_plan":{' in line)

    def _chat(self, model: str, sentence: str, is_node: Callable[[str], bool]) -> tuple[float | None, float]:
        messages = [{"role": "user", "content": sentence}]
        body = {"model": model, "messages": messages, "metadata": CLOCK, "stream": True}
        return self._stream(self._outside, f"{self._base_url}/chat/completions", body, is_node)

    @staticmethod
    def _stream(
        client: httpx.Client, url: str, body: dict[str, Any], is_node: Callable[[str], bool]
    ) -> tuple[float | None, float]:
        first = None
        begun = time.perf_counter()
        with client.stream("POST", url, json=body) as response:
            if response.status_code != 200:
                response.read()
                raise RuntimeError(f"{url} answered {response.status_code}: {response.text[:300]}")
            for line in response.iter_lines():
                if first is None and is_node(line):
                    first = (time.perf_counter() - begun) * 1000
        return first, (time.perf_counter() - begun) * 1000


def latencies(asker: Asker, sentences: Iterable[str]) -> Iterator[tuple[str, dict[str, tuple[float | None, float]]]]:
    """Each sentence asked in every way, one after the other, so that all ways meet the same state of the machine."""
    for number, sentence in enumerate(sentences):
        ways: list[Callable[[str], tuple[float | None, float]]] = [
            asker.planner,
            asker.toolrag_and_planner,
            asker.gateway_plan,
        ]
        turned = ways[number % len(ways) :] + ways[: number % len(ways)]  # none is always the first
        timed = {way.__name__: way(sentence) for way in turned}
        yield sentence, timed | {"gateway_run": asker.gateway_run(sentence)}


def memory(stack: RunningStack) -> dict[str, Any]:
    """What `deskhand status` says of each service."""
    services = json.loads(stack.cli("status", "--json").stdout)["services"]
    sizes = {service["service"]: {key: service[key] for key in ("rss_mib", "pss_mib")} for service in services}
    total = {key: round(sum(size[key] or 0 for size in sizes.values()), 1) for key in ("rss_mib", "pss_mib")}
    return {**sizes, "total": total}


def load(stack: RunningStack, streams: int, seconds: float) -> dict[str, Any]:
    """So many streams at a time for so long. `each` is the least and the most that one of them got done; `grown_mib`
    what all services together grew by from the tenth part of the time on."""
    ends_s = time.monotonic() + seconds
    settled_s = ends_s - seconds * 0.9
    sizes: list[float] = []

    def after(_: object) -> None:
        if not sizes and time.monotonic() > settled_s:
            sizes.append(resident_mib(stack))

    exchanges = asyncio.run(drive(stack, streams, "Zab", lambda _: time.monotonic() < ends_s, after))
    sizes.append(resident_mib(stack))
    each = Counter(exchange.worker for exchange in exchanges)
    return {
        "streams": streams,
        "seconds": seconds,
        "requests": len(exchanges),
        "per_s": round(len(exchanges) / seconds, 1),
        "whole_ms": spread([exchange.took_ms for exchange in exchanges]),
        "each": [min(each.values()), max(each.values())],
        "errors": sum(exchange.end is not End.ANSWERED for exchange in exchanges),
        "mixed": sum(bool(exchange.wrong) for exchange in exchanges),
        "grown_mib": round(sizes[-1] - sizes[0], 1),
    }


def resident_mib(stack: RunningStack) -> float:
    pids = [service.pid for service in stack.state.services.values() if service.pid]
    return sum(psutil.Process(pid).memory_info().rss for pid in pids) / 1024**2

"""Many streams at a time, also while a service is killed: nothing mixes, nothing is lost, nothing happens twice.

A short version; `make bench` drives the stack for a minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from deskhand_cli.testing import RunningStack, running_stack

from .drive import End, Exchange, drive

STREAMS = 32
EACH = 4
GROWTH_MIB = 64
"""What a service may grow by from the first half of a load to its end: far more than noise, far less than a leak."""
WAIT_S = 60


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    environment = {"DESKHAND_EXECUTOR_OPEN_FILES": "false", "DESKHAND_STT_DOWNLOAD": "false"}
    with running_stack(tmp_path_factory.mktemp("load") / "home", environment=environment) as stack:
        yield stack


def notes(stack: RunningStack) -> Counter[str]:
    """How often each name was written: a second note of a title is called "title 2"."""
    paths: list[Path] = list((stack.home / "notes").rglob("*.md"))
    return Counter(path.stem.split(" ")[0] for path in paths)


def memory_mib(stack: RunningStack) -> dict[str, float]:
    services = stack.state.services.items()
    return {name: psutil.Process(service.pid).memory_info().rss / 1024**2 for name, service in services if service.pid}


def check(exchanges: list[Exchange], written: Counter[str]) -> None:
    """What holds however the services fared: what was reported done is there, and nothing is there twice."""
    assert [exchange for exchange in exchanges if exchange.wrong] == []
    runs = [exchange.run for exchange in exchanges if exchange.run]
    assert len(runs) == len(set(runs))
    for exchange in exchanges:
        assert written[exchange.name] <= 1, exchange
        if exchange.done:
            assert written[exchange.name] == 1, exchange
        if exchange.end is End.REFUSED:
            assert exchange.error["code"], exchange
            assert exchange.error["message"], exchange


async def test_many_streams_get_each_its_own_and_memory_stays_flat(stack: RunningStack) -> None:
    sizes: list[dict[str, float]] = []
    done = 0

    def after(_: Exchange) -> None:
        nonlocal done
        done += 1
        if done == STREAMS * EACH // 2:
            sizes.append(memory_mib(stack))

    exchanges = await drive(stack, STREAMS, "Mab", lambda asked: asked < EACH, after)
    sizes.append(memory_mib(stack))
    assert [exchange for exchange in exchanges if exchange.end is not End.ANSWERED or not exchange.done] == []
    assert len(exchanges) == STREAMS * EACH
    check(exchanges, notes(stack))
    grown = {name: sizes[1][name] - sizes[0][name] for name in sizes[1]}
    assert {name: size for name, size in grown.items() if size > GROWTH_MIB} == {}


@pytest.mark.parametrize(
    ("service", "prefix"),
    [("planner", "Pol"), ("executor", "Xer"), ("toolrag", "Tor"), ("gateway", "Gaw"), ("stt", "Sed")],
)
async def test_a_service_killed_under_load_is_back_and_nothing_is_lost_or_twice(
    stack: RunningStack, service: str, prefix: str
) -> None:
    before = stack.state.services[service]
    seen = 0

    def after(_: Exchange) -> None:
        nonlocal seen
        seen += 1
        if seen == 10:
            psutil.Process(before.pid).kill()

    exchanges = await drive(stack, 8, prefix, lambda asked: asked < 5, after)
    stack.wait_for(f"The {service} is back", WAIT_S)
    check(exchanges, notes(stack))
    if service != "gateway":
        assert [exchange for exchange in exchanges if exchange.end is End.BROKEN] == []
    if service in ("toolrag", "stt"):  # plans are made without the one, and nothing is heard by the other here
        assert [exchange for exchange in exchanges if exchange.end is not End.ANSWERED] == []
    assert stack.state.services[service].restarts == before.restarts + 1
    later = await drive(stack, 2, f"{prefix}l", lambda asked: asked < 1, lambda _: None)
    assert [exchange.end for exchange in later] == [End.ANSWERED] * 2
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {stack.api_key}"}, trust_env=False) as http:
        figures = (await http.get(f"{stack.base_url.removesuffix('/v1')}/metrics")).text
    assert f'deskhand_service_restarts_total{{service="{service}"}} 1.0' in figures

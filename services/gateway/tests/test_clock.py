"""The clock of a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest
from deskhand_gateway import clock as clock_module
from deskhand_gateway.clock import RequestClock, local_zone
from deskhand_gateway.errors import BadRequest


@pytest.fixture
def worker() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def at(moments: list[datetime]) -> Callable[[tzinfo | None], datetime]:
    return lambda zone: moments.pop(0).astimezone(zone)


async def test_machine_s_clock_is_read_anew_each_time(worker: Executor) -> None:
    moments = [datetime(2026, 3, 11, 23, 30, 5, 999, UTC), datetime(2026, 3, 12, 0, 30, tzinfo=UTC)]
    clock = RequestClock(worker, at(moments), lambda: ZoneInfo("Europe/Berlin"))
    read = [await clock.read({}) for _ in range(2)]
    assert [(clock.now, clock.timezone) for clock in read] == [
        ("2026-03-12T00:30:05", "Europe/Berlin"),
        ("2026-03-12T01:30:00", "Europe/Berlin"),
    ]


async def test_zone_of_a_machine_that_travels_is_noticed(worker: Executor, monkeypatch: pytest.MonkeyPatch) -> None:
    zones = [ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")]
    monkeypatch.setattr(clock_module, "ZONE_REFRESH_S", 0.0)
    clock = RequestClock(worker, zone=lambda: zones.pop(0))
    assert [(await clock.read({})).timezone for _ in range(2)] == ["Europe/Berlin", "Asia/Tokyo"]


async def test_machine_without_a_named_zone_keeps_its_wall_time(worker: Executor) -> None:
    clock = RequestClock(worker, lambda zone: datetime(2026, 3, 11, 9, 30, tzinfo=zone), lambda: None)
    read = await clock.read({})
    assert (read.now, read.timezone) == ("2026-03-11T09:30:00", "UTC")


@pytest.mark.parametrize(
    ("metadata", "now", "zone"),
    [
        ({"now": "2026-03-11T09:30:00"}, "2026-03-11T09:30:00", "Europe/Berlin"),
        ({"now": "2026-03-11 09:30"}, "2026-03-11T09:30:00", "Europe/Berlin"),
        ({"now": "2026-03-11T09:30:00.250"}, "2026-03-11T09:30:00", "Europe/Berlin"),
        ({"now": "2026-03-11T09:30:00Z"}, "2026-03-11T10:30:00", "Europe/Berlin"),
        ({"now": "2026-07-11T09:30:00Z", "timezone": "America/New_York"}, "2026-07-11T05:30:00", "America/New_York"),
        ({"now": "2026-03-11T09:30:00", "timezone": "Asia/Tokyo"}, "2026-03-11T09:30:00", "Asia/Tokyo"),
    ],
)
async def test_metadata_fixes_the_clock(worker: Executor, metadata: dict[str, str], now: str, zone: str) -> None:
    read = await RequestClock(worker, zone=lambda: ZoneInfo("Europe/Berlin")).read(metadata)
    assert (read.now, read.timezone) == (now, zone)


async def test_only_the_timezone_may_be_given(worker: Executor) -> None:
    clock = RequestClock(worker, at([datetime(2026, 3, 11, 9, 30, tzinfo=UTC)]), lambda: None)
    read = await clock.read({"timezone": "Asia/Tokyo"})
    assert (read.now, read.timezone) == ("2026-03-11T18:30:00", "Asia/Tokyo")


@pytest.mark.parametrize("now", ["", "now", "2026-03-11", "09:30", "2026-13-01T00:00:00", "0001-01-01T00:00:00Z"])
async def test_nonsense_is_refused(worker: Executor, now: str) -> None:
    with pytest.raises(BadRequest, match=r"metadata\.now"):
        await RequestClock(worker).read({"now": now})


def test_machine_s_zone_follows_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    zone = local_zone()
    assert zone is not None
    assert zone.key == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "Nowhere/Land")
    assert local_zone() is None

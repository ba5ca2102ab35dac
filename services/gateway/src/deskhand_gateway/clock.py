"""The user's clock of a request: from its metadata, else the machine's, read anew each time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzlocal
from deskhand_contract.services import Clock

from .errors import BadRequest

logger = logging.getLogger(__name__)

ZONE_REFRESH_S = 60.0
"""A laptop travels: its zone is looked up again after this time."""

YEARS = range(1970, 2201)
FALLBACK_ZONE = "UTC"


def local_zone() -> ZoneInfo | None:
    """The machine's zone; None when it has no name. Blocks."""
    try:
        if tzlocal.get_localzone_name():
            return ZoneInfo(tzlocal.reload_localzone().key)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        logger.warning("the machine's time zone cannot be read", extra={"why": str(error)})
    return None


class RequestClock:
    """Reads clocks for requests. `now` and `zone` are the machine's; tests bring their own.

    Files (zones) are read in `worker`, never in the event loop.
    """

    def __init__(
        self,
        worker: Executor,
        now: Callable[[tzinfo | None], datetime] = datetime.now,
        zone: Callable[[], ZoneInfo | None] = local_zone,
    ) -> None:
        self._worker = worker
        self._now = now
        self._read_zone = zone
        self._zone: ZoneInfo | None = None
        self._zones: dict[str, ZoneInfo] = {}  # by name; as many as there are
        self._zone_expires_s = 0.0

    async def read(self, metadata: Mapping[str, str]) -> Clock:
        """`metadata["now"]`: ISO local wall time, or with an offset, then moved to the zone. `metadata["timezone"]`:
        an IANA name. What is missing comes from the machine. Raises BadRequest."""
        name = metadata.get("timezone")
        zone = await self._named(name) if name is not None else await self._machine_zone()
        given = metadata.get("now")
        if given is None:
            now = self._now(zone)
        else:
            now = _parse(given)
            if now.tzinfo is not None:
                now = now.astimezone(zone)
        wall = now.replace(tzinfo=None, microsecond=0).isoformat()
        return Clock(now=wall, timezone=zone.key if zone else FALLBACK_ZONE)

    async def _machine_zone(self) -> ZoneInfo | None:
        if time.monotonic() >= self._zone_expires_s:
            self._zone = await asyncio.get_running_loop().run_in_executor(self._worker, self._read_zone)
            self._zone_expires_s = time.monotonic() + ZONE_REFRESH_S
        return self._zone

    async def _named(self, name: str) -> ZoneInfo:
        if name in self._zones:
            return self._zones[name]
        try:
            zone = await asyncio.get_running_loop().run_in_executor(self._worker, ZoneInfo, name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = f"metadata.timezone: {name[:80]!r} is no time zone; give an IANA name such as Europe/Berlin."
            raise BadRequest(message, param="metadata.timezone", code="invalid_timezone") from None
        self._zones[name] = zone
        return zone


def _parse(text: str) -> datetime:
    wrong = BadRequest(
        f"metadata.now: {text[:80]!r} is no date and time; give one such as 2026-03-11T09:30:00.",
        param="metadata.now",
        code="invalid_now",
    )
    if "T" not in text and " " not in text:  # a bare day says nothing about the time
        raise wrong
    try:
        now = datetime.fromisoformat(text)
    except ValueError:
        raise wrong from None
    if now.year not in YEARS:
        raise wrong
    return now

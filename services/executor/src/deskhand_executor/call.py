"""What a handler knows of the call beside its arguments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from deskhand_contract.services import ExecuteRequest

from .errors import UnusableArgument


@dataclass(frozen=True, slots=True)
class Call:
    """`now` is the user's wall clock, without a zone; `zone` is the zone that it is in."""

    run: str
    node: int
    now: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, request: ExecuteRequest) -> Call:
        """Reads the zone's file. Raises UnusableArgument for a clock that is none."""
        try:
            now = datetime.fromisoformat(request.clock.now)
            zone = ZoneInfo(request.clock.timezone)
        except (ValueError, OSError, ZoneInfoNotFoundError):
            raise UnusableArgument(
                f"the clock {request.clock.now[:40]!r} in {request.clock.timezone[:40]!r} cannot be read; "
                "give a time such as 2026-03-11T09:30:00 and a zone such as Europe/Berlin"
            ) from None
        if now.tzinfo is not None:
            now = now.astimezone(zone).replace(tzinfo=None)
        return cls(request.run, request.node, now, zone)

    @property
    def instant(self) -> datetime:
        """`now` as a moment in time."""
        return self.now.replace(tzinfo=self.zone)

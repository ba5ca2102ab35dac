"""Time zones as iCalendar carries them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Zulu", "Etc/Zulu", "Universal", "Etc/Universal"})
YEARS_BEFORE, YEARS_AFTER = 1, 4
"""How far the written rules reach: an event that somebody moves stays right."""


def is_utc(zone: ZoneInfo) -> bool:
    return zone.key in _UTC_NAMES


def normalise(wall: datetime, zone: ZoneInfo) -> datetime:
    """Wall time in the zone; one that the spring change skips moves on by what it skips."""
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def later(moment: datetime, minutes: int) -> datetime:
    """So many minutes of real time after it, in the same zone."""
    return (moment.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(moment.tzinfo)


def written(moment: datetime, zone: ZoneInfo) -> datetime:
    """As iCalendar says it: in UTC where that is the zone, and where the wall clock shows this time twice. RFC 5545
    means the first then, and khal the second."""
    return moment.astimezone(UTC) if is_utc(zone) or _twice(moment) else moment


def _twice(moment: datetime) -> bool:
    """Whether the zone's clock is put back over this time; `moment` is one that there is."""
    return moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()


def vtimezone(zone: ZoneInfo, year: int) -> Timezone:
    """VTIMEZONE with the changes around `year`. icalendar's own starts an observance an hour late at each change to
    summer time: RFC 5545 counts it in the time before the change."""
    first = datetime(max(year - YEARS_BEFORE, 1), 1, 1, tzinfo=UTC)
    last = datetime(min(year + YEARS_AFTER, 9998), 12, 31, tzinfo=UTC)
    component = Timezone()
    component.add("tzid", zone.key)
    component.add_component(_observance(zone, first, _offset(zone, first)))
    seen: dict[tuple[object, ...], TimezoneStandard | TimezoneDaylight] = {}
    for change in _changes(zone, first, last):
        before = _offset(zone, change - timedelta(seconds=1))
        key = (before, _offset(zone, change), _daylight(zone, change), change.astimezone(zone).tzname())
        if key in seen:
            seen[key].add("rdate", _wall(change, before))
        else:
            seen[key] = _observance(zone, change, before)
            component.add_component(seen[key])
    return component


def _observance(zone: ZoneInfo, change: datetime, before: timedelta) -> TimezoneStandard | TimezoneDaylight:
    local = change.astimezone(zone)
    observance = TimezoneDaylight() if _daylight(zone, change) else TimezoneStandard()
    observance.add("dtstart", _wall(change, before))
    observance.add("tzoffsetfrom", before)
    observance.add("tzoffsetto", _offset(zone, change))
    observance.add("tzname", local.tzname() or zone.key)
    return observance


def _changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """Moments at which the offset changes: found day by day, then by halving."""
    day = first
    while day < last:
        following = day + timedelta(days=1)
        if _state(zone, day) != _state(zone, following):
            low, high = day, following
            while high - low > timedelta(seconds=1):
                middle = (low + (high - low) / 2).replace(microsecond=0)
                low, high = (middle, high) if _state(zone, middle) == _state(zone, low) else (low, middle)
            yield high
        day = following


def _state(zone: ZoneInfo, moment: datetime) -> tuple[timedelta, bool]:
    return _offset(zone, moment), _daylight(zone, moment)


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _daylight(zone: ZoneInfo, moment: datetime) -> bool:
    return bool(moment.astimezone(zone).dst())


def _wall(moment: datetime, offset: timedelta) -> datetime:
    return (moment + offset).replace(tzinfo=None)

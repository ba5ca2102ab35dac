"""What starts and ends share: clock readings of a moment, dates plus durations."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from .civil import add_months, add_workdays
from .clocks import MIDNIGHT, NOON, PART_MINUTES, Reading, read
from .days import ONE_DAY, DaySpec
from .durations import Duration
from .phrase import Moment, Phrase

When: TypeAlias = date | datetime


def at(day: date, reading: Reading) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=reading.minutes, seconds=reading.second)


def clock_reading(moment: Moment) -> Reading | None:
    if moment.clock is not None:
        return read(moment.clock, moment.part)
    if moment.part is not None:
        return Reading(PART_MINUTES[moment.part])
    if moment.day is not None and moment.day.default_minutes is not None:
        return Reading(moment.day.default_minutes)
    return None


def left_reading(phrase: Phrase) -> Reading | None:
    """The clock reading of a start. Rule 14: a bare hour takes the half of the day that brings it nearest its end."""
    moment, right = phrase.left, phrase.right
    reading = clock_reading(moment)
    if reading is None or reading.fixed or right is None or right.clock is None or moment.part:
        return reading
    if right.day is not None and right.day != moment.day:
        return reading
    end = read(right.clock, right.part)
    if not end.fixed:
        return reading
    half = reading.minutes % NOON
    options = [Reading(half, reading.second), Reading(half + NOON, reading.second)]
    return min(options, key=lambda r: (end.minutes - r.minutes - 1) % MIDNIGHT)


def dated(spec: DaySpec) -> bool:
    """The phrase fixes the year or the month, so that nothing may be rolled."""
    return any(getattr(spec, name, None) is not None for name in ("year", "year_offset", "month_offset"))


def add(when: When, duration: Duration) -> When:
    if duration.minutes and not isinstance(when, datetime):
        raise ValueError("a duration in minutes needs a clock time to start from")
    if isinstance(when, datetime):
        day = add(when.date(), Duration(duration.months, duration.days, 0, duration.workdays))
        return datetime.combine(day, when.time()) + timedelta(minutes=duration.minutes)
    return add_workdays(add_months(when, duration.months) + duration.days * ONE_DAY, duration.workdays)


def day_of(when: When | None) -> date | None:
    return when.date() if isinstance(when, datetime) else when

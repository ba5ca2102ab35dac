"""Ends: resolved from the resolved start, never from now alone (rule 15)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from .clocks import MIDNIGHT, NOON, Reading
from .days import ONE_DAY, DayOfMonth, DaySpec, Fixed, Follow, MonthDay, Period, Ref, Relative, Weekday
from .phrase import Moment
from .times import When, add, at, clock_reading, dated, day_of

EVENING = 18 * 60


def end_of(moment: Moment, now: datetime, begin: When) -> When:
    """The end that `moment` names for an event that begins at `begin`. Raises ValueError when it cannot be after it."""
    if isinstance(begin, datetime):
        begin = begin.replace(tzinfo=None)
    start = day_of(begin) or now.date()
    if moment.span is not None:
        return add(begin, moment.span.duration)
    if moment.offset and moment.clock is None and moment.part is None:
        raise ValueError("an end that is counted from nothing")
    if moment.clock is not None and moment.clock.kind == "now":
        if not isinstance(begin, datetime) or moment.day is None:
            raise ValueError("no time to repeat")
        return datetime.combine(_later_day(moment.day, now, start, None), begin.time())
    moment = _day_number(moment, begin)
    said = clock_reading(moment)
    if said is None:
        if moment.day is None:
            raise ValueError("no end in the phrase")
        return _later_day(moment.day, now, start, None)
    if moment.offset:
        said = Reading(said.minutes + moment.offset, said.second)
    if moment.day is None:
        return _same_day(start, said, begin)
    day = _later_day(moment.day, now, start, lambda d: _on(d, said, begin) > _floor(begin))
    when = _on(day, said, begin)
    if when <= _floor(begin):
        raise ValueError("an end before the start")
    return when


def _floor(begin: When) -> datetime:
    if isinstance(begin, datetime):
        return begin
    return datetime(begin.year, begin.month, begin.day) - timedelta(seconds=1)


def _day_number(moment: Moment, begin: When) -> Moment:
    """A bare number after a day without a clock time is a day too: September 18 to 20."""
    clock = moment.clock
    if clock is None or not clock.flex or isinstance(begin, datetime) or moment.day or moment.part:
        return moment
    return Moment(day=DayOfMonth(clock.hour))


def _same_day(start: date, said: Reading, begin: When) -> datetime:
    """A clock time alone: on the start's day, or the next when that is not after the start."""
    floor = _floor(begin)
    options = [said.minutes] if said.fixed or not isinstance(begin, datetime) else _halves(said)
    for days in (0, 1):
        for minutes in options:
            when = at(start + days * ONE_DAY, Reading(minutes, said.second))
            if when > floor:
                return when
    raise ValueError("an end before the start")


def _halves(said: Reading) -> list[int]:
    half = said.minutes % NOON
    return [half, half + NOON] if half else [NOON, MIDNIGHT]


def _on(day: date, said: Reading, begin: When) -> datetime:
    """A clock time on a named day. On the start's own day a bare hour is its first reading after the start."""
    if said.fixed or not isinstance(begin, datetime):
        return at(day, said)
    if day == begin.date():
        later = [w for m in _halves(said) if (w := at(day, Reading(m, said.second))) > begin]
        return later[0] if later else at(day, said)
    small_hours = NOON + 60 <= said.minutes < NOON + 6 * 60
    if day - begin.date() == ONE_DAY and begin.hour * 60 >= EVENING and small_hours:
        return at(day, Reading(said.minutes - NOON, said.second))
    return at(day, said)


def _later_day(spec: DaySpec, now: datetime, start: date, fits: Callable[[date], bool] | None) -> date:
    """The day of an end. `fits(day)` says whether the clock time on that day is after the start."""

    def good(day: date) -> bool:
        return fits(day) if fits else day >= start

    if isinstance(spec, Follow):
        return spec.resolve(Ref(now.date(), start))
    if isinstance(spec, Relative):
        day = spec.resolve(Ref(now.date(), start))
        if good(day):
            return day
        return start + max(spec.days, 0) * ONE_DAY
    if isinstance(spec, Fixed):
        if not good(spec.day):
            raise ValueError("an end before the start")
        return spec.day
    floating = not dated(spec) and not (isinstance(spec, Weekday) and spec.mode in {"week", "last"})
    if spec.recurring and floating and not (isinstance(spec, Period) and spec.offset):
        day = spec.first(start)
        same_is_later = isinstance(spec, (Weekday, DayOfMonth)) and fits is None and day == start
        return day if good(day) and not same_is_later else spec.first(day + ONE_DAY)
    day = spec.resolve(Ref(now.date(), start))
    if good(day) and day >= start:
        return day
    if isinstance(spec, MonthDay) and spec.year is not None:
        raise ValueError("an end before the start")
    day = spec.first(start + ONE_DAY) if isinstance(spec, Weekday) else spec.resolve(Ref(start, start))
    if not good(day):
        raise ValueError("an end before the start")
    return day

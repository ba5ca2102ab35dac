"""Clock times and dayparts, and how a bare hour is read.

Rule 2: 1-7 is p.m., 8-11 a.m., 12 noon; a daypart decides instead. Rule 3: the 24-hour forms. Rule 4: a daypart
without an hour. Rule 5: end of day = 17:00. Rule 6: midnight is the end of its day, 1440 minutes in.
Conventions of this package where the rules are silent: breakfast 08:00, dinner 19:00, after lunch 13:00, first thing
09:00, early morning 08:00, mid-morning 10:00, late morning 11:00, early afternoon 13:00, late afternoon 16:00, early
evening 18:00, late evening 21:00, late (at) night 22:00. At night, one to four o'clock belong to the following day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .text import Meridiem

NOON, EOD, MIDNIGHT = 12 * 60, 17 * 60, 24 * 60

PART_MINUTES: dict[str, int] = {
    "breakfast": 480,
    "morning": 540,
    "lunch": NOON,
    "afternoon": 900,
    "dinner": 1140,
    "evening": 1140,
    "night": 1200,
    "first thing": 540,
    "after lunch": 780,
    "after dinner": 1200,
    "early morning": 480,
    "mid morning": 600,
    "late morning": 660,
    "early afternoon": 780,
    "mid afternoon": 900,
    "late afternoon": 960,
    "early evening": 1080,
    "late evening": 1260,
    "late night": 1320,
}


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock time as written. `flex`: a bare number that may also be a day of the month. `now`: the time of `now`."""

    hour: int = 0
    minute: int = 0
    second: int = 0
    mer: Meridiem | None = None
    kind: Literal["time", "noon", "midnight", "eod", "now"] = "time"
    flex: bool = False
    year_like: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """Minutes from 00:00 of the phrase's day (1440 and more: the following day). `fixed`: no other reading."""

    minutes: int
    second: int = 0
    fixed: bool = True


def valid(clock: Clock) -> bool:
    """False for 25 o'clock, 13:75, 0 p.m."""
    if clock.mer in {"am", "pm"} and not 0 <= clock.hour <= 23:
        return False
    if clock.mer == "am" and clock.hour > 12:
        return False
    return 0 <= clock.hour <= 24 and 0 <= clock.minute <= 59 and not (clock.hour == 24 and clock.minute)


def read(clock: Clock, part: str | None = None) -> Reading:
    """The reading of a clock time beside a daypart. Raises ValueError on an impossible time."""
    if clock.kind != "time":
        return Reading({"noon": NOON, "midnight": MIDNIGHT, "eod": EOD, "now": 0}[clock.kind])
    if not valid(clock):
        raise ValueError("no such clock time")
    hour, rest = clock.hour, clock.minute
    family = part.rsplit(" ", 1)[-1] if part else None
    if clock.mer in {"am", "pm"}:
        if hour > 12:
            return Reading(hour * 60 + rest, clock.second)
        hour = hour % 12 + (12 if clock.mer == "pm" else 0)
        following = family == "night" and hour < 5
        return Reading(hour * 60 + rest + (MIDNIGHT if following else 0), clock.second)
    if hour >= 13 or (hour == 0 and family != "night"):
        return Reading(hour * 60 + rest, clock.second)
    if (family and family not in {"lunch", "thing", "breakfast"}) or family == "breakfast":
        return Reading(_by_part(hour, family) * 60 + rest, clock.second)
    if clock.mer == "24":
        return Reading(hour * 60 + rest, clock.second)
    if family == "thing":
        return Reading(hour % 12 * 60 + rest, clock.second)
    return Reading((hour + 12 if hour <= 7 else hour) * 60 + rest, clock.second, fixed=family is not None)


def _by_part(hour: int, family: str) -> int:
    if family in {"morning", "breakfast"}:
        return hour % 12
    if family == "afternoon":
        return hour % 12 + 12
    if family in {"evening", "dinner"}:
        return 24 if hour == 12 else hour + 12
    if hour == 12 or hour == 0:
        return 24
    return hour + 24 if hour <= 4 else hour + 12

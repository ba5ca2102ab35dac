"""Day specifications: what a phrase says about the day, and which date that is.

A spec is resolved against a `Ref` (today, and the start of the event when there is one). Recurring specs (a weekday,
the 17th, 8 May, Thanksgiving) also answer `first(low)`, their first day on or after `low`, which is what ends,
rolls and offsets are built from. Impossible days raise ValueError; `resolve` turns that into UnresolvableDate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Literal

from .civil import add_months, add_workdays, monday_of, month_end, month_start, nth_weekday
from .holidays import holiday

ONE_DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
EOD_MINUTES = 17 * 60


@dataclass(frozen=True, slots=True)
class Ref:
    today: date
    start: date | None = None


@dataclass(frozen=True, slots=True)
class DaySpec:
    """Base. `default_minutes`: the clock time the day brings along (end of the week = 17:00)."""

    recurring: ClassVar[bool] = False
    yearly: ClassVar[bool] = False

    @property
    def default_minutes(self) -> int | None:
        return None

    def first(self, low: date) -> date:
        raise ValueError("not a recurring day")

    def resolve(self, ref: Ref) -> date:
        return self.first(ref.today)


@dataclass(frozen=True, slots=True)
class Relative(DaySpec):
    """Days from today: today, tomorrow, yesterday (rule 10)."""

    days: int

    def resolve(self, ref: Ref) -> date:
        return ref.today + self.days * ONE_DAY


@dataclass(frozen=True, slots=True)
class Fixed(DaySpec):
    """A date with its year."""

    day: date

    def resolve(self, ref: Ref) -> date:
        return self.day


@dataclass(frozen=True, slots=True)
class Follow(DaySpec):
    """Days from the start: the next day, the day before, that evening (0). Without a start it names nothing."""

    days: int

    def resolve(self, ref: Ref) -> date:
        if ref.start is None:
            raise ValueError("no day to count from")
        return ref.start + self.days * ONE_DAY


@dataclass(frozen=True, slots=True)
class Weekday(DaySpec):
    """Rule 7. `mode`: bare = after today; this = of this week, or the coming one; week = of the week `weeks` on;
    last = the one before today."""

    weekday: int
    mode: Literal["bare", "this", "week", "last"] = "bare"
    weeks: int = 0
    recurring: ClassVar[bool] = True

    def first(self, low: date) -> date:
        return low + (self.weekday - low.weekday()) % 7 * ONE_DAY

    def resolve(self, ref: Ref) -> date:
        if self.mode == "bare":
            return self.first(ref.today + ONE_DAY)
        if self.mode == "this":
            return self.first(ref.today)
        if self.mode == "last":
            return self.first(ref.today - WEEK)
        return monday_of(ref.today) + self.weeks * WEEK + self.weekday * ONE_DAY


@dataclass(frozen=True, slots=True)
class Weekend(DaySpec):
    """The Saturday of the week `weeks` on; said on a Sunday, this weekend is the coming one (rules 7 and 8)."""

    weeks: int = 0
    sunday: bool = False

    def resolve(self, ref: Ref) -> date:
        day = monday_of(ref.today) + self.weeks * WEEK + (6 if self.sunday else 5) * ONE_DAY
        return day if day >= ref.today else day + WEEK


@dataclass(frozen=True, slots=True)
class MonthDay(DaySpec):
    """A day of a named month; without a year the next one (rule 11)."""

    month: int
    day: int
    year: int | None = None
    year_offset: int | None = None
    recurring: ClassVar[bool] = True
    yearly: ClassVar[bool] = True

    def first(self, low: date) -> date:
        if self.year is not None:
            return date(self.year, self.month, self.day)
        date(2028, self.month, self.day)  # a day that no year has raises here
        for year in range(low.year, low.year + 9):
            if self.day == 29 and self.month == 2 and not _leap(year):
                continue
            if (day := date(year, self.month, self.day)) >= low:
                return day
        raise ValueError("no such day")

    def resolve(self, ref: Ref) -> date:
        if self.year_offset is not None:
            return date(ref.today.year + self.year_offset, self.month, self.day)
        return self.first(ref.today)


@dataclass(frozen=True, slots=True)
class DayOfMonth(DaySpec):
    """The 17th: the next month that has it (rule 11); `month_offset` for "of next month"; `weekday` must match."""

    day: int
    month_offset: int | None = None
    weekday: int | None = None
    recurring: ClassVar[bool] = True

    def first(self, low: date) -> date:
        for month in months_from(low):
            if self.day <= month_end(month).day:
                day = month.replace(day=self.day)
                if day >= low and self.weekday in {None, day.weekday()}:
                    return day
        raise ValueError("no such day")

    def resolve(self, ref: Ref) -> date:
        if self.month_offset is not None:
            return month_start(ref.today, self.month_offset).replace(day=self.day)
        return self.first(ref.today)


@dataclass(frozen=True, slots=True)
class NthDay(DaySpec):
    """First Monday of May, last Tuesday of the month, last day of February (rules 9 and 13).

    `what` is a weekday number, "day" or "workday"; n is -1 for the last. Without month and offset: monthly.
    """

    n: int
    what: int | Literal["day", "workday"]
    month: int | None = None
    year: int | None = None
    year_offset: int | None = None
    month_offset: int | None = None
    recurring: ClassVar[bool] = True
    yearly: ClassVar[bool] = True

    def in_month(self, month: date) -> date | None:
        if isinstance(self.what, int):
            return nth_weekday(month.year, month.month, self.what, self.n)
        if self.what == "workday":
            edge = month_end(month) + ONE_DAY if self.n < 0 else month - ONE_DAY
            return add_workdays(edge, self.n)
        if self.n < 0:
            return month_end(month) + (self.n + 1) * ONE_DAY
        return month.replace(day=self.n) if self.n <= month_end(month).day else None

    def first(self, low: date) -> date:
        if self.year is not None and self.month is not None:
            return _require(self.in_month(date(self.year, self.month, 1)))
        for month in months_from(low):
            if self.month in {None, month.month} and (day := self.in_month(month)) and day >= low:
                return day
        raise ValueError("no such day")

    def resolve(self, ref: Ref) -> date:
        if self.month_offset is not None:
            return _require(self.in_month(month_start(ref.today, self.month_offset)))
        if self.year_offset is not None and self.month is not None:
            return _require(self.in_month(date(ref.today.year + self.year_offset, self.month, 1)))
        return self.first(ref.today)


@dataclass(frozen=True, slots=True)
class Holiday(DaySpec):
    """A holiday by key; the next one (rule 13), or that of a year."""

    key: str
    year: int | None = None
    year_offset: int | None = None
    recurring: ClassVar[bool] = True
    yearly: ClassVar[bool] = True

    def first(self, low: date) -> date:
        if self.year is not None:
            return _require(holiday(self.key, self.year))
        for year in range(low.year, low.year + 9):
            if (day := holiday(self.key, year)) and day >= low:
                return day
        raise ValueError("no such day")

    def resolve(self, ref: Ref) -> date:
        if self.year_offset is not None:
            return _require(holiday(self.key, ref.today.year + self.year_offset))
        return self.first(ref.today)


Part = Literal["whole", "start", "early", "mid", "late", "end"]
_MONTH_DAYS: dict[str, int] = {"whole": 1, "start": 1, "early": 5, "mid": 15, "late": 25}
_WEEK_DAYS: dict[str, int] = {"whole": 0, "start": 0, "early": 0, "mid": 2, "late": 4, "end": 4}


@dataclass(frozen=True, slots=True)
class Period(DaySpec):
    """A part of a week, month, quarter or year. `number` names a month (1-12) or quarter (1-4), else `offset` counts
    from the current one. The whole period is its first day, or today while it lasts.

    Week: early and start = Monday, mid = Wednesday, late = Friday, end = Friday 17:00 (rule 8).
    Month: start = the 1st, early = the 5th, mid = the 15th, late = the 25th, end = its last day (rule 9).
    """

    unit: Literal["week", "month", "quarter", "year"]
    part: Part = "whole"
    offset: int = 0
    number: int | None = None
    year: int | None = None
    year_offset: int | None = None
    recurring: ClassVar[bool] = True

    @property
    def default_minutes(self) -> int | None:
        return EOD_MINUTES if self.unit == "week" and self.part == "end" else None

    def first(self, low: date) -> date:
        if self.unit == "week":
            day = monday_of(low) + _WEEK_DAYS[self.part] * ONE_DAY
            return day if day >= low else day + WEEK
        if self.year is not None:
            return self._within(date(self.year, self._month(), 1))
        for month in months_from(month_start(low, -11)):
            if not self._starts(month):
                continue
            if (day := self._within(month)) >= low:
                return day
            if self.part == "whole" and self.number is None and self._last(month) >= low:
                return low
        raise ValueError("no such period")

    def resolve(self, ref: Ref) -> date:
        today = ref.today
        if self.year_offset is not None:
            return self._within(date(today.year + self.year_offset, self._month(), 1))
        if not self.offset:
            return today if self.unit == "week" and self.part == "whole" else self.first(today)
        if self.unit == "week":
            return monday_of(today) + self.offset * WEEK + _WEEK_DAYS[self.part] * ONE_DAY
        months = {"month": 1, "quarter": 3, "year": 12}[self.unit]
        return self._within(month_start(today, months * self.offset - (today.month - 1) % months))

    def _month(self) -> int:
        if self.unit == "month":
            return self.number or 1
        return ((self.number or 1) - 1) * 3 + 1 if self.unit == "quarter" else 1

    def _starts(self, month: date) -> bool:
        if self.number is not None or self.unit == "year":
            return month.month == self._month()
        return self.unit == "month" or month.month % 3 == 1

    def _last(self, month: date) -> date:
        months = {"month": 0, "quarter": 2, "year": 11}[self.unit]
        return month_end(add_months(month, months))

    def _within(self, month: date) -> date:
        if self.part == "end":
            return self._last(month)
        middle = {"quarter": 1, "year": 5}.get(self.unit, 0) if self.part == "mid" else 0
        late = {"quarter": 2, "year": 11}.get(self.unit, 0) if self.part == "late" else 0
        return add_months(month, middle + late).replace(day=_MONTH_DAYS[self.part])


@dataclass(frozen=True, slots=True)
class Shifted(DaySpec):
    """A day counted from another: a week from Monday, two days before Christmas, Tuesday week (rules 7 and 10)."""

    anchor: DaySpec
    months: int = 0
    days: int = 0
    workdays: int = 0

    def _shift(self, day: date) -> date:
        return add_workdays(add_months(day, self.months) + self.days * ONE_DAY, self.workdays)

    def resolve(self, ref: Ref) -> date:
        if not self.anchor.recurring:
            return self._shift(self.anchor.resolve(ref))
        if self.anchor.yearly and not self.months:
            anchor = self.anchor.resolve(Ref(ref.today - self.days * ONE_DAY, ref.start))
        else:
            anchor = self.anchor.resolve(ref)
        for _ in range(12):
            if (day := self._shift(anchor)) >= ref.today:
                return day
            later = self.anchor.first(anchor + ONE_DAY)
            if later <= anchor:
                break
            anchor = later
        return self._shift(anchor)


@dataclass(frozen=True, slots=True)
class Beside(DaySpec):
    """The Friday before Labor Day, the weekend after the 12th (its Saturday), the week after Easter (its Monday)."""

    anchor: DaySpec
    what: int | Literal["week", "weekend"]
    side: Literal[-1, 0, 1]

    def _beside(self, day: date) -> date:
        if self.what == "week":
            return monday_of(day) + self.side * WEEK
        weekday = 5 if self.what == "weekend" else self.what
        if self.side == 0:  # the nearest
            return day + ((weekday - day.weekday() + 3) % 7 - 3) * ONE_DAY
        if self.side > 0:
            return day + ((weekday - day.weekday() - 1) % 7 + 1) * ONE_DAY
        return day - ((day.weekday() - weekday - 1) % 7 + 1) * ONE_DAY

    def resolve(self, ref: Ref) -> date:
        anchor = self.anchor.resolve(ref)
        day = self._beside(anchor)
        if day < ref.today and self.anchor.recurring:
            later = self.anchor.first(anchor + ONE_DAY)
            if later > anchor and self.what != "week":
                return self._beside(later)
        return day


def months_from(low: date) -> Iterator[date]:
    """First days of the months from that of `low`, for nine years: every leap day and weekday pattern is in there."""
    for n in range(108):
        yield month_start(low, n)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _require(day: date | None) -> date:
    if day is None:
        raise ValueError("no such day")
    return day

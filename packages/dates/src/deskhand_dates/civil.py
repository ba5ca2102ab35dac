"""Calendar arithmetic without conventions: weeks start on Monday, months are clipped."""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.relativedelta import relativedelta


def monday_of(day: date) -> date:
    """Monday of the calendar week of `day`."""
    return day - timedelta(days=day.weekday())


def month_start(day: date, months: int = 0) -> date:
    """The first of the month `months` away."""
    return day.replace(day=1) + relativedelta(months=months)


def month_end(day: date) -> date:
    """The last day of the month of `day`."""
    return day.replace(day=1) + relativedelta(months=1, days=-1)


def add_months(day: date, months: int) -> date:
    """Same day, months later, clipped to the month's last day."""
    return day + relativedelta(months=months)


def nth_weekday(year: int, month: int, weekday: int, n: int) -> date | None:
    """The nth (1 to 5, or -1 for the last) weekday of a month; None when the month has no fifth."""
    first = date(year, month, 1)
    if n < 0:
        last = month_end(first)
        return last - timedelta(days=(last.weekday() - weekday) % 7, weeks=-n - 1)
    day = first + timedelta(days=(weekday - first.weekday()) % 7, weeks=n - 1)
    return day if day.month == month else None


def add_workdays(day: date, n: int) -> date:
    """n working days (Monday to Friday) on, or back when n is negative."""
    step = timedelta(days=1 if n >= 0 else -1)
    for _ in range(abs(n)):
        day += step
        while day.weekday() > 4:
            day += step
    return day

"""From when to when an event is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from deskhand_contract.tools import CreateCalendarEvent

from ...call import Call
from ...errors import UnusableArgument
from ...moments import read_moment
from ...phrasing import on_moment, spoken_span
from ...zones import later, normalise

DEFAULT_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Span:
    """`end` is exclusive, as iCalendar has it. Datetimes have the zone. `ends` is whether the user gave an end."""

    start: date
    end: date
    ends: bool

    @property
    def last(self) -> date:
        """The end, as people say it: of whole days the last one."""
        return self.end if isinstance(self.end, datetime) else self.end - timedelta(days=1)

    def spoken(self, now: datetime) -> str:
        return spoken_span(self.start, self.last, now) if self.ends else on_moment(self.start, now)


def read_span(arguments: CreateCalendarEvent, call: Call) -> Span:
    """Raises UnusableArgument when the end does not fit the start."""
    start = read_moment(arguments.start_date)
    end = read_moment(arguments.end_date) if arguments.end_date.strip() else None
    if not isinstance(start, datetime):
        if isinstance(end, datetime):
            raise UnusableArgument("the end has a clock time and the start has none; say when it begins")
        last = end or start
        if last < start:
            raise UnusableArgument("it ends before it starts; say when it begins and when it ends")
        return Span(start, last + timedelta(days=1), end is not None)
    begin = normalise(start, call.zone)
    if end is None:
        return Span(begin, later(begin, DEFAULT_MINUTES), False)
    if not isinstance(end, datetime):  # up to and with that day
        end = datetime.combine(end + timedelta(days=1), time())
    finish = normalise(end, call.zone)
    if finish <= begin:
        raise UnusableArgument("it ends before it starts; say when it begins and when it ends")
    return Span(begin, finish, True)

"""Events in the Calendar application.

Calendar mails an invitation the moment an attendee is added, so guests are written into the notes unless the settings
let Calendar invite them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from deskhand_contract.services import Observation
from deskhand_contract.tools import CreateCalendarEvent

from ...addresses import Recipient, mail_recipients, spoken_recipients
from ...call import Call
from ...errors import NotFound
from ...people import People
from ...phrasing import quoted
from ...storage import Undo, read_undo
from ..common.event import link_of, spoken_calendar, title_for
from ..common.span import Span, read_span
from .fields import check_undone, columns, components, exactly, on_this_mac, present
from .named import choose
from .osascript import Osascript

ALL_DAY_ENDS = time(23, 59, 59)
"""Where Calendar itself ends an all-day event; midnight would make it a day longer."""


class EventUndo(Undo):
    calendar: str
    uid: str
    fingerprint: str


class MacCalendar:
    def __init__(self, osascript: Osascript, people: People, default: str, *, invite_guests: bool) -> None:
        self._osascript = osascript
        self._people = people
        self._default = default
        self._invite_guests = invite_guests

    def create_calendar_event(self, arguments: CreateCalendarEvent, call: Call) -> Observation:
        title = title_for(arguments)
        span = read_span(arguments, call)
        start, end = _on_this_mac(span)
        guests = mail_recipients(arguments.invitees, self._people)
        calendar = self._calendar(arguments.calendar)
        invited = guests if self._invite_guests else []
        given, taken, fingerprint = exactly(
            self._osascript.run(
                "calendar_create",
                calendar,
                title,
                arguments.location.strip(),
                _notes(arguments.notes, [] if self._invite_guests else guests),
                link_of(arguments),
                "false" if isinstance(span.start, datetime) else "true",
                *components(start),
                *components(end),
                *[guest.address for guest in invited],
            ),
            3,
            "Calendar",
        )
        uid = present(given)
        text = f"{quoted(title)} is in your {spoken_calendar(calendar, arguments)} {span.spoken(call.now)}"
        if guests:
            text += f", {self._about_guests(guests, int(taken))}"
        return Observation(
            output=uid or title,
            text=text,
            data={"uid": uid, "calendar": calendar, "invited": int(taken)},
            undo=(
                EventUndo(label=quoted(title), calendar=calendar, uid=uid, fingerprint=fingerprint).model_dump()
                if uid and fingerprint
                else None
            ),
        )

    def undo_create_calendar_event(self, undo: dict[str, Any]) -> Observation:
        record = read_undo(EventUndo, undo)
        fields = self._osascript.run("calendar_undo", record.calendar, record.uid, record.fingerprint)
        check_undone(fields, record.label, "Calendar")
        return Observation(output="", text=f"Removed {record.label} from your calendar")

    def _calendar(self, asked: str) -> str:
        """The calendar meant: the one named, else the default one, else the first that can be written to."""
        names, flags = columns(self._osascript.run("calendar_list"), 2, "Calendar")
        writable = [name for name, flag in zip(names, flags, strict=True) if flag == "true"]
        if not writable:
            raise NotFound("there is no calendar that can be written to; make one in Calendar")
        return choose(asked, self._default, writable, "calendar", "calendars")

    def _about_guests(self, guests: Sequence[Recipient], taken: int) -> str:
        people = spoken_recipients(guests)
        if not self._invite_guests:
            return f"with {people} noted as guests but not invited: Calendar would mail the invitations at once"
        if taken < len(guests):
            return f"but Calendar took {taken} of {len(guests)} guests ({people}); look at the event's invitees"
        return f"with {people} invited"


def _on_this_mac(span: Span) -> tuple[datetime, datetime]:
    """Start and end as Calendar takes them: in the Mac's time, all days to the last second of the last one."""
    if isinstance(span.start, datetime) and isinstance(span.end, datetime):
        return on_this_mac(span.start), on_this_mac(span.end)
    return datetime.combine(span.start, time()), datetime.combine(span.last, ALL_DAY_ENDS)


def _notes(notes: str, guests: Sequence[Recipient]) -> str:
    names = [f"{guest.name} <{guest.address}>" if guest.name else guest.address for guest in guests]
    return "\n\n".join(part for part in (notes.strip(), f"Guests: {', '.join(names)}" if names else "") if part)

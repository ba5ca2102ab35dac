"""Events as iCalendar files, which khal and every calendar program read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from deskhand_contract.services import Observation
from deskhand_contract.tools import CreateCalendarEvent
from icalendar import Event, vCalAddress, vText

from ...addresses import Recipient, mail_recipients, spoken_recipients
from ...call import Call
from ...contact_book import ContactBook
from ...phrasing import one_line, quoted, sentence_case
from ...storage import CreatedFiles, read_undo, remove_created
from ...vdir import new_uid, open_collection
from ...zones import as_utc_if_utc, is_utc, vtimezone
from ..common.span import Span, read_span


class CalendarEvents:
    def __init__(self, root: Path, default: str, book: ContactBook, user_name: str, user_mail: str) -> None:
        self._root = root
        self._default = default
        self._book = book
        self._user = Recipient(user_mail, user_name)

    def create_calendar_event(self, arguments: CreateCalendarEvent, call: Call) -> Observation:
        title = sentence_case(one_line(arguments.title)) or "Event"
        span = read_span(arguments, call)
        invitees = mail_recipients(arguments.invitees, self._book)
        calendar, made = open_collection(self._root, arguments.calendar, self._default, "calendar")
        event = self._event(arguments, call, title, span, invitees)
        zoned = isinstance(span.start, datetime) and not is_utc(call.zone)
        path = calendar.write(*([vtimezone(call.zone, span.start.year)] if zoned else []), event)
        text = f"{quoted(title)} is in your {_named(calendar.name, arguments.calendar)} {span.spoken(call.now)}"
        if invitees:
            text += f", with {spoken_recipients(invitees)} on the guest list"
        if made and arguments.calendar:
            text += "; the calendar is new"
        undo = CreatedFiles.of(quoted(title), path)
        return Observation(
            output=str(path),
            text=text,
            data={"path": str(path), "uid": str(event["uid"]), "calendar": calendar.name},
            undo=undo.model_dump(mode="json"),
        )

    def undo_create_calendar_event(self, undo: dict[str, Any]) -> Observation:
        record = read_undo(CreatedFiles, undo)
        remove_created(record, self._root)
        return Observation(output="", text=f"Removed {record.label} from your calendar")

    def _event(
        self, arguments: CreateCalendarEvent, call: Call, title: str, span: Span, invitees: Sequence[Recipient]
    ) -> Event:
        event = Event()
        event.add("uid", new_uid())
        event.add("dtstamp", call.instant)
        event.add("summary", title)
        event.add("dtstart", _written(span.start, call))
        event.add("dtend", _written(span.end, call))
        location = arguments.location.strip()
        if location:
            event.add("location", location)
        if location.startswith(("https://", "http://")) and len(location.split()) == 1:
            event.add("url", location)
        if arguments.notes.strip():
            event.add("description", arguments.notes.strip())
        if invitees and self._user.address:
            event.add("organizer", _attendee(self._user))
        for invitee in invitees:
            attendee = _attendee(invitee)
            attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
            attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
            attendee.params["RSVP"] = vText("TRUE")
            event.add("attendee", attendee)
        return event


def _written(moment: date, call: Call) -> date:
    return as_utc_if_utc(moment, call.zone) if isinstance(moment, datetime) else moment


def _named(name: str, asked: str) -> str:
    return f"{name} calendar" if asked and "calendar" not in name.casefold() else name if asked else "calendar"


def _attendee(person: Recipient) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{person.address}")
    if person.name:
        attendee.params["CN"] = vText(one_line(person.name).replace('"', "'"))
    return attendee

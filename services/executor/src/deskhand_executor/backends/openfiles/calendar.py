"""Events as iCalendar files, which khal and every calendar program read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from deskhand_contract.services import Observation
from deskhand_contract.tools import CreateCalendarEvent
from icalendar import Component, Event, vCalAddress, vText

from ...addresses import Recipient, mail_recipients, spoken_recipients
from ...call import Call
from ...contact_book import ContactBook
from ...drafts import add_invitation, new_draft
from ...errors import NotConfigured, UndoRefused
from ...mail_store import MailStore
from ...phrasing import one_line, quoted
from ...storage import CreatedFiles, read_undo, remove_created
from ...vdir import Collections, calendar_of, new_uid, open_collection
from ...zones import is_utc, vtimezone, written
from ..common.event import link_of, spoken_calendar, title_for
from ..common.span import Span, read_span


class CalendarEvents:
    def __init__(
        self, calendars: Collections, book: ContactBook, user: Recipient, invitations: MailStore | None = None
    ) -> None:
        """`invitations` is where invitation mails are drafted, None for no such mails."""
        self._calendars = calendars
        self._book = book
        self._user = user
        self._invitations = invitations

    def create_calendar_event(self, arguments: CreateCalendarEvent, call: Call) -> Observation:
        title = title_for(arguments)
        span = read_span(arguments, call)
        invitees = mail_recipients(arguments.invitees, self._book)
        if invitees and self._invitations and not self._user.address:
            raise NotConfigured(
                "an invitation needs your mail address; set DESKHAND_EXECUTOR_USER_MAIL, or turn "
                "DESKHAND_EXECUTOR_INVITE_GUESTS off"
            )
        calendar, made = open_collection(self._calendars, arguments.calendar, "calendar")
        event = self._event(arguments, call, title, span, invitees)
        zoned = isinstance(span.start, datetime) and not is_utc(call.zone)
        components = [*([vtimezone(call.zone, span.start.year)] if zoned else []), event]
        paths = [calendar.write(*components)]
        text = f"{quoted(title)} is in your {spoken_calendar(calendar.name, arguments)} {span.spoken(call.now)}"
        if invitees:
            text += f", with {spoken_recipients(invitees)} on the guest list"
        if made and arguments.calendar:
            text += "; the calendar is new"
        data = {"path": str(paths[0]), "uid": str(event["uid"]), "calendar": calendar.name}
        if invitees and self._invitations:
            summary = f"{title}, {span.spoken(call.now).removeprefix('on ')}"
            paths.append(self._invite(self._invitations, summary, invitees, components, arguments, call))
            text += "; the invitation is in your drafts"
            data["invitation"] = str(paths[1])
        undo = CreatedFiles.of(quoted(title), *paths)
        return Observation(output=str(paths[0]), text=text, data=data, undo=undo.model_dump(mode="json"))

    def undo_create_calendar_event(self, undo: dict[str, Any]) -> Observation:
        record = read_undo(CreatedFiles, undo)
        roots = [calendar.folder for calendar in self._calendars.read()[0]]
        if self._invitations and len(record.files) > 1:
            event, invitation = record.files
            invitation = invitation.model_copy(update={"path": self._invitations.whereabouts(invitation.path)})
            if not invitation.path.exists():
                raise UndoRefused(
                    f"the invitation to {record.label} is not among the drafts any more, so the guests may have it; "
                    "cancel it in your calendar program"
                )
            record = record.model_copy(update={"files": (event, invitation)})
            roots.append(self._invitations.drafts)
        remove_created(record, *roots)
        return Observation(output="", text=f"Removed {record.label} from your calendar")

    def _invite(
        self,
        store: MailStore,
        summary: str,
        invitees: Sequence[Recipient],
        components: Sequence[Component],
        arguments: CreateCalendarEvent,
        call: Call,
    ) -> Path:
        message = new_draft(self._user, invitees, (), f"Invitation: {summary}", call.instant)
        lines = (summary, one_line(arguments.location), arguments.notes.strip(), self._user.name)
        add_invitation(message, "\n\n".join(line for line in lines if line) + "\n", calendar_of(*components))
        return store.write_draft(message, call.instant)

    def _event(
        self, arguments: CreateCalendarEvent, call: Call, title: str, span: Span, invitees: Sequence[Recipient]
    ) -> Event:
        event = Event()
        event.add("uid", new_uid())
        event.add("dtstamp", call.instant)
        event.add("summary", title)
        event.add("dtstart", written(span.start, call.zone) if isinstance(span.start, datetime) else span.start)
        event.add("dtend", written(span.end, call.zone) if isinstance(span.end, datetime) else span.end)
        event.add("sequence", 0)
        event.add("status", "CONFIRMED")
        location = arguments.location.strip()
        if location:
            event.add("location", location)
        if link_of(arguments):
            event.add("url", link_of(arguments))
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


def _attendee(person: Recipient) -> vCalAddress:
    attendee = vCalAddress(f"mailto:{person.address}")
    if person.name:
        attendee.params["CN"] = vText(one_line(person.name).replace('"', "'"))
    return attendee

"""Video meetings: Zoom by its API, or a Jitsi room, which is a link and nothing else."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, Literal

from deskhand_contract.services import Observation
from deskhand_contract.tools import GetZoomMeetingLink
from pydantic import Field

from ...addresses import Recipient, mail_recipients, spoken_recipients
from ...call import Call
from ...errors import UnusableArgument
from ...folding import fold
from ...moments import read_moment
from ...people import People
from ...phrasing import on_moment, one_line, quoted, sentence_case, shorten, spoken_minutes
from ...storage import Undo, read_undo
from ...zoom_api import ZoomApi

MAX_ROOM_CHARS = 40
DEFAULT_MINUTES = 60


class MeetingUndo(Undo):
    meeting: str = Field(pattern=r"^\d{1,20}$")


class Zoom:
    def __init__(self, api: ZoomApi, provider: Literal["zoom", "jitsi"], jitsi_url: str, book: People) -> None:
        self._api = api
        self._provider = provider
        self._jitsi_url = jitsi_url.rstrip("/")
        self._book = book

    def get_zoom_meeting_link(self, arguments: GetZoomMeetingLink, call: Call) -> Observation:
        start = _start(arguments.start_time)
        invitees = mail_recipients(arguments.meeting_invitees, self._book)
        topic = sentence_case(one_line(arguments.topic)) or _topic(invitees)
        when = f" {on_moment(start, call.now)}" if start else ""
        if arguments.duration != DEFAULT_MINUTES:
            when += f" for {spoken_minutes(arguments.duration)}"
        data: dict[str, Any] = {"topic": topic, "invitees": [invitee.address for invitee in invitees]}
        if self._provider == "jitsi":
            link = f"{self._jitsi_url}/{_room(topic)}"
            text = f"The Jitsi meeting {quoted(topic)}{when} is at {link}"
            return Observation(output=link, text=text, data={**data, "url": link})
        addresses = [invitee.address for invitee in invitees]
        meeting = self._api.create_meeting(topic, start, call.zone.key, arguments.duration, addresses)
        guests = f", with {spoken_recipients(invitees)} on the guest list" if invitees else ""
        return Observation(
            output=meeting.join_url,
            text=f"Scheduled the Zoom meeting {quoted(topic)}{when}{guests}: {meeting.join_url}",
            data={**data, "url": meeting.join_url, "id": meeting.id},
            undo=MeetingUndo(label=f"the Zoom meeting {quoted(topic)}", meeting=meeting.id).model_dump(mode="json"),
        )

    def undo_get_zoom_meeting_link(self, undo: dict[str, Any]) -> Observation:
        record = read_undo(MeetingUndo, undo)
        self._api.delete_meeting(record.meeting)
        return Observation(output="", text=f"Cancelled {record.label}")


def _start(text: str) -> datetime | None:
    if not text.strip():
        return None
    moment = read_moment(text)
    if not isinstance(moment, datetime):
        raise UnusableArgument("the meeting has a day but no time; say at what time it starts")
    return moment


def _topic(invitees: list[Recipient]) -> str:
    return f"Meeting with {shorten(spoken_recipients(invitees))}" if invitees else "Meeting"


def _room(topic: str) -> str:
    """A name that nobody guesses: whoever knows it may enter."""
    words = "".join(word.capitalize() for word in fold(topic).split() if word.isascii())
    return f"{words[:MAX_ROOM_CHARS]}-{secrets.token_hex(8)}".strip("-")

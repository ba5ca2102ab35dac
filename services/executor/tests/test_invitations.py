"""Invitations to events as mail drafts that calendar programs answer (iTIP, RFC 5546 and 6047)."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import icalendar
import pytest
from deskhand_executor.errors import NotConfigured, UndoRefused

EVENT = {
    "title": "lunch",
    "start_date": "2026-03-12 12:00:00",
    "location": "Café Löwe",
    "notes": "Bring the plans.",
    "invitees": ["sid.rao@example.org", "someone@example.net"],
}


@pytest.fixture
def inviting(make_desk: Any) -> Any:
    return make_desk(invite_guests=True)


def test_invitation_waits_in_the_drafts_with_a_request_for_calendars(inviting: Any) -> None:
    done = inviting.do("create_calendar_event", **EVENT)
    assert done.text.endswith("; the invitation is in your drafts")
    mail = message_from_bytes(Path(done.data["invitation"]).read_bytes(), policy=policy.default)
    assert mail["Subject"] == "Invitation: Lunch, Thursday 12 March at 12:00"
    assert mail["To"] == "Sid Rao <sid.rao@example.org>, someone@example.net"
    words, request = mail.iter_parts()
    assert "Café Löwe\n\nBring the plans." in words.get_content()
    assert (request.get_content_type(), request.get_param("method")) == ("text/calendar", "REQUEST")
    calendar = icalendar.Calendar.from_ical(request.get_content())
    assert calendar["method"] == "REQUEST"
    sent, kept = calendar.walk("VEVENT")[0], _stored(done).walk("VEVENT")[0]
    assert sent["uid"] == kept["uid"] == done.data["uid"]
    assert sent["organizer"] == "mailto:sam.rivera@example.org"
    assert [guest.params["PARTSTAT"] for guest in sent["attendee"]] == ["NEEDS-ACTION"] * 2
    assert sent["attendee"][0].params["CN"] == "Sid Rao"
    assert calendar.walk("VTIMEZONE")[0]["tzid"] == "Europe/Berlin"
    assert "method" not in _stored(done)  # no stored event has one (RFC 4791, 4.1)


def test_event_without_guests_makes_no_mail(inviting: Any) -> None:
    done = inviting.do("create_calendar_event", **{**EVENT, "invitees": []})
    assert "invitation" not in done.data


def test_no_invitation_unless_the_setting_asks_for_it(desk: Any) -> None:
    assert "invitation" not in desk.do("create_calendar_event", **EVENT).data


def test_invitation_without_an_own_address_is_refused_before_anything_is_written(make_desk: Any) -> None:
    desk = make_desk(invite_guests=True, user_mail="")
    before = sorted(desk.home.rglob("*.ics"))
    with pytest.raises(NotConfigured, match="DESKHAND_EXECUTOR_USER_MAIL"):
        desk.do("create_calendar_event", **EVENT)
    assert sorted(desk.home.rglob("*.ics")) == before


def test_undo_takes_event_and_invitation_back(inviting: Any) -> None:
    done = inviting.do("create_calendar_event", **EVENT)
    draft = Path(done.data["invitation"])
    draft.rename(draft.with_name(draft.name + "F"))  # a mail program sets a flag
    inviting.undo("create_calendar_event", done)
    assert not Path(done.data["path"]).exists()
    assert not list(draft.parent.iterdir())


def test_event_stays_when_the_invitation_has_gone_out(inviting: Any) -> None:
    done = inviting.do("create_calendar_event", **EVENT)
    Path(done.data["invitation"]).unlink()
    with pytest.raises(UndoRefused, match="the guests may have it"):
        inviting.undo("create_calendar_event", done)
    assert Path(done.data["path"]).exists()


def _stored(done: Any) -> Any:
    return icalendar.Calendar.from_ical(Path(done.data["path"]).read_bytes())

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from deskhand_contract.services import Clock
from deskhand_executor.errors import UndoRefused, UnusableArgument
from deskhand_executor.zones import vtimezone

BERLIN = ZoneInfo("Europe/Berlin")


def read(observation: Any, kind: str = "VEVENT") -> Any:
    calendar = icalendar.Calendar.from_ical(Path(observation.data["path"]).read_bytes())
    return calendar.walk(kind)[0]


def event(desk: Any, **arguments: Any) -> Any:
    return read(
        desk.do("create_calendar_event", **{"title": "Lunch", "start_date": "2026-03-12 12:00:00", **arguments})
    )


def test_timed_event_without_an_end_lasts_an_hour_in_the_users_zone(desk: Any) -> None:
    observation = desk.do("create_calendar_event", title="lunch", start_date="2026-03-12 12:00:00")
    assert observation.text == "“Lunch” is in your calendar on Thursday 12 March at 12:00"
    written = read(observation)
    assert written["summary"] == "Lunch"
    assert written["dtstart"].params["TZID"] == "Europe/Berlin"
    assert written.decoded("dtstart") == datetime(2026, 3, 12, 12, tzinfo=BERLIN)
    assert written.decoded("dtend") - written.decoded("dtstart") == timedelta(hours=1)
    assert {"uid", "dtstamp"} <= {name.lower() for name in written}
    zone = read(observation, "VTIMEZONE")
    assert zone["tzid"] == "Europe/Berlin"


def test_end_of_an_all_day_event_is_inclusive(desk: Any) -> None:
    observation = desk.do("create_calendar_event", title="Fair", start_date="2026-03-16", end_date="2026-03-18")
    assert observation.text == "“Fair” is in your calendar from Monday 16 March to Wednesday 18 March"
    written = read(observation)
    assert (written.decoded("dtstart"), written.decoded("dtend")) == (date(2026, 3, 16), date(2026, 3, 19))
    assert event(desk, start_date="2026-03-16").decoded("dtend") == date(2026, 3, 17)


def test_today_is_said_as_today(desk: Any) -> None:
    done = desk.do(
        "create_calendar_event", title="Run", start_date="2026-03-11 18:00:00", end_date="2026-03-11 19:30:00"
    )
    assert done.text == "“Run” is in your calendar today from 18:00 to 19:30"


def test_timed_event_up_to_a_day_includes_that_day(desk: Any) -> None:
    written = event(desk, start_date="2026-03-13 15:00:00", end_date="2026-03-15")
    assert written.decoded("dtend") == datetime(2026, 3, 16, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-03-12 12:00:00", "2026-03-12 11:00:00"),
        ("2026-03-12 12:00:00", "2026-03-12 12:00:00"),
        ("2026-03-12", "2026-03-11"),
        ("2026-03-12", "2026-03-12 12:00:00"),
        ("next week", ""),
        ("2026-13-40", ""),
        ("2026-03-12T12:00:00+02:00", ""),
        ("0001-01-01", ""),
    ],
)
def test_dates_that_make_no_event_are_refused(desk: Any, start: str, end: str) -> None:
    before = list((desk.home / "calendars").rglob("*.ics"))
    with pytest.raises(UnusableArgument):
        desk.do("create_calendar_event", title="x", start_date=start, end_date=end)
    assert list((desk.home / "calendars").rglob("*.ics")) == before


def test_location_link_invitees_and_notes(desk: Any) -> None:
    written = event(
        desk,
        location="https://example.zoom.us/j/1?pwd=a,b;c",
        invitees=["sid.rao@example.org", "x@y.example"],
        notes='bring\nfoo; bar, "baz" \\n',
    )
    assert written["location"] == written["url"] == "https://example.zoom.us/j/1?pwd=a,b;c"
    assert written["description"] == 'bring\nfoo; bar, "baz" \\n'
    attendees = written["attendee"]
    assert [str(attendee) for attendee in attendees] == ["mailto:sid.rao@example.org", "mailto:x@y.example"]
    assert attendees[0].params["CN"] == "Sid Rao"
    assert str(written["organizer"]) == "mailto:sam.rivera@example.org"


def test_place_is_no_link(desk: Any) -> None:
    written = event(desk, location="Dishoom, King's Cross")
    assert written["location"] == "Dishoom, King's Cross"
    assert "url" not in written


def test_invitee_that_is_no_address_is_refused(desk: Any) -> None:
    for address in ("Sid", "a@b", "a@b.org\r\nATTENDEE:mailto:c@d.org", "a b@c.org", ""):
        with pytest.raises(UnusableArgument, match="is no mail address"):
            event(desk, invitees=[address])


def test_calendar_is_found_by_name_and_made_when_new(desk: Any) -> None:
    folder = desk.home / "calendars"
    for name in ("work", "Work", "my work calendar", "my Work"):
        done = desk.do("create_calendar_event", title="x", start_date="2026-03-12", calendar=name)
        assert Path(done.data["path"]).parent == folder / "work"
    new = desk.do("create_calendar_event", title="x", start_date="2026-03-12", calendar="Choir & Band")
    made = Path(new.data["path"]).parent
    assert made.parent == folder
    assert (made / "displayname").read_text().strip() == "Choir & Band"
    assert (made / "color").read_text().startswith("#")
    assert "in your Choir & Band calendar" in new.text
    assert "the calendar is new" in new.text


def test_folder_of_events_itself_is_a_calendar(make_desk: Any, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "a.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    desk = make_desk(calendars_dir=own)
    done = desk.do("create_calendar_event", title="x", start_date="2026-03-12")
    assert Path(done.data["path"]).parent == own


@pytest.mark.parametrize("name", ["../../evil", "/etc", "a/b", ".hidden", "con", "💥", "\u202eabc", "x" * 5000, "a\nb"])
def test_calendar_names_stay_in_their_folder(desk: Any, name: str) -> None:
    done = desk.do("create_calendar_event", title="x", start_date="2026-03-12", calendar=name)
    assert Path(done.data["path"]).resolve().parent.parent == (desk.home / "calendars").resolve()


@pytest.mark.parametrize(
    "title", ["a\nEND:VEVENT\nBEGIN:VEVENT", 'say "hi"; \\ , end', "🎂 שלום", "x" * 10_000, "$1", "a\u2028b"]
)
def test_odd_titles_stay_one_property(desk: Any, title: str) -> None:
    observation = desk.do("create_calendar_event", title=title, start_date="2026-03-12")
    calendar = icalendar.Calendar.from_ical(Path(observation.data["path"]).read_bytes())
    assert len(calendar.walk("VEVENT")) == 1
    assert str(calendar.walk("VEVENT")[0]["summary"]).casefold() == " ".join(title.split()).casefold()


def test_time_that_the_spring_change_skips_moves_on(desk: Any) -> None:
    assert event(desk, start_date="2026-03-29 02:30:00").decoded("dtstart") == datetime(
        2026, 3, 29, 3, 30, tzinfo=BERLIN
    )


def test_utc_needs_no_zone(desk: Any) -> None:
    desk.clock = Clock(now="2026-03-11T09:30:00", timezone="UTC")
    observation = desk.do("create_calendar_event", title="x", start_date="2026-03-12 12:00:00")
    assert b"DTSTART:20260312T120000Z" in Path(observation.data["path"]).read_bytes()
    assert b"VTIMEZONE" not in Path(observation.data["path"]).read_bytes()


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Asia/Tokyo"]
)
def test_written_zone_has_the_offsets_of_the_real_one(name: str) -> None:
    zone = ZoneInfo(name)
    written = vtimezone(zone, 2026).to_tz()
    moment = datetime(2026, 1, 1, 0, 30)
    while moment.year == 2026:
        assert moment.replace(tzinfo=written).utcoffset() == moment.replace(tzinfo=zone).utcoffset()
        moment += timedelta(hours=5)


def test_undo_removes_an_untouched_event_and_leaves_a_changed_one(desk: Any) -> None:
    first = desk.do("create_calendar_event", title="Lunch", start_date="2026-03-12")
    assert desk.undo("create_calendar_event", first).text == "Removed “Lunch” from your calendar"
    assert not Path(first.data["path"]).exists()
    with pytest.raises(UndoRefused, match="is not there any more"):
        desk.undo("create_calendar_event", first)
    second = desk.do("create_calendar_event", title="Lunch", start_date="2026-03-12")
    path = Path(second.data["path"])
    path.write_text(path.read_text().replace("Lunch", "Late lunch"))
    with pytest.raises(UndoRefused, match="has been changed since"):
        desk.undo("create_calendar_event", second)
    assert path.exists()


def test_undo_touches_nothing_outside_the_calendars(desk: Any, tmp_path: Path) -> None:
    outside = tmp_path / "precious"
    outside.write_text("x")
    done = desk.do("create_calendar_event", title="Lunch", start_date="2026-03-12")
    for path in (str(outside), f"{desk.home}/calendars/../../precious"):
        record = {**done.undo, "files": [{"path": path, "sha256": "0" * 64}]}
        with pytest.raises(UnusableArgument):
            desk.backend.undo_handlers["create_calendar_event"](record)
    assert outside.exists()


class TestReminders:
    def test_due_moment_priority_notes_and_list(self, desk: Any) -> None:
        observation = desk.do(
            "create_reminder",
            name="call Shreya",
            due_date="2026-03-13 17:00:00",
            notes="a\nb",
            priority=5,
            list_name="Errands",
        )
        assert (
            observation.text == "Set the reminder “Call Shreya” for Friday 13 March at 17:00 on your new list “Errands”"
        )
        todo = read(observation, "VTODO")
        assert todo.decoded("due") == datetime(2026, 3, 13, 17, tzinfo=BERLIN)
        assert (todo["priority"], todo["description"], todo["status"]) == (5, "a\nb", "NEEDS-ACTION")
        assert len(todo.walk("VALARM")) == 1
        assert Path(observation.data["path"]).parent == desk.home / "reminders" / "errands"

    def test_due_day_is_a_date(self, desk: Any) -> None:
        assert read(desk.do("create_reminder", name="rent", due_date="2026-03-31"), "VTODO").decoded("due") == date(
            2026, 3, 31
        )
        all_day = desk.do("create_reminder", name="rent", due_date="2026-03-31 10:00:00", all_day=True)
        assert read(all_day, "VTODO").decoded("due") == date(2026, 3, 31)

    def test_without_a_date_it_just_is(self, desk: Any) -> None:
        observation = desk.do("create_reminder", name="buy milk")
        assert observation.text == "Set the reminder “Buy milk”"
        assert "due" not in read(observation, "VTODO")
        assert Path(observation.data["path"]).parent.name == "reminders"

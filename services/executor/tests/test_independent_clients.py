"""What we write, read by programs that nobody here wrote, and the other way round. Where a program is missing its tests
are skipped; `scripts/install_clients.sh` installs all of them, as CI does."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from deskhand_contract.services import Clock

CLIENTS = Path(__file__).parents[3] / "build" / "clients" / "bin"


def run(program: str, *arguments: str, home: Path, given: str = "") -> str:
    path = shutil.which(program, path=f"{CLIENTS}{os.pathsep}{os.environ['PATH']}")
    if path is None:
        pytest.skip(f"{program} is not installed")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home / "client"),
        "XDG_CONFIG_HOME": str(home / "client" / "config"),
        "XDG_CACHE_HOME": str(home / "client" / "cache"),
        "XDG_DATA_HOME": str(home / "client" / "data"),
        "NOTMUCH_CONFIG": str(home / "client" / "notmuch"),
        "LANG": "C.UTF-8",
    }
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        Path(environment[name]).mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [path, *arguments], env=environment, input=given, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def config(home: Path, text: str) -> str:
    path = home / "client" / "program_config.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def khal_config(home: Path, zone: str, calendars: str = "") -> str:
    return config(
        home,
        (calendars or f"[calendars]\n[[all]]\npath = {home}/calendars/*\ntype = discover\n")
        + f"[locale]\nlocal_timezone = {zone}\ndefault_timezone = {zone}\ntimeformat = %H:%M\n"
        "dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\n"
        "longdatetimeformat = %Y-%m-%d %H:%M\n",
    )


def test_khal_lists_the_events(desk: Any) -> None:
    desk.do(
        "create_calendar_event",
        title='lunch with Zoë; "really"',
        start_date="2026-03-12 12:00:00",
        location="Dishoom, King's Cross",
        invitees=["sid.rao@example.org"],
        calendar="Work",
    )
    desk.do("create_calendar_event", title="Fair", start_date="2026-07-06", end_date="2026-07-08", calendar="Trips")
    settings = khal_config(desk.home, "Europe/Berlin")
    form = "{start-end-time-style}|{title}|{location}|{calendar}"
    listed = run("khal", "-c", settings, "list", "--format", form, "2026-03-12", "1d", home=desk.home)
    assert '12:00-13:00|Lunch with Zoë; "really"|Dishoom, King\'s Cross|Work' in listed
    fair = run("khal", "-c", settings, "list", "--format", "{title}", "2026-07-05", "5d", home=desk.home)
    assert fair.count("Fair") == 3
    assert sorted(run("khal", "-c", settings, "printcalendars", home=desk.home).split()) == [
        "Personal",
        "Trips",
        "Work",
    ]


EDGES = [
    ("Europe/Berlin", "2026-03-29 01:30:00"),  # over the change to summer time
    ("Europe/Berlin", "2026-03-29 02:30:00"),  # a time that the change skips
    ("Europe/Berlin", "2026-10-25 01:30:00"),  # over the change back
    ("Europe/Berlin", "2026-10-25 02:30:00"),  # ends when the clock shows the hour again
    ("America/New_York", "2026-11-01 00:45:00"),
    ("Europe/Dublin", "2026-10-25 00:30:00"),  # summer is standard time there
    ("Australia/Lord_Howe", "2026-04-05 01:15:00"),  # changes by half an hour
    ("Africa/Casablanca", "2026-02-15 02:30:00"),  # changes for Ramadan
    ("Asia/Kolkata", "2026-07-01 09:00:00"),
    ("America/St_Johns", "2026-03-08 01:59:00"),
    ("UTC", "2026-03-29 01:30:00"),
]


@pytest.mark.parametrize(("zone", "start"), EDGES)
def test_khal_shows_the_same_moment_in_any_zone(make_desk: Any, zone: str, start: str) -> None:
    desk = make_desk(sample=False)
    desk.clock = Clock(now="2026-01-10T09:30:00", timezone=zone)
    desk.do("create_calendar_event", title="Edge", start_date=start)
    begin = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    listed = run(
        *("khal", "-c", khal_config(desk.home, "Etc/UTC"), "list", "--format", "{start}|{duration}|{title}"),
        *("--day-format", "", f"{begin:%Y-%m-%d}", "2d"),
        home=desk.home,
    )
    assert listed.splitlines()[0] == f"{begin:%Y-%m-%d %H:%M}|1h|Edge"


def test_dateutil_reads_the_zone_that_goes_with_an_event(make_desk: Any) -> None:
    """khal knows zones by their names; a program that does not reads the VTIMEZONE."""
    desk = make_desk(sample=False)
    done = desk.do("create_calendar_event", title="Edge", start_date="2026-10-25 01:30:00")
    script = (
        "import io, sys, datetime as d, dateutil.tz as z\n"
        "zone = z.tzical(io.StringIO(open(sys.argv[1], newline='').read().replace('\\r\\n', '\\n'))).get()\n"
        "for moment in sys.argv[2:]:\n"
        "    print(d.datetime.fromisoformat(moment).replace(tzinfo=zone).utcoffset())\n"
    )
    moments = ("2026-03-29T01:59", "2026-03-29T03:00", "2026-10-25T01:59", "2026-10-25T03:00", "2029-07-01T12:00")
    if not (CLIENTS / "khal").exists():
        pytest.skip("dateutil comes with khal")
    read = run("python", "-c", script, done.data["path"], *moments, home=desk.home)
    assert read.split() == ["1:00:00", "2:00:00", "2:00:00", "1:00:00", "2:00:00"]


def test_events_go_where_the_users_khal_shows_them(make_desk: Any, tmp_path: Path) -> None:
    for name in ("private/home", "private/club", "shared"):
        (tmp_path / "cal" / name).mkdir(parents=True)
    (tmp_path / "cal" / "private" / "club" / "displayname").write_text("Rowing Club")
    calendars = (
        f"[calendars]\n[[own]]\npath = {tmp_path}/cal/private/*\ntype = discover\n"
        f"[[Office]]\npath = {tmp_path}/cal/shared\n[default]\ndefault_calendar = Office\n"
    )
    settings = khal_config(tmp_path, "Europe/Berlin", calendars)
    desk = make_desk(sample=False, khal_config=settings)
    desk.do("create_calendar_event", title="Regatta", start_date="2026-05-01 10:00:00", calendar="rowing")
    desk.do("create_calendar_event", title="Sync", start_date="2026-05-01 11:00:00")
    listed = run(
        *("khal", "-c", settings, "list", "--format", "{title}|{calendar}", "--day-format", "", "2026-05-01", "1d"),
        home=tmp_path,
    )
    assert listed.split("\n")[:2] == ["Regatta|Rowing Club", "Sync|Office"]


def test_todoman_lists_the_reminders(desk: Any) -> None:
    desk.do("create_reminder", name="call Shreya", due_date="2026-03-13 17:00:00", priority=1, list_name="Errands")
    settings = config(
        desk.home,
        f'path = "{desk.home}/reminders/*"\ndate_format = "%Y-%m-%d"\ntime_format = "%H:%M"\ndefault_list = "Errands"\n'
        f'cache_path = "{desk.home}/client/todo.sqlite3"\n',
    )
    listed = run("todo", "--config", settings, "--porcelain", "list", home=desk.home)
    assert '"summary": "Call Shreya"' in listed
    assert '"priority": 1' in listed
    assert '"list": "Errands"' in listed


def test_khard_lists_the_sample_contacts(desk: Any) -> None:
    settings = config(desk.home, f"[addressbooks]\n[[all]]\npath = {desk.home}/contacts\n[general]\ndebug = no\n")
    listed = run("khard", "-c", settings, "phone", "--parsable", home=desk.home)
    assert "+1 555 010 0101\tSid Rao" in listed
    assert "Jürgen Müller" in listed


def test_notmuch_finds_the_draft_in_its_thread(desk: Any) -> None:
    desk.do("reply_to_email", context="the kettle corn machine arrived")
    (desk.home / "client").mkdir()
    (desk.home / "client" / "notmuch").write_text(
        f"[database]\npath={desk.home}/mail\n[user]\nname=Sam\nprimary_email=sam.rivera@example.org\n"
    )
    run("notmuch", "new", home=desk.home)
    assert run("notmuch", "count", "kettle and tag:draft", home=desk.home).strip() == "1"
    assert run("notmuch", "count", "--output=threads", "subject:planning", home=desk.home).strip() == "1"
    assert run("notmuch", "count", "subject:planning", home=desk.home).strip() == "2"


def test_mail_that_notmuch_finds_is_the_selected_one(make_desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = make_desk(selected_mail="notmuch", notmuch_query="tag:answer")
    (desk.home / "client").mkdir()
    (desk.home / "client" / "notmuch").write_text(
        f"[database]\npath={desk.home}/mail\n[user]\nname=Sam\nprimary_email=sam.rivera@example.org\n"
    )
    run("notmuch", "new", home=desk.home)
    run("notmuch", "tag", "+answer", "--", "id:lease-2024@example.org", home=desk.home)
    monkeypatch.setenv("NOTMUCH_CONFIG", str(desk.home / "client" / "notmuch"))
    assert desk.do("reply_to_email", context="ok").data["subject"] == "Re: Your lease"


def test_pdftotext_reads_the_sample_pdfs(desk: Any) -> None:
    text = run("pdftotext", str(desk.home / "documents" / "work" / "Q3_Deck.pdf"), "-", home=desk.home)
    assert "Northwind Cycles sold 1,840 bicycles" in text


def test_a_card_that_khard_writes_is_found(make_desk: Any, tmp_path: Path) -> None:
    (tmp_path / "books" / "friends").mkdir(parents=True)
    settings = config(tmp_path, f"[addressbooks]\n[[all]]\npath = {tmp_path}/books/*\ntype = discover\n")
    card = (
        "Prefix: Dr.\nFirst name: Renée\nLast name: O'Neill\nNickname: Ren\nOrganisation:\n  - Acme; Sons\n"
        "Phone:\n  cell: +1 555 0101\nEmail:\n  work: renee@example.org\nNote: |\n  one\n  two\n"
    )
    run("khard", "-c", settings, "new", "-a", "friends", given=card, home=tmp_path)
    desk = make_desk(sample=False, khard_config=settings)
    assert desk.do("get_phone_number", name="ren").output == "+1 555 0101"
    assert desk.do("get_email_address", name="Dr O'Neill").output == "renee@example.org"

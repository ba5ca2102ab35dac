"""What we write, read by programs that nobody here wrote. Each test is skipped where its program is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest


def run(program: str, *arguments: str, home: Path) -> str:
    path = shutil.which(program)
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
    done = subprocess.run([path, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def config(home: Path, text: str) -> str:
    path = home / "client" / "program_config.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


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
    settings = config(
        desk.home,
        f"[calendars]\n[[all]]\npath = {desk.home}/calendars/*\ntype = discover\n"
        "[locale]\nlocal_timezone = Europe/Berlin\ndefault_timezone = Europe/Berlin\ntimeformat = %H:%M\n"
        "dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\n"
        "longdatetimeformat = %Y-%m-%d %H:%M\n",
    )
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


def test_pdftotext_reads_the_sample_pdfs(desk: Any) -> None:
    text = run("pdftotext", str(desk.home / "documents" / "work" / "Q3_Deck.pdf"), "-", home=desk.home)
    assert "Northwind Cycles sold 1,840 bicycles" in text

"""A stack on what a user already has: khal's calendars, khard's address books, todoman's lists; and ten thousand
contacts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import icalendar
import pytest
from deskhand_cli.exits import Exit
from deskhand_cli.testing import RunningStack, StackStarter

CLOCK = ("--now", "2026-03-11T09:30:00", "--timezone", "Europe/Berlin")
CONTACTS = 10_000


def do(stack: RunningStack, sentence: str) -> dict[str, Any]:
    done = stack.cli("do", "--json", *CLOCK, sentence)
    assert done.returncode == Exit.DONE, done.stdout + done.stderr
    return json.loads(done.stdout)


def summaries(folder: Path, kind: str = "VEVENT") -> list[str]:
    calendars = [icalendar.Calendar.from_ical(path.read_bytes()) for path in folder.glob("*.ics")]
    return [str(component["summary"]).casefold() for calendar in calendars for component in calendar.walk(kind)]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Folders and configs as khal, khard and todoman have them."""
    for name in ("cal/home", "cal/office", "tasks/inbox", "people"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "cal/office/displayname").write_text("Work")
    (tmp_path / "khal").write_text(
        f"[calendars]\n[[all]]\npath = {tmp_path}/cal/*\ntype = discover\n[default]\ndefault_calendar = home\n"
    )
    (tmp_path / "khard").write_text(f"[addressbooks]\n[[people]]\npath = {tmp_path}/people\n")
    (tmp_path / "todoman.py").write_text(f'path = "{tmp_path}/tasks/*"\ndefault_list = "inbox"\n')
    return tmp_path


def config_of(desk: Path) -> dict[str, str]:
    return {
        "DESKHAND_EXECUTOR_KHAL_CONFIG": str(desk / "khal"),
        "DESKHAND_EXECUTOR_KHARD_CONFIG": str(desk / "khard"),
        "DESKHAND_EXECUTOR_TODOMAN_CONFIG": str(desk / "todoman.py"),
    }


def test_sentences_reach_the_collections_of_the_users_own_programs(own_stack: StackStarter, desk: Path) -> None:
    for number in range(CONTACTS):
        card = f"BEGIN:VCARD\nVERSION:3.0\nFN:Person{number} Family{number}\nTEL:+1555{number:07}\nEND:VCARD\n"
        (desk / "people" / f"{number}.vcf").write_text(card)
    (desk / "people" / "kenji.vcf").write_text(
        "BEGIN:VCARD\nVERSION:3.0\nFN:Kenji Watanabe\nEMAIL:kenji@example.org\nEND:VCARD\n"
    )
    with own_stack(config_of(desk)) as stack:
        do(stack, "put lunch with Kenji on Friday at noon in my calendar and invite him")
        do(stack, "add budget review tomorrow at 3pm to my Work calendar")
        do(stack, "remind me to call the bank tomorrow at 9")
    (lunch,) = summaries(desk / "cal/home")
    assert "lunch" in lunch
    assert "kenji@example.org" in next((desk / "cal/home").glob("*.ics")).read_text()
    (review,) = summaries(desk / "cal/office")
    assert "budget review" in review
    (todo,) = summaries(desk / "tasks/inbox", "VTODO")
    assert "call the bank" in todo
    assert not (stack.home / "calendars").exists()

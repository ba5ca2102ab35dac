"""Calendars, lists and address books that other programs' configs name, and which one is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from deskhand_executor.errors import (
    AmbiguousCollection,
    CollectionNotFound,
    CollectionReadOnly,
    ContactNotFound,
    NotConfigured,
)

EVENT = {"title": "lunch", "start_date": "2026-03-12 12:00:00"}


def put_event(desk: Any, calendar: str = "") -> Path:
    return Path(desk.do("create_calendar_event", **EVENT, calendar=calendar).data["path"])


@pytest.fixture
def khal(tmp_path: Path) -> Path:
    for name in ("sync/a/home", "sync/a/acme-work", "sync/b/kids", "team", "birthdays"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "sync/b/kids/displayname").write_text("Kids & School\n")
    path = tmp_path / "khal.config"
    path.write_text(
        "[calendars]\n"
        f"  [[mine]]\n  path = {tmp_path}/sync/*/*\n  type = discover\n  color = light blue\n"
        f"  [[Team]]\n  path = {tmp_path}/team\n  readonly = True # of the firm\n"
        f"  [[births]]\n  path = {tmp_path}/birthdays\n  type = birthdays\n"
        "[default]\n  default_calendar = home\n"
        "[locale]\n  timeformat = %H:%M\n"
    )
    return path


@pytest.mark.parametrize(
    ("said", "folder"),
    [("", "home"), ("acme work", "acme-work"), ("my work calendar", "acme-work"), ("the kids calendar", "kids")],
)
def test_event_goes_into_the_calendar_of_khals_config(make_desk: Any, khal: Path, said: str, folder: str) -> None:
    assert put_event(make_desk(sample=False, khal_config=khal), said).parent.name == folder


def test_event_in_khals_calendar_is_undone(make_desk: Any, khal: Path) -> None:
    desk = make_desk(sample=False, khal_config=khal)
    done = desk.do("create_calendar_event", **EVENT, calendar="kids")
    desk.undo("create_calendar_event", done)
    assert not Path(done.data["path"]).exists()


@pytest.mark.parametrize("said", ["team", "births"])
def test_read_only_calendar_is_left_alone(make_desk: Any, khal: Path, said: str) -> None:
    with pytest.raises(CollectionReadOnly, match="is read-only; name another calendar"):
        put_event(make_desk(sample=False, khal_config=khal), said)
    assert not list(khal.parent.rglob("*.ics"))


def test_calendar_that_khal_does_not_have_is_not_made(make_desk: Any, khal: Path) -> None:
    with pytest.raises(CollectionNotFound, match="nothing called “Gym”; it has “acme-work”"):
        put_event(make_desk(sample=False, khal_config=khal), "Gym")


def test_calendars_of_one_name_are_asked_about(make_desk: Any, khal: Path) -> None:
    other = khal.parent / "sync/b/home"
    other.mkdir()
    with pytest.raises(AmbiguousCollection) as refused:
        put_event(make_desk(sample=False, khal_config=khal), "home")
    assert refused.value.error.details == {
        "candidates": [f"“home” in {khal.parent}/sync/a", f"“home” in {khal.parent}/sync/b"]
    }


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file"),
        ("[calendars]\n", "names no calendar"),
        ("[calendars]\n[[a]]\ntype = discover\n", "has no path"),
        ("[calendars\n", "cannot be understood"),
    ],
)
def test_config_that_names_nothing_is_said(make_desk: Any, tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "config"
    if content is not None:
        path.write_text(content)
    with pytest.raises(NotConfigured, match=says):
        put_event(make_desk(sample=False, khal_config=path))


def test_named_calendar_is_found_by_a_part_of_its_name(make_desk: Any) -> None:
    desk = make_desk(sample=False)
    assert put_event(desk, "Rowing Club").parent == put_event(desk, "rowing").parent


def test_reminder_goes_into_the_list_of_todomans_config(make_desk: Any, tmp_path: Path) -> None:
    for name in ("inbox", "errands"):
        (tmp_path / "tasks" / name).mkdir(parents=True)
    config = tmp_path / "config.py"
    config.write_text(f"import os\npath = '{tmp_path}/tasks/*'\ndefault_list = 'inbox'\nhumanize = os.sep == '/'\n")
    desk = make_desk(sample=False, todoman_config=config)
    folders = [
        Path(desk.do("create_reminder", name="milk", list_name=name).data["path"]).parent.name
        for name in ("", "errand list")
    ]
    assert folders == ["inbox", "errands"]


def test_config_of_todoman_is_not_run(make_desk: Any, tmp_path: Path) -> None:
    config, trace = tmp_path / "config.py", tmp_path / "trace"
    config.write_text(f"open({str(trace)!r}, 'w')\npath = '/nowhere/*'\n")
    with pytest.raises(NotConfigured, match="no folder"):
        make_desk(sample=False, todoman_config=config).do("create_reminder", name="milk")
    assert not trace.exists()


def test_contacts_come_from_all_address_books_of_khard(make_desk: Any, tmp_path: Path) -> None:
    config = tmp_path / "khard.conf"
    config.write_text(
        f"[addressbooks]\n[[friends]]\npath = {tmp_path}/friends\n[[rest]]\npath = {tmp_path}/dav/**\ntype = discover\n"
    )
    for book, name in (("friends", "Ada Byron"), ("dav/x/work", "Grace Brewster"), ("elsewhere", "Nobody Else")):
        (tmp_path / book).mkdir(parents=True)
        card = f"BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nTEL:+1555{len(name):04}\nEND:VCARD\n"
        (tmp_path / book / "1.vcf").write_text(card)
    desk = make_desk(sample=False, khard_config=config)
    assert desk.do("get_phone_number", name="ada").data["contact"] == "Ada Byron"
    assert desk.do("get_phone_number", name="grace").data["contact"] == "Grace Brewster"
    with pytest.raises(ContactNotFound):
        desk.do("get_phone_number", name="Nobody Else")

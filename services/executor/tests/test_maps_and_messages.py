from __future__ import annotations

import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from deskhand_contract.services import Clock
from deskhand_executor.backends.openfiles import messages
from deskhand_executor.errors import (
    NotConfigured,
    PartlySent,
    ToolTimeout,
    ToolUnavailable,
    UndoRefused,
    UnusableArgument,
)
from deskhand_executor.storage import write_atomically

ODD = ["Café & Co, Köln", "a=b&c=d#e?f", "../x", "\"quotes\" 'n' <tags>", "שדרות 🦊", "x" * 3000, "a\nb"]


@pytest.mark.parametrize("place", ODD)
@pytest.mark.parametrize(("provider", "key"), [("apple", "q"), ("osm", "query")])
def test_place_arrives_whole_in_the_link(make_desk: Any, provider: str, key: str, place: str) -> None:
    done = make_desk(map_provider=provider).do("maps_open_location", location=place)
    assert parse_qs(urlsplit(done.output).query) == {key: [" ".join(place.split())]}
    assert " " not in done.output
    assert done.output.isascii()


@pytest.mark.parametrize(
    ("provider", "transport", "query"),
    [
        ("apple", "d", {"saddr": ["A & B"], "daddr": ["C"], "dirflg": ["d"]}),
        ("apple", "r", {"saddr": ["A & B"], "daddr": ["C"], "dirflg": ["r"]}),
        ("osm", "d", {"engine": ["fossgis_osrm_car"], "from": ["A & B"], "to": ["C"]}),
        ("osm", "w", {"engine": ["fossgis_osrm_foot"], "from": ["A & B"], "to": ["C"]}),
        ("osm", "r", {"from": ["A & B"], "to": ["C"]}),
    ],
)
def test_directions_by_transport(make_desk: Any, provider: str, transport: str, query: dict[str, list[str]]) -> None:
    desk = make_desk(map_provider=provider)
    done = desk.do("maps_show_directions", start_location="A & B", end_location="C", transport=transport)
    assert parse_qs(urlsplit(done.output).query) == query


def test_directions_start_here_when_no_start_is_named(desk: Any) -> None:
    done = desk.do("maps_show_directions", end_location="Lisbon airport", transport="w")
    assert done.output == "https://maps.apple.com/?daddr=Lisbon%20airport&dirflg=w"
    assert done.text == f"Here are the walking directions to Lisbon airport: {done.output}"


def test_place_of_blanks_is_refused(desk: Any) -> None:
    with pytest.raises(UnusableArgument):
        desk.do("maps_open_location", location=" \n")


def test_texts_wait_in_the_outbox_one_file_each(desk: Any) -> None:
    done = desk.do("send_sms", recipients=["+1 (555) 010-0109", "0555/0199", "+15550100109"], message='läuft 🎉\n"ok"')
    assert done.text == "Put a text to Carmen Rivera and 05550199 in the outbox"
    texts = [json.loads(Path(path).read_text()) for path in done.data["paths"]]
    assert [(text["to"], text["name"], text["message"]) for text in texts] == [
        ("+15550100109", "Carmen Rivera", 'läuft 🎉\n"ok"'),
        ("05550199", "", 'läuft 🎉\n"ok"'),
    ]
    assert stat.S_IMODE(Path(done.data["paths"][0]).stat().st_mode) == 0o600
    desk.undo("send_sms", done)
    assert not list((desk.home / "sms").iterdir())
    with pytest.raises(UndoRefused):
        desk.undo("send_sms", done)


@pytest.mark.parametrize("number", ["Mom", "", "12", "+1 555\n--evil", "555; rm -rf /", "x" * 100, "--help"])
def test_what_is_no_number_is_refused(desk: Any, number: str) -> None:
    with pytest.raises(UnusableArgument, match="is no phone number"):
        desk.do("send_sms", recipients=["+15550100101", number], message="x")
    assert not (desk.home / "sms").exists()


@pytest.fixture
def sender(tmp_path: Path) -> tuple[str, ...]:
    """A command that logs its arguments; the number 999 fails."""
    script = tmp_path / "send.py"
    script.write_text(
        "import json, sys\n"
        "if sys.argv[2] == '5550999': sys.exit('phone is away')\n"
        f"open({str(tmp_path / 'sent.jsonl')!r}, 'a').write(json.dumps(sys.argv[1:]) + '\\n')\n"
    )
    return (sys.executable, str(script), "--to", "{number}", "--text={message}")


def test_command_gets_arguments_as_they_are(make_desk: Any, sender: tuple[str, ...], tmp_path: Path) -> None:
    message = "$(rm -rf ~) `x` \"q\" 'r' {number} \\ %s\nline"
    done = make_desk(sms_command=sender).do("send_sms", recipients=["+15550100101", "5550102"], message=message)
    sent = [json.loads(line) for line in (tmp_path / "sent.jsonl").read_text().splitlines()]
    assert sent == [["--to", "+15550100101", f"--text={message}"], ["--to", "5550102", f"--text={message}"]]
    assert done.text == "Texted Sid Rao and 5550102"
    assert done.undo is None


def test_failing_command_says_who_got_it_and_who_did_not(make_desk: Any, sender: tuple[str, ...]) -> None:
    desk = make_desk(sms_command=sender)
    with pytest.raises(PartlySent) as caught:
        desk.do("send_sms", recipients=["+15550100101", "5550999", "5550102"], message="x")
    says = caught.value.error.message
    assert says.startswith("it went to Sid Rao and not to 5550999 and 5550102 (")
    assert "could not send the text to 5550999: phone is away" in says
    assert caught.value.error.details == {"sent": ["+15550100101"], "not_sent": ["5550999", "5550102"]}
    with pytest.raises(ToolUnavailable, match="phone is away; 5550102 did not get it"):
        desk.do("send_sms", recipients=["5550999", "5550102"], message="x")


@pytest.fixture
def numbers_sent(tmp_path: Path) -> Callable[[], list[str]]:
    """What the command `sender` was asked to send to, in order."""
    return lambda: [json.loads(line)[1] for line in (tmp_path / "sent.jsonl").read_text().splitlines()]


class TestSayingAgainWhatStoppedHalfway:
    TEXT: ClassVar = {"recipients": ["+15550100101", "5550999", "5550102"], "message": "I'm late"}

    @pytest.fixture
    def desk(self, make_desk: Any, sender: tuple[str, ...], tmp_path: Path) -> Any:
        """A desk that has texted the first of three, and whose phone is there again."""
        desk = make_desk(sms_command=sender)
        with pytest.raises(PartlySent, match="if you say it again, it goes to 5550999 and 5550102 only"):
            desk.do("send_sms", **self.TEXT)
        script = Path(sender[1])
        script.write_text(script.read_text().replace("'5550999'", "'nobody'"))
        return desk

    def test_goes_to_those_only_who_do_not_have_it(self, desk: Any, numbers_sent: Callable[[], list[str]]) -> None:
        done = desk.do("send_sms", **self.TEXT)
        assert numbers_sent() == ["+15550100101", "5550999", "5550102"]
        assert done.text == "Texted 5550999 and 5550102; Sid Rao had it already"
        assert done.output == "+15550100101, 5550999, 5550102"

    def test_once_done_the_same_text_is_a_new_one(self, desk: Any, numbers_sent: Callable[[], list[str]]) -> None:
        desk.do("send_sms", **self.TEXT)
        desk.do("send_sms", **self.TEXT)
        assert numbers_sent().count("+15550100101") == 2

    @pytest.mark.parametrize(
        "other", [{"message": "I'm not late"}, {"recipients": ["+15550100101", "5550102"]}], ids=["words", "people"]
    )
    def test_another_text_goes_to_all_of_its_people(
        self, desk: Any, numbers_sent: Callable[[], list[str]], other: dict[str, Any]
    ) -> None:
        desk.do("send_sms", **(self.TEXT | other))
        assert numbers_sent().count("+15550100101") == 2

    def test_the_next_day_it_is_a_new_text(self, desk: Any, numbers_sent: Callable[[], list[str]]) -> None:
        desk.clock = Clock(now="2026-03-12T09:30:00", timezone=desk.clock.timezone)
        desk.do("send_sms", **self.TEXT)
        assert numbers_sent().count("+15550100101") == 2


def test_outbox_that_cannot_be_written_to_says_who_has_a_text_there(
    make_desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk()
    room = [True, False, True]

    def write(path: Path, content: bytes) -> None:
        if not room.pop(0):
            raise OSError(28, "No space left on device")
        write_atomically(path, content)

    monkeypatch.setattr(messages, "write_atomically", write)
    text = {"recipients": ["+15550100101", "5550102"], "message": "hi"}
    with pytest.raises(PartlySent, match=r"it went to Sid Rao and not to 5550102 \(the outbox .* No space left"):
        desk.do("send_sms", **text)
    assert desk.do("send_sms", **text).text == "Put a text to 5550102 in the outbox; Sid Rao had it already"


def test_missing_command_is_not_configured(make_desk: Any) -> None:
    with pytest.raises(NotConfigured, match="DESKHAND_EXECUTOR_SMS_COMMAND"):
        make_desk(sms_command=("no-such-program-here", "{number}")).do("send_sms", recipients=["5550101"], message="x")


def test_hanging_command_is_a_timeout(make_desk: Any) -> None:
    desk = make_desk(
        sms_command=(sys.executable, "-c", "input()" and "import threading; threading.Event().wait()"),
        sms_timeout_s=0.2,
    )
    with pytest.raises(ToolTimeout, match="look on the phone whether 5550101 got it; 5550102 did not get it"):
        desk.do("send_sms", recipients=["5550101", "5550102"], message="x")

"""What a user of a Mac would notice, over applications that stand in (see stand_ins/mac.py)."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from deskhand_contract.services import Clock
from deskhand_executor.errors import (
    AmbiguousContact,
    AmbiguousNote,
    ContactNotFound,
    FileNotAllowed,
    FileNotFound,
    NoSelectedMail,
    NotConfigured,
    NoteNotFound,
    NotFound,
    PartlySent,
    ToolTimeout,
    ToolUnavailable,
    UndoRefused,
    UnusableArgument,
)
from pypdfium2 import PdfDocument

INJECTION = '"<b>\\" & (do shell script "id") & $(id)\u2028`end`'
SHOPPING = "Shopping"


@pytest.fixture
def desk(make_desk: Any, mac: Any) -> Any:
    return make_desk(backend="macos", map_provider="apple")


def event(mac: Any, calendar: str = "Home") -> dict[str, Any]:
    events = next(one["events"] for one in mac.state["calendars"] if one["name"] == calendar)
    (found,) = events.values()
    return found


class TestContacts:
    @pytest.mark.parametrize(
        ("said", "address"),
        [
            ("Lutfi Eldad", "lutfi@example.org"),
            ("sid", "sid.rao@example.org"),
            ("Rao, Sid", "sid.rao@example.org"),
            ("Hoa", "hoa.nguyen@example.org"),
            ("mum", "carmen@example.org"),
            ("Dana from Acme", "dana.cole@example.org"),
            ("Dr. Okafor", "dr.okafor@example.org"),
            ("the designer", "lutfi@example.org"),
        ],
    )
    def test_people_are_found_as_they_are_named(self, desk: Any, mac: Any, said: str, address: str) -> None:
        assert desk.do("get_email_address", name=said).output == address
        assert "contacts_names" not in mac.scripts()  # Contacts filtered; nobody read all cards

    @pytest.mark.parametrize(
        ("said", "address"),
        [("Zoe", "zoe@example.org"), ("Juergen", "j.mueller@example.org"), ("Lutfi Eldat", "lutfi@example.org")],
    )
    def test_other_spellings_are_found_among_all_names(self, desk: Any, said: str, address: str) -> None:
        assert desk.do("get_email_address", name=said).output == address

    def test_typing_error_is_judged_by_all_names_not_by_those_that_share_a_word(self, desk: Any, mac: Any) -> None:
        people = [
            {"id": f"{n}:ABPerson", "vcard": f"BEGIN:VCARD\nFN:{name}\nEMAIL:{n}@example.org\nEND:VCARD\n"}
            for n, name in enumerate(["John Smith", "Jon Smyth"])
        ]
        mac.has(people=people)
        with pytest.raises(ContactNotFound, match="did you mean"):
            desk.do("get_email_address", name="Jon Smith")

    def test_relation_on_the_users_own_card_leads_to_the_person(self, desk: Any, mac: Any) -> None:
        related = "item1.X-ABRELATEDNAMES:Sid Rao\nitem1.X-ABLabel:_$!<Brother>!$_\n"
        mac.has(own_card=mac.state["own_card"].replace("END:VCARD", f"{related}END:VCARD"))
        assert desk.do("get_phone_number", name="brother").output == "+1 555 010 0101"
        assert desk.do("get_phone_number", name="bro").output == "+1 555 010 0101"

    @pytest.mark.parametrize("code", [-1728, -2741])
    def test_people_are_found_without_a_card_of_the_users_own(self, desk: Any, mac: Any, code: int) -> None:
        mac.fails("contacts_mine", code)
        assert desk.do("get_phone_number", name="Sid").output == "+1 555 010 0101"

    def test_several_that_fit_are_listed_not_guessed(self, desk: Any) -> None:
        with pytest.raises(AmbiguousContact) as caught:
            desk.do("get_phone_number", name="Dana")
        assert "Dana Cole (Acme)" in str(caught.value.error.message)

    def test_nobody_is_an_error_with_names_that_look_alike(self, desk: Any) -> None:
        with pytest.raises(ContactNotFound, match="did you mean"):
            desk.do("get_phone_number", name="Sam Riveira Lopez")

    def test_quotes_in_a_name_are_only_a_name(self, desk: Any, mac: Any) -> None:
        with pytest.raises(ContactNotFound):
            desk.do("get_phone_number", name=INJECTION)
        asked = next(call["arguments"] for call in mac.calls() if call["script"] == "contacts_find")
        assert " ".join(INJECTION.split()) in asked


class TestCalendar:
    def test_event_is_in_the_first_calendar_that_can_be_written_to(self, desk: Any, mac: Any) -> None:
        done = desk.do("create_calendar_event", title="lunch", start_date="2026-03-12 12:00:00")
        assert done.text == "“Lunch” is in your calendar on Thursday 12 March at 12:00"
        made = event(mac)
        assert (made["title"], made["start"], made["end"]) == (
            "Lunch",
            [2026, 3, 12, 12, 0, 0],
            [2026, 3, 12, 13, 0, 0],
        )

    def test_default_calendar_of_the_settings_is_taken_where_there_is_one(self, make_desk: Any, mac: Any) -> None:
        make_desk(backend="macos", default_calendar="work").do(
            "create_calendar_event", title="lunch", start_date="2026-03-12 12:00:00"
        )
        assert event(mac, "Work")["title"] == "Lunch"

    def test_calendar_is_found_by_the_name_that_is_said(self, desk: Any, mac: Any) -> None:
        done = desk.do("create_calendar_event", title="x", start_date="2026-03-12", calendar="my work calendar")
        assert "Work calendar" in done.text
        assert event(mac, "Work")

    @pytest.mark.parametrize("calendar", ["Bowling", "Birthdays"])
    def test_no_calendar_is_made_from_a_misheard_name(self, desk: Any, calendar: str) -> None:
        with pytest.raises(NotFound, match="the calendars are Home and Work"):
            desk.do("create_calendar_event", title="x", start_date="2026-03-12", calendar=calendar)

    def test_days_last_to_their_last_second(self, desk: Any, mac: Any) -> None:
        desk.do("create_calendar_event", title="trip", start_date="2026-03-12", end_date="2026-03-14")
        made = event(mac)
        assert made["all_day"] is True
        assert (made["start"], made["end"]) == ([2026, 3, 12, 0, 0, 0], [2026, 3, 14, 23, 59, 59])

    def test_time_of_a_user_elsewhere_becomes_the_macs(self, make_desk: Any, mac: Any) -> None:
        desk = make_desk(backend="macos")
        desk.clock = Clock(now="2026-03-11T09:30:00", timezone="America/New_York")
        done = desk.do("create_calendar_event", title="call", start_date="2026-03-12 12:00:00")
        assert event(mac)["start"] == [
            2026,
            3,
            12,
            17,
            0,
            0,
        ]  # America has changed its clocks already
        assert done.text.endswith("at 12:00")

    def test_texts_arrive_unchanged(self, desk: Any, mac: Any) -> None:
        desk.do(
            "create_calendar_event", title='a "b" \\c', start_date="2026-03-12", notes=INJECTION, location="Bar “X”"
        )
        made = event(mac)
        assert (made["title"], made["notes"], made["place"]) == ('A "b" \\c', INJECTION, "Bar “X”")

    def test_link_as_a_place_is_a_link_too(self, desk: Any, mac: Any) -> None:
        desk.do("create_calendar_event", title="x", start_date="2026-03-12", location="https://zoom.us/j/1")
        assert event(mac)["link"] == "https://zoom.us/j/1"

    def test_guests_are_noted_not_invited_unless_the_settings_say_so(self, desk: Any, mac: Any) -> None:
        done = desk.do(
            "create_calendar_event",
            title="lunch",
            start_date="2026-03-12 12:00:00",
            invitees=["sid.rao@example.org", "x@example.org"],
        )
        assert "with Sid Rao and x@example.org noted as guests but not invited" in done.text
        assert event(mac)["guests"] == []
        assert event(mac)["notes"] == "Guests: Sid Rao <sid.rao@example.org>, x@example.org"

    def test_guests_are_invited_when_the_settings_say_so(self, make_desk: Any, mac: Any) -> None:
        desk = make_desk(backend="macos", invite_guests=True)
        mac.has(guests_refused=["x@example.org"])
        arguments = {"title": "lunch", "start_date": "2026-03-12 12:00:00", "invitees": ["sid.rao@example.org"]}
        done = desk.do("create_calendar_event", **arguments)
        assert "with Sid Rao invited" in done.text
        assert event(mac)["guests"] == ["sid.rao@example.org"]
        arguments["invitees"] = ["sid.rao@example.org", "x@example.org"]
        assert "Calendar took 1 of 2 guests" in desk.do("create_calendar_event", **arguments).text

    def test_event_that_was_changed_is_left_and_one_that_is_gone_is_named(self, desk: Any, mac: Any) -> None:
        done = desk.do("create_calendar_event", title="lunch", start_date="2026-03-12 12:00:00")
        state = mac.state
        state["calendars"][1]["events"][done.data["uid"]]["place"] = "Elsewhere"
        mac.has(**state)
        with pytest.raises(UndoRefused, match="changed since"):
            desk.undo("create_calendar_event", done)
        state["calendars"][1]["events"].clear()
        mac.has(**state)
        with pytest.raises(UndoRefused, match="not there any more"):
            desk.undo("create_calendar_event", done)


class TestReminders:
    @pytest.mark.parametrize(
        ("arguments", "kind", "due"),
        [
            ({}, "none", None),
            ({"due_date": "2026-01-31"}, "day", [2026, 1, 31, 0, 0, 0]),
            ({"due_date": "2026-03-13 15:30:00"}, "time", [2026, 3, 13, 15, 30, 0]),
            ({"due_date": "2026-03-13 15:30:00", "all_day": True}, "day", [2026, 3, 13, 0, 0, 0]),
        ],
    )
    def test_due_dates(self, desk: Any, mac: Any, arguments: dict[str, Any], kind: str, due: Any) -> None:
        desk.do("create_reminder", name="call Shreya", priority=1, notes=INJECTION, **arguments)
        (made,) = mac.state["reminders"].values()
        assert (made["kind"], made["due"], made["priority"], made["notes"]) == (kind, due, 1, INJECTION)
        assert (made["list"], made["name"]) == ("Reminders", "Call Shreya")

    def test_list_is_found_by_the_name_that_is_said(self, desk: Any, mac: Any) -> None:
        done = desk.do("create_reminder", name="oats", list_name="groceries list")
        assert done.text == "Set the reminder “Oats” on your list “Groceries”"
        with pytest.raises(NotFound, match="the lists are Reminders and Groceries"):
            desk.do("create_reminder", name="oats", list_name="Bowling")

    def test_reminders_own_default_list_where_the_settings_name_none_that_is_there(self, desk: Any, mac: Any) -> None:
        mac.has(lists=["Inbox", "Groceries"], default_list="Inbox")
        assert desk.do("create_reminder", name="oats").data["list"] == "Inbox"


class TestMail:
    def test_new_mail_opens_with_everything_in_it(self, desk: Any, mac: Any) -> None:
        done = desk.do(
            "compose_new_email",
            recipients=["sid.rao@example.org"],
            cc=["o'neil+x@example.org"],
            subject="Q3 & plans? 100%",
            context=f"{INJECTION}\nsecond line",
        )
        (window,) = mac.state["windows"]
        assert (window["to"], window["cc"]) == (["sid.rao@example.org"], ["o'neil+x@example.org"])
        assert window["subject"] == "Q3 & plans? 100%"
        assert window["text"] == f"Hi Sid,\r\n\r\n{INJECTION}\r\nsecond line\r\n\r\nSam Rivera"
        assert done.text == "Drafted a mail to Sid Rao, with a copy to o'neil+x@example.org; it is open in Mail"

    def test_with_attachments_the_text_is_on_the_clipboard(self, desk: Any, mac: Any) -> None:
        done = desk.do(
            "compose_new_email", recipients=["x@example.org"], context="here it is", attachments=["lease agreement"]
        )
        (window,) = mac.state["windows"]
        assert [path.rpartition("/")[2] for path in window["files"]] == ["Lease_Agreement_2024.pdf"]
        assert mac.state["clipboard"] == "Hello,\n\nHere it is.\n\nSam Rivera"
        assert "with Lease_Agreement_2024.pdf attached; your text is on the clipboard: press Command-V" in done.text

    def test_attachment_that_mail_did_not_take_is_told(self, desk: Any, mac: Any) -> None:
        mac.has(attachments_taken=0)
        done = desk.do("compose_new_email", recipients=["x@example.org"], attachments=["lease agreement"])
        assert "Mail took 0 of 1 attachments" in done.text

    def test_reply_is_mails_own_with_the_text_on_the_clipboard(self, desk: Any, mac: Any) -> None:
        done = desk.do("reply_to_email", context="sounds good", cc=["bo@example.org"])
        (window,) = mac.state["windows"]
        assert (window["kind"], window["to"], window["cc"], window["text"]) == ("reply", [], ["bo@example.org"], "")
        assert mac.state["clipboard"] == "Hi Maya,\n\nSounds good.\n\nSam Rivera"
        assert done.text.startswith("Opened a reply to “Offsite agenda” from Maya Ionescu")
        assert "press Command-V" in done.text

    def test_forward_without_words_needs_no_clipboard(self, desk: Any, mac: Any) -> None:
        done = desk.do("forward_email", recipients=["sid.rao@example.org"])
        assert mac.state["windows"][0]["to"] == ["sid.rao@example.org"]
        assert mac.state["clipboard"] == ""
        assert done.text.endswith("to Sid Rao; it is open in Mail")

    @pytest.mark.parametrize("tool", ["reply_to_email", "forward_email"])
    def test_without_a_selected_mail_it_says_so(self, desk: Any, mac: Any, tool: str) -> None:
        mac.has(selected_mail=None)
        with pytest.raises(NoSelectedMail, match="select one there"):
            desk.do(tool)

    def test_selection_that_moved_on_is_not_answered(self, desk: Any, mac: Any) -> None:
        mac.has(selection_moves=True)
        with pytest.raises(NoSelectedMail, match="another mail was selected"):
            desk.do("reply_to_email", context="yes")
        assert mac.state["windows"] == []

    def test_mail_is_written_although_contacts_may_not_be_asked(self, desk: Any, mac: Any) -> None:
        mac.fails("contacts_mail", -1743)
        desk.do("compose_new_email", recipients=["sid.rao@example.org"], context="hello there")
        assert mac.state["windows"][0]["text"].startswith("Hello,")


class TestNotes:
    def test_text_is_never_markup(self, desk: Any, mac: Any) -> None:
        done = desk.do("create_note", name="A <i>title</i>", content=f"{INJECTION}\n\n- one\n- two & three")
        body = next(note["body"] for note in mac.state["notes"].values() if "title" in note["body"])
        assert set(re.findall(r"</?(\w+)", body)) == {"div", "h1", "br", "ul", "li"}
        assert html.unescape(body).count(INJECTION) == 1
        assert "<ul><li>one</li><li>two &amp; three</li></ul>" in body
        assert done.output == "A <i>title</i>"

    def test_note_goes_into_the_folder_that_is_named(self, desk: Any, mac: Any) -> None:
        done = desk.do("create_note", name="Packing", content="socks", folder="travel")
        assert mac.state["notes"][done.data["id"]]["folder"] == "f2"
        with pytest.raises(NoteNotFound, match="there are Notes and Travel"):
            desk.do("create_note", name="x", folder="Bowling")

    def test_note_is_found_and_read_without_its_title(self, desk: Any) -> None:
        assert desk.do("open_note", name="my shopping list").output == "oats"
        assert desk.do("open_note", name="budget").text == "The note “Budget 2026” says:\n\nrent < 900"

    def test_deleted_notes_are_not_found(self, desk: Any, mac: Any) -> None:
        state = mac.state
        del state["notes"]["n1"]
        mac.has(**state)
        with pytest.raises(NoteNotFound):
            desk.do("open_note", name="Shopping")

    def test_several_that_fit_are_listed(self, desk: Any, mac: Any) -> None:
        state = mac.state
        state["notes"]["n4"] = {"folder": "f2", "body": "<div>Shopping</div>"}
        mac.has(**state)
        with pytest.raises(AmbiguousNote, match="“Shopping” in Notes and “Shopping” in Travel"):
            desk.do("open_note", name="Shopping")
        assert desk.do("open_note", name="Shopping", folder="Notes").output == "oats"

    def test_locked_note_is_shown_not_read(self, desk: Any, mac: Any) -> None:
        state = mac.state
        state["notes"]["n1"]["locked"] = True
        mac.has(**state)
        opened = desk.do("open_note", name="Shopping")
        assert opened.output == "Shopping"
        assert opened.text == "The note “Shopping” is locked; unlock it in Notes to read it"

    @pytest.mark.parametrize(
        ("note", "why"),
        [
            ({"attachments": 1}, "has attachments, which Notes loses"),
            ({"body": "<div>Shopping</div><ul><li>oats</li></ul>"}, "loses the ticks of a checklist"),
            ({"locked": True}, "is locked"),
        ],
    )
    def test_nothing_is_written_where_notes_would_lose_something(
        self, desk: Any, mac: Any, note: dict[str, Any], why: str
    ) -> None:
        state = mac.state
        state["notes"]["n1"] |= note
        mac.has(**state)
        with pytest.raises(ToolUnavailable, match=why) as caught:
            desk.do("append_note_content", name="Shopping", content="bananas & cream")
        assert "press Command-V" in caught.value.error.message
        assert mac.state["notes"]["n1"] == state["notes"]["n1"]
        assert mac.state["clipboard"] == "bananas & cream"

    def test_added_text_is_taken_out_again_only_when_nothing_else_changed(self, desk: Any, mac: Any) -> None:
        before = mac.state["notes"]["n1"]["body"]
        done = desk.do("append_note_content", name="Shopping", content="a < b")
        assert mac.state["notes"]["n1"]["body"] == f"{before}<div>a &lt; b</div>"
        state = mac.state
        state["notes"]["n1"]["body"] += "<div>mine</div>"
        mac.has(**state)
        with pytest.raises(UndoRefused, match="changed since"):
            desk.undo("append_note_content", done)


class TestMessages:
    def test_sms_where_imessage_does_not_know_the_number(self, desk: Any, mac: Any) -> None:
        mac.has(unknown_to={"iMessage": ["+15550100101"]})
        done = desk.do("send_sms", recipients=["+1 555 010 0101", "+1 555 010 0102"], message=INJECTION)
        assert [(text["to"], text["by"]) for text in mac.state["texts"]] == [
            ("+15550100101", "SMS"),
            ("+15550100102", "iMessage"),
        ]
        assert {text["text"] for text in mac.state["texts"]} == {INJECTION}
        assert done.text == "Texted +15550100101 and +15550100102 by SMS and iMessage"

    def test_people_found_before_are_named(self, desk: Any) -> None:
        number = desk.do("get_phone_number", name="Sid").output
        assert desk.do("send_sms", recipients=[number], message="hi").text == "Texted Sid Rao by iMessage"

    def test_without_an_account_nothing_is_sent(self, desk: Any, mac: Any) -> None:
        mac.has(services=[])
        with pytest.raises(NotConfigured, match="sign in"):
            desk.do("send_sms", recipients=["+1 555 010 0101"], message="hi")

    def test_who_got_it_is_told_and_gets_it_once_when_one_cannot_be_reached(self, desk: Any, mac: Any) -> None:
        mac.has(unknown_to={"iMessage": ["123"], "SMS": ["123"]})
        text = {"recipients": ["+1 555 010 0101", "123"], "message": "hi"}
        with pytest.raises(PartlySent, match=r"it went to \+15550100101 and not to 123 \(Messages can reach"):
            desk.do("send_sms", **text)
        mac.has(unknown_to={"iMessage": ["123"]})
        assert desk.do("send_sms", **text).text == "Texted 123 by SMS; +15550100101 had it already"
        assert [text["to"] for text in mac.state["texts"]] == ["+15550100101", "123"]

    def test_after_a_timeout_nobody_is_said_to_lack_it_who_may_have_it(self, desk: Any, mac: Any) -> None:
        mac.fails("messages_send", -1712)
        with pytest.raises(ToolTimeout, match="look there whether it was done; 124 did not get it"):
            desk.do("send_sms", recipients=["123", "124"], message="hi")


class TestFilesAndMaps:
    def test_spotlight_is_asked_with_words_only_and_no_shell(self, desk: Any, mac: Any) -> None:
        with pytest.raises(FileNotFound):
            desk.do("open_and_get_file_path", file_name='lease" || agreement; rm -rf *')
        (call,) = mac.calls("mdfind")
        query = " && ".join(f'kMDItemFSName == "*{word}*"cd' for word in ("lease", "agreement", "rm", "rf"))
        assert call["arguments"] == ["-0", "-onlyin", str(desk.home / "documents"), query]

    def test_file_is_found_and_opened(self, desk: Any, mac: Any) -> None:
        done = desk.do("open_and_get_file_path", file_name="lease agreement")
        assert done.text == "Opened Lease_Agreement_2024.pdf"
        (opened,) = mac.calls("open")
        assert opened["arguments"][0].startswith("file:///")
        assert len(PdfDocument(done.output)) > 1

    def test_what_spotlight_finds_outside_the_folders_is_not_taken(self, desk: Any, mac: Any, tmp_path: Any) -> None:
        secret = tmp_path / "tax return.pdf"
        secret.write_bytes(b"x")
        mac.has(indexed_elsewhere=[str(secret)])
        with pytest.raises(FileNotFound):
            desk.do("open_and_get_file_path", file_name="tax return")
        with pytest.raises(FileNotAllowed):
            desk.do("open_and_get_file_path", file_name=str(secret))

    def test_maps_opens_what_apples_links_show(self, desk: Any, mac: Any) -> None:
        desk.do("maps_show_directions", end_location="Café & Bar", transport="w")
        (opened,) = mac.calls("open")
        assert opened["arguments"] == [
            "-b",
            "com.apple.Maps",
            "https://maps.apple.com/?daddr=Caf%C3%A9%20%26%20Bar&dirflg=w",
        ]


@pytest.mark.parametrize(
    ("tool", "arguments", "says"),
    [
        ("create_calendar_event", {"title": "lunch", "start_date": "2026-03-12"}, "“Lunch” is in your calendar"),
        ("create_reminder", {"name": "oats"}, "Set the reminder “Oats”"),
        ("create_note", {"name": "Trip"}, "Made the note “Trip”"),
    ],
)
def test_what_was_made_and_cannot_be_read_back_is_done_but_not_undone(
    desk: Any, mac: Any, tool: str, arguments: dict[str, Any], says: str
) -> None:
    mac.has(tells_of_what_it_made=False)
    done = desk.do(tool, **arguments)
    assert done.text.startswith(says)
    assert done.output
    assert done.undo is None


def test_forged_undo_records_are_refused(desk: Any, mac: Any) -> None:
    for tool in ("create_calendar_event", "create_reminder", "create_note", "append_note_content"):
        with pytest.raises(UnusableArgument):
            desk.backend.undo_handlers[tool]({"label": "x", "path": "/etc/passwd"})
    assert mac.calls() == []

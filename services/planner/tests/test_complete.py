import pytest
from deskhand_contract.plan import DatePhrase, NodeRef, PlanNode, Template, Value
from deskhand_contract.services import Clock
from deskhand_planner.complete import Completer

CLOCK = Clock(now="2026-03-11T09:30:00", timezone="Europe/Berlin")  # a Wednesday


def complete(tool: str, **arguments: Value) -> dict[str, Value]:
    return Completer(CLOCK).complete(PlanNode(id=1, tool=tool, arguments=arguments)).arguments


def event(start: str, end: str | None = None) -> tuple[str | None, str | None]:
    """ISO start and end of an event with these phrases."""
    dates = {"start_date": DatePhrase(phrase=start)} | ({"end_date": DatePhrase(phrase=end)} if end else {})
    done = complete("create_calendar_event", title="x", **dates)
    written = [done.get(name) for name in ("start_date", "end_date")]
    return tuple(value.iso if isinstance(value, DatePhrase) else None for value in written)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("start", "end", "start_iso", "end_iso"),
    [
        ("tomorrow at noon", None, "2026-03-12 12:00:00", None),
        ("Friday", None, "2026-03-13", None),
        ("2026-03-12 12:00:00", "2026-03-12 13:00:00", "2026-03-12 12:00:00", "2026-03-12 13:00:00"),
        ("2026-03-12", "2026-03-14", "2026-03-12", "2026-03-14"),
        # one range, cut in two
        ("Thursday 2", "3pm", "2026-03-12 14:00:00", "2026-03-12 15:00:00"),
        ("Thursday 8", "9pm", "2026-03-12 20:00:00", "2026-03-12 21:00:00"),
        ("8", "9pm", "2026-03-11 20:00:00", "2026-03-11 21:00:00"),
        ("11", "1am", "2026-03-11 23:00:00", "2026-03-12 01:00:00"),
        ("9", "5pm", "2026-03-12 09:00:00", "2026-03-12 17:00:00"),
        ("13", "17 March", "2026-03-13", "2026-03-17"),
        ("March 13", "17", "2026-03-13", "2026-03-17"),
        ("Friday", "Sunday", "2026-03-13", "2026-03-15"),
        # two phrases that read wrongly as one range
        ("Friday 2", "end of day", "2026-03-13 14:00:00", "2026-03-13 17:00:00"),
        ("tomorrow at 3", "an hour", "2026-03-12 15:00:00", "2026-03-12 16:00:00"),
        ("tomorrow at 7", "quarter past 8 pm", "2026-03-12 19:00:00", "2026-03-12 20:15:00"),
        ("8am", "9pm", "2026-03-12 08:00:00", "2026-03-12 21:00:00"),
        # a start that is a whole range
        ("tomorrow from 2 to 3:30pm", None, "2026-03-12 14:00:00", "2026-03-12 15:30:00"),
        ("2-3pm", "3pm", "2026-03-11 14:00:00", "2026-03-11 15:00:00"),
        ("March 13-17", None, "2026-03-13", "2026-03-17"),
    ],
)
def test_an_event_starts_and_ends_as_said(start, end, start_iso, end_iso):
    assert event(start, end) == (start_iso, end_iso)


@pytest.mark.parametrize("phrase", ["whenever it suits", "2-25pm", "February 30"])
def test_a_date_that_cannot_be_resolved_keeps_its_phrase_and_says_why(phrase):
    done = complete("create_calendar_event", title="x", start_date=DatePhrase(phrase=phrase))
    start = done["start_date"]
    assert isinstance(start, DatePhrase)
    assert (start.phrase, start.iso) == (phrase, None)
    assert start.error
    assert "end_date" not in done


def test_a_time_that_is_corrected_keeps_its_day():
    sentence = "put choir in for friday at two no three in the hall"
    node = PlanNode(
        id=1, tool="create_calendar_event", arguments={"title": "choir", "start_date": DatePhrase(phrase="three")}
    )
    start = Completer(CLOCK, sentence).complete(node).arguments["start_date"]
    assert isinstance(start, DatePhrase)
    assert start.iso == "2026-03-13 15:00:00"


def test_an_unresolvable_end_leaves_the_start():
    done = complete(
        "create_calendar_event",
        title="x",
        start_date=DatePhrase(phrase="tomorrow at 3"),
        end_date=DatePhrase(phrase="whenever it suits"),
    )
    start, end = done["start_date"], done["end_date"]
    assert isinstance(start, DatePhrase)
    assert isinstance(end, DatePhrase)
    assert start.iso == "2026-03-12 15:00:00"
    assert end.iso is None
    assert end.error


def test_a_date_that_is_resolved_already_is_left_alone():
    done = DatePhrase(phrase="then", iso="2030-01-01")
    assert complete("create_reminder", name="x", due_date=done)["due_date"] == done


def test_the_day_before_counts_from_the_moment_named_last():
    completer = Completer(CLOCK)
    completer.complete(
        PlanNode(
            id=1, tool="create_calendar_event", arguments={"title": "x", "start_date": DatePhrase(phrase="March 20")}
        )
    )
    reminder = completer.complete(
        PlanNode(id=2, tool="create_reminder", arguments={"name": "y", "due_date": DatePhrase(phrase="the day before")})
    )
    assert reminder.arguments["due_date"] == DatePhrase(phrase="the day before", iso="2026-03-19")


def zoom(**arguments: Value) -> PlanNode:
    return PlanNode(id=1, tool="get_zoom_meeting_link", arguments=arguments)


def test_a_range_gives_a_meeting_its_duration():
    done = complete("get_zoom_meeting_link", start_time=DatePhrase(phrase="tomorrow 2-3:30pm"))
    assert done["duration"] == 90


def test_a_duration_that_was_said_wins_over_the_range():
    done = complete("get_zoom_meeting_link", start_time=DatePhrase(phrase="tomorrow 2-3:30pm"), duration="an hour")
    assert done["duration"] == 60


@pytest.mark.parametrize("phrase", ["March 13-17", "tomorrow at 2"])
def test_days_and_single_times_give_a_meeting_no_duration(phrase):
    assert "duration" not in complete("get_zoom_meeting_link", start_time=DatePhrase(phrase=phrase))


@pytest.mark.parametrize(
    ("meeting", "start", "end"),
    [
        ({"start_time": DatePhrase(phrase="tomorrow 2-3:30pm")}, "tomorrow at 2pm", "2026-03-12 15:30:00"),
        ({"start_time": DatePhrase(phrase="tomorrow at 2"), "duration": 45}, "tomorrow at 2", "2026-03-12 14:45:00"),
        (
            {"start_time": DatePhrase(phrase="Friday at 2"), "duration": "half an hour"},
            "Friday 2pm",
            "2026-03-13 14:30:00",
        ),
        ({"start_time": DatePhrase(phrase="tomorrow at 2")}, "tomorrow at 2", None),
        ({"start_time": DatePhrase(phrase="tomorrow at 2"), "duration": 45}, "tomorrow at 4", None),
    ],
)
def test_the_event_of_a_meeting_ends_with_it(meeting, start, end):
    completer = Completer(CLOCK)
    completer.complete(zoom(**meeting))
    arguments = {"title": "x", "start_date": DatePhrase(phrase=start), "location": NodeRef(node=1)}
    done = completer.complete(PlanNode(id=2, tool="create_calendar_event", arguments=arguments)).arguments
    finish = done.get("end_date")
    assert (finish.iso if isinstance(finish, DatePhrase) else None) == end


@pytest.mark.parametrize(
    ("text", "written"),
    [("half an hour", 30), ("90 minutes", 90), ("an hour and a half", 90), ("a while", "a while")],
)
def test_durations_are_read(text, written):
    assert complete("get_zoom_meeting_link", duration=text)["duration"] == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("dana dot o at example dot org", "dana.o@example.org"),
        ("volunteers at example dot org", "volunteers@example.org"),
        ("sid underscore 7 at mail dot example dot co dot uk", "sid_7@mail.example.co.uk"),
        ("bo seven at example dot com", "bo7@example.com"),
        ("Sid@X.org,", "Sid@X.org"),
        ("sid @ x . org", "sid@x.org"),
        ("Sid Rao <sid@x.org>", "sid@x.org"),
        ("Dana dana@x.org", "dana@x.org"),
        ("Sid", "Sid"),
        ("meet at noon", "meet at noon"),
    ],
)
def test_spoken_mail_addresses_are_written(said, written):
    assert complete("compose_new_email", recipients=(said, NodeRef(node=1)))["recipients"] == (written, NodeRef(node=1))


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("five five five oh one double two", "5550122"),
        ("plus four nine triple seven", "+49777"),
        ("oh seven seven double oh nine hundred four one two", "07700900412"),
        ("double 5 one", "551"),
        ("+1 (555) 010-0199", "+1 (555) 010-0199"),
        ("five hundred", "500"),
        ("five thousand", "five thousand"),
    ],
)
def test_spoken_numbers_are_written(said, written):
    assert complete("send_sms", recipients=(said,), message="x")["recipients"] == (written,)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("employee handbook dot pdf", "employee handbook.pdf"),
        ("q3 underscore deck dot pptx", "q3_deck.pptx"),
        ("plan dash b dot docx", "plan-b.docx"),
        ("dash cam video", "dash cam video"),
        ('"report.pdf"', "report.pdf"),
    ],
)
def test_spoken_file_names_are_written(said, written):
    assert complete("open_and_get_file_path", file_name=said)["file_name"] == written


@pytest.mark.parametrize(
    ("said", "written"),
    [("my mom", "mom"), ("the dentist", "dentist"), ("Sid's", "Sid"), ("Theo", "Theo"), ("my", "my"), ("“Bo”", "Bo")],
)
def test_names_lose_what_belongs_to_the_sentence(said, written):
    assert complete("get_phone_number", name=said)["name"] == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ('"Running late, sorry"', "Running late, sorry"),
        (": on my way.", "on my way."),
        (":) see you", ":) see you"),
        ('\'twas "odd"', '\'twas "odd"'),
        ("milk, eggs,", "milk, eggs"),
        ("…", "…"),
        (",", ","),
        ("costs $1", "costs $1"),
    ],
)
def test_texts_keep_everything_but_their_edges(said, written):
    assert complete("create_note", content=said)["content"] == written


def test_text_beside_a_reference_keeps_its_joints():
    parts = ("Here it is: ", NodeRef(node=1), ' "as promised"', " ", NodeRef(node=2), "!")
    assert complete("create_note", content=Template(parts=parts))["content"] == Template(
        parts=("Here it is: ", NodeRef(node=1), " as promised", " ", NodeRef(node=2), "!")
    )


def test_values_that_were_not_said_are_not_made_up():
    assert complete("create_reminder", name="x") == {"name": "x"}

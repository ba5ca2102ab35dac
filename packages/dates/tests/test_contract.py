"""What callers rely on: types, ISO, errors, durations, and properties that hold for any phrase."""

from __future__ import annotations

import contextlib
import string
from datetime import date, datetime, timedelta, timezone

import deskhand_dates
import pytest
from deskhand_dates import DateError, UnresolvableDate, parse_duration, resolve, resolve_iso, whole_phrase
from hypothesis import assume, given
from hypothesis import strategies as st

NOW = datetime(2026, 3, 11, 9, 30)
_VOCABULARY = (
    "the a of in on at from to until - and before after next this week day month end hour minutes half quarter "
    "past 3 5pm 3:30 12 31 march friday noon midnight tomorrow tonight no sorry for later first last 2027 0900 "
    "1h30 5/3 am pm , 15th couple between start year q2 weekend same time easter thanksgiving morning eod "
    "twenty two oh hundred wensday"
)
WORDS = _VOCABULARY.split()

nows = st.datetimes(datetime(2020, 1, 1), datetime(2040, 12, 31))
roles = st.sampled_from(["start", "end", "due"])
word_salad = st.lists(st.sampled_from(WORDS), min_size=1, max_size=10).map(" ".join)
phrases = st.one_of(st.text(max_size=60), st.text(string.printable, max_size=60), word_salad)
hours = st.integers(1, 12)
minutes = st.integers(0, 59)


def test_public_names() -> None:
    assert sorted(deskhand_dates.__all__) == [
        "DateError",
        "Role",
        "UnresolvableDate",
        "is_range",
        "parse_duration",
        "resolve",
        "resolve_iso",
        "whole_phrase",
    ]


def test_day_gives_a_date_and_clock_time_a_datetime() -> None:
    assert resolve("the 19th", NOW) == date(2026, 3, 19)
    assert not isinstance(resolve("the 19th", NOW), datetime)
    assert resolve("the 19th at 4", NOW) == datetime(2026, 3, 19, 16)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("2027-01-09", "2027-01-09"),
        ("2027-01-09T15:00", "2027-01-09 15:00:00"),
        ("2027-01-09 15:00:07", "2027-01-09 15:00:07"),
        ("2027-01-09T15:00:00.250Z", "2027-01-09 15:00:00"),
        ("2027-01-09T15:00:00+05:30", "2027-01-09 15:00:00"),
        ("2019-01-09 08:00", "2019-01-09 08:00:00"),
    ],
)
def test_iso_passes_unchanged_for_every_role(text: str, want: str) -> None:
    for role in ("start", "end", "due"):
        assert resolve_iso(text, NOW, role, start="friday at 3") == want


def test_named_zone_keeps_the_wall_clock() -> None:
    assert resolve_iso("friday 17:00 CET", NOW) == "2026-03-13 17:00:00"
    assert resolve_iso("friday at 5pm Lisbon time", NOW) == "2026-03-13 17:00:00"


def test_now_may_be_aware_and_its_wall_clock_counts() -> None:
    aware = NOW.replace(tzinfo=timezone(timedelta(hours=9)))
    assert resolve("in 25 minutes", aware) == datetime(2026, 3, 11, 9, 55)


def test_end_takes_a_resolved_start() -> None:
    assert resolve("until 4", NOW, "end", start=datetime(2026, 3, 20, 15)) == datetime(2026, 3, 20, 16)
    assert resolve("the 23rd", NOW, "end", start=date(2026, 3, 20)) == date(2026, 3, 23)


def test_due_date_may_count_from_a_start() -> None:
    assert resolve_iso("the day before", NOW, "due", start="the 19th at 8pm") == "2026-03-18"
    assert resolve_iso("that morning", NOW, "due", start="the 19th at 8pm") == "2026-03-19 09:00:00"
    assert resolve_iso("half an hour before", NOW, "due", start="the 19th at 8pm") == "2026-03-19 19:30:00"


@pytest.mark.phrases(
    """
    asap -> !
    whenever -> !
    soon -> !
    lunch with Sam -> !
    the report -> !
    in a few days -> !
    25:00 -> !
    february 30 -> !
    13/45 -> !
    every friday -> !
    hello -> !
    friday or saturday -> !
    the day before -> !
    friday after the match -> !
    saturday and sunday -> !
    2/30 -> !
    4/31 -> !
    june 31 -> !
    the 32nd -> !
    feb 29 2027 -> !
    high noon -> !
    the day before my -> !
    quarter past -> !
    in a while -> !
    next -> !
    at -> !
    o'clock -> !
    pm -> !
    2pm 3pm -> !
    tuesday wednesday -> !
    99 -> !
    12345 -> !
    1/2/3/4 -> !
    2026-13-45 -> !
    2026-02-30 -> !
    sunday after church -> !
    when I get home -> !
    in five -> !
    twelve twenty five twenty twenty six -> !
    thx giving -> !
    4:5 -> !
    agst 9 -> !
    @2026-08-31T10:00
    the 31st of next month -> !
    @2027-01-31T20:30
    super bowl -> !
    @2026-10-31T11:05
    daylight savings -> !
    the next day -> !
    tomorrow with Priya -> !
    3pm about the lease -> !
"""
)
def test_what_names_no_moment_raises(now: datetime, phrase: str, start: str | None, want: str) -> None:
    with pytest.raises(UnresolvableDate) as caught:
        resolve(phrase, now)
    assert caught.value.phrase == phrase


@pytest.mark.parametrize(
    ("sentence", "phrase", "whole"),
    [
        (
            "choir on the ninth of may at two no half past two in the hall",
            "half past two",
            "ninth of may at two no half past two",
        ),
        ("Zoom tomorrow at 5. Sorry, 6pm.", "6pm", "tomorrow at 5. Sorry, 6pm"),
        ("party Friday at 8, no wait, Saturday", "Saturday", "at 8, no wait, Saturday"),
        ("call Ana at 13 and Bo tomorrow at 9, make it 3", "3", "tomorrow at 9, make it 3"),
        # nothing of what was taken back is left
        ("remind me on Monday, no, Tuesday at 3", "Tuesday at 3", "Tuesday at 3"),
        ("in an hour, no, in two hours", "in two hours", "in two hours"),
        ("lunch Friday, no, Saturday", "Saturday", "Saturday"),
        # nothing is taken back
        ("dinner Friday with Bo, actually at 3 text him", "at 3", "at 3"),
        ("there is no bus at 9", "at 9", "at 9"),
        ("Friday at 3", "Friday at 3", "Friday at 3"),
        ("Friday at 3", "Monday", "Monday"),
    ],
)
def test_a_correction_keeps_what_it_does_not_replace(sentence: str, phrase: str, whole: str) -> None:
    assert whole_phrase(sentence, phrase) == whole


def test_end_in_minutes_needs_a_start_with_a_clock_time() -> None:
    with pytest.raises(UnresolvableDate):
        resolve("for 40 minutes", NOW, "end", start="friday")


def test_ordinary_words_near_a_weekday_are_no_weekday() -> None:
    for text in ("sundae at 3", "knight", "remember", "Frida at noon"):
        with pytest.raises(UnresolvableDate):
            resolve(text, NOW)


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("an hour and a half", 90),
        ("hour and a half", 90),
        ("45 mins", 45),
        ("1h30", 90),
        ("1h 30m", 90),
        ("1:30", 90),
        ("half an hour", 30),
        ("a half hour", 30),
        ("3/4 hour", 45),
        ("three quarters of an hour", 45),
        ("quarter of an hour", 15),
        ("1½ hours", 90),
        ("two and a half hours", 150),
        ("1.25 hours", 75),
        ("2 hrs and 10 mins", 130),
        ("1 hour 30", 90),
        ("an hour twenty", 80),
        ("a couple of hours", 120),
        ("forty-five minutes", 45),
        ("30-minute", 30),
        ("about 20 min", 20),
        ("one day", 1440),
        ("90", 90),
        ("sixty", 60),
    ],
)
def test_duration_in_minutes(text: str, want: int) -> None:
    assert parse_duration(text) == want


@pytest.mark.parametrize("text", ["", "0", "-5", "a few minutes", "a month", "90 seconds", "5pm", "banana", "all day"])
def test_no_duration_raises(text: str) -> None:
    with pytest.raises(UnresolvableDate):
        parse_duration(text)


@given(phrases, nows, roles, st.none() | phrases)
def test_any_text_resolves_or_raises_date_error(
    text: str, now: datetime, role: deskhand_dates.Role, start: str | None
) -> None:
    try:
        iso = resolve_iso(text, now, role, start=start)
    except DateError:
        return
    assert resolve_iso(iso, now, role, start=start) == iso


@given(phrases)
def test_any_text_is_a_duration_or_raises_date_error(text: str) -> None:
    with contextlib.suppress(DateError):
        assert parse_duration(text) > 0


@given(word_salad, nows, roles)
def test_case_and_spaces_do_not_matter(text: str, now: datetime, role: deskhand_dates.Role) -> None:
    def outcome(phrase: str) -> str:
        try:
            return resolve_iso(phrase, now, role, start="friday at 3")
        except DateError:
            return "!"

    assert outcome(text) == outcome(f"  {text.upper().replace(' ', '   ')} ")


@given(nows, hours, minutes, st.sampled_from(["", "am", "pm"]))
def test_bare_clock_time_is_within_the_next_day(now: datetime, hour: int, minute: int, mer: str) -> None:
    when = resolve(f"at {hour}:{minute:02}{mer}", now)
    assert isinstance(when, datetime)
    assert now < when <= now + timedelta(days=1)


@given(nows, st.sampled_from(["monday", "tues", "wed", "thursday", "fri", "saturday", "sunday"]))
def test_bare_weekday_is_within_the_next_seven_days(now: datetime, weekday: str) -> None:
    day = resolve(weekday, now)
    assert now.date() < day <= now.date() + timedelta(days=7)


@given(nows, hours, hours, minutes)
def test_bare_end_is_within_a_day_after_its_start(now: datetime, first: int, last: int, minute: int) -> None:
    assume((first, 0) != (last, minute))
    phrase = f"tomorrow {first}-{last}:{minute:02}"
    begin, end = resolve(phrase, now), resolve(phrase, now, "end", start=phrase)
    assert isinstance(begin, datetime)
    assert isinstance(end, datetime)
    assert begin < end <= begin + timedelta(hours=12)


@given(nows, st.integers(1, 28), st.integers(1, 12))
def test_date_without_year_is_within_a_year(now: datetime, day: int, month: int) -> None:
    when = resolve(f"{month}/{day}", now)
    assert now.date() <= when < now.date() + timedelta(days=366)

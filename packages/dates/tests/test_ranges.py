"""Ranges and ends: rules 14 and 15."""

from __future__ import annotations

from datetime import datetime

import pytest
from deskhand_dates import UnresolvableDate, is_range, resolve_iso

RANGES = """
    2-3 -> 2026-03-11 14:00 .. 2026-03-11 15:00
    2 to 3:30 tomorrow -> 2026-03-12 14:00 .. 2026-03-12 15:30
    10-2pm friday -> 2026-03-13 10:00 .. 2026-03-13 14:00
    9-5 monday -> 2026-03-16 09:00 .. 2026-03-16 17:00
    from 8 to 10 tonight -> 2026-03-11 20:00 .. 2026-03-11 22:00
    from two to three thirty -> 2026-03-11 14:00 .. 2026-03-11 15:30
    between 9 and 11 on friday -> 2026-03-13 09:00 .. 2026-03-13 11:00
    noon-1 -> 2026-03-11 12:00 .. 2026-03-11 13:00
    noon to two -> 2026-03-11 12:00 .. 2026-03-11 14:00
    friday 10pm to 1am -> 2026-03-13 22:00 .. 2026-03-14 01:00
    1400-1530 -> 2026-03-11 14:00 .. 2026-03-11 15:30
    14:00–15:30 tomorrow -> 2026-03-12 14:00 .. 2026-03-12 15:30
    3pm to 4pm on the 20th -> 2026-03-20 15:00 .. 2026-03-20 16:00
    11:30am-1 -> 2026-03-11 11:30 .. 2026-03-11 13:00
    March 13 through 17 -> 2026-03-13 .. 2026-03-17
    March 30 - April 2 -> 2026-03-30 .. 2026-04-02
    13-17 March -> 2026-03-13 .. 2026-03-17
    the 13th to the 17th -> 2026-03-13 .. 2026-03-17
    the 3rd to the 5th of June -> 2026-06-03 .. 2026-06-05
    Dec 28 to Jan 3 -> 2026-12-28 .. 2027-01-03
    Monday to Wednesday -> 2026-03-16 .. 2026-03-18
    mon-fri -> 2026-03-16 .. 2026-03-20
    6/3-6/5 -> 2026-06-03 .. 2026-06-05
    June 3-5, 2027 -> 2027-06-03 .. 2027-06-05
    july 10th until the 14th -> 2026-07-10 .. 2026-07-14
    9am till late -> 2026-03-12 09:00 .. !
    3pm for 45 minutes -> 2026-03-11 15:00 .. 2026-03-11 15:45
    tonight 7-9 -> 2026-03-11 19:00 .. 2026-03-11 21:00
    Monday 9am to Tuesday 5pm -> 2026-03-16 09:00 .. 2026-03-17 17:00
    Saturday from 7 in the evening till midnight -> 2026-03-14 19:00 .. 2026-03-15 00:00
    friday morning 9 to 11 -> 2026-03-13 09:00 .. 2026-03-13 11:00
    6 to 8 in the morning tomorrow -> 2026-03-12 06:00 .. 2026-03-12 08:00
    twelve to one -> 2026-03-11 12:00 .. 2026-03-11 13:00
    9:15-10:45 -> ? .. 2026-03-12 10:45
    tomorrow 3pm - 4:30pm -> 2026-03-12 15:00 .. 2026-03-12 16:30
    from 9 to noon -> 2026-03-12 09:00 .. 2026-03-12 12:00
    10 to midnight friday -> 2026-03-13 22:00 .. 2026-03-14 00:00
    from five to seven -> 2026-03-11 17:00 .. 2026-03-11 19:00
    Monday to Friday 9 to 5 -> 2026-03-16 09:00 .. 2026-03-20 17:00
    from Monday the 16th to Friday the 20th -> 2026-03-16 .. 2026-03-20
    12/28-1/3 -> 2026-12-28 .. 2027-01-03
    march 30 through the 2nd -> 2026-03-30 .. 2026-04-02
    mar 20-22 -> 2026-03-20 .. 2026-03-22
    20th-22nd march -> 2026-03-20 .. 2026-03-22
    the twentieth through the twenty second -> 2026-03-20 .. 2026-03-22
    june third to fifth -> 2026-06-03 .. 2026-06-05
    tomorrow to friday -> 2026-03-12 .. 2026-03-13
    thurs 3-4 -> 2026-03-12 15:00 .. 2026-03-12 16:00
    thursday two to four p m -> 2026-03-12 14:00 .. 2026-03-12 16:00
    two thirty to four fifteen -> 2026-03-11 14:30 .. 2026-03-11 16:15
    fri 11:30-12:15 -> 2026-03-13 11:30 .. 2026-03-13 12:15
    8pm-2 -> 2026-03-11 20:00 .. 2026-03-12 02:00
    10pm til 1am -> 2026-03-11 22:00 .. 2026-03-12 01:00
    from 3 in the afternoon to 5 -> 2026-03-11 15:00 .. 2026-03-11 17:00
    9 in the morning until 2 in the afternoon on the 14th -> 2026-03-14 09:00 .. 2026-03-14 14:00
    from two to three no four -> 2026-03-11 14:00 .. 2026-03-11 16:00
    10 a.m. tomorrow for two hours -> 2026-03-12 10:00 .. 2026-03-12 12:00
    1-2:30pm -> 2026-03-11 13:00 .. 2026-03-11 14:30
    friday, 1pm-2pm -> 2026-03-13 13:00 .. 2026-03-13 14:00
    tomorrow between 2 and 4 -> 2026-03-12 14:00 .. 2026-03-12 16:00
    from 11 to 12:30 -> 2026-03-11 11:00 .. 2026-03-11 12:30
    8-8:30 -> 2026-03-12 08:00 .. 2026-03-12 08:30
    saturday 11am to 3 -> 2026-03-14 11:00 .. 2026-03-14 15:00
    next tuesday 10 til 11:30 -> 2026-03-17 10:00 .. 2026-03-17 11:30
    sunday noon to 4 -> 2026-03-15 12:00 .. 2026-03-15 16:00
    april 3 through april 6 -> 2026-04-03 .. 2026-04-06
    apr 3-6 -> 2026-04-03 .. 2026-04-06
    december 30 to january 2 -> 2026-12-30 .. 2027-01-02
    wednesday through friday -> 2026-03-18 .. 2026-03-20
    saturday 10pm-2am -> 2026-03-14 22:00 .. 2026-03-15 02:00
    0900-1700 friday -> 2026-03-13 09:00 .. 2026-03-13 17:00
    13:00-14:30 -> 2026-03-11 13:00 .. 2026-03-11 14:30
    two to four on the fifteenth -> 2026-03-15 14:00 .. 2026-03-15 16:00
    5-6 tonight -> 2026-03-11 17:00 .. 2026-03-11 18:00
    11pm to midnight -> 2026-03-11 23:00 .. 2026-03-12 00:00
    4-5:15 -> 2026-03-11 16:00 .. 2026-03-11 17:15
"""
NOW = datetime(2026, 3, 11, 9, 30)


def _ranges() -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []
    for line in filter(None, map(str.strip, RANGES.splitlines())):
        phrase, want = line.rsplit(" -> ", 1)
        start, end = (f"{w}:00" if len(w) == 16 else w for w in want.split(" .. "))
        rows.append((phrase, start, end))
    return rows


@pytest.mark.parametrize(("phrase", "start", "end"), _ranges())
def test_one_range_serves_as_start_and_as_end(phrase: str, start: str, end: str) -> None:
    if start != "?":
        assert resolve_iso(phrase, NOW) == start
    if end == "!":
        with pytest.raises(UnresolvableDate):
            resolve_iso(phrase, NOW, "end", start=phrase)
    else:
        assert resolve_iso(phrase, NOW, "end", start=phrase) == end
        assert resolve_iso(phrase, NOW, "end", start=start if start != "?" else phrase) == end


@pytest.mark.phrases(
    """
    11-1pm -> 2026-03-11 11:00
    8-9pm -> 2026-03-11 20:00
    7-9am tomorrow -> 2026-03-12 07:00
    between ten and twelve -> 2026-03-11 10:00
    9-10:30am -> 2026-03-12 09:00
    10-11:30pm -> 2026-03-11 22:00
    6-8am -> 2026-03-12 06:00
    7:30-9am -> 2026-03-12 07:30
    9:30-11pm -> 2026-03-11 21:30
"""
)
def test_start_takes_the_half_of_the_day_nearest_its_end(
    now: datetime, phrase: str, start: str | None, want: str
) -> None:
    assert resolve_iso(phrase, now) == want


@pytest.mark.phrases(
    """
    9am till late << 9am till late -> !
    4 << tomorrow at 3 -> 2026-03-12 16:00
    until 5 << friday at 9 -> 2026-03-13 17:00
    11 << friday 8pm -> 2026-03-13 23:00
    to one << friday 8pm -> 2026-03-14 01:00
    till 12 << friday 8pm -> 2026-03-14 00:00
    12:30 << friday 11:30 -> 2026-03-13 12:30
    half past four << thursday at 2 -> 2026-03-12 16:30
    quarter to five << thursday at 4 -> 2026-03-12 16:45
    5pm << saturday at noon -> 2026-03-14 17:00
    8am << saturday at 10pm -> 2026-03-15 08:00
    1600 << tomorrow 1430 -> 2026-03-12 16:00
    EOD << tomorrow 9am -> 2026-03-12 17:00
    close of business << the 20th at 1pm -> 2026-03-20 17:00
    for 3 days << tomorrow -> 2026-03-15
    a week later << tomorrow -> 2026-03-19
    for two weeks << July 1 -> 2026-07-15
    45 min << tomorrow at 1:45am -> 2026-03-12 02:30
    the next day << tomorrow -> 2026-03-13
    the following day at noon << the 20th at 8pm -> 2026-03-21 12:00
    next morning << saturday 9pm -> 2026-03-15 09:00
    the following morning at 8 << saturday 9pm -> 2026-03-15 08:00
    7 the next morning << saturday 9pm -> 2026-03-15 07:00
    friday << monday -> 2026-03-20
    friday at 5 << monday 9am -> 2026-03-20 17:00
    through sunday << friday the 20th -> 2026-03-22
    the 2nd << march 30 -> 2026-04-02
    the 20th << the 18th -> 2026-03-20
    april 3 << march 30 -> 2026-04-03
    1/2 << 12/30 -> 2027-01-02
    january 2 << dec 30 at 5pm -> 2027-01-02
    this evening << at 2 -> 2026-03-11 19:00
    tomorrow at 6 << today at 5 -> 2026-03-12 18:00
    2am << friday night -> 2026-03-14 02:00
    5:30 pm << tomorrow -> 2026-03-12 17:30
    end of the month << april 13 -> 2026-04-30
    sunday evening << friday 6pm -> 2026-03-15 19:00
    later << friday -> !
    christmas << december 20 -> 2026-12-25
    noon the next day << tomorrow 6pm -> 2026-03-13 12:00
    2026-03-12 15:30:00 << 2026-03-12 15:00:00 -> 2026-03-12 15:30
    6 << 2026-03-12T15:00 -> 2026-03-12 18:00
    till eleven << tomorrow at ten -> 2026-03-12 11:00
    until 10:30 << tomorrow at ten -> 2026-03-12 10:30
    until half ten << tomorrow at 8pm -> 2026-03-12 22:30
    two days later << tomorrow at 3 -> 2026-03-14 15:00
    same day at 5 << the 20th at 3 -> 2026-03-20 17:00
    that evening << the 20th at 3 -> 2026-03-20 19:00
    that night at 11 << the 20th at 3 -> 2026-03-20 23:00
    later that day at 6 << the 20th at 3 -> 2026-03-20 18:00
    the day after << the 20th -> 2026-03-21
    the following friday << the 20th -> 2026-03-27
    the following tuesday at noon << the 20th at 3 -> 2026-03-24 12:00
    may 1 at noon << april 28 9am -> 2026-05-01 12:00
    monday morning << friday 6pm -> 2026-03-16 09:00
    the same time the next day << tomorrow at 3 -> 2026-03-13 15:00
    an hour and fifteen minutes << tomorrow at 3 -> 2026-03-12 16:15
    1.5 hours << tomorrow at 3 -> 2026-03-12 16:30
    45 mins later << tomorrow at 3 -> 2026-03-12 15:45
    2h30 << tomorrow at 3 -> 2026-03-12 17:30
    90 << tomorrow -> !
    all day << tomorrow -> !
    11:59pm << tomorrow at 3 -> 2026-03-12 23:59
    10 at night << tomorrow at 3 -> 2026-03-12 22:00
    2 in the morning << tomorrow at 9pm -> 2026-03-13 02:00
    5 in the evening << tomorrow at 3 -> 2026-03-12 17:00
    1 << tomorrow at noon -> 2026-03-12 13:00
    1230 << tomorrow at 1130 -> 2026-03-12 12:30
    3 << tomorrow at lunch -> 2026-03-12 15:00
    8 << tomorrow evening -> 2026-03-12 20:00
    thirteen hundred << tomorrow at noon -> 2026-03-12 13:00
    sunset << tomorrow at noon -> !
    to 5:15 << tomorrow at 4 -> 2026-03-12 17:15
    ends at 6 << tomorrow at 4 -> 2026-03-12 18:00
    until quarter past three << friday at 2 -> 2026-03-13 15:15
    the 28th << the 25th -> 2026-03-28
    through the 30th << march 25 -> 2026-03-30
    until monday << friday -> 2026-03-16
    monday at 9 << friday 5pm -> 2026-03-16 09:00
    the next morning at 10 << friday at 9pm -> 2026-03-14 10:00
    six the following evening << friday at 9pm -> 2026-03-14 18:00
    following morning << friday at 9pm -> 2026-03-14 09:00
    cob << friday at 9 -> 2026-03-13 17:00
    by midnight << friday at 9 -> 2026-03-14 00:00
    90 minutes later << friday at 9 -> 2026-03-13 10:30
    for an hour and a half << friday at 9 -> 2026-03-13 10:30
    for forty five minutes << friday at 9 -> 2026-03-13 09:45
    half an hour later << friday at 9 -> 2026-03-13 09:30
    for 2 hours << friday 10:30pm -> 2026-03-14 00:30
    three days later << friday -> 2026-03-16
    for a week << friday -> 2026-03-20
    for two days << friday -> 2026-03-15
    a month later << friday -> 2026-04-13
    1am << friday at 9pm -> 2026-03-14 01:00
    11:30 << friday at 9pm -> 2026-03-13 23:30
    9:30 << friday at 9pm -> 2026-03-13 21:30
    9 << friday at 9pm -> 2026-03-14 09:00
    2:15 << friday at noon -> 2026-03-13 14:15
    1400 << friday at noon -> 2026-03-13 14:00
    14:45 << friday at noon -> 2026-03-13 14:45
    lunchtime << friday at 10 -> 2026-03-13 12:00
    june 10 << june 8 -> 2026-06-10
    6/10 << 6/8 -> 2026-06-10
    feb 2 << december 20 -> 2027-02-02
    10th << march 25 -> 2026-04-10
"""
)
def test_end_resolves_from_its_start(now: datetime, phrase: str, start: str | None, want: str) -> None:
    if want == "!":
        with pytest.raises(UnresolvableDate):
            resolve_iso(phrase, now, "end", start=start)
    else:
        assert resolve_iso(phrase, now, "end", start=start) == want


def test_minutes_to_the_hour_are_a_range_only_where_the_phrase_is_known_to_be_one() -> None:
    assert resolve_iso("five to seven", NOW) == "2026-03-11 18:55:00"
    assert resolve_iso("five to seven", NOW, "end", start="five to seven") == "2026-03-11 19:00:00"


@pytest.mark.parametrize("phrase", ["2-3:30pm", "from ten to noon", "June 3 through 5", "saturday 6 - half past seven"])
def test_range_is_known_as_one(phrase: str) -> None:
    assert is_range(phrase)


@pytest.mark.parametrize(
    "phrase", ["friday at 3", "until noon", "9 till late", "Friday - 3pm", "ten to six", "the lease"]
)
def test_single_moment_is_no_range(phrase: str) -> None:
    assert not is_range(phrase)

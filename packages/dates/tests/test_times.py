"""Clock times, dayparts, end of day, midnight and counting ahead: rules 1 to 6 and 10."""

from __future__ import annotations

from datetime import datetime

import pytest
from deskhand_dates import resolve_iso


@pytest.mark.phrases(
    """
    at 9:30 -> 2026-03-12 09:30
    9:31am -> 2026-03-11 09:31
    seven -> 2026-03-11 19:00
    at 8 -> 2026-03-12 08:00
    eleven thirty -> 2026-03-11 11:30
    twelve thirty -> 2026-03-11 12:30
    12:30 am -> 2026-03-12 00:30
    12am -> 2026-03-12 00:00
    12 pm -> 2026-03-11 12:00
    quarter to one -> 2026-03-11 12:45
    quarter to eight -> 2026-03-11 19:45
    ten to nine -> 2026-03-12 08:50
    twenty five past eleven -> 2026-03-11 11:25
    five to noon -> 2026-03-11 11:55
    half past noon -> 2026-03-11 12:30
    half seven -> 2026-03-11 19:30
    half 11 -> 2026-03-11 11:30
    quarter of five -> 2026-03-11 16:45
    quarter after 3 -> 2026-03-11 15:15
    quarter till six -> 2026-03-11 17:45
    20 past 4 -> 2026-03-11 16:20
    10 after six -> 2026-03-11 18:10
    around noonish -> 2026-03-11 12:00
    about half four-ish -> 2026-03-11 16:30
    1530 tomorrow -> 2026-03-12 15:30
    0915 -> 2026-03-12 09:15
    09:15 -> 2026-03-12 09:15
    07:30 -> 2026-03-12 07:30
    05:00 -> 2026-03-12 05:00
    1200 -> 2026-03-11 12:00
    2359 -> 2026-03-11 23:59
    0000 -> 2026-03-12 00:00
    00:30 -> 2026-03-12 00:30
    1400 hours -> 2026-03-11 14:00
    1400hrs -> 2026-03-11 14:00
    14h30 -> 2026-03-11 14:30
    20h -> 2026-03-11 20:00
    8h -> 2026-03-12 08:00
    oh eight hundred -> 2026-03-12 08:00
    oh nine forty five -> 2026-03-11 09:45
    zero seven thirty -> 2026-03-12 07:30
    nineteen hundred hours -> 2026-03-11 19:00
    twenty one thirty -> 2026-03-11 21:30
    eighteen forty five -> 2026-03-11 18:45
    sixteen oh five -> 2026-03-11 16:05
    9p -> 2026-03-11 21:00
    1130a -> 2026-03-11 11:30
    730p friday -> 2026-03-13 19:30
    7.30pm -> 2026-03-11 19:30
    7.30 -> 2026-03-11 19:30
    3 P.M. -> 2026-03-11 15:00
    three p. m. -> 2026-03-11 15:00
    one o'clock -> 2026-03-11 13:00
    10 o clock -> 2026-03-11 10:00
    at 3pm tomorrow please -> 2026-03-12 15:00
    at 4:30 sharp -> 2026-03-11 16:30
    no later than friday -> 2026-03-13
    tomorrow 2pm for an hour -> 2026-03-12 14:00
    3 - 4 -> 2026-03-11 15:00
    Friday - 3pm -> 2026-03-13 15:00
    10 to 3 -> 2026-03-11 10:00
    at ten to 3 -> 2026-03-11 14:50
    ten minutes to three -> 2026-03-11 14:50
    from 2pm onwards -> 2026-03-11 14:00
    after 5 -> 2026-03-11 17:00
    starting at 8 tomorrow -> 2026-03-12 08:00
    by 10ish -> 2026-03-11 10:00
    start of Q3 -> 2026-07-01
    twelve noon -> 2026-03-11 12:00
    12 noon tomorrow -> 2026-03-12 12:00
    midday friday -> 2026-03-13 12:00
    twenty hundred hours -> 2026-03-11 20:00
    oh six thirty -> 2026-03-12 06:30
    zero eight hundred -> 2026-03-12 08:00
    seventeen hundred -> 2026-03-11 17:00
    ten hundred hours -> 2026-03-11 10:00
    one forty five p m tomorrow -> 2026-03-12 13:45
    seven oh five a m -> 2026-03-12 07:05
    eight thirty a.m. on monday -> 2026-03-16 08:30
    at eleven p m on saturday -> 2026-03-14 23:00
    nine a m sharp -> 2026-03-12 09:00
    twelve thirty a m -> 2026-03-12 00:30
    twelve a m friday -> 2026-03-13 00:00
    quarter past twelve -> 2026-03-11 12:15
    half past five am -> 2026-03-12 05:30
    friday twenty five past two -> 2026-03-13 14:25
    twenty minutes to four -> 2026-03-11 15:40
    twenty five to six -> 2026-03-11 17:35
    fri3pm -> 2026-03-13 15:00
    tomorrow@5 -> 2026-03-12 17:00
    3PM TODAY -> 2026-03-11 15:00
    friday   at  3 -> 2026-03-13 15:00
    right now -> 2026-03-11 09:30
    yesterday at 3 -> 2026-03-10 15:00
    a quarter past one -> 2026-03-11 13:15
    tomorrow friday -> 2026-03-12
    wednesday at 09:00 -> 2026-03-18 09:00
    friday, 5pm latest -> 2026-03-13 17:00
    by friday at the latest -> 2026-03-13
    before 6 -> 2026-03-11 18:00
    until friday -> 2026-03-13
    saturday at 12am -> 2026-03-14 00:00
    24:00 -> 2026-03-12 00:00
    on or before friday -> 2026-03-13
    no later than 5pm friday -> 2026-03-13 17:00
    noon sharp -> 2026-03-11 12:00
    12 sharp -> 2026-03-11 12:00
    a quarter before seven -> 2026-03-11 18:45
    eight hundred hours -> 2026-03-12 08:00
    21 hundred -> 2026-03-11 21:00
    18.45 -> 2026-03-11 18:45
    6:15p.m. -> 2026-03-11 18:15
    6p.m. -> 2026-03-11 18:00
    0700 hrs -> 2026-03-12 07:00
    bright and early tomorrow -> 2026-03-12
    friday by noon -> 2026-03-13 12:00
    twelve twelve -> 2026-03-11 12:12
    seven forty five -> 2026-03-11 19:45
    six oh one -> 2026-03-11 18:01
    ten oh five p m -> 2026-03-11 22:05
    eleven fifty nine p m -> 2026-03-11 23:59
    twenty three hundred -> 2026-03-11 23:00
    thirteen thirty -> 2026-03-11 13:30
    five p m today -> 2026-03-11 17:00
    fri 5 -> 2026-03-13 17:00
    sat 9a -> 2026-03-14 09:00
    tue 1030 -> 2026-03-17 10:30
    1115am -> 2026-03-11 11:15
    1030p -> 2026-03-11 22:30
    noon-ish -> 2026-03-11 12:00
    3:30ish -> 2026-03-11 15:30
    fiveish -> 2026-03-11 17:00
    tomorrow 2:30 p.m. -> 2026-03-12 14:30
    8:00:00 PM -> 2026-03-11 20:00
    @2026-04-10T22:45
    at 11 -> 2026-04-11 11:00
    11pm -> 2026-04-10 23:00
    10 -> 2026-04-11 10:00
    12:30am -> 2026-04-11 00:30
    @2026-08-31T10:00
    tomorrow -> 2026-09-01
    at 10 -> 2026-09-01 10:00
    @2028-02-29T12:00
    tomorrow -> 2028-03-01
    yesterday -> 2028-02-28
    @2026-12-31T23:10
    tomorrow -> 2027-01-01
    at 8 -> 2027-01-01 08:00
    @2026-10-31T11:05
    11am -> 2026-11-01 11:00
    11:05 -> 2026-11-01 11:05
    today at 8 -> 2026-10-31 20:00
    @2026-11-23T21:40
    tomorrow at 5 -> 2026-11-24 17:00
    9 -> 2026-11-24 09:00
    at 10pm -> 2026-11-23 22:00
    2200 -> 2026-11-23 22:00
    9:40pm -> 2026-11-24 21:40
    by noon -> 2026-11-24 12:00
    @2028-02-28T21:50
    tomorrow -> 2028-02-29
"""
)
def test_clock_time_is_its_next_reading(now: datetime, phrase: str, start: str | None, want: str) -> None:
    assert resolve_iso(phrase, now) == want


@pytest.mark.phrases(
    """
    six in the morning -> 2026-03-12 06:00
    6 in the morning tomorrow -> 2026-03-12 06:00
    3 in the afternoon -> 2026-03-11 15:00
    ten at night -> 2026-03-11 22:00
    eight at night on friday -> 2026-03-13 20:00
    2 in the morning -> 2026-03-12 02:00
    tonight at 11:30 -> 2026-03-11 23:30
    7ish tonight -> 2026-03-11 19:00
    morning -> 2026-03-12 09:00
    this evening -> 2026-03-11 19:00
    afternoon -> 2026-03-11 15:00
    lunch -> 2026-03-11 12:00
    at lunchtime -> 2026-03-11 12:00
    at lunch on tuesday -> 2026-03-17 12:00
    tomorrow night -> 2026-03-12 20:00
    tomorrow afternoon -> 2026-03-12 15:00
    friday lunch -> 2026-03-13 12:00
    sunday morning at 11 -> 2026-03-15 11:00
    monday night at nine -> 2026-03-16 21:00
    saturday night at 11:45 -> 2026-03-14 23:45
    in a fortnight -> 2026-03-25
    sometime tomorrow afternoon -> 2026-03-12 15:00
    eight fifteen tonight -> 2026-03-11 20:15
    three o'clock in the afternoon -> 2026-03-11 15:00
    five minutes past nine tonight -> 2026-03-11 21:05
    twenty to eight tonight -> 2026-03-11 19:40
    quarter to six in the morning -> 2026-03-12 05:45
    tonight at 12 -> 2026-03-12 00:00
    tonight at 1 -> 2026-03-12 01:00
    1 in the morning -> 2026-03-12 01:00
    this afternoon at 2 -> 2026-03-11 14:00
    this evening around six -> 2026-03-11 18:00
    at night -> 2026-03-11 20:00
    late afternoon -> 2026-03-11 16:00
    early tomorrow morning -> 2026-03-12 09:00
    mid-morning -> 2026-03-11 10:00
    dinner time -> 2026-03-11 19:00
    fri eve -> 2026-03-13 19:00
    tomorrow's lunch -> 2026-03-12 12:00
    after work -> 2026-03-11 17:00
    mid-afternoon friday -> 2026-03-13 15:00
    friday night at 1 -> 2026-03-14 01:00
    the day after tomorrow in the evening -> 2026-03-13 19:00
    10:30 in the evening -> 2026-03-11 22:30
    12:15 in the afternoon -> 2026-03-11 12:15
    9 at night -> 2026-03-11 21:00
    tomorrow morning 7:45 -> 2026-03-12 07:45
    10 o'clock tonight -> 2026-03-11 22:00
    6 o'clock in the morning -> 2026-03-12 06:00
    tomorrow around lunchtime -> 2026-03-12 12:00
    @2026-06-14T16:20
    in the evening -> 2026-06-14 19:00
    this afternoon at 5 -> 2026-06-14 17:00
    afternoon -> 2026-06-15 15:00
    lunch -> 2026-06-15 12:00
    @2026-04-10T22:45
    in the evening -> 2026-04-11 19:00
    @2027-01-31T20:30
    9 tonight -> 2027-01-31 21:00
    @2026-11-23T21:40
    8 in the morning -> 2026-11-24 08:00
    lunch -> 2026-11-24 12:00
"""
)
def test_daypart_fixes_or_reads_the_hour(now: datetime, phrase: str, start: str | None, want: str) -> None:
    assert resolve_iso(phrase, now) == want


@pytest.mark.phrases(
    """
    EOD -> 2026-03-11 17:00
    by eod friday -> 2026-03-13 17:00
    close of business tomorrow -> 2026-03-12 17:00
    COB -> 2026-03-11 17:00
    by COB Thursday -> 2026-03-12 17:00
    close of play -> 2026-03-11 17:00
    end of business on Monday -> 2026-03-16 17:00
    end of the day tomorrow -> 2026-03-12 17:00
    end of day on the 20th -> 2026-03-20 17:00
    end of today -> 2026-03-11 17:00
    end of the working day -> 2026-03-11 17:00
    tomorrow eod -> 2026-03-12 17:00
    end of business day -> 2026-03-11 17:00
    by the end of the business day -> 2026-03-11 17:00
    before close of business -> 2026-03-11 17:00
    eow -> 2026-03-13 17:00
    EOM -> 2026-03-31
    eoy -> 2026-12-31
    close of business on Friday the 20th -> 2026-03-20 17:00
    end of business today -> 2026-03-11 17:00
    by next Thursday EOD -> 2026-03-19 17:00
    close of business next tuesday -> 2026-03-17 17:00
    at the end of the day on monday -> 2026-03-16 17:00
    by close of business on the 31st -> 2026-03-31 17:00
    end of the workday -> 2026-03-11 17:00
    end of my day -> 2026-03-11 17:00
    by end of play friday -> 2026-03-13 17:00
    eob thursday -> 2026-03-12 17:00
    before the end of the day -> 2026-03-11 17:00
    by the close of business -> 2026-03-11 17:00
    end-of-day -> 2026-03-11 17:00
    c.o.b. -> 2026-03-11 17:00
    end of work today -> 2026-03-11 17:00
    end of next friday -> 2026-03-20 17:00
    @2026-04-10T22:45
    eod -> 2026-04-11 17:00
    @2026-11-23T21:40
    eod -> 2026-11-24 17:00
"""
)
def test_end_of_day_is_five_o_clock(now: datetime, phrase: str, start: str | None, want: str) -> None:
    assert resolve_iso(phrase, now, "due") == want


@pytest.mark.phrases(
    """
    ten minutes to midnight -> 2026-03-11 23:50
    half past midnight -> 2026-03-12 00:30
    by midnight -> 2026-03-12 00:00
    midnight tonight -> 2026-03-12 00:00
    tonight at midnight -> 2026-03-12 00:00
    midnight tomorrow -> 2026-03-13 00:00
    by midnight on Sunday -> 2026-03-16 00:00
    midnight on the 31st -> 2026-04-01 00:00
    12 midnight friday -> 2026-03-14 00:00
    half an hour after midnight -> 2026-03-12 00:30
    quarter past midnight -> 2026-03-12 00:15
    five past midnight -> 2026-03-12 00:05
    midnite -> 2026-03-12 00:00
    30 mins before midnight -> 2026-03-11 23:30
    midnight saturday -> 2026-03-15 00:00
    the 15th at midnight -> 2026-03-16 00:00
    @2026-04-10T22:45
    tomorrow at midnight -> 2026-04-12 00:00
"""
)
def test_midnight_ends_its_day(now: datetime, phrase: str, start: str | None, want: str) -> None:
    assert resolve_iso(phrase, now, "due") == want


@pytest.mark.phrases(
    """
    in 3 days -> 2026-03-14
    three days from now -> 2026-03-14
    in a couple of days -> 2026-03-13
    in a couple of hours -> 2026-03-11 11:30
    a couple of minutes from now -> 2026-03-11 09:32
    10 days from now at noon -> 2026-03-21 12:00
    in 45 mins -> 2026-03-11 10:15
    in 1 hour 15 minutes -> 2026-03-11 10:45
    in 1.5 hours -> 2026-03-11 11:00
    in 2 1/2 hours -> 2026-03-11 12:00
    in two and a half hours -> 2026-03-11 12:00
    in three quarters of an hour -> 2026-03-11 10:15
    in a quarter of an hour -> 2026-03-11 09:45
    half an hour from now -> 2026-03-11 10:00
    an hour from now -> 2026-03-11 10:30
    in 90m -> 2026-03-11 11:00
    in 2h -> 2026-03-11 11:30
    in 1h30 -> 2026-03-11 11:00
    in an hour or so -> 2026-03-11 10:30
    in about twenty minutes -> 2026-03-11 09:50
    in 24 hours -> 2026-03-12 09:30
    in 48 hrs -> 2026-03-13 09:30
    20 minutes -> 2026-03-11 09:50
    within the hour -> 2026-03-11 10:30
    same time tomorrow -> 2026-03-12 09:30
    this time next week -> 2026-03-18 09:30
    same time on friday -> 2026-03-13 09:30
    friday same time -> 2026-03-13 09:30
    same time next month -> 2026-04-11 09:30
    three days after the 5th -> 2026-04-08
    day after the 20th -> 2026-03-21
    an hour before noon -> 2026-03-11 11:00
    an hour before noon tomorrow -> 2026-03-12 11:00
    before noon tomorrow -> 2026-03-12 12:00
    two working days from now -> 2026-03-13
    four in the afternoon on thursday -> 2026-03-12 16:00
    3 days ago -> 2026-03-08
    15 minutes after noon tomorrow -> 2026-03-12 12:15
    in an hour's time -> 2026-03-11 10:30
    by this time tomorrow -> 2026-03-12 09:30
    in the next two hours -> 2026-03-11 11:30
    in ten days at half past three -> 2026-03-21 15:30
    in seven days -> 2026-03-18
    in one hour -> 2026-03-11 10:30
    in forty five minutes -> 2026-03-11 10:15
    in an hour and fifteen minutes -> 2026-03-11 10:45
    in one and a half hours -> 2026-03-11 11:00
    in two hours and ten minutes -> 2026-03-11 11:40
    in 3 hrs -> 2026-03-11 12:30
    in 5 min -> 2026-03-11 09:35
    3 hours from now -> 2026-03-11 12:30
    an hour and a half from now -> 2026-03-11 11:00
    fifteen minutes from now -> 2026-03-11 09:45
    same time in two weeks -> 2026-03-25 09:30
    same time two days from now -> 2026-03-13 09:30
    tomorrow at the same time -> 2026-03-12 09:30
    this time on monday -> 2026-03-16 09:30
    at this time tomorrow -> 2026-03-12 09:30
    next week at this time -> 2026-03-18 09:30
    next week same time -> 2026-03-18 09:30
    same time the day after tomorrow -> 2026-03-13 09:30
    in 3 mths -> 2026-06-11
    in a hr -> 2026-03-11 10:30
    in 1 hr 30 mins -> 2026-03-11 11:00
    @2026-04-10T22:45
    in 2 hours -> 2026-04-11 00:45
    same time tomorrow -> 2026-04-11 22:45
    in 75 minutes -> 2026-04-11 00:00
    @2026-12-31T23:10
    in an hour -> 2027-01-01 00:10
    @2026-11-23T21:40
    in 3 hours -> 2026-11-24 00:40
    @2028-02-28T21:50
    in 2 days at noon -> 2028-03-01 12:00
"""
)
def test_counts_ahead_from_now(now: datetime, phrase: str, start: str | None, want: str) -> None:
    assert resolve_iso(phrase, now) == want

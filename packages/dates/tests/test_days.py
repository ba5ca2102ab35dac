"""Weekdays, dates, parts of months, holidays, spelling and self-corrections: rules 7 to 13."""

from __future__ import annotations

from datetime import datetime

import pytest
from deskhand_dates import resolve_iso


@pytest.mark.phrases(
    """
    wednesday -> 2026-03-18
    this wednesday -> 2026-03-11
    next monday -> 2026-03-16
    this coming monday -> 2026-03-16
    coming wednesday -> 2026-03-18
    next sunday -> 2026-03-22
    this sunday -> 2026-03-15
    sunday of next week -> 2026-03-22
    friday next week -> 2026-03-20
    next week friday at 2 -> 2026-03-20 14:00
    tuesday of this week -> 2026-03-17
    a week from wednesday -> 2026-03-25
    two weeks from friday -> 2026-03-27
    two weeks from monday at ten -> 2026-03-30 10:00
    a week from tomorrow -> 2026-03-19
    a week from today -> 2026-03-18
    a week tomorrow -> 2026-03-19
    24.12. -> 2026-12-24
    on 5.6. -> 2026-06-05
    14.02. 16:30 -> 2027-02-14 16:30:00
    1. 6. at 9.30 -> 2026-06-01 09:30:00
    tomorrow at 9.10. -> 2026-03-12 09:10:00
    9.30. -> 2026-03-12 09:30:00
    a week on friday -> 2026-03-20
    friday week -> 2026-03-20
    tomorrow week -> 2026-03-19
    two weeks today -> 2026-03-25
    a fortnight on saturday -> 2026-03-28
    week from thursday -> 2026-03-19
    the friday after next -> 2026-03-27
    the week after next -> 2026-03-23
    monday of the week after next -> 2026-03-23
    by end of week -> 2026-03-13 17:00
    end of next week -> 2026-03-20 17:00
    the end of this week -> 2026-03-13 17:00
    next weekend -> 2026-03-21
    the weekend -> 2026-03-14
    the weekend after next -> 2026-03-28
    on the weekend at 10 -> 2026-03-14 10:00
    in a couple weeks -> 2026-03-25
    in 6 weeks -> 2026-04-22
    in 3 weeks at 4 -> 2026-04-01 16:00
    nxt wk fri -> 2026-03-20
    mid next week -> 2026-03-18
    midweek -> 2026-03-11
    early next week -> 2026-03-16
    late next week -> 2026-03-20
    beginning of the week -> 2026-03-16
    wednesday week -> 2026-03-25
    three weeks from thursday -> 2026-04-02
    3 weeks from now on friday -> 2026-04-03
    a week after next friday -> 2026-03-27
    wknd -> 2026-03-14
    two weeks from the 20th -> 2026-04-03
    in two weeks' time -> 2026-03-25
    2 weeks on Tuesday -> 2026-03-31
    the week of june 8 -> 2026-06-08
    end of week at noon -> 2026-03-13 12:00
    thursday after next -> 2026-03-26
    a week from next tuesday -> 2026-03-24
    next week wednesday noon -> 2026-03-18 12:00
    tuesday the week after next -> 2026-03-24
    noon this friday -> 2026-03-13 12:00
    this coming weekend -> 2026-03-14
    sunday week -> 2026-03-22
    monday fortnight -> 2026-03-30
    6 weeks from sunday -> 2026-04-26
    five weeks from tomorrow at 9:15 -> 2026-04-16 09:15
    in one week -> 2026-03-18
    one week from today -> 2026-03-18
    eight a m next tuesday -> 2026-03-17 08:00
    next thursday at eleven fifteen a m -> 2026-03-19 11:15
    wednsday next week -> 2026-03-18
    next wk -> 2026-03-16
    nxt week tues -> 2026-03-17
    this wkend -> 2026-03-14
    in 2 wks -> 2026-03-25
    @2026-06-14T16:20
    sunday -> 2026-06-21
    this sunday -> 2026-06-14
    next sunday -> 2026-06-21
    next monday -> 2026-06-15
    monday -> 2026-06-15
    friday of next week -> 2026-06-19
    next weekend -> 2026-06-20
    end of next week -> 2026-06-19 17:00
    a week from monday -> 2026-06-22
    a week from sunday -> 2026-06-28
    @2026-04-10T22:45
    friday -> 2026-04-17
    @2026-08-31T10:00
    monday -> 2026-09-07
    @2028-02-29T12:00
    tuesday -> 2028-03-07
    @2026-12-31T23:10
    monday -> 2027-01-04
    next thursday -> 2027-01-07
    next week -> 2027-01-04
    @2027-01-31T20:30
    next monday -> 2027-02-01
    sunday -> 2027-02-07
    next sunday -> 2027-02-07
    @2026-10-31T11:05
    this saturday -> 2026-10-31
    next saturday -> 2026-11-07
    next weekend -> 2026-11-07
    end of next week -> 2026-11-06 17:00
    monday of next week -> 2026-11-02
    a week from today -> 2026-11-07
    two weeks from saturday -> 2026-11-21
    the weekend after next -> 2026-11-14
    @2026-11-23T21:40
    monday -> 2026-11-30
    two weeks from thursday -> 2026-12-10
    @2028-02-28T21:50
    monday -> 2028-03-06
    this monday at 9 -> 2028-03-06 09:00
    tuesday -> 2028-02-29
"""
)
def test_weekday_and_week(now: datetime, phrase: str, start: str | None, want: str) -> None:
    assert resolve_iso(phrase, now) == want


@pytest.mark.phrases(
    """
    first thing tomorrow -> 2026-03-12 09:00
    first thing in the morning -> 2026-03-12 09:00
    the 11th -> 2026-03-11
    the 10th -> 2026-04-10
    the 12th at 8 -> 2026-03-12 08:00
    on the twelfth -> 2026-03-12
    5th of April -> 2026-04-05
    march eleventh -> 2026-03-11
    march 10 -> 2027-03-10
    mar 12th at 3 -> 2026-03-12 15:00
    feb 29 -> 2028-02-29
    february twenty ninth -> 2028-02-29
    Jan 1 -> 2027-01-01
    December 25 2027 -> 2027-12-25
    4 July 2027 at 6pm -> 2027-07-04 18:00
    july fourth twenty twenty eight -> 2028-07-04
    the third of november two thousand twenty seven -> 2027-11-03
    march the twentieth at quarter past two -> 2026-03-20 14:15
    august 1st, 2026, 10 am -> 2026-08-01 10:00
    3/19 -> 2026-03-19
    3/11 -> 2026-03-11
    3/10 -> 2027-03-10
    12/04/26 -> 2026-12-04
    12-04-2026 -> 2026-12-04
    3-19 -> 2026-03-19
    03/19/2026 14:00 -> 2026-03-19 14:00
    2026/05/01 -> 2026-05-01
    2026-05-01 at 3pm -> 2026-05-01 15:00
    2026-05-01T15:00 -> 2026-05-01 15:00
    2026-05-01T15:00:30Z -> 2026-05-01 15:00:30
    5/3 noon -> 2026-05-03 12:00
    friday the 13th -> 2026-03-13
    friday 3/13 at 4 -> 2026-03-13 16:00
    tuesday march 17 -> 2026-03-17
    thursday the twelfth at half past nine -> 2026-03-12 09:30
    july 4th -> 2026-07-04
    4th of July -> 2026-07-04
    sept 3rd -> 2026-09-03
    janurary 5 -> 2027-01-05
    decemeber 5 -> 2026-12-05
    14 März -> 2026-03-14
    wednesday 18 at 4 -> 2026-03-18 16:00
    20-22 march -> 2026-03-20
    20th to 22nd of march -> 2026-03-20
    june 2027 -> 2027-06-01
    june twenty twenty seven -> 2027-06-01
    the 1st at 9 -> 2026-04-01 09:00
    on the 1st of may at half past six in the evening -> 2026-05-01 18:30
    may 5th twenty twenty six -> 2026-05-05
    sunday the 29th -> 2026-03-29
    sunday, march 29th, 2026 at 2:00 PM -> 2026-03-29 14:00
    Tues 17 Mar -> 2026-03-17
    17.03.2026 -> 2026-03-17
    17. März 2026 -> 2026-03-17
    3.12.2026 -> 2026-03-12
    30/11 -> 2026-11-30
    2/29 -> 2028-02-29
    noon on the twentieth -> 2026-03-20 12:00
    fri 13 mar -> 2026-03-13
    novemebr 2 -> 2026-11-02
    march -> 2027-03-01
    morning of the 15th -> 2026-03-15 09:00
    on the evening of March 20 -> 2026-03-20 19:00
    the afternoon of friday the 20th at 4 -> 2026-03-20 16:00
    4 on the 4th -> 2026-04-04 16:00
    4 on april 4 -> 2026-04-04 16:00
    april 8 8 -> 2026-04-08 08:00
    8 on 8/8 -> 2026-08-08 08:00
    twenty second of march -> 2026-03-22
    march twenty second -> 2026-03-22
    may second -> 2026-05-02
    second of may -> 2026-05-02
    may the fourth -> 2026-05-04
    may fourth at four -> 2026-05-04 16:00
    due on the 18th -> 2026-03-18
    day after tomorrow first thing -> 2026-03-13 09:00
    the second -> 2026-04-02
    march 15th 2026 -> 2026-03-15
    15 mar 2026 3pm -> 2026-03-15 15:00
    15 mar '27 -> 2027-03-15
    Mar. 15 -> 2026-03-15
    Sept. 9 at 9 -> 2026-09-09 09:00
    4/1/26 -> 2026-04-01
    04/01 -> 2026-04-01
    4-1-2026 -> 2026-04-01
    1/31 -> 2027-01-31
    6/7 at 6:07 -> 2026-06-07 18:07
    10/10 10am -> 2026-10-10 10:00
    april thirtieth at nine thirty a m -> 2026-04-30 09:30
    on the nineteenth at quarter to seven -> 2026-03-19 18:45
    november eleventh twenty twenty six -> 2026-11-11
    october tenth at ten -> 2026-10-10 10:00
    jan 3 @ 9a -> 2027-01-03 09:00
    dec 31st 11:59pm -> 2026-12-31 23:59
    the 20th through the 24th -> 2026-03-20
    @2026-06-14T16:20
    the 14th -> 2026-06-14
    @2026-04-10T22:45
    the 10th -> 2026-04-10
    @2026-08-31T10:00
    the 30th -> 2026-09-30
    @2028-02-29T12:00
    feb 29 -> 2028-02-29
    the 30th -> 2028-03-30
    @2026-12-31T23:10
    1/2 -> 2027-01-02
    the 30th -> 2027-01-30
    @2027-01-31T20:30
    the 30th -> 2027-03-30
    the 29th -> 2027-03-29
    @2026-10-31T11:05
    the 31st at 9am -> 2026-12-31 09:00
    the 31st at noon -> 2026-10-31 12:00
    @2026-11-23T21:40
    the 23rd -> 2026-11-23
    the 22nd -> 2026-12-22
    november 22 -> 2027-11-22
    11/23 -> 2026-11-23
    @2028-02-28T21:50
    the 29th -> 2028-02-29
    the 30th -> 2028-03-30
"""
)
def test_date_without_year_is_the_next(now: datetime, phrase: str, start: str | None, want: str) -> None:
    assert resolve_iso(phrase, now) == want


@pytest.mark.phrases(
    """
    end of month -> 2026-03-31
    end of the month -> 2026-03-31
    month's end -> 2026-03-31
    last day of february -> 2027-02-28
    end of next month -> 2026-04-30
    end of april -> 2026-04-30
    the end of june at 5pm -> 2026-06-30 17:00
    end of the year -> 2026-12-31
    end of Q2 -> 2026-06-30
    end of the quarter -> 2026-03-31
    beginning of next month -> 2026-04-01
    mid june -> 2026-06-15
    in a month -> 2026-04-11
    two months from now -> 2026-05-11
    the fifteenth of next month -> 2026-04-15
    the 5th of the month -> 2026-04-05
    first monday of april -> 2026-04-06
    first monday in march -> 2027-03-01
    third friday of this month -> 2026-03-20
    second tuesday of next month at 11 -> 2026-04-14 11:00
    last sunday in october -> 2026-10-25
    first tuesday of the month -> 2026-04-07
    fourth thursday of november 2027 -> 2027-11-25
    first of next month -> 2026-04-01
    first day of next month -> 2026-04-01
    may 5 next year -> 2027-05-05
    the last day of march -> 2026-03-31
    last monday in may -> 2026-05-25
    second wednesday in april at two fifteen -> 2026-04-08 14:15
    the third tuesday of june -> 2026-06-16
    fifth friday of the month -> 2026-05-29
    first weekday of april -> 2026-04-01
    last business day of the month -> 2026-03-31
    in 3 business days -> 2026-03-16
    middle of next month -> 2026-04-15
    start of april -> 2026-04-01
    late june -> 2026-06-25
    in june -> 2026-06-01
    next year -> 2027-01-01
    next quarter -> 2026-04-01
    end of Q1 2027 -> 2027-03-31
    end of year -> 2026-12-31
    year end -> 2026-12-31
    by the end of march -> 2026-03-31
    end of february -> 2027-02-28
    the 2nd of next month at noon -> 2026-04-02 12:00
    next month on the 3rd -> 2026-04-03
    the 20th of this month -> 2026-03-20
    april the first at eleven -> 2026-04-01 11:00
    last friday -> 2026-03-06
    a month from friday -> 2026-04-13
    six months from today -> 2026-09-11
    a year from now -> 2027-03-11
    in one year at noon -> 2027-03-11 12:00
    the twenty first at twenty one hundred -> 2026-03-21 21:00
    at the end of next month -> 2026-04-30
    the third friday -> 2026-03-20
    june 15th next year -> 2027-06-15
    the first -> 2026-04-01
    the 10th of the month after next -> 2026-05-10
    in a year's time -> 2027-03-11
    in 2 years -> 2028-03-11
    in an hour and a quarter -> 2026-03-11 10:45
    exactly one month from now -> 2026-04-11
    two months from today at 3pm -> 2026-05-11 15:00
    month-end -> 2026-03-31
    end of this month -> 2026-03-31
    the last of the month -> 2026-03-31
    last day of next month -> 2026-04-30
    last day of april at noon -> 2026-04-30 12:00
    the last friday in may -> 2026-05-29
    last thursday of next month -> 2026-04-30
    last day of the year -> 2026-12-31
    the second monday in october -> 2026-10-12
    1st tuesday of may at 7pm -> 2026-05-05 19:00
    4th friday in june -> 2026-06-26
    first saturday of next month -> 2026-04-04
    third wednesday of the month at 8:30 -> 2026-03-18 08:30
    may thirty first -> 2026-05-31
    june the first at noon -> 2026-06-01 12:00
    @2026-08-31T10:00
    in a month -> 2026-09-30
    a month from today -> 2026-09-30
    end of the month -> 2026-08-31
    end of next month -> 2026-09-30
    in 6 months -> 2027-02-28
    first monday of the month -> 2026-09-07
    first of the month -> 2026-09-01
    @2028-02-29T12:00
    in a year -> 2029-02-28
    end of the month -> 2028-02-29
    in 12 months -> 2029-02-28
    @2026-12-31T23:10
    end of the year -> 2026-12-31
    end of the month -> 2026-12-31
    end of next month -> 2027-01-31
    next month -> 2027-01-01
    beginning of next year -> 2027-01-01
    @2027-01-31T20:30
    end of the month -> 2027-01-31
    in a month at 9 -> 2027-02-28 09:00
    last day of next month -> 2027-02-28
    @2026-10-31T11:05
    in a month -> 2026-11-30
    @2026-11-23T21:40
    first monday of december -> 2026-12-07
    last monday of the month -> 2026-11-30
    @2028-02-28T21:50
    end of the month -> 2028-02-29
    a month from tomorrow -> 2028-03-29
    a year from tomorrow -> 2029-02-28
"""
)
def test_part_of_month_or_year(now: datetime, phrase: str, start: str | None, want: str) -> None:
    assert resolve_iso(phrase, now) == want


@pytest.mark.phrases(
    """
    Easter -> 2026-04-05
    good friday -> 2026-04-03
    easter monday -> 2026-04-06
    mother's day -> 2026-05-10
    fathers day -> 2026-06-21
    memorial day -> 2026-05-25
    juneteenth -> 2026-06-19
    independence day at 8pm -> 2026-07-04 20:00
    labor day -> 2026-09-07
    columbus day -> 2026-10-12
    Halloween night -> 2026-10-31 20:00
    election day -> 2026-11-03
    veterans day -> 2026-11-11
    black friday -> 2026-11-27
    cyber monday -> 2026-11-30
    xmas -> 2026-12-25
    christmas morning -> 2026-12-25 09:00
    boxing day -> 2026-12-26
    new year's eve at 10 -> 2026-12-31 10:00
    NYE 9pm -> 2026-12-31 21:00
    new years -> 2027-01-01
    mlk day -> 2027-01-18
    presidents' day -> 2027-02-15
    valentine's day -> 2027-02-14
    st. patrick's day -> 2026-03-17
    april fools -> 2026-04-01
    tax day -> 2026-04-15
    cinco de mayo -> 2026-05-05
    groundhog day -> 2027-02-02
    earth day -> 2026-04-22
    the day after thanksgiving -> 2026-11-27
    two days before christmas -> 2026-12-23
    the friday before labor day -> 2026-09-04
    the day before christmas eve at noon -> 2026-12-23 12:00
    a week after easter -> 2026-04-12
    the monday after thanksgiving -> 2026-11-30
    christmas 2027 -> 2027-12-25
    thanksgiving next year -> 2027-11-25
    four days after easter -> 2026-04-09
    the sunday before memorial day -> 2026-05-24
    the weekend after easter -> 2026-04-11
    the week after easter -> 2026-04-06
    christmas eve at 5 -> 2026-12-24 17:00
    the night before christmas -> 2026-12-24 20:00
    thanksgiving day at 2 -> 2026-11-26 14:00
    thanksgiving weekend -> 2026-11-28
    labour day weekend -> 2026-09-05
    martin luther king jr. day -> 2027-01-18
    martin luther king day -> 2027-01-18
    washington's birthday -> 2027-02-15
    indigenous peoples' day -> 2026-10-12
    palm sunday -> 2026-03-29
    ash wednesday -> 2027-02-10
    mardi gras -> 2027-02-09
    st patricks day at 6 -> 2026-03-17 18:00
    Saint Patrick's Day -> 2026-03-17
    may day -> 2026-05-01
    flag day -> 2026-06-14
    small business saturday -> 2026-11-28
    giving tuesday -> 2026-12-01
    next christmas -> 2026-12-25
    this thanksgiving -> 2026-11-26
    new year's eve at 11:30pm -> 2026-12-31 23:30
    new years eve at midnight -> 2027-01-01 00:00
    halloween at seven -> 2026-10-31 19:00
    valentines at 7:30 -> 2027-02-14 19:30
    5 days after christmas -> 2026-12-30
    thanksgiving morning at 9 -> 2026-11-26 09:00
    sunday before easter -> 2026-03-29
    @2026-06-14T16:20
    fathers day -> 2026-06-21
    flag day -> 2026-06-14
    @2026-04-10T22:45
    easter -> 2027-03-28
    good friday -> 2027-03-26
    @2026-08-31T10:00
    labor day -> 2026-09-07
    @2026-12-31T23:10
    new year's eve -> 2026-12-31
    christmas -> 2027-12-25
    @2027-01-31T20:30
    groundhog day -> 2027-02-02
    easter -> 2027-03-28
    good friday -> 2027-03-26
    @2026-10-31T11:05
    halloween -> 2026-10-31
    election day -> 2026-11-03
    @2026-11-23T21:40
    the day after thanksgiving -> 2026-11-27
    black friday at 6am -> 2026-11-27 06:00
    @2028-02-28T21:50
    leap day -> 2028-02-29
    presidents day -> 2029-02-19
    easter -> 2028-04-16
"""
)
def test_holiday_is_the_next(now: datetime, phrase: str, start: str | None, want: str) -> None:
    assert resolve_iso(phrase, now) == want


@pytest.mark.phrases(
    """
    15.00 Uhr -> 2026-03-11 15:00
    14 Uhr -> 2026-03-11 14:00
    14 Uhr 30 -> 2026-03-11 14:30
    thursday evening at 6 -> 2026-03-12 18:00
    tmrw -> 2026-03-12
    tmw @ 4 -> 2026-03-12 16:00
    tomorow mornin -> 2026-03-12 09:00
    2nite 9 -> 2026-03-11 21:00
    2day 5pm -> 2026-03-11 17:00
    thirsday 3pm -> 2026-03-12 15:00
    saterday -> 2026-03-14
    wendsday at 2 -> 2026-03-18 14:00
    tuseday noon -> 2026-03-17 12:00
    setember 9 -> 2026-09-09
    ocotber 9 -> 2026-10-09
    tommorrow evning -> 2026-03-12 19:00
    thur 10:15 -> 2026-03-12 10:15
    weds arvo -> 2026-03-18 15:00
    demain -> 2026-03-12
    lundi 14h -> 2026-03-16 14:00
    am Montag um 15 Uhr -> 2026-03-16 15:00
    mañana -> 2026-03-12
    um thursday at like two -> 2026-03-12 14:00
    thursday two p m to four -> 2026-03-12 14:00
    after 5pm on thursday -> 2026-03-12 17:00
    thursday night -> 2026-03-12 20:00
    tmrw nite -> 2026-03-12 20:00
    thurs arvo @ 4ish -> 2026-03-12 16:00
    2moro @ 3 -> 2026-03-12 15:00
    nxt mon -> 2026-03-16
    frday -> 2026-03-13
    sundy -> 2026-03-15
    thrusday -> 2026-03-12
    agust 4 -> 2026-08-04
    spetember 9 -> 2026-09-09
    tonght -> 2026-03-11 20:00
    satruday 9am -> 2026-03-14 09:00
    fri aftrnoon -> 2026-03-13 15:00
    mon morn -> 2026-03-16 09:00
    day after tmrw -> 2026-03-13
    2mrw morning -> 2026-03-12 09:00
    tmr nite 8 -> 2026-03-12 20:00
    thur -> 2026-03-12
    thrusday 11a -> 2026-03-12 11:00
"""
)
def test_spelling_is_repaired(now: datetime, phrase: str, start: str | None, want: str) -> None:
    assert resolve_iso(phrase, now) == want


@pytest.mark.phrases(
    """
    thursday no wait friday at four -> 2026-03-13 16:00
    two no two thirty p m -> 2026-03-11 14:30
    the 15th, sorry, the 16th -> 2026-03-16
    friday at 4 no 5 -> 2026-03-13 17:00
    tomorrow at 3 actually make it 4 -> 2026-03-12 16:00
    monday i mean tuesday -> 2026-03-17
    8pm no 9 -> 2026-03-11 21:00
    march 20 no 21 -> 2026-03-21
    friday morning no afternoon -> 2026-03-13 15:00
    no, friday -> 2026-03-13
    friday, no, scratch that, monday at 3 -> 2026-03-16 15:00
    at two, sorry, three -> 2026-03-11 15:00
    the 5th no wait the 6th at noon -> 2026-04-06 12:00
    tomorrow morning at 9 make that 10 -> 2026-03-12 10:00
    next monday, actually tuesday -> 2026-03-17
    tomorrow or rather friday -> 2026-03-13
"""
)
def test_last_value_of_a_self_correction_wins(now: datetime, phrase: str, start: str | None, want: str) -> None:
    assert resolve_iso(phrase, now) == want

"""Times, days, dates and ranges as people write and say them: a grammar to draw from.

Nothing here is resolved: the planner copies the phrase, and deskhand_dates reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random

from .numbers import UNITS, number_words, ordinal, ordinal_words


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split("|"))


WEEKDAYS = _list("Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday")
_SHORT_DAYS = _list("Mon|Tue|Tues|Wed|Thu|Thurs|Fri|Sat|Sun|Weds|Thur")
MONTHS = _list("January|February|March|April|May|June|July|August|September|October|November|December")
_HOLIDAYS = _list(
    "Christmas Eve|Christmas Day|New Year's Eve|New Year's Day|Thanksgiving|Easter Sunday|Easter Monday|Good Friday|"
    "Labor Day|Memorial Day|Halloween|Valentine's Day|Mother's Day|Father's Day|Juneteenth|the Fourth of July|"
    "Black Friday|St Patrick's Day|Boxing Day|Columbus Day|Veterans Day|Presidents' Day"
)

# {h} hour of twelve, {hh} of twenty-four, {m} minutes, {s} am or pm, {S} AM or PM, {a} a or p, {p} "in the morning"
_FULL_HOURS = _list(
    "{h}{s}|{h}{s}|{h}{s}|{h} {s}|{h}|{h}|{hh}:00|{h} {a}.m.|{h} o'clock|{h}{S}|{h} {S}|{h}:00|"
    "{h} {p}|{h}{a}|{w}|{hours}h"
)
_CLOCKS = _list(
    "{h}:{m}{s}|{h}:{m} {s}|{h}:{m}|{h}:{m}|{hh}:{m}|{hh}:{m}|{h}:{m} {S}|{h}:{m}{a}|{h}.{m}{s}|{h}:{m} {a}.m.|"
    "{h}:{m} {p}|{h}{m}{s}"
)
_HOURS = (7, 8, 8, 9, 9, 9, 10, 10, 11, 12, 13, 14, 14, 15, 15, 16, 16, 17, 17, 18, 18, 19, 19, 20, 21, 22, 6, 5)
_PAST = (0, 0, 0, 0, 0, 30, 30, 15, 45, 20, 10, 40, 50, 5, 25, 35, 55)

# {d} weekday, {D} a short one, {n} day, {o} 1st, {w} first, {M} month, {mon} short month, {k} month's number
_DATES = _list(
    "{M} {n}|{M} {n}|{mon} {n}|{n} {M}|the {o}|the {o}|{M} {o}|{k}/{n}|{n} {mon}|the {o} of {M}|{d} {M} {n}|{o} {M}|"
    "{d}, {M} {n}|{d} the {o}|2026-{k:02}-{n:02}|{M} {n}, 2026|{D} {n} {mon}|{k}/{n}/26|{mon} {o}"
)
_SPOKEN_DATES = _list("{M} {w}|the {w}|the {w}|the {w} of {M}|{M} {cardinal}|{d} the {w}")
_DAYS = _list(
    "tomorrow|tomorrow|tomorrow|today|today|next {d}|next {d}|this {d}|this coming {d}|the day after tomorrow|"
    "{d} next week|a week from {d}|coming {d}|tomorrow morning|tomorrow afternoon|tomorrow evening|tonight|{d} morning|"
    "{d} evening|{d} afternoon|{d} night|this evening|tomorrow night|this afternoon"
)
_TYPED_DAYS = _list("tmrw|tmr|tmw|2morrow|tmrw morning|day after tomorrow")
_VAGUE_DAYS = _list(
    "next week|this weekend|next month|end of the month|the end of the week|in two weeks|in 3 days|a week from today|"
    "in a month|in ten days|sometime next week|at the weekend|in a couple of days|end of next week|early next week|"
    "in a fortnight|first thing tomorrow|first thing Monday|later today|over the weekend|month end|two weeks from now|"
    "the last day of the month|next weekend|the week after next"
)
_RELATIVE = _list(
    "in {n} minutes|in {n} minutes|in an hour|in half an hour|in two hours|{n} minutes from now|in a couple of hours|"
    "an hour from now|in about an hour|in three hours|in a quarter of an hour"
)
_DAY_TIMES = _list("tonight|this afternoon|this evening|later today|end of day|EOD|lunchtime")
_JOINTS = _list(" at | at | at | | |, | @ ")


def draw_clock(rng: Random, spoken: bool, hour: int | None = None, plain: bool = False) -> str:
    """A time of day. `hour` from 0 to 23 when it has to be about then; `plain`: without "in the morning"."""
    hour = rng.choice(_HOURS) if hour is None else hour
    minute = rng.choice(_PAST) if rng.random() < 0.94 else rng.randint(1, 59)
    if hour == 12 and minute == 0 and rng.random() < 0.6:
        return rng.choice(("noon", "noon", "midday", "12 noon"))
    if hour in (0, 24):
        return "midnight"
    suffix = "am" if hour < 12 else "pm"
    part = (
        "in the morning"
        if hour < 12
        else "in the afternoon"
        if hour < 17
        else "in the evening"
        if hour < 21
        else "at night"
    )
    part = suffix if plain else part
    twelve = hour % 12 or 12
    if spoken:
        tail = rng.choice(("", "", "", f" {suffix}", f" {suffix[0]} m", f" {suffix}", f" {part}"))
        return rng.choice(_spoken_clocks(twelve, minute)) + tail
    if minute in (15, 30, 45) and rng.random() < 0.25:
        return rng.choice(_spoken_clocks(twelve, minute, digits=rng.random() < 0.5)[-2:])
    forms = _FULL_HOURS if minute == 0 and rng.random() < 0.7 else _CLOCKS
    return rng.choice(forms).format(
        h=twelve,
        hh=f"{hour:02}",
        hours=hour,
        m=f"{minute:02}",
        s=suffix,
        S=suffix.upper(),
        a=suffix[0],
        p=part,
        w=number_words(twelve),
    )


def _spoken_clocks(twelve: int, minute: int, digits: bool = False) -> list[str]:
    """ "half past three"; the phrased forms stand last."""
    said, after = (str(n) if digits else number_words(n) for n in (twelve, twelve % 12 + 1))
    if minute == 0:
        return [said, said, f"{said} o'clock", f"{said} oclock"]
    forms = [f"{said} {'oh ' if minute < 10 else ''}{number_words(minute)}"] * 3
    if minute in (15, 30, 45):
        phrase = {15: f"quarter past {said}", 30: f"half past {said}", 45: f"quarter to {after}"}[minute]
        return [*forms, phrase, phrase]
    if minute % 5 == 0:
        forms.append(
            f"{number_words(minute)} past {said}" if minute < 30 else f"{number_words(60 - minute)} to {after}"
        )
    return forms


def draw_weekday(rng: Random, spoken: bool) -> str:
    return rng.choice(WEEKDAYS if spoken or rng.random() < 0.8 else _SHORT_DAYS)


def draw_date(rng: Random, spoken: bool) -> str:
    """A calendar date or weekday: what can follow "on"."""
    x = rng.random()
    if x < 0.38:
        return draw_weekday(rng, spoken)
    if x < 0.43:
        return rng.choice(_HOLIDAYS)
    number = rng.randrange(12)
    month = MONTHS[number]
    if x < 0.47:
        which = rng.choice(("first", "second", "third", "fourth", "last"))
        return f"the {which} {rng.choice(WEEKDAYS)} of {rng.choice((month, 'the month', 'next month'))}"
    day = rng.randint(1, 28 if number == 1 else 30 if number in (3, 5, 8, 10) else 31)
    return rng.choice(_SPOKEN_DATES if spoken else _DATES).format(
        d=rng.choice(WEEKDAYS),
        D=rng.choice(_SHORT_DAYS),
        n=day,
        o=ordinal(day),
        w=ordinal_words(day),
        M=month,
        k=number + 1,
        mon="Sept" if number == 8 and rng.random() < 0.5 else month[:3],
        cardinal=number_words(day),
    )


def draw_adverb(rng: Random, spoken: bool, clock: bool) -> str:
    """A day that takes no "on". With `clock`, one that a time of day can follow."""
    if not clock and rng.random() < 0.5:
        return rng.choice(_VAGUE_DAYS)
    if not spoken and rng.random() < 0.08:
        return rng.choice(_TYPED_DAYS)
    return rng.choice(_DAYS).format(d=draw_weekday(rng, spoken))


def draw_relative(rng: Random, spoken: bool) -> str:
    """ "in 20 minutes", "an hour from now"."""
    n = rng.choice((2, 5, 10, 10, 15, 15, 20, 20, 25, 30, 40, 45, 50, 90))
    if not spoken and rng.random() < 0.1:
        return rng.choice((f"in {n} min", f"in {n} mins", "in 2h", "in 1.5 hours"))
    return rng.choice(_RELATIVE).format(n=number_words(n) if n < 60 and (spoken or rng.random() < 0.3) else n)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A phrase, and the preposition that goes before it where the carrier has none (it stays outside the span)."""

    phrase: str
    lead: str = ""


def draw_when(rng: Random, spoken: bool, need: str = "both", head: str = "any") -> Drawn:
    """A point in time. need: both (day and clock), time, day, relative. head: what the carrier's own preposition lets
    it begin with: at (a clock time), on (a date), free (a preposition of its own may be needed), any (none fits)."""
    if need == "relative":
        return Drawn(draw_relative(rng, spoken))
    if need == "time":
        if rng.random() < 0.06 and head != "at":
            return Drawn(rng.choice(_DAY_TIMES))
        return Drawn(draw_clock(rng, spoken), "at")
    if need == "day":
        if head == "on" or (head == "free" and rng.random() < 0.45) or (head == "any" and rng.random() < 0.6):
            return Drawn(draw_date(rng, spoken), "on")
        return Drawn(draw_adverb(rng, spoken, clock=False))
    joint = rng.choice(_JOINTS[:5] if spoken else _JOINTS)
    if head == "at" or (head != "on" and rng.random() < 0.22):
        if rng.random() < 0.6:
            return Drawn(f"{draw_clock(rng, spoken)}{rng.choice((' on ', ' on ', ' '))}{draw_date(rng, spoken)}", "at")
        day = draw_adverb(rng, spoken, clock=True)
        return Drawn(f"{_clock_of(rng, spoken, day)} {day}", "at")
    if head == "on" or rng.random() < 0.6:
        return Drawn(f"{draw_date(rng, spoken)}{joint}{draw_clock(rng, spoken)}", "on")
    day = draw_adverb(rng, spoken, clock=True)
    return Drawn(f"{day}{joint}{_clock_of(rng, spoken, day)}")


def _clock_of(rng: Random, spoken: bool, day: str) -> str:
    """A time of day that goes with "tomorrow evening"."""
    for part, first, last in (("morning", 7, 11), ("afternoon", 12, 17), ("evening", 17, 21), ("night", 18, 22)):
        if part in day:
            return draw_clock(rng, spoken, rng.randint(first, last), plain=True)
    return draw_clock(rng, spoken)


def draw_range(rng: Random, spoken: bool) -> str:
    """ "2-3pm", "from" not included."""
    hour = rng.randint(8, 19)
    start, end = draw_clock(rng, spoken, hour), draw_clock(rng, spoken, hour + rng.randint(1, 2))
    if spoken:
        return f"{start} {rng.choice(('to', 'to', 'till', 'until'))} {end}"
    if rng.random() < 0.5:
        twelve, then, suffix = hour % 12 or 12, (hour + 1) % 12 or 12, "pm" if hour >= 11 else "am"
        forms = _list("{h}-{t}{s}|{hh}:00-{tt}:00|{h}-{t}:30|{h}–{t}|{hh}:00–{tt}:30|{h} to {t}")
        return rng.choice(forms).format(h=twelve, t=then, s=suffix, hh=f"{hour:02}", tt=f"{hour + 1:02}")
    joint = rng.choice((" to ", "-", " - ", " until ")) if end[0].isdigit() and ":" in end else " to "
    return f"{start}{joint}{end}"


def draw_end(rng: Random, spoken: bool) -> str:
    return draw_clock(rng, spoken, rng.randint(10, 22))


_WORDS = "|".join(UNITS[1:13])
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_CLOCK = re.compile(
    r"\d{1,2}[:.]\d\d|\d\s?[ap]\.?\s?m|\bnoon\b|midnight|midday|o'?clock|\bquarter (?:to|past|after)|half past|"
    rf"half (?:{_WORDS})\b|\b(?:{_WORDS})\b(?! (?:days?|weeks?|months?|minutes?|hours?))|\b\d{{1,2}}h\b|\bat \d|"
    r"^\d{1,2}$|\b\d{4} ?h(?:rs|ours)\b|\b\d{1,2} (?:tonight|today|tomorrow|tmrw|on|in the)|"
    rf"(?:day|tomorrow|tonight|morning|tmrw) \d{{1,2}}$|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH} \d{{1,2}}$|"
    r"^(?:mon|tues?|wed|thurs?|fri|sat|sun) \d{1,2}$",
    re.IGNORECASE,
)
_FROM_NOW = re.compile(r"^in .*(?:min|hour|hr)|(?:minutes?|hours?) from now", re.IGNORECASE)
_RANGE = re.compile(r"\d\s?(?:am|pm)?\s?[-–]\s?\d|\b(?:to|till|until)\b", re.IGNORECASE)
_TO = re.compile(rf"quarter to|\w+ to (?:{_WORDS})\b", re.IGNORECASE)
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_DAY = re.compile(
    r"day\b|\b(?:mon|tues?|weds?|thurs?|fri|sat|sun)\b|tomorrow|tmr|tonight|weekend|week|month|\d/\d|"
    rf"\d(?:st|nd|rd|th)\b|\b{_MONTH}|christmas|easter|eve\b|first|second|third|th\b|\d{{4}}-\d\d|\d\.\d+\.",
    re.IGNORECASE,
)


def shape_of(phrase: str) -> str:
    """relative, range, both, time or day; other: what the grammar does not draw."""
    if _FROM_NOW.search(phrase):
        return "relative"
    if _RANGE.search(phrase) and not _TO.search(phrase) and not _ISO.search(phrase):
        return "range"
    clock, day = bool(_CLOCK.search(phrase)), bool(_DAY.search(phrase))
    return "both" if clock and day else "time" if clock else "day" if day else "other"

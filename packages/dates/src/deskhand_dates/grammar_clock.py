"""Clock times and dayparts: 3:30, half past four, nine oh four, nineteen hundred, quarter to four, noon, end of day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .clocks import PART_MINUTES, Clock
from .components import Component, Context, Daypart, Found, kind, lemma, skip
from .days import Follow, Relative
from .lexicon import MONTH_NUMBER, WEEKDAY_NUMBER
from .text import Token

_PAST = {"past", "after", "nach", "gone"}
_TO = {"to", "till", "until", "of", "before", "vor"}
_PARTS = {"morning", "afternoon", "evening", "night", "lunch", "dinner", "breakfast"}
_OH = {"o", "oh"}
_EVE_OF = {*WEEKDAY_NUMBER, "today", "tomorrow", "this"}
_UNITS = {"minute", "hour", "day", "week", "month", "year", "fortnight", "weekday", "h", "m", "d", "w", "seconds"}


def parse_clock(tokens: Sequence[Token], i: int, ctx: Context) -> Found | None:
    """The longest clock time at token i."""
    best: tuple[Clock, int] | None = None
    for parse in (_written, _minutes_past, _half, _oh, _hundred, _hour_minute, _hour, _named, _same_time):
        found = parse(tokens, i, ctx)
        if found and (best is None or found[1] > best[1]):
            best = found
    if best is None:
        return None
    clock, j = best
    if kind(tokens, j) == "mer" and clock.kind == "time" and clock.mer in {None, "24"}:
        clock, j = replace(clock, mer=tokens[j].mer, flex=False, year_like=False), j + 1
    if clock.kind == "time" and lemma(tokens, j) in {"noon", "midnight"} and clock.hour == 12 and not clock.minute:
        clock, j = _noon_or_midnight(lemma(tokens, j)), j + 1
    return [clock], j


def _number(tokens: Sequence[Token], i: int, low: int, high: int) -> int | None:
    if kind(tokens, i) == "num" and tokens[i].digits <= 2 and low <= tokens[i].n <= high:
        return tokens[i].n
    return None


def _written(tokens: Sequence[Token], i: int, ctx: Context) -> tuple[Clock, int] | None:
    token = tokens[i]
    if token.kind != "clock":
        return None
    if ctx.end and token.form == "h" and token.hour <= (6 if token.n else 3) and lemma(tokens, i - 1) not in _TO:
        return None  # "1h" after a start is a duration
    clock = Clock(token.hour, token.minute, token.second, token.mer)
    j = i + 1
    if lemma(tokens, j) in {"hour", "uhr", "oclock"}:
        j += 1
    return clock, j


def _minutes_past(tokens: Sequence[Token], i: int, ctx: Context) -> tuple[Clock, int] | None:
    """Quarter past two, ten to six, 20 minutes after 4, quarter of five (US)."""
    j = skip(tokens, i, {"a"})
    in_words = False
    if lemma(tokens, j) == "quarter" or lemma(tokens, j) == "viertel":
        minutes, in_words = 15, True
    else:
        number = _number(tokens, j, 1, 59)
        if number is None or j != i:
            return None
        minutes, in_words = number, not tokens[j].digits
    j += 1
    said_minutes = lemma(tokens, j) == "minute"
    j += said_minutes
    word = lemma(tokens, j)
    if word not in _PAST | _TO:
        return None
    sure = said_minutes or lemma(tokens, i) in {"a", "quarter"} or minutes > 24
    if word in _TO and not sure and (ctx.ranged or minutes % 5 or (not in_words and minutes < 13)):
        return None  # "two to three" and "10 to 3" are ranges; "ten to six" is 5:50
    hour = _hour_word(tokens, j + 1)
    if hour is None:
        return None
    clock, j = hour
    if word in _PAST:
        clock = {"noon": Clock(12, mer="pm"), "midnight": Clock(0, mer="24")}.get(clock.kind, clock)
        return replace(clock, minute=minutes, flex=False), j
    if clock.kind == "noon":
        return Clock(11, 60 - minutes, mer="am"), j
    if clock.kind == "midnight":
        return Clock(23, 60 - minutes), j
    return _back(clock, 60 - minutes), j


def _back(clock: Clock, minute: int) -> Clock:
    """The hour before, in the same half of the day as rule 2 reads it: quarter to one = 12:45, ten to eight = 7:50."""
    hour = (clock.hour - 1) % 24 if clock.hour > 12 else (clock.hour - 2) % 12 + 1
    mer = clock.mer
    if clock.hour == 12 and mer in {"am", "pm"}:
        mer = "pm" if mer == "am" else "am"
    return replace(clock, hour=hour, minute=minute, mer=mer, flex=False)


def _hour_word(tokens: Sequence[Token], i: int) -> tuple[Clock, int] | None:
    """The hour after past or to."""
    number = _number(tokens, i, 1, 24)
    if number is not None:
        j = i + 1
        if lemma(tokens, j) in {"oclock", "uhr"}:
            j += 1
        if kind(tokens, j) == "mer":
            return Clock(number, mer=tokens[j].mer), j + 1
        return Clock(number), j
    if kind(tokens, i) == "clock" and not tokens[i].minute:
        return Clock(tokens[i].hour, mer=tokens[i].mer), i + 1
    if lemma(tokens, i) in {"noon", "midnight"}:
        return _noon_or_midnight(lemma(tokens, i)), i + 1
    return None


def _half(tokens: Sequence[Token], i: int, ctx: Context) -> tuple[Clock, int] | None:
    """Half past four, and British half four, both 4:30; German halb drei is the half hour before three."""
    if lemma(tokens, i) == "halb":
        hour = _hour_word(tokens, i + 1)
        return (_back(hour[0], 30), hour[1]) if hour else None
    if lemma(tokens, i) != "half":
        return None
    j = i + 1
    if lemma(tokens, j) in _PAST:
        j += 1
    hour = _hour_word(tokens, j)
    if hour is None or lemma(tokens, hour[1]) in _UNITS:
        return None
    named = {"noon": Clock(12, mer="pm"), "midnight": Clock(0, mer="24")}
    clock = named.get(hour[0].kind, hour[0])
    return replace(clock, minute=30), hour[1]


def _oh(tokens: Sequence[Token], i: int, ctx: Context) -> tuple[Clock, int] | None:
    """Oh eight hundred, o seven fifteen, zero nine thirty: the 24-hour clock (rule 3)."""
    if not (lemma(tokens, i) in _OH or (kind(tokens, i) == "num" and tokens[i].n == 0 and tokens[i].digits < 2)):
        return None
    hour = _number(tokens, i + 1, 0, 9)
    if hour is None:
        return None
    j = i + 2
    if lemma(tokens, j) == "hundred":
        return Clock(hour, mer="24"), skip(tokens, j + 1, {"hour"})
    minute = _number(tokens, j, 10, 59)
    if minute is not None:
        return Clock(hour, minute, mer="24"), skip(tokens, j + 1, {"hour"})
    if (lemma(tokens, j) in _OH or (tokens[j : j + 1] and tokens[j].kind == "num" and tokens[j].n == 0)) and (
        minute := _number(tokens, j + 1, 0, 9)
    ) is not None:
        return Clock(hour, minute, mer="24"), j + 2
    return Clock(hour, mer="24"), j


def _hundred(tokens: Sequence[Token], i: int, ctx: Context) -> tuple[Clock, int] | None:
    hour = _number(tokens, i, 0, 24)
    if hour is None or lemma(tokens, i + 1) != "hundred":
        return None
    return Clock(hour, mer="24"), skip(tokens, i + 2, {"hour", "hrs"})


def _hour_minute(tokens: Sequence[Token], i: int, ctx: Context) -> tuple[Clock, int] | None:
    """Four twenty, 7 30, nine oh four, sixteen twenty, 14 Uhr 30."""
    hour = _number(tokens, i, 0, 24)
    if hour is None:
        return None
    j = i + 1
    if lemma(tokens, j) == "uhr":
        j += 1
    if lemma(tokens, j) in _OH or (kind(tokens, j) == "num" and tokens[j].n == 0 and tokens[j].digits < 2):
        minute = _number(tokens, j + 1, 0, 9)
        return (Clock(hour, minute), j + 2) if minute is not None else None
    minute = _number(tokens, j, 10, 59)
    if minute is None and kind(tokens, j) == "num" and tokens[j].digits == 2 and tokens[j].text[0] == "0":
        minute = tokens[j].n
    if minute is None or bool(tokens[i].digits) != bool(tokens[j].digits) or _dated(tokens, j + 1):
        return None
    if lemma(tokens, j + 1) in _UNITS - {"hour"}:
        return None
    return Clock(hour, minute), skip(tokens, j + 1, {"hour"})


def _dated(tokens: Sequence[Token], i: int) -> bool:
    """A month follows, so the number before belongs to it."""
    return lemma(tokens, skip(tokens, i, {"of", "de", "the"})) in MONTH_NUMBER


def _hour(tokens: Sequence[Token], i: int, ctx: Context) -> tuple[Clock, int] | None:
    """A bare number: an hour, four digits of a 24-hour clock, or (flex) perhaps a day of the month."""
    token = tokens[i]
    if token.kind != "num":
        return None
    j = i + 1
    if token.digits in {3, 4}:
        hour, minute = divmod(token.n, 100)
        if hour > 24 or minute > 59:
            return None
        j = skip(tokens, j, {"hour", "uhr", "h", "hrs"})
        mer = "24" if (token.digits == 4 and token.text != "year") or hour >= 13 or j > i + 1 else None
        return Clock(hour, minute, mer=mer, year_like=token.digits == 4 and 2020 <= token.n < 2040), j
    number = _number(tokens, i, 0, 31)
    if number is None or _dated(tokens, j) or lemma(tokens, i - 1) == "in":
        return None  # "in five" leaves out what it counts
    if lemma(tokens, j) in {"oclock", "uhr"}:
        return (Clock(number), j + 1) if number <= 24 else None
    at = lemma(tokens, i - 1) in {"at", "by", "after"} and number <= 24
    if lemma(tokens, j) == "hour" and lemma(tokens, i - 1) == "at" and 13 <= number <= 24:
        return Clock(number, mer="24"), j + 1
    padded: bool = token.digits == 2 and token.text[0] == "0"
    return Clock(number, mer="24" if padded else None, flex=not at or number > 24), j


def _noon_or_midnight(word: str) -> Clock:
    return Clock(12, kind="noon") if word == "noon" else Clock(24, kind="midnight")


def _named(tokens: Sequence[Token], i: int, ctx: Context) -> tuple[Clock, int] | None:
    """Noon, midnight, and the end of the (business) day in its many names (rule 5)."""
    word = lemma(tokens, i)
    if word in {"noon", "midnight"}:
        j = i + 1
        if kind(tokens, j) == "num" and tokens[j].n == 12 and _number(tokens, j + 1, 10, 59) is None:
            j += 1
        if kind(tokens, j) == "mer":
            j += 1
        return _noon_or_midnight(word), j
    eod = Clock(17, kind="eod")
    if word in {"eod", "cob", "eob", "cop", "closing", "cobd", "ebd", "eop", "coplay"}:
        return eod, skip(tokens, i + 1, {"time"})
    if word == "after" and lemma(tokens, i + 1) == "work":
        return eod, i + 2
    if word in {"end", "close", "finish"}:
        j = skip(tokens, i + 1, {"of", "the", "my", "this", "our", "each"})
        if lemma(tokens, j) in {"business", "working", "work", "trading", "office"}:
            return eod, skip(tokens, j + 1, {"day", "hour", "hours"})
        if lemma(tokens, j) in {"play", "weekday"} or (tokens[j : j + 1] and tokens[j].text == "day"):
            return eod, j + 1
        today = {"today", "tomorrow", "tonight", "overmorrow"}
        if word == "close" and j == i + 1:
            return eod, j
        if word == "end" and j > i + 1 and (lemma(tokens, j) in today or _weekday_ahead(tokens, j)):
            return eod, j
    if word == "day" and lemma(tokens, i + 1) == "end":
        return eod, i + 2
    if word in {"business", "work"} and lemma(tokens, i + 1) in {"close", "end"}:
        return eod, i + 2
    return None


def _weekday_ahead(tokens: Sequence[Token], i: int) -> bool:
    return lemma(tokens, skip(tokens, i, {"this", "next", "coming"})) in WEEKDAY_NUMBER


def _same_time(tokens: Sequence[Token], i: int, ctx: Context) -> tuple[Clock, int] | None:
    """The same time, this time (tomorrow, next week): the clock time of now (rule 10). Also now itself."""
    word = lemma(tokens, i)
    if word in {"same", "this", "exactly"} and lemma(tokens, i + 1) == "time":
        j = i + 2
        if lemma(tokens, j) == "as" and lemma(tokens, j + 1) in {"now", "today"}:
            j += 2
        return Clock(kind="now"), j
    if word == "now" or word == "immediately":
        return Clock(kind="now"), i + 1
    if word in {"right", "straight", "just"} and lemma(tokens, i + 1) in {"now", "away"}:
        return Clock(kind="now"), i + 2
    return None


def parse_daypart(tokens: Sequence[Token], i: int, ctx: Context) -> Found | None:
    """Morning, this afternoon, tonight, late night, first thing, after lunch (rule 4)."""
    word = lemma(tokens, i)
    if word == "first" and lemma(tokens, i + 1) == "thing":
        j = skip(tokens, i + 2, {"in", "the", "on"})
        return [Daypart("first thing")], j + 1 if lemma(tokens, j) == "morning" else i + 2
    if word in {"dawn", "sunrise", "sunset", "dusk"}:
        return None
    if kind(tokens, i) == "mer" and i and lemma(tokens, i + 1) not in WEEKDAY_NUMBER:
        return [Daypart("morning" if word == "am" else "afternoon")], i + 1
    j, found = i, list[Component]()
    if word == "this" and lemma(tokens, i + 1) in {"early", "late"} | _PARTS:
        found.append(Relative(0))
        j = i + 1
    elif word in {"that", "same"} and lemma(tokens, i + 1) in _PARTS:
        found.append(Follow(0))
        j = i + 1
    elif word in {"next", "following"} and lemma(tokens, i + 1) in _PARTS - {"lunch", "dinner", "breakfast"}:
        found.append(Follow(1))
        j = i + 1
    qualifier = lemma(tokens, j)
    if qualifier in {"early", "late", "mid"}:
        j += 1
        if lemma(tokens, j) == "in":
            j = skip(tokens, j, {"in", "the"})
        if lemma(tokens, j) == "at" and lemma(tokens, j + 1) == "night":
            j += 1
        if lemma(tokens, j) == "tonight":
            return [Relative(0), Daypart("late night" if qualifier == "late" else "evening")], j + 1
    elif qualifier == "after" and lemma(tokens, j + 1) in {"lunch", "dinner"}:
        j += 1
        qualifier = "after"
    else:
        qualifier = ""
    part = lemma(tokens, j)
    if part == "tonight" and not qualifier:
        return [Relative(0), Daypart("night")], j + 1
    if part not in _PARTS or (tokens[j].text == "eve" and lemma(tokens, j - 1) not in _EVE_OF):
        return None
    name = f"{qualifier} {part}".strip()

    j = skip(tokens, j + 1, {"time"})
    return [*found, Daypart(name if name in PART_MINUTES else part)], j

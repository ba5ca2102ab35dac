"""Days: today, weekdays, dates, the 17th, first Monday of May, holidays, parts of weeks and months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from .components import Context, Daypart, Found, kind, lemma, skip
from .days import (
    Beside,
    DayOfMonth,
    DaySpec,
    Fixed,
    Follow,
    Holiday,
    MonthDay,
    NthDay,
    Part,
    Period,
    Relative,
    Shifted,
    Weekday,
    Weekend,
)
from .holidays import LONGEST_NAME, NAMES
from .lexicon import MONTH_NUMBER, WEEKDAY_NUMBER
from .text import Token

_RELATIVE = {"today": 0, "tomorrow": 1, "overmorrow": 2, "yesterday": -1}
_OF = {"of", "in", "de", "del", "the", "on", "for"}
_YEARS = {*range(2021, 2030), *range(2031, 2040)}


def parse_day(tokens: Sequence[Token], i: int, ctx: Context) -> Found | None:
    """The longest day at token i."""
    if i >= len(tokens):
        return None
    best: tuple[DaySpec, int] | None = None
    for parse in (_relative, _holiday, _nth, _month_day, _numeric, _ordinal, _weekday, _weekend, _period, _month):
        found = parse(tokens, i)
        if found and (best is None or found[1] > best[1]):
            best = found
    if best is None:
        return None
    spec, j = best
    if isinstance(spec, (Holiday, MonthDay)) and lemma(tokens, j) == "weekend":
        return [Beside(spec, "weekend", 0)], j + 1
    if isinstance(spec, Holiday) and lemma(tokens, j) and tokens[j].text == "eve":
        return [Shifted(spec, days=-1)], j + 1
    return [spec], j


def parse_follow(tokens: Sequence[Token], i: int, ctx: Context) -> Found | None:
    """Days that count from the start: the next day, the following week, that day, the day before."""
    j = skip(tokens, i, {"the"})
    word, after = lemma(tokens, j), lemma(tokens, j + 1)
    text = tokens[j + 1].text if j + 1 < len(tokens) else ""
    if word in {"next", "following"} and text == "day":
        return [Follow(1)], j + 2
    if word == "following" and after == "week":
        return [Follow(7)], j + 2
    if word in {"same", "that"} and text == "day":
        return [Follow(0)], j + 2
    ends = j + 2 >= len(tokens) or lemma(tokens, j + 2) in {"that", "at", "then", "it"} or kind(tokens, j + 2) != "word"
    if after in {"before", "after"} and ends and lemma(tokens, j + 2) != "then":
        end = skip(tokens, j + 2, {"that", "it"})
        sign = 1 if after == "after" else -1
        if tokens[j].text == "day":
            return [Follow(sign)], end
        if word in {"night", "morning", "evening", "afternoon"}:
            return [Follow(sign), Daypart(word)], end
        if word == "week":
            return [Follow(7 * sign)], end
    return None


def _relative(tokens: Sequence[Token], i: int) -> tuple[DaySpec, int] | None:
    word = lemma(tokens, i)
    if word in _RELATIVE:
        days, j = _RELATIVE[word], i + 1
        if lemma(tokens, j) in {"week", "fortnight"} and not tokens[j].text.endswith("s"):
            return Relative(days + (7 if lemma(tokens, j) == "week" else 14)), j + 1
        return Relative(days), j
    j = skip(tokens, i, {"the"})
    if j < len(tokens) and tokens[j].text == "day" and lemma(tokens, j + 1) in {"after", "before"}:
        target = {
            ("after", "tomorrow"): 2,
            ("before", "yesterday"): -2,
            ("after", "today"): 1,
            ("before", "tomorrow"): 0,
        }
        days_ = target.get((lemma(tokens, j + 1), lemma(tokens, j + 2)))
        if days_ is not None:
            return Relative(days_), j + 3
    return None


def _year(tokens: Sequence[Token], i: int) -> tuple[dict[str, int], int]:
    """A year after a date: 2027, twenty twenty seven, next year. Empty when there is none."""
    j = i + 1 if kind(tokens, i) == "stop" or lemma(tokens, i) in {"of", "in", "de"} else i
    if kind(tokens, j) == "num":
        token = tokens[j]
        if token.digits == 4 and token.n in _YEARS:
            return {"year": token.n}, j + 1
        if token.n == 20 and not token.digits and kind(tokens, j + 1) == "num":
            year = 2000 + tokens[j + 1].n
            if not tokens[j + 1].digits and year in _YEARS:
                return {"year": year}, j + 2
        if token.digits == 2 and 25 <= token.n <= 39 and j == i and lemma(tokens, j + 1) not in {"minute", "m"}:
            return {"year": 2000 + token.n}, j + 1
    j = skip(tokens, i, {"of", "in"})
    if lemma(tokens, j) in {"next", "this"} and lemma(tokens, j + 1) == "year":
        return {"year_offset": 1 if lemma(tokens, j) == "next" else 0}, j + 2
    return {}, i


def _day_number(tokens: Sequence[Token], i: int) -> int | None:
    if kind(tokens, i) in {"num", "ord"} and tokens[i].digits <= 2 and 1 <= tokens[i].n <= 31:
        return tokens[i].n
    return None


def _month_day(tokens: Sequence[Token], i: int) -> tuple[DaySpec, int] | None:
    """March 3, march the third, 3 March, the 3rd of March 2027, 14 de mayo, the 5th of next month."""
    if (month := MONTH_NUMBER.get(lemma(tokens, i))) is not None:
        j = skip(tokens, i + 1, {"the", "on"})
        day = _day_number(tokens, j)
        if day is None or lemma(tokens, j + 1) in {"oclock", "hundred"} or kind(tokens, j + 1) == "mer":
            return None
        if day == 20 and not tokens[j].digits and j == i + 1 and "year" in _year(tokens, j)[0]:
            return None  # june twenty twenty seven
        years, j = _year(tokens, j + 1)
        return _dated(month, day, years), j
    j = skip(tokens, i, {"the"})
    day = _day_number(tokens, j)
    if day is None:
        return None
    k = skip(tokens, j + 1, {"of", "de", "del", "the", "day", "in"})
    month = MONTH_NUMBER.get(lemma(tokens, k))
    if month is not None:
        if lemma(tokens, i - 1) == "at" and kind(tokens, j) == "num" and _day_number(tokens, k + 1):
            return None  # at 3 may 10
        years, k = _year(tokens, k + 1)
        return _dated(month, day, years), k
    if k > j + 1 or kind(tokens, j) == "ord":
        offset = _month_offset(tokens, j + 1)
        if offset:
            return DayOfMonth(day, offset[0]), offset[1]
    return None


def _month_offset(tokens: Sequence[Token], i: int) -> tuple[int | None, int] | None:
    """(of) the month: None; this month: 0; next month: 1; the month after next: 2."""
    j = skip(tokens, i, _OF)
    if lemma(tokens, j) == "month":
        if lemma(tokens, j + 1) == "after" and lemma(tokens, j + 2) == "next":
            return 2, j + 3
        return (None, j + 1) if j > i else None
    if lemma(tokens, j) in {"this", "next", "following", "coming"} and lemma(tokens, j + 1) == "month":
        return (0 if lemma(tokens, j) == "this" else 1), j + 2
    return None


def _dated(month: int, day: int, years: dict[str, int]) -> DaySpec:
    return MonthDay(month, day, years.get("year"), years.get("year_offset"))


def _numeric(tokens: Sequence[Token], i: int) -> tuple[DaySpec, int] | None:
    """5/3 and 12/04/26 are US month and day (rule 12); a first number above 12 can only be a day. 2026-03-12 is ISO."""
    token = tokens[i]
    if token.kind == "date":
        if token.year:
            return Fixed(date(token.year, token.month, token.day)), i + 1
        return MonthDay(token.month, token.day), i + 1
    if token.kind == "num" and kind(tokens, i + 1) == "dash" and not tokens[i + 1].spaced:
        other = tokens[i + 2] if i + 2 < len(tokens) else None
        if other is None or other.kind != "num" or not (token.digits and other.digits) or other.spaced:
            return None
        a, b = token.n, other.n
        follows = {"oclock", "hour"} | set(MONTH_NUMBER)
        if not 1 <= a <= 12 or not 13 <= b <= 31 or lemma(tokens, i - 1) in MONTH_NUMBER:
            return None
        if lemma(tokens, i + 3) in follows or (b <= 22 and a >= 7 and b - a <= 12) or token.digits > 2:
            return None  # 9-17 is a working day, 3-19 a date
        return MonthDay(a, b), i + 3
    return None


def _ordinal(tokens: Sequence[Token], i: int) -> tuple[DaySpec, int] | None:
    """The 17th, the twenty fourth, and "the 17" before anything but a time word."""
    j = skip(tokens, i, {"the"})
    if kind(tokens, j) == "ord" and 1 <= tokens[j].n <= 31 and lemma(tokens, j + 1) not in {"quarter", "thing"}:
        return DayOfMonth(tokens[j].n), j + 1
    if j > i and kind(tokens, j) == "num" and (day := _day_number(tokens, j)) is not None:
        nxt = tokens[j + 1] if j + 1 < len(tokens) else None
        if nxt is None or nxt.lemma in {"at", "from", "by", "on"} or nxt.kind in {"clock", "stop"}:
            return DayOfMonth(day), j + 1
    return None


def _week_of(tokens: Sequence[Token], i: int) -> tuple[int, int] | None:
    """(of) next week -> 1, this week -> 0, the week after next -> 2; the index after it."""
    j = skip(tokens, i, {"of", "in", "the", "on"})
    if lemma(tokens, j) == "week" and lemma(tokens, j + 1) == "after" and lemma(tokens, j + 2) == "next":
        return 2, j + 3
    if lemma(tokens, j) in {"this", "next", "coming"} and lemma(tokens, j + 1) == "week":
        return (1 if lemma(tokens, j) == "next" else 0), j + 2
    return None


def _weekday(tokens: Sequence[Token], i: int) -> tuple[DaySpec, int] | None:
    """Rule 7, with Friday week and the Friday after next."""
    j = skip(tokens, i, {"the"})
    modifiers: list[str] = []
    while lemma(tokens, j) in {"this", "next", "coming", "last", "following"} and len(modifiers) < 3:
        modifiers.append(lemma(tokens, j))
        j += 1
        if lemma(tokens, j) in {"weeks", "week"} and modifiers == ["next"] and tokens[j].text in {"weeks", "week"}:
            break
    weekday = WEEKDAY_NUMBER.get(lemma(tokens, j))
    if weekday is None:
        return None
    j += 1
    if lemma(tokens, j) == "coming":
        modifiers.append("coming")
        j += 1
    if not modifiers:
        if lemma(tokens, j) == "after" and lemma(tokens, j + 1) == "next":
            return Weekday(weekday, "week", 2), j + 2
        week = _week_of(tokens, j)
        if week:
            return (Weekday(weekday, "week", week[0]) if week[0] else Weekday(weekday, "this")), week[1]
        unit = lemma(tokens, j)
        if unit in {"week", "fortnight"} and not tokens[j].text.endswith("s"):
            return Shifted(Weekday(weekday), days=7 if unit == "week" else 14), j + 1
        return Weekday(weekday), j
    if "coming" in modifiers or "following" in modifiers:
        return Weekday(weekday), j
    if "last" in modifiers:
        return Weekday(weekday, "last"), j
    if "next" in modifiers:
        week = _week_of(tokens, j)
        return Weekday(weekday, "week", 1), week[1] if week and week[0] == 1 else j
    return Weekday(weekday, "this"), j


def _weekend(tokens: Sequence[Token], i: int) -> tuple[DaySpec, int] | None:
    j = skip(tokens, i, {"the", "over"})
    weeks = 0
    if lemma(tokens, j) in {"this", "coming", "next"}:
        weeks = 1 if lemma(tokens, j) == "next" else 0
        j = skip(tokens, j + 1, {"coming"})
    if lemma(tokens, j) != "weekend":
        if lemma(tokens, j) != "week" or lemma(tokens, j + 1) != "end" or lemma(tokens, j + 2) == "of":
            return None
        j += 1
    if lemma(tokens, j + 1) == "after" and lemma(tokens, j + 2) == "next":
        return Weekend(2), j + 3
    return Weekend(weeks), j + 1


def _nth(tokens: Sequence[Token], i: int) -> tuple[DaySpec, int] | None:
    """First Monday of May, last Tuesday of the month, last day of February, the second Tuesday."""
    j = skip(tokens, i, {"the", "very"})
    if lemma(tokens, j) in {"last", "final"}:
        n = -1
    elif kind(tokens, j) == "ord" and 1 <= tokens[j].n <= 31:
        n = tokens[j].n
        if n == 2 and lemma(tokens, j + 1) in {"to", "last"} and lemma(tokens, skip(tokens, j + 1, {"to"})) == "last":
            n, j = -2, skip(tokens, j + 1, {"to"})
    else:
        return None
    j += 1
    word = lemma(tokens, j)
    if n < 0 and word == "of" and (offset := _month_offset(tokens, j)):
        return NthDay(n, "day", month_offset=offset[0]), offset[1]
    what: Any = WEEKDAY_NUMBER.get(word)
    if what is None and word == "weekend":
        what = 5
    elif what is None and j < len(tokens) and tokens[j].text == "day":
        what = "day"
    elif what is None and (word == "weekday" or (word in {"business", "working"} and lemma(tokens, j + 1) == "day")):
        what = "workday"
        j += word != "weekday"
    if what is None or (isinstance(what, int) and n > 5):
        return None
    j += 1
    k = skip(tokens, j, _OF)
    if k > j or lemma(tokens, k) in {"next", "this"}:
        if (month := MONTH_NUMBER.get(lemma(tokens, k))) is not None:
            years, k = _year(tokens, k + 1)
            return NthDay(n, what, month, years.get("year"), years.get("year_offset")), k
        if offset := _month_offset(tokens, j):
            return NthDay(n, what, month_offset=offset[0]), offset[1]
        years_on = lemma(tokens, k) in {"this", "next"}
        if what == "day" and lemma(tokens, k + years_on) == "year":
            part: Part = "end" if n < 0 else "start"
            return Period("year", part, 1 if lemma(tokens, k) == "next" else 0), k + years_on + 1
        if lemma(tokens, k) == "week" or lemma(tokens, k + 1) == "week":
            return None
    if n == -1 or not isinstance(what, int):
        return None
    return NthDay(n, what), j


def _month(tokens: Sequence[Token], i: int) -> tuple[DaySpec, int] | None:
    """A month alone is its first day: June, next March, June 2027."""
    j = skip(tokens, i, {"this", "next", "coming"})
    month = MONTH_NUMBER.get(lemma(tokens, j))
    if month is None or j > i + 1:
        return None
    years, j = _year(tokens, j + 1)
    return Period("month", "whole", 0, month, years.get("year"), years.get("year_offset")), j


_PARTS: dict[str, Part] = {
    "end": "end",
    "beginning": "start",
    "early": "early",
    "mid": "mid",
    "late": "late",
    "later": "late",
    "midweek": "mid",
}
_SHORT: dict[str, Any] = {"eow": "week", "eom": "month", "eoq": "quarter", "eoy": "year"}


def _period(tokens: Sequence[Token], i: int) -> tuple[DaySpec, int] | None:
    """Next week, end of the month, month end, mid June, Q2, beginning of next year, eow."""
    j = skip(tokens, i, {"the", "very"})
    word = lemma(tokens, j)
    if word in _SHORT:
        return Period(_SHORT[word], "end"), j + 1
    if word == "midweek":
        return Period("week", "mid"), j + 1
    part: Part = "whole"
    if word in _PARTS:
        part = _PARTS[word]
        j = skip(tokens, j + 1, {"of", "in", "on", "the", "part", "work", "working"})
    base = _base_period(tokens, j, part != "whole")
    if base is None:
        return None
    period, k = base
    if part == "whole" and lemma(tokens, k) == "end":  # month end, the year's end
        part, k = "end", k + 1
    elif (
        part == "whole" and not (lemma(tokens, j) in {"this", "next", "coming", "q"} or period.number or period.offset)
    ) or (part == "late" and word == "later" and period.unit != "week"):
        return None
    return Period(period.unit, part, period.offset, period.number, period.year, period.year_offset), k


def _base_period(tokens: Sequence[Token], i: int, parted: bool) -> tuple[Period, int] | None:
    j, offset = i, 0
    if lemma(tokens, j) in {"this", "next", "coming", "current", "following"}:
        offset = 1 if lemma(tokens, j) in {"next", "following"} else 0
        j += 1
    j = skip(tokens, j, {"work", "working", "calendar", "business"})
    word = lemma(tokens, j)
    if word == "week" or word == "month" or word == "quarter" or word == "year":
        if word == "quarter" and not (parted or j > i or lemma(tokens, j + 1) == "end"):
            return None
        if lemma(tokens, j + 1) == "after" and lemma(tokens, j + 2) == "next":
            return Period(word, offset=2), j + 3
        return Period(word, offset=offset), j + 1
    if word == "q" and kind(tokens, j + 1) == "num" and 1 <= tokens[j + 1].n <= 4:
        years, k = _year(tokens, j + 2)
        return Period("quarter", "whole", 0, tokens[j + 1].n, years.get("year"), years.get("year_offset")), k
    if kind(tokens, j) == "ord" and 1 <= tokens[j].n <= 4 and lemma(tokens, j + 1) == "quarter":
        years, k = _year(tokens, j + 2)
        return Period("quarter", "whole", 0, tokens[j].n, years.get("year"), years.get("year_offset")), k
    if parted and word in MONTH_NUMBER:
        years, k = _year(tokens, j + 1)
        return Period("month", "whole", 0, MONTH_NUMBER[word], years.get("year"), years.get("year_offset")), k
    return None


def _holiday(tokens: Sequence[Token], i: int) -> tuple[DaySpec, int] | None:
    """The longest holiday name at i, as written or by lemma, with a year if one follows."""
    j = skip(tokens, i, {"this", "next", "the", "coming"})
    best: tuple[str, int] | None = None
    partial = [""]
    for k in range(j, min(j + LONGEST_NAME, len(tokens))):
        words = {tokens[k].text, tokens[k].lemma} - {""}
        partial = [f"{p} {w}".strip() for p in partial for w in words]
        hit = next((p for p in partial if p in NAMES), None)
        if hit:
            best = NAMES[hit], k + 1
    if best is None:
        return None
    years, end = _year(tokens, best[1])
    return Holiday(best[0], years.get("year"), years.get("year_offset")), end

"""Durations: "an hour and a half", "45 mins", "1h30", "two weeks", "3/4 hour", "a couple of days" (= 2, rule 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .text import Token

_MINUTES = {"hour": 60, "minute": 1, "h": 60, "m": 1}
_DAYS = {"day": 1, "week": 7, "fortnight": 14, "d": 1, "w": 7, "sennight": 7}
_MONTHS = {"month": 1, "year": 12}
_SHORT = {"h", "m", "d", "w"}
LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Duration:
    """Calendar part (months, days, working days) and exact part (minutes)."""

    months: int = 0
    days: int = 0
    minutes: int = 0
    workdays: int = 0

    @property
    def exact(self) -> bool:
        """Says minutes or hours, so that its result has a clock time."""
        return self.minutes > 0

    def __add__(self, other: Duration) -> Duration:
        return Duration(
            self.months + other.months,
            self.days + other.days,
            self.minutes + other.minutes,
            self.workdays + other.workdays,
        )


def parse_duration_at(tokens: Sequence[Token], i: int) -> tuple[Duration, int] | None:
    """The duration that starts at token i and the index after it, or None."""
    first = _one(tokens, i)
    if first is None:
        return None
    total, j = first
    while True:
        k = j + 1 if _lemma(tokens, j) in {"and", "plus"} or (j < len(tokens) and tokens[j].kind == "stop") else j
        more = _one(tokens, k)
        if more is None or not _smaller(more[0], total):
            return total, j
        total, j = total + more[0], more[1]


def _smaller(new: Duration, total: Duration) -> bool:
    def rank(d: Duration) -> int:
        return 3 if d.months else 2 if d.days or d.workdays else 1

    last = 1 if total.minutes else 2 if total.days or total.workdays else 3
    return (
        rank(new) < last
        or (rank(new) == last == 1 and total.minutes % 60 == 0 and new.minutes < 60)
        or (rank(new) == last == 2 and total.days % 7 == 0 and new.days < 7)
    )


def _one(tokens: Sequence[Token], i: int) -> tuple[Duration, int] | None:
    if i < len(tokens) and tokens[i].kind == "clock" and tokens[i].form == "h":
        j = i + 2 if _lemma(tokens, i + 1) in {"m", "minute"} else i + 1
        minutes = tokens[i].hour * 60 + tokens[i].minute
        return (Duration(minutes=minutes), j) if minutes else None
    got = _amount(tokens, i)
    if got is None:
        return None
    amount, j = got
    unit = _unit(tokens, j)
    if unit is None:
        return None
    name, j = unit
    tail = _tail(tokens, j)
    if tail:
        amount, j = amount + tail[0], tail[1]
    if name == "seconds":
        return None
    duration = _make(amount, name)
    return (duration, j) if duration else None


def _make(amount: float, unit: str) -> Duration | None:
    if not 0 < amount <= LIMIT:
        return None
    if unit in _MINUTES:
        return Duration(minutes=round(amount * _MINUTES[unit]))
    if unit in _DAYS:
        if amount * _DAYS[unit] % 1:
            return Duration(minutes=round(amount * 1440)) if unit in {"day", "d"} else None
        return Duration(days=int(amount * _DAYS[unit]))
    if unit == "workday":
        return Duration(workdays=int(amount)) if amount == int(amount) <= 500 else None
    months = amount * _MONTHS[unit]
    return Duration(months=int(months)) if months == int(months) else None


def _amount(tokens: Sequence[Token], i: int) -> tuple[float, int] | None:
    """A number before a unit. "an hour": 1; "half an hour": 0.5; "two and a half hours": 2.5."""
    if i >= len(tokens):
        return None
    token, lemma = tokens[i], tokens[i].lemma
    if token.kind == "num" and token.digits <= 5:
        amount, j = float(token.n), i + 1
        if _lemma(tokens, j) == "quarter" and token.n in {1, 3}:
            return amount / 4, _skip(tokens, j + 1, {"of", "a", "an"})
        if _lemma(tokens, j) == "and" and _half(tokens, j + 1):
            value, j = _half(tokens, j + 1) or (0.0, j)
            return amount + value, j
        if j < len(tokens) and tokens[j].kind == "frac":
            return amount + tokens[j].value, j + 1
        return amount, j
    if token.kind == "frac":
        return token.value, _skip(tokens, i + 1, {"of", "a", "an"})
    if lemma in {"a", "an", "the"}:
        if lemma != "the" and (inner := _amount(tokens, i + 1)) and tokens[i + 1].lemma not in {"a", "an", "the"}:
            return inner if tokens[i + 1].kind != "num" else None
        return (1.0, i + 1) if lemma != "the" else None
    if lemma == "couple":
        return 2.0, _skip(tokens, i + 1, {"of"})
    if lemma in {"half", "quarter"}:
        value = 0.5 if lemma == "half" else 0.25
        return value, _skip(tokens, i + 1, {"of", "a", "an", "de", "d"})
    if lemma in {"hour", "week"} and not token.text.endswith("s"):
        return 1.0, i
    return None


def _half(tokens: Sequence[Token], i: int) -> tuple[float, int] | None:
    j = _skip(tokens, i, {"a", "one"})
    if _lemma(tokens, j) in {"half", "quarter"}:
        return (0.5 if _lemma(tokens, j) == "half" else 0.25), j + 1
    if j < len(tokens) and tokens[j].kind == "num" and tokens[j].n == 3 and _lemma(tokens, j + 1) == "quarter":
        return 0.75, j + 2
    return None


def _tail(tokens: Sequence[Token], i: int) -> tuple[float, int] | None:
    if _lemma(tokens, i) != "and":
        return None
    got = _half(tokens, i + 1)
    if got is None or _unit(tokens, _skip(tokens, got[1], {"of", "a", "an"})):
        return None  # "a day and half an hour" is two durations
    return got


def _unit(tokens: Sequence[Token], i: int) -> tuple[str, int] | None:
    if i >= len(tokens):
        return None
    lemma, text = tokens[i].lemma, tokens[i].text
    if lemma in {"business", "working", "work"} and _lemma(tokens, i + 1) == "day":
        return "workday", i + 2
    if lemma == "weekday":
        return "workday", i + 1
    if lemma in _MINUTES or lemma in _DAYS or lemma in _MONTHS or lemma == "seconds":
        if lemma in _SHORT and (text not in _SHORT or tokens[i - 1].kind not in {"num", "frac"}):
            return None
        return lemma, i + 1
    return None


def _skip(tokens: Sequence[Token], i: int, words: set[str]) -> int:
    while i < len(tokens) and tokens[i].lemma in words:
        i += 1
    return i


def _lemma(tokens: Sequence[Token], i: int) -> str:
    return tokens[i].lemma if 0 <= i < len(tokens) else ""

"""Durations, and days and times counted from others: in 5 weeks, a week from Monday, an hour before noon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .components import Component, Context, Daypart, Found, Offset, Span, lemma, skip
from .days import Beside, DaySpec, Follow, Relative, Shifted
from .durations import Duration, parse_duration_at
from .grammar_day import parse_day
from .lexicon import WEEKDAY_NUMBER
from .text import Token

_FROM = {"from", "after", "past", "on", "following", "before", "ahead", "to", "prior"}


def parse_span(tokens: Sequence[Token], i: int, ctx: Context) -> Found | None:
    """in 10 minutes, 2 hours from now, for an hour, an hour later, within the hour."""
    j = skip(tokens, i, {"for", "lasting", "about", "around", "roughly"})
    mode: Literal["ahead", "later", "length", "ago"] = "length"
    if lemma(tokens, j) in {"in", "within", "after"}:
        mode = "later" if lemma(tokens, j) == "after" else "ahead"
        j = skip(tokens, j + 1, {"about", "around", "roughly", "like", "just", "exactly", "approximately", "another"})
        if lemma(tokens, j) == "the" and lemma(tokens, j + 1) in {"next", "hour", "coming"}:
            j = skip(tokens, j + 1, {"next", "coming"})
    j = skip(tokens, j, {"another"})
    found = parse_duration_at(tokens, j)
    if found is None:
        return None
    duration, end = found
    if end == j + 1 and mode != "ahead" and tokens[j].kind == "word":
        return None  # a bare "week" or "hour" is no duration
    j = end
    j = j + 2 if lemma(tokens, j) == "or" and lemma(tokens, j + 1) == "so" else j
    if mode == "ahead":
        return [Span(duration, mode)], skip(tokens, j, {"time", "times", "from", "now"}) if lemma(tokens, j) in {
            "time",
            "times",
        } or lemma(tokens, j + 1) == "now" else j
    if (lemma(tokens, j) == "from" and lemma(tokens, j + 1) == "now") or lemma(tokens, j) == "hence":
        return [Span(duration, "ahead")], j + (1 if lemma(tokens, j) == "hence" else 2)
    if lemma(tokens, j) == "ago":
        return [Span(duration, "ago")], j + 1
    if lemma(tokens, j) in {"later", "afterwards", "thereafter", "on"} and lemma(tokens, j) != "on":
        return [Span(duration, "later")], j + 1
    if mode == "length" and lemma(tokens, j) in {"long", "total", "duration"}:
        j += 1
    return [Span(duration, mode)], j


def parse_counted(tokens: Sequence[Token], i: int, ctx: Context) -> Found | None:
    """A week from Monday, two days before Christmas, a week tomorrow, 20 minutes after noon, the day after the 5th."""
    return _beside(tokens, i, ctx) or _duration_from(tokens, i, ctx)


def _sign(word: str) -> int:
    return -1 if word in {"before", "prior", "ahead", "to"} else 1


def _duration_from(tokens: Sequence[Token], i: int, ctx: Context) -> Found | None:
    j = skip(tokens, i, {"in", "the"})
    if tokens[j : j + 1] and tokens[j].text == "day" and lemma(tokens, j + 1) in {"after", "before", "following"}:
        duration, j = Duration(days=1), j + 1
    else:
        found = parse_duration_at(tokens, j)
        if found is None:
            return None
        duration, j = found
    word = lemma(tokens, j)
    weeks = duration.days % 7 == 0 and duration.days > 0 and not duration.minutes
    if word in _FROM:
        if lemma(tokens, j + 1) in {"that", "then"}:
            sign = _sign(word)
            return (
                [Offset(sign * duration.minutes), Follow(0)] if duration.exact else [_shift(Follow(0), duration, sign)],
                j + 2,
            )
        if word == "to" and not duration.exact:
            return None
        k = skip(tokens, j + 1, {"to", "of"})
        if duration.exact:
            if (word in {"on", "past", "from"} and duration.minutes < 60) or word in {"on", "to", "past"}:
                return None
            return [Offset(_sign(word) * duration.minutes)], k
        anchor = _anchor(tokens, k, ctx)
        if anchor is None or (word == "on" and not weeks):
            return None
        spec, k = anchor
        return [_shift(spec, duration, _sign(word))], k
    if weeks:  # a week tomorrow, two weeks today, a week Friday
        anchor = _anchor(tokens, j, ctx)
        if anchor and (isinstance(anchor[0], Relative) or lemma(tokens, j) in WEEKDAY_NUMBER):
            return [_shift(anchor[0], duration, 1)], anchor[1]
    return None


def _shift(anchor: DaySpec, duration: Duration, sign: int) -> DaySpec:
    return Shifted(anchor, sign * duration.months, sign * duration.days, sign * duration.workdays)


def _anchor(tokens: Sequence[Token], i: int, ctx: Context) -> tuple[DaySpec, int] | None:
    found = parse_counted(tokens, i, ctx) if lemma(tokens, i) in {"the", "a"} or _counts(tokens, i) else None
    found = found or parse_day(tokens, i, ctx)
    if found is None or not isinstance(found[0][0], DaySpec):
        return None
    return found[0][0], found[1]


def _counts(tokens: Sequence[Token], i: int) -> bool:
    return i < len(tokens) and tokens[i].kind == "num" and parse_duration_at(tokens, i) is not None


def _beside(tokens: Sequence[Token], i: int, ctx: Context) -> Found | None:
    """The Friday before Labor Day, the weekend after Easter, the week of the 15th, the night before Christmas."""
    j = skip(tokens, i, {"the"})
    word, relation = lemma(tokens, j), lemma(tokens, j + 1)
    if word == "eve" or (word == "evening" and j < len(tokens) and tokens[j].text == "eve"):
        anchor = _anchor(tokens, j + 2, ctx) if relation == "of" else None
        return ([Shifted(anchor[0], days=-1)], anchor[1]) if anchor else None
    if relation not in {"before", "after", "following", "of"} or lemma(tokens, j + 2) in {"next", "that"} | (
        {"tomorrow"} if word not in WEEKDAY_NUMBER else set[str]()
    ):
        return None
    side: Literal[-1, 0, 1] = -1 if relation == "before" else 0 if relation == "of" else 1
    parts = {"morning", "afternoon", "evening", "night"}
    if word not in parts | {"week", "weekend"} | set(WEEKDAY_NUMBER) or (side == 0 and word != "week"):
        return None
    anchor = _anchor(tokens, j + 2, ctx)
    if anchor is None:
        return None
    spec, end = anchor
    if word in parts:
        found: list[Component] = [Shifted(spec, days=side), Daypart(word)]
        return found, end
    if word == "week" and side == 0 and lemma(tokens, j - 1) in {"this", "next"}:
        return None
    return [
        Beside(spec, "week" if word == "week" else "weekend" if word == "weekend" else WEEKDAY_NUMBER[word], side)
    ], end

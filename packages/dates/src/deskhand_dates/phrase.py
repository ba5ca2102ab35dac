"""Phrase -> moments. Runs the grammar over the tokens, checks that no meaningful word is left over, settles
self-corrections, splits ranges, and puts the components of each side together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .clocks import Clock
from .components import Component, Context, Daypart, Mark, Offset, Parser, Span, kind, lemma
from .days import (
    DayOfMonth,
    DaySpec,
    Fixed,
    Holiday,
    MonthDay,
    NthDay,
    Period,
    Relative,
    Shifted,
    Weekday,
    Weekend,
)
from .grammar_clock import parse_clock, parse_daypart
from .grammar_day import parse_day, parse_follow
from .grammar_span import parse_counted, parse_span
from .lexicon import FILLERS
from .text import Token, tokenize

_PARSERS: tuple[Parser, ...] = (parse_counted, parse_follow, parse_day, parse_clock, parse_daypart, parse_span)
_CORRECTIONS = {"no", "nope", "wait", "sorry", "actually", "scratch", "rather", "oops", "correction", "instead", "nah"}
_CORRECTION_PAIRS = {
    ("i", "mean"),
    ("make", "that"),
    ("make", "it"),
    ("strike", "that"),
    ("hang", "on"),
    ("hold", "on"),
}
_SAID_OF_CORRECTIONS = _CORRECTIONS | {last for _, last in _CORRECTION_PAIRS}
_TIME_WORDS = {"half", "noon", "quarter", "a", "oh", "o"}
_STARTS_RANGE = {"from", "between", "starting", "beginning", "begins", "starts"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One side of a phrase."""

    day: DaySpec | None = None
    clock: Clock | None = None
    part: str | None = None
    span: Span | None = None
    offset: int = 0
    day_last: bool = False

    @property
    def empty(self) -> bool:
        return self == Moment()

    @property
    def timed(self) -> bool:
        return self.clock is not None or self.part is not None


@dataclass(frozen=True, slots=True)
class Phrase:
    """`right` is the end of a range; `open`: the phrase says until, but names no end ("9 till late")."""

    left: Moment
    right: Moment | None = None
    open: bool = False


def parse_phrase(text: str, *, end: bool = False, whole_range: bool = False) -> Phrase:
    """Parse a phrase. `whole_range`: it is known to hold a range, so "five to seven" is one. Raises ValueError."""
    tokens = tokenize(text)
    ranged = whole_range or any(
        t.lemma in _STARTS_RANGE
        and (kind(tokens, i + 1) in {"num", "clock"} or lemma(tokens, i + 1) in {"half", "noon"})
        for i, t in enumerate(tokens)
    )
    between = any(t.lemma == "between" for t in tokens)
    segments = _segments(tokens, Context(end=end, ranged=ranged), between)
    phrase: Phrase | None = None
    for segment in segments:
        latest = _phrase(segment)
        phrase = latest if phrase is None else _correct(phrase, latest)
    if phrase is None or (phrase.left.empty and (phrase.right is None or phrase.right.empty)):
        raise ValueError("no date in the phrase")
    return phrase


def takes_back(text: str) -> bool:
    """Whether the text is a phrase and a correction that something else has to follow: "friday at two, no". Raises
    ValueError."""
    if _SAID_OF_CORRECTIONS.isdisjoint(re.findall(r"\w+", text.lower())):
        return False
    segments = _segments(tokenize(text), Context(), between=False)
    return len(segments) > 1 and not segments[-1]


def _segments(tokens: Sequence[Token], ctx: Context, between: bool) -> list[list[Component]]:
    segments: list[list[Component]] = [[]]
    i = 0
    while i < len(tokens):
        best: tuple[list[Component], int] | None = None
        for parse in _PARSERS:
            found = parse(tokens, i, ctx)
            if found and found[1] > i and (best is None or found[1] > best[1]):
                best = found
        if best:
            segments[-1].extend(best[0])
            i = best[1]
            continue
        i = _between_components(tokens, i, segments, between)
    return segments


def _between_components(tokens: Sequence[Token], i: int, segments: list[list[Component]], between: bool) -> int:
    """A connector, a correction or a filler at i; the index after it. Raises ValueError on any other word."""
    token, word = tokens[i], tokens[i].lemma
    here = segments[-1]
    if token.kind == "dash" or word in {"to", "until", "through"} or (word == "and" and between):
        if here and not isinstance(here[-1], Mark):
            here.append(Mark("range", soft=token.kind == "dash"))
        return i + 1
    pair = (word, lemma(tokens, i + 1))
    if word in _CORRECTIONS or pair in _CORRECTION_PAIRS:
        if here:
            segments.append([])
        return i + (2 if pair in _CORRECTION_PAIRS else 1)
    if pair in {("you", "know"), ("i", "think"), ("i", "guess"), ("or", "so")}:
        return i + 2
    if token.kind == "stop" or (token.kind == "mer" and i == 0 and len(tokens) > 1) or word in FILLERS:
        return i + 1
    if word in {"that", "thing"} and segments[0]:
        return i + 1
    if lemma(tokens, i + 1) == "time" and token.kind == "word" and _clockish(here):
        return i + 2  # Moscow time: a zone is the caller's concern, the wall clock stays as said
    raise ValueError(f"unknown word {token.text!r}")


def _phrase(components: Sequence[Component]) -> Phrase:
    groups: list[list[Component]] = [[]]
    marks: list[Mark] = []
    for component in components:
        if isinstance(component, Mark):
            marks.append(component)
            groups.append([])
        else:
            groups[-1].append(component)
    opened = False
    if len(groups) > 1 and not groups[-1]:
        groups.pop()
        opened = not marks.pop().soft
    i = 0
    while i < len(marks):
        if marks[i].soft and _one_moment(groups[i], groups[i + 1]):
            groups[i : i + 2] = [groups[i] + groups[i + 1]]
            marks.pop(i)
        else:
            i += 1
    if len(groups) == 3:
        groups = _two_ranges(groups)
    if len(groups) > 2:
        raise ValueError("more than one range")
    if len(groups) == 1:
        return Phrase(_moment(groups[0]), open=opened)
    return _range(*groups)


def _dayish(group: Sequence[Component]) -> bool:
    return any(isinstance(c, DaySpec) for c in group)


def _clockish(group: Sequence[Component]) -> bool:
    return any(isinstance(c, (Clock, Daypart)) for c in group)


def _numbered(group: Sequence[Component]) -> bool:
    """The group ends in a day that a bare number may follow: March 13, the 13th."""
    return any(isinstance(c, (MonthDay, DayOfMonth, Fixed)) for c in group) and not _clockish(group)


def _bare(group: Sequence[Component]) -> bool:
    return len(group) == 1 and isinstance(group[0], Clock) and group[0].flex


def _year_like(group: Sequence[Component]) -> bool:
    return len(group) == 1 and isinstance(group[0], Clock) and group[0].year_like


def _one_moment(left: Sequence[Component], right: Sequence[Component]) -> bool:
    """A dash between a day and its clock time separates, it does not span: Friday - 3pm."""
    if _dayish(left) and not _clockish(left) and not _dayish(right):
        return not (_numbered(left) and (_bare(right) or (_bare(right[:1]) and _year_like(right[1:]))))
    return _clockish(left) and not _dayish(left) and _dayish(right) and not _clockish(right) and not _bare(left)


def _two_ranges(groups: Sequence[list[Component]]) -> list[list[Component]]:
    """Monday to Friday 9 to 5: the days and the hours each span."""
    first, middle, last = groups
    own = [c for c in middle if isinstance(c, DaySpec)]
    clocks = [c for c in middle if not isinstance(c, DaySpec)]
    if _dayish(first) and not _clockish(first) and own and clocks:
        return [first + clocks, own + last]
    if _clockish(first) and not _dayish(first) and own and clocks:
        return [first + own, clocks + last]
    raise ValueError("more than one range")


def _range(left: list[Component], right: list[Component]) -> Phrase:
    """Settle what the two sides share: the month of 13-17 March, the Friday of 2 to 3 on Friday."""
    if (_bare(right) and _numbered(left)) or (len(right) == 2 and _bare(right[:1]) and _numbered(left)):
        left, right = _days_after(left, right)
    if _bare(left) and _numbered(right):
        left = [DayOfMonth(_flex(left[0]))]
    start, end = _moment(left), _moment(right)
    if isinstance(start.day, DayOfMonth) and isinstance(end.day, MonthDay) and start.day.weekday is None:
        month = end.day.month if start.day.day <= end.day.day else (end.day.month - 2) % 12 + 1
        year = end.day.year - (month > end.day.month) if end.day.year else None
        start = replace(start, day=MonthDay(month, start.day.day, year, end.day.year_offset))
    elif isinstance(start.day, DayOfMonth) and isinstance(end.day, DayOfMonth) and end.day.month_offset is not None:
        start = replace(start, day=replace(start.day, month_offset=end.day.month_offset))
    elif isinstance(start.day, MonthDay) and isinstance(end.day, MonthDay) and end.day.year and not start.day.year:
        later = (start.day.month, start.day.day) > (end.day.month, end.day.day)
        start = replace(start, day=replace(start.day, year=end.day.year - later))
    elif start.day is None and start.clock and end.day is not None and end.clock and end.day_last:
        start, end = replace(start, day=end.day), replace(end, day=None)
    return Phrase(start, end)


def _days_after(left: list[Component], right: list[Component]) -> tuple[list[Component], list[Component]]:
    """March 13 through 17[, 2027]: the second number is a day too, and a year counts for both."""
    day: DaySpec = DayOfMonth(_flex(right[0]))
    if len(right) == 2:
        year = right[1]
        if not isinstance(year, Clock) or not year.year_like:
            return left, [day, *right[1:]]
        left = [replace(c, year=year.hour * 100 + year.minute) if isinstance(c, MonthDay) else c for c in left]
    return left, [day]


def _flex(component: Component) -> int:
    return component.hour if isinstance(component, Clock) else 0


def _moment(components: Sequence[Component]) -> Moment:
    """Put the components of one side together. Raises ValueError on contradictions."""
    days = [c for c in components if isinstance(c, DaySpec)]
    parts = [c.name for c in components if isinstance(c, Daypart)]
    spans = [c for c in components if isinstance(c, Span)]
    offsets = [c.minutes for c in components if isinstance(c, Offset)]
    clocks = _clocks([c for c in components if isinstance(c, Clock)], days)
    if len(spans) > 1:
        ahead = [s for s in spans if s.mode != "length"]
        if len(ahead) != 1:
            raise ValueError("more than one duration")
        spans = ahead
    span = spans[0] if spans else None
    if span and span.mode in {"ahead", "ago"} and not span.duration.exact:
        days, span = _ahead(days, span), None
    day: DaySpec | None = None
    for spec in days:
        day = spec if day is None else join(day, spec)
    clock = clocks[0] if clocks else None
    if clock and clock.kind == "now" and isinstance(day, Period) and day.part == "whole":
        day = _same_day(day)
    if len(set(parts)) > 1 and not clock:
        parts = [p for p in parts if p not in {"morning", "night"}][:1] or parts[-1:]
    last = len(components) - 1
    day_last = bool(days) and bool(clocks) and not isinstance(components[0], DaySpec) and last > 0
    return Moment(day, clock, parts[-1] if parts else None, span, sum(offsets), day_last)


def _ahead(days: list[DaySpec], span: Span) -> list[DaySpec]:
    """In two weeks = 14 days on; Friday in two weeks = the Friday of that week."""
    d = span.duration
    if d.days and d.days % 7 == 0 and len(days) == 1 and isinstance(days[0], Weekday) and days[0].mode == "bare":
        return [Weekday(days[0].weekday, "week", d.days // 7)]
    sign = -1 if span.mode == "ago" else 1
    return [*days, Shifted(Relative(0), sign * d.months, sign * d.days, sign * d.workdays)]


def _same_day(period: Period) -> DaySpec:
    """This time next week is seven days on, next month the same day of it (rule 10)."""
    months = {"month": 1, "quarter": 3, "year": 12}.get(period.unit, 0) * period.offset
    return Shifted(Relative(0), months=months, days=7 * period.offset if period.unit == "week" else 0)


def _clocks(clocks: list[Clock], days: list[DaySpec]) -> list[Clock]:
    """At most one clock time. A bare number beside another clock time is a day of the month: Wednesday 15 at 16:00."""
    out: list[Clock] = []
    definite = [c for c in clocks if not c.flex]
    for clock in clocks:
        if clock.flex and (clock.hour > 24 or definite):
            if any(not isinstance(d, (Weekday, Period)) for d in days) or clock.hour == 0:
                raise ValueError("a number too many")
            days.append(DayOfMonth(clock.hour))
        elif clock.year_like and len(clocks) > 1 and any(isinstance(d, MonthDay) and d.year is None for d in days):
            year = clock.hour * 100 + clock.minute
            days[:] = [replace(d, year=year) if isinstance(d, MonthDay) else d for d in days]
        elif not any(_same(clock, other) for other in out):
            out.append(clock)
    if len(out) > 1:
        raise ValueError("more than one clock time")
    return out


def _same(a: Clock, b: Clock) -> bool:
    if {a.kind, b.kind} == {"noon", "time"}:
        return (a.hour, a.minute, b.hour, b.minute) == (12, 0, 12, 0)
    return replace(a, flex=False) == replace(b, flex=False)


def join(a: DaySpec, b: DaySpec) -> DaySpec:
    """One day from two: Thursday the 12th, Friday of next week, Christmas next year. Raises ValueError otherwise."""
    if a == b:
        return a
    for x, y in ((a, b), (b, a)):
        if isinstance(x, Weekday):
            if isinstance(y, DayOfMonth) and y.month_offset is None:
                return replace(y, weekday=x.weekday)
            if isinstance(y, (MonthDay, Fixed, DayOfMonth, Holiday, Relative)):
                return y  # the date decides
            if isinstance(y, Period) and y.unit == "week" and y.part == "whole":
                return Weekday(x.weekday, "week", y.offset) if y.offset else Weekday(x.weekday, "this")
            if isinstance(y, Weekend) and x.weekday >= 5:
                return Weekend(y.weeks, sunday=x.weekday == 6)
        if isinstance(x, Period) and x.part == "whole":
            if x.unit == "month" and isinstance(y, DayOfMonth):
                return MonthDay(x.number, y.day, x.year) if x.number else DayOfMonth(y.day, x.offset)
            if x.unit == "month" and isinstance(y, NthDay) and y.month is None and y.month_offset is None:
                return replace(y, month=x.number, year=x.year) if x.number else replace(y, month_offset=x.offset)
            if x.unit == "year" and x.number is None and isinstance(y, (MonthDay, Holiday, NthDay, Period)):
                return replace(y, year_offset=x.offset)
        if isinstance(x, Relative) and isinstance(y, (MonthDay, DayOfMonth, Fixed, Holiday)):
            return x if x.days else y if not isinstance(y, DayOfMonth) else x
    raise ValueError("two days that do not fit together")


def _correct(old: Phrase, new: Phrase) -> Phrase:
    """The last value wins, component by component. A lone clock time corrects the side that was said last."""
    if new.right is not None:
        right = _override(old.right, new.right) if old.right else new.right
        return Phrase(_override(old.left, new.left), right)
    if old.right is None or (new.left.day is not None and not new.left.timed and old.right.day is None):
        return Phrase(_override(old.left, new.left), old.right, new.open)
    return Phrase(old.left, _override(old.right, new.left))


def _override(old: Moment, new: Moment) -> Moment:
    day, clock, part = new.day or old.day, new.clock or old.clock, new.part or old.part
    if new.clock and new.clock.flex and old.clock is None and isinstance(old.day, (MonthDay, DayOfMonth)):
        return replace(old, day=replace(old.day, day=new.clock.hour), part=part)
    if isinstance(old.day, MonthDay) and isinstance(new.day, DayOfMonth) and new.day.month_offset is None:
        day = replace(old.day, day=new.day.day)
    elif isinstance(old.day, DayOfMonth) and isinstance(new.day, DayOfMonth) and new.day.month_offset is None:
        day = replace(old.day, day=new.day.day, weekday=new.day.weekday)
    elif isinstance(old.day, Weekday) and isinstance(new.day, Weekday) and new.day.mode == "bare":
        day = replace(old.day, weekday=new.day.weekday)
    if new.clock and old.clock and new.clock.mer is None and new.clock.kind == "time" and new.clock.hour <= 12:
        clock = replace(new.clock, mer=old.clock.mer if old.clock.mer in {"am", "pm"} else None)
    if new.part and not new.clock:
        clock = replace(old.clock, mer=None) if old.clock else None
    elif new.clock and new.clock.mer and not new.part:
        part = None
    elif new.part is None and new.day is not None and old.part == "night" and isinstance(old.day, Relative):
        part = old.part
    return Moment(day, clock, part, new.span or old.span, new.offset or old.offset, old.day_last)

"""Moments -> ISO: the conventions of the package (see README.md for the numbered rules)."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias

from .clocks import NOON, Reading
from .days import ONE_DAY, Follow, Period, Ref, Weekday
from .durations import Duration, parse_duration_at
from .ends import end_of
from .errors import DateError, UnresolvableDate
from .phrase import Moment, Phrase, parse_phrase, takes_back
from .text import tokenize
from .times import When, add, at, dated, day_of, left_reading

Role: TypeAlias = Literal["start", "end", "due"]

_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[Tt ]\s*(\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(?:[Zz]|[+-]\d{2}:?\d{2})?)?"
)
_WORD = re.compile(r"\S+")
_LOOK_BACK = 100
"""Characters before a phrase in which it may correct something."""


def resolve(
    text: str, now: datetime, role: Role = "start", *, start: str | datetime | date | None = None
) -> date | datetime:
    """The date or naive datetime that `text` names at `now` (naive local wall clock).

    A date when the phrase fixes no clock time, else a datetime. `role` is what the phrase is for: an event's start or
    end, or a reminder's due date. `start`, for ends, is the start phrase (which may be the same range) or its result.
    ISO text passes unchanged; an offset is dropped and its wall clock kept. Raises UnresolvableDate.
    """
    try:
        return _resolve(text, now.replace(tzinfo=None), role, start)
    except DateError:
        raise
    except (ValueError, OverflowError) as error:
        raise UnresolvableDate(text, str(error)) from error


def resolve_iso(text: str, now: datetime, role: Role = "start", *, start: str | datetime | date | None = None) -> str:
    """`resolve` as text: "2026-03-12" or "2026-03-12 15:00:00"."""
    when = resolve(text, now, role, start=start)
    return when.isoformat(" ", "seconds") if isinstance(when, datetime) else when.isoformat()


def parse_duration(text: str) -> int:
    """Minutes of a duration: "an hour and a half" -> 90, "1h30" -> 90, "90" -> 90. Raises UnresolvableDate."""
    try:
        if text.strip().startswith("-"):
            raise ValueError("a negative duration")
        tokens = [t for t in tokenize(text) if t.kind != "stop"]
        while tokens and tokens[0].lemma in {"for", "about", "around", "roughly", "like", "lasting", "approximately"}:
            tokens.pop(0)
        while tokens and tokens[-1].lemma in {"or", "so", "long", "total", "please", "each", "meeting"}:
            tokens.pop()
        minutes = _minutes(parse_duration_at(tokens, 0), len(tokens))
        if minutes is None and tokens and tokens[-1].kind == "num":  # 1 hour 30, two hours fifteen
            head = parse_duration_at(tokens, 0)
            if head and head[1] in {len(tokens) - 1, len(tokens) - 2} and head[0].minutes % 60 == 0 < head[0].minutes:
                joined = head[1] == len(tokens) - 1 or tokens[head[1]].lemma == "and"
                minutes = head[0].minutes + tokens[-1].n if joined and tokens[-1].n < 60 else None
        if minutes is None and len(tokens) == 1:
            token = tokens[0]
            if token.kind == "num" and token.digits <= 4:
                minutes = token.n
            elif token.kind == "clock" and token.form in {"colon", "h"} and token.hour < 24:
                minutes = token.hour * 60 + token.minute
    except (ValueError, OverflowError) as error:
        raise UnresolvableDate(text, str(error)) from error
    if not minutes:
        raise UnresolvableDate(text, "no duration in the phrase")
    return minutes


def is_range(text: str) -> bool:
    """Whether the phrase names both a start and an end: "2-3:30pm", "from ten to noon", "March 13 through 17"."""
    try:
        phrase = parse_phrase(text)
    except (ValueError, OverflowError):
        return False
    return phrase.right is not None and not phrase.open and not phrase.left.empty


def whole_phrase(sentence: str, phrase: str) -> str:
    """The phrase and what it corrects in part: of "friday at two no three" the three needs the Friday.

    Only the phrase where it does not stand in the sentence, corrects nothing there, or leaves nothing of what it does.
    """
    for found in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", sentence):
        starts = [word.start() for word in _WORD.finditer(sentence, max(0, found.start() - _LOOK_BACK), found.start())]
        read = [(start, _corrected(sentence[start : found.start()], phrase)) for start in starts]
        full = next((moment for _, moment in read if moment is not None), None)
        if full is not None:
            return sentence[max(start for start, moment in read if moment == full) : found.end()]
    return phrase


def _corrected(before: str, phrase: str) -> Moment | None:
    """What the phrase makes of the one before it, where it leaves something of that."""
    try:
        if not takes_back(before):
            return None
        last, whole = parse_phrase(phrase).left, parse_phrase(before + phrase).left
    except (ValueError, OverflowError):
        return None
    if last.span is not None or last.offset:
        return None
    kept = (last.day is None and whole.day is not None) or (not last.timed and whole.clock is not None)
    return whole if kept else None


def _minutes(found: tuple[Duration, int] | None, length: int) -> int | None:
    if found is None or found[1] != length or found[0].months or found[0].workdays:
        return None
    return found[0].days * 1440 + found[0].minutes


def _resolve(text: str, now: datetime, role: Role, start: str | datetime | date | None) -> When:
    if iso := _iso(text):
        return iso
    begin = _resolve(start, now, "start", None) if isinstance(start, str) and start.strip() else start
    begin = None if isinstance(begin, str) else begin
    same = isinstance(start, str) and role == "end" and _squash(start) == _squash(text)
    phrase = parse_phrase(text, end=role == "end")
    if same and phrase.right is None:
        try:
            phrase = parse_phrase(text, end=True, whole_range=True)
            if phrase.right is not None:
                begin = _start(phrase, now, None)
        except ValueError:
            phrase = parse_phrase(text, end=True)
    if role != "end":
        return _start(phrase, now, begin)
    return _end_of_phrase(phrase, now, begin)


def _end_of_phrase(phrase: Phrase, now: datetime, begin: When | None) -> When:
    if phrase.right is None:
        if phrase.open and begin is not None:
            raise ValueError("an end without a time")
        if begin is None and (phrase.left.span is None or not (phrase.left.clock or phrase.left.day)):
            return _start(phrase, now, None)
        return end_of(phrase.left, now, _start(phrase, now, None) if begin is None else begin)
    if begin is None:
        begin = _start(phrase, now, None)
    elif not isinstance(begin, datetime) and phrase.left.clock and phrase.left.day is None:
        reading = left_reading(phrase)  # the day came alone: Thursday, then from 1 to 2
        begin = at(begin, reading) if reading else begin
    return end_of(phrase.right, now, begin)


def _squash(text: str) -> str:
    return " ".join(text.lower().split())


def _iso(text: str) -> When | None:
    match = _ISO.fullmatch(text.strip())
    if not match:
        return None
    day = date.fromisoformat(match[1])
    return datetime.combine(day, time(int(match[2]), int(match[3]), int(match[4] or 0))) if match[2] else day


def _start(phrase: Phrase, now: datetime, begin: When | None) -> When:
    """Starts and due dates (rules 1 to 13)."""
    moment = phrase.left
    if moment.empty and phrase.right is not None:
        moment = phrase.right
    today = now.date()
    ref = Ref(today, day_of(begin))
    if moment.span is not None and not (moment.clock or moment.part or moment.day):
        return _from_now(moment, now, begin)
    if moment.offset and not (moment.clock or moment.part):
        return _offset_of_start(moment, begin)
    if moment.clock and moment.clock.kind == "now":
        clock = now.time().replace(microsecond=0)
        return datetime.combine(moment.day.resolve(ref) if moment.day else today, clock)
    reading = left_reading(phrase)
    day = moment.day.resolve(ref) if moment.day else today
    if reading is None:
        return day
    if isinstance(moment.day, Period) and moment.day.part == "whole" and moment.day.unit != "week":
        raise ValueError("a clock time needs a day")
    return _roll(moment, day, reading, now)


def _roll(moment: Moment, day: date, reading: Reading, now: datetime) -> datetime:
    """Rule 1: what is not after now is its next occurrence, unless the phrase fixes the day."""
    offset = timedelta(minutes=moment.offset)
    when = at(day, reading) + offset
    if when > now:
        return when
    if moment.day is None:
        return when + ONE_DAY
    if not reading.fixed and day == now.date() and reading.minutes < NOON and when + timedelta(hours=12) > now:
        return when + timedelta(hours=12)  # today at 8, said at noon
    spec = moment.day
    if spec.recurring and not (isinstance(spec, Weekday) and spec.mode in {"week", "last"}) and not dated(spec):
        later = spec.first(day + ONE_DAY)
        if later > day:
            return at(later, reading) + offset
    return when


def _from_now(moment: Moment, now: datetime, begin: When | None) -> When:
    """In 10 minutes, two hours; an hour later counts from a start."""
    span = moment.span
    if span is None:
        raise ValueError("no duration")
    now = now.replace(microsecond=0)
    if span.mode == "later" and begin is not None:
        return add(begin, span.duration)
    if span.mode == "ago":
        return now - timedelta(days=span.duration.days, minutes=span.duration.minutes)
    if span.duration.exact:
        return add(now, span.duration)
    return add(now.date(), span.duration)


def _offset_of_start(moment: Moment, begin: When | None) -> datetime:
    if not isinstance(begin, datetime) or (moment.day is not None and not isinstance(moment.day, Follow)):
        raise ValueError("no time to count from")
    return begin + timedelta(minutes=moment.offset)

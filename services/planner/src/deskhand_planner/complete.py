"""From copied spans to values: the planner copies, code computes.

Every node that an engine writes passes through a `Completer`, in plan order. It resolves dates against the user's
clock, reads durations, writes out what was spoken, and fills in what follows from what was said: a time range gives
a Zoom meeting its duration and an event its end, and the event of a meeting ends when the meeting does.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

from deskhand_contract.plan import DatePhrase, NodeRef, PlanNode, Template, Value
from deskhand_contract.services import Clock
from deskhand_contract.tools import Argument, Kind
from deskhand_dates import DateError, UnresolvableDate, is_range, parse_duration, resolve, whole_phrase

from . import spoken

_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "«": "»", "„": "“"}
_DETERMINER = re.compile(r"(?:my|our|the)\s+(?=\S)", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_EDGES = re.compile(r"^\s*(?:[,;:]+\s+)*|[\s,;:]+$")
"""Punctuation around a span; at its beginning only with a space behind it, so that ":)" stays whole."""

HALF_DAY = timedelta(hours=12)
LONGEST_MEETING = timedelta(days=1)

Moment = date | datetime


class Completer:
    """Completes the nodes of one plan; `complete` is called once per node, in plan order."""

    def __init__(self, clock: Clock, sentence: str = "") -> None:
        self._sentence = sentence
        self._now = datetime.fromisoformat(clock.now).replace(tzinfo=None)
        self._starts: dict[int, Moment] = {}
        self._minutes: dict[int, int] = {}

    def complete(self, node: PlanNode) -> PlanNode:
        """Never fails: a date that cannot be resolved keeps its phrase and says why."""
        arguments: dict[str, Value] = {}
        for argument in node.spec.arguments:
            value = node.arguments.get(argument.name)
            if value is not None:
                arguments[argument.name] = _written(argument, value)
        start = self._resolve_dates(node, arguments)
        if start is not None:
            self._starts[node.id] = start
            self._follow(node, arguments, start)
        return node.model_copy(update={"arguments": arguments})

    def _resolve_dates(self, node: PlanNode, arguments: dict[str, Value]) -> Moment | None:
        """Replaces the date phrases in place; returns the node's start (or due) moment."""
        phrases = {
            argument.kind: (argument.name, self._whole(argument, value))
            for argument in node.spec.arguments
            if isinstance(value := arguments.get(argument.name), DatePhrase) and value.iso is None
        }
        _, end = phrases.get(Kind.END, ("", None))
        start: Moment | None = None
        for kind, (name, value) in phrases.items():  # a tool's start stands before its end
            try:
                if kind is Kind.END:
                    moment = resolve(value.phrase, self._now, "end", start=start)
                else:
                    moment = start = self._begin(value.phrase, end.phrase if end else None)
            except DateError as error:
                arguments[name] = value.model_copy(update={"error": str(error)})
            else:
                arguments[name] = value.model_copy(update={"iso": _iso(moment)})
        return start

    def _whole(self, argument: Argument, value: DatePhrase) -> DatePhrase:
        """A start or due phrase with what it corrects in part; an end as it is."""
        if argument.kind is Kind.END:
            return value
        return value.model_copy(update={"phrase": whole_phrase(self._sentence, value.phrase)})

    def _begin(self, phrase: str, end: str | None) -> Moment:
        """A start or due phrase. An end may say what the start leaves open: "Thursday 8" and "9pm" were one range."""
        alone, joined = self._alone(phrase), self._joined(phrase, end)
        if isinstance(alone, datetime) and end is not None and joined is not None and self._fits(alone, joined, end):
            return joined
        return alone

    def _alone(self, phrase: str) -> Moment:
        """ "The day before" counts from the moment that the plan named last."""
        try:
            return resolve(phrase, self._now, "start")
        except UnresolvableDate:
            if not self._starts:
                raise
            return resolve(phrase, self._now, "start", start=self._starts[max(self._starts)])

    def _joined(self, phrase: str, end: str | None) -> Moment | None:
        """The start of the two phrases as one range, where they make one."""
        whole = f"{phrase} - {end}"
        try:
            return resolve(whole, self._now, "start") if end is not None and is_range(whole) else None
        except DateError:
            return None

    def _fits(self, alone: datetime, joined: Moment, end: str) -> bool:
        """Whether the range only says what the start left open: which half of the day (8 to 9pm), or that its number is
        a day and not an hour (13 to 17 March). If it changes anything else, the two phrases were not one range."""
        if isinstance(joined, datetime):
            return abs(joined - alone) == HALF_DAY
        try:
            return not isinstance(resolve(end, self._now, "start"), datetime)
        except DateError:
            return False

    def _follow(self, node: PlanNode, arguments: dict[str, Value], start: Moment) -> None:
        """Fills in what follows from the start: the duration or end of a range, the end of a meeting's event."""
        names = {argument.kind: argument.name for argument in node.spec.arguments}
        begin = arguments.get(names.get(Kind.START, ""))
        if not isinstance(begin, DatePhrase):
            return
        until = self._until(begin.phrase)
        length, finish = names.get(Kind.DURATION), names.get(Kind.END)
        if length is not None:
            if length not in arguments and isinstance(start, datetime) and isinstance(until, datetime):
                lasts = until - start
                if timedelta(0) < lasts <= LONGEST_MEETING:
                    arguments[length] = lasts // timedelta(minutes=1)
            minutes = arguments.get(length)
            if isinstance(minutes, int):
                self._minutes[node.id] = minutes
        if finish is None or finish in arguments:
            return
        if until is not None:
            arguments[finish] = DatePhrase(phrase=begin.phrase, iso=_iso(until))
        elif isinstance(start, datetime):
            for meeting, minutes in self._minutes.items():
                if self._starts.get(meeting) == start:
                    end = start + timedelta(minutes=minutes)
                    arguments[finish] = DatePhrase(phrase=f"{minutes} minutes", iso=_iso(end))

    def _until(self, phrase: str) -> Moment | None:
        """The end that a start phrase names itself ("from 2 to 3:30pm")."""
        try:
            return resolve(phrase, self._now, "end", start=phrase) if is_range(phrase) else None
        except DateError:
            return None


def _iso(moment: Moment) -> str:
    return moment.isoformat(sep=" ", timespec="seconds") if isinstance(moment, datetime) else moment.isoformat()


def _written(argument: Argument, value: Value) -> Value:
    if isinstance(value, str):
        return _minutes(value) if argument.kind is Kind.DURATION else _text(argument.kind, value)
    if isinstance(value, tuple):
        return tuple(_text(argument.kind, item) if isinstance(item, str) else item for item in value)
    if isinstance(value, Template):
        return Template(parts=tuple(part if isinstance(part, NodeRef) else _beside(part) for part in value.parts))
    return value


def _minutes(text: str) -> int | str:
    """What is no duration stays text: the tool's model refuses it, with its name."""
    try:
        return parse_duration(_EDGES.sub("", text))
    except DateError:
        return text


def _text(kind: Kind, text: str) -> str:
    text = _unquoted(_EDGES.sub("", text)) or text
    if kind is Kind.EMAILS:
        return spoken.mail_address(text)
    if kind is Kind.PHONES:
        return spoken.phone_number(text)
    if kind is Kind.FILE_NAME:
        return spoken.file_name(text)
    if kind is Kind.NAME:
        return _POSSESSIVE.sub("", _DETERMINER.sub("", text, count=1)) or text
    return text


def _beside(part: str) -> str:
    """Text beside a reference: the spaces around it are the joint, and its punctuation belongs there."""
    core = part.strip()
    return part.replace(core, _unquoted(core), 1) if core else part


def _unquoted(text: str) -> str:
    """Without the pair of quotes around the whole of it."""
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[-1] not in text[1:-1]:
        return text[1:-1].strip()
    return text

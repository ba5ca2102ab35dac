"""Words for the slots of a template: harvested from seeds (40 %), from the word lists (40 %), or odd ones (20 %)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from .lexicon import entries, words
from .numbers import duration_minutes
from .sketch import Ptr, Ref, Sketch, Slot, Variable
from .when import shape_of


@dataclass(frozen=True, slots=True)
class Style:
    """How the sentence is given: dictated (numbers and signs in words), or typed."""

    spoken: bool = False


@dataclass(frozen=True, slots=True)
class Filling:
    """A value, and carrier words to put before and behind it ("my ", " file")."""

    text: str
    lead: str = ""
    tail: str = ""


_WORD = re.compile(r"[\w']+|[^\w\s]")
POSSESSIVE = frozenset(("my", "our", "his", "her", "their", "your"))
_CLAUSE_HEADS = frozenset(
    words(
        "i i'm i've i'll i'd im ive ill we we're we've we'll we'd he he's he'll she she's she'll they they're "
        "they've they'll it it's its it'll you you're you've you'll there there's that's this the my our his her "
        "their your everyone everything nobody no some a an"
    )
)
_QUESTION_HEADS = frozenset(
    words("if whether what when where who why how which is are can could do does did will would should have has may")
)


_NO_GERUNDS = frozenset(
    words(
        "bring sing ring wing string spring thing everything anything something nothing morning evening wedding "
        "parking heating meeting building ceiling boarding pricing visiting hearing counselling zoning casting "
        "fasting swimming lighting rating plumbing wiring flooring training housing spelling"
    )
)


def words_before(text: str, count: int = 1) -> list[str]:
    """The last words of a piece of carrier, lower case, nearest last."""
    return [word.casefold() for word in _WORD.findall(text)[-count:]]


def first_word(text: str) -> str:
    match = _WORD.search(text)
    return match[0].casefold() if match else ""


def _text_kind(variable: Variable) -> str:
    """Where a free text stands, and what it looks like: "that.clause", "to.verb", "quote.other"."""
    before, text = variable.before.rstrip(" "), variable.text
    last = (words_before(before) or [""])[0]
    if before[-1:] in tuple("\"'“‘«„`("):
        where = "quote"
    elif before[-1:] in tuple(":-—–=>") or last in ("says", "reading", "reads", "saying", "say"):
        where = "colon"
    elif last == "to":
        where = "to"
    elif last in (
        "about",
        "re",
        "for",
        "of",
        "regarding",
        "concerning",
        "on",
        "with",
        "called",
        "named",
        "titled",
        "subject",
    ):
        where = "about"
    elif last == "that":
        where = "that"
    else:
        where = "bare"
    head = first_word(text)
    if where == "to":
        form = "verb"
    elif head.endswith("ing") and len(head) > 4 and head not in _NO_GERUNDS:
        form = "gerund"
    elif head in _QUESTION_HEADS:
        form = "question"
    elif head in _CLAUSE_HEADS and len(text.split()) > 2:
        form = "clause"
    else:
        form = "other"
    return f"{where}.{form}"


_ADJECTIVE = re.compile(r"[- ](?:hour|minute)$|-(?:hr|min|mins)$", re.IGNORECASE)
_ONE = re.compile(r"(?:an? |one |half an|1 |a half)", re.IGNORECASE)


def kind_of(variable: Variable) -> str:
    """What may replace a value. Fillers are harvested and drawn by slot and kind."""
    slot, text = variable.slot, variable.text
    last = (words_before(variable.before) or [""])[0]
    if slot is Slot.PERSON:
        if last in POSSESSIVE:
            return "relation" if not text or text[:1].islower() or text.casefold() in _relations() else "name"
        return "role" if last == "the" else "name"
    if slot in (Slot.WHEN, Slot.DATE):
        shape = "day" if slot is Slot.DATE else shape_of(text) if text else "both"
        head = (
            last
            if last in ("at", "on") or (last == "of" and not text)
            else "from"
            if last in ("from", "by", "for", "until", "till", "to", "of", "before", "is")
            else "free"
        )
        lead = first_word(text) if text else ""
        return (
            f"{shape}.{head}.{lead}"
            if lead in ("by", "before", "at", "on", "after", "from", "until", "every", "around")
            else f"{shape}.{head}"
        )
    if slot is Slot.END:
        return (
            "duration"
            if duration_minutes(text) is not None
            else ("day" if shape_of(text) in ("day", "both") else "time")
            if text
            else "time"
        )
    if slot is Slot.DURATION:
        if not text:
            return "adjective" if last in ("a", "an") else "noun"
        return "adjective" if _ADJECTIVE.search(text) and not _ONE.match(text) else "noun"
    if slot is Slot.FILE:
        return (
            "named"
            if re.search(r"\.\w{2,5}$", text)
            else "spoken"
            if " dot " in text.casefold()
            else "described"
            if text
            else "any"
        )
    if slot in (Slot.MESSAGE, Slot.BODY, Slot.CONTENT, Slot.TASK, Slot.TOPIC):
        if not text:
            return {Slot.TASK: "to.verb", Slot.TOPIC: "about.other", Slot.CONTENT: "colon.other"}.get(
                slot, "that.clause"
            )
        return _text_kind(variable)
    if slot is Slot.PLACE:
        return "here" if text.casefold() in ("here", "home", "work", "my current location", "current location") else ""
    return ""


def _relations() -> frozenset[str]:
    return frozenset(entries("relations"))


def set_kinds(sketch: Sketch) -> None:
    ends = any(variable.slot is Slot.END for variable in sketch.variables)
    for variable in sketch.variables:
        variable.kind = kind_of(variable)
        if ends and sketch.skeleton and variable.slot is Slot.WHEN:
            variable.kind = variable.kind.replace("both.", "timed.")
    for call in sketch.calls:
        start, end = call.args.get("start_date"), call.args.get("end_date")
        if not sketch.skeleton and isinstance(start, tuple) and isinstance(end, tuple):
            _match_end(sketch, start[0], end[0])


def _match_end(sketch: Sketch, start: Ref | Ptr, end: Ref | Ptr) -> None:
    """A start whose end is a time of day has one too; "sept 18 to 20" stays as it is."""
    if not isinstance(start, Ptr) or not isinstance(end, Ptr):
        return
    first, last = sketch.variables[start.variable], sketch.variables[end.variable]
    if first.slot is Slot.WHEN and first.kind.startswith("day.") and last.kind == "time":
        if last.text.isdigit():
            first.kind = last.kind = KEEP
        else:
            first.kind = first.kind.replace("day.", "both.", 1)


class Pools:
    """Values harvested from seeds of the training split, by slot and kind."""

    def __init__(self, sketches: Iterable[Sketch]) -> None:
        self._values: dict[tuple[Slot, str], list[str]] = defaultdict(list)
        for sketch in sketches:
            for variable in sketch.variables:
                if variable.text and len(variable.text) < 90:
                    self._values[variable.slot, variable.kind].append(variable.text)

    def draw(self, rng: Random, slot: Slot, kind: str) -> str | None:
        values = self._values.get((slot, kind))
        return rng.choice(values) if values else None

    def values(self, slot: Slot, kind: str) -> Sequence[str]:
        return self._values.get((slot, kind), ())


KEEP = "keep"
"""The kind of a value that nothing replaces."""
_NO_ARTICLE = POSSESSIVE | frozenset(words("the a an this file named called titled pdf that dear mr mrs dr at on"))


def free_before(before: str) -> bool:
    """Whether an article or a preposition may be put between the carrier and the value."""
    last = (words_before(before) or [""])[0]
    if not before.endswith(" ") and before:
        return False
    return last.isalpha() and last not in _NO_ARTICLE

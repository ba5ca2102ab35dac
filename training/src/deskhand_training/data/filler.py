"""The choice of a filling for one variable of a sketch."""

from __future__ import annotations

import re
from random import Random

from . import texts
from .fill import KEEP, Filling, Pools, Style, free_before, words_before
from .lexicon import entries
from .numbers import draw_duration, number_words
from .sketch import Slot, Variable
from .values import draw_email, draw_file, draw_name, draw_phone, draw_place, draw_role
from .when import draw_adverb, draw_date, draw_end, draw_range, draw_when

HARVESTED, LISTED = 0.4, 0.4
_CAPITAL = frozenset({Slot.TITLE, Slot.MTOPIC, Slot.NOTE, Slot.FOLDER, Slot.CALENDAR, Slot.LIST})
_LOOSE = re.compile(r"[,;:!?\n]|\.\s| and | then | also | but | so | because | - |[()\"“”]")


def is_simple(text: str) -> bool:
    """Whether a free text can stand in front of more carrier words without swallowing them."""
    return not _LOOSE.search(text) and len(text.split()) <= 10


_MEETING = re.compile(
    r"[ -](?:zoom|call|meeting|session|block|video|slot|link|online|one|invite|event|chat|sync|catch|stand|long)",
    re.IGNORECASE,
)


class Filler:
    """Draws fillings. `roomy`: nothing follows the value, or what follows is fenced off from it."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    def draw(self, rng: Random, variable: Variable, style: Style, roomy: bool) -> Filling:
        if variable.kind == KEEP:
            return Filling(variable.text)
        if variable.slot is Slot.PERSON:
            return self._person(rng, variable)
        if variable.slot is Slot.EMAIL:
            return Filling(draw_email(rng, style.spoken))
        if variable.slot is Slot.PHONE:
            return Filling(draw_phone(rng, style.spoken))
        if variable.slot in (Slot.FILE, Slot.PDF):
            return self._file(rng, variable, style)
        if variable.slot in (Slot.WHEN, Slot.DATE):
            return self._when(rng, variable, style)
        if variable.slot is Slot.END:
            return self._end(rng, variable, style)
        if variable.slot is Slot.DURATION:
            return self._duration(rng, variable, style)
        if variable.slot is Slot.NUMBER:
            n = rng.randint(1, 9)
            return Filling(number_words(n) if style.spoken and rng.random() < 0.7 else str(n))
        if variable.slot is Slot.PLACE:
            return self._place(rng, variable)
        if variable.slot in (Slot.MESSAGE, Slot.BODY, Slot.CONTENT, Slot.TASK, Slot.TOPIC):
            return self._free_text(rng, variable, roomy)
        return self._named(rng, variable)

    def _harvest(self, rng: Random, slot: Slot, kind: str, share: float = HARVESTED) -> str | None:
        return self._pools.draw(rng, slot, kind) if rng.random() < share else None

    def _person(self, rng: Random, variable: Variable) -> Filling:
        before = variable.before
        if variable.kind == "relation":
            if rng.random() < 0.1:  # "my cousin Kaylee": the name is the contact
                return Filling(draw_name(rng), f"{rng.choice(entries('relations'))} ")
            return Filling(self._harvest(rng, Slot.PERSON, "relation", 0.2) or rng.choice(entries("relations")))
        if variable.kind == "role":
            return Filling(self._harvest(rng, Slot.PERSON, "role", 0.3) or rng.choice(entries("roles")))
        if not variable.nested and variable.text == "" and (free_before(before) or before == ""):
            x = rng.random()
            if x < 0.14:
                return Filling(
                    rng.choice(entries("relations")), rng.choice(("my ", "my ", "my ", "our ")) if before else "my "
                )
            if x < 0.19:
                return Filling(rng.choice(entries("roles")), "the ")
            if x < 0.22:
                return Filling(texts.person_first(rng), f"my {rng.choice(entries('relations'))} ")
        name = self._harvest(rng, Slot.PERSON, "name", 0.25) or draw_name(rng)
        if variable.after.startswith(("'", "’")) and ("'" in name or name.endswith("s")):
            name = texts.person_first(rng)
        tail = ""
        if (
            not variable.nested
            and rng.random() < (0.02 if variable.text else 0.045)
            and re.match(r"\s|$", variable.after)
        ):
            tail = draw_role(rng)  # "Ana from accounting": what tells who is meant is no part of the name
        return Filling(name, "", tail)

    def _file(self, rng: Random, variable: Variable, style: Style) -> Filling:
        pdf = variable.slot is Slot.PDF or variable.text.casefold().endswith(".pdf")
        kind = variable.kind or "any"
        if variable.text and not style.spoken:
            harvested = self._harvest(rng, Slot.FILE, kind, 0.3)
            if harvested and (kind != "named" or harvested.casefold().endswith(".pdf") == pdf):
                return Filling(harvested)
            filling = draw_file(rng, False, pdf, kind, variable.before, variable.after)
            return Filling(filling.text)  # a seed has its articles already
        if variable.text and kind == "described":
            return Filling(draw_file(rng, style.spoken, pdf, kind, "the ", " file").text)
        return draw_file(rng, style.spoken, pdf, kind, variable.before, variable.after)

    def _when(self, rng: Random, variable: Variable, style: Style) -> Filling:
        shape, head, *lead = variable.kind.split(".")
        if variable.text:
            harvested = self._harvest(rng, Slot.WHEN, variable.kind, 1.0 if shape == "other" or lead else 0.4)
            if harvested or shape == "other":
                return Filling(harvested or variable.text)
            if lead and lead[0] not in ("by", "before"):
                return Filling(variable.text)
        if shape == "range":
            day = draw_when(rng, style.spoken, "day", "on" if head == "on" else "any").phrase
            span = draw_range(rng, style.spoken)
            return Filling(f"{day} {span}" if head != "at" and rng.random() < 0.8 else span)
        if lead:
            return Filling(f"{lead[0]} {draw_when(rng, style.spoken, shape, 'any').phrase}")
        if variable.text:
            return Filling(draw_when(rng, style.spoken, shape, head if head in ("at", "on") else "any").phrase)
        return self._when_of_skeleton(rng, variable, style, head)

    def _when_of_skeleton(self, rng: Random, variable: Variable, style: Style, head: str) -> Filling:
        """Here the preposition may be missing: "put {TITLE} on my calendar {WHEN}"."""
        day_only = variable.slot is Slot.DATE
        x = rng.random()
        need = "day" if day_only else "both" if x < 0.68 else "time" if x < 0.84 else "day" if x < 0.94 else "relative"
        if variable.kind.startswith("timed"):  # it has an end, so it has a clock time
            need = "both" if x < 0.75 else "time"
        if need == "relative" and head != "free":
            need = "both"
        if head == "of":
            return Filling(draw_date(rng, style.spoken) if rng.random() < 0.8 else "tomorrow")
        if head in ("at", "on"):
            if head == "at" and need == "day":
                need = "time"
            if head == "on" and need == "time":
                need = "both"
            if head == "on" and words_before(variable.before)[-1:] == ["on"] and need == "both" and rng.random() < 0.3:
                return Filling(f"{draw_date(rng, style.spoken)} {rng.choice(('morning', 'afternoon', 'evening'))}")
            return Filling(draw_when(rng, style.spoken, need, head).phrase)
        drawn = draw_when(rng, style.spoken, need, "any" if head == "from" else "free")
        if head == "from" or not drawn.lead:
            return Filling(drawn.phrase)
        bare = drawn.lead == "at" or drawn.phrase.startswith("the ")
        if not free_before(variable.before) and variable.before.strip() and not variable.before.endswith(", "):
            return Filling(drawn.phrase)
        if bare or rng.random() < 0.6:
            if variable.before.strip() and not variable.before.endswith((" ", ",")):
                return Filling(drawn.phrase)
            return Filling(drawn.phrase, f"{drawn.lead} ")
        return Filling(drawn.phrase)

    def _end(self, rng: Random, variable: Variable, style: Style) -> Filling:
        if variable.text:
            harvested = self._harvest(rng, Slot.END, variable.kind, 0.3)
            if harvested:
                return Filling(harvested)
        if variable.kind == "duration":
            return Filling(
                draw_duration(
                    rng,
                    style.spoken,
                    adjective="-" in variable.text or (words_before(variable.before) or [""])[0] in ("a", "an"),
                )
            )
        if variable.kind == "day":
            return Filling(
                draw_date(rng, style.spoken) if rng.random() < 0.8 else draw_adverb(rng, style.spoken, clock=False)
            )
        return Filling(draw_end(rng, style.spoken))

    def _duration(self, rng: Random, variable: Variable, style: Style) -> Filling:
        """An adjective after "a" and before a noun, else a noun; the article goes with what is drawn."""
        after, last = variable.after, (words_before(variable.before) or [""])[0]
        noun_follows = bool(_MEETING.match(after))
        adjective = variable.kind == "adjective" or noun_follows
        text = draw_duration(rng, style.spoken, adjective)
        if last in ("a", "an") and re.match(r"an? ", text):
            text = text.split(" ", 1)[1]
        if (
            adjective
            and last not in ("a", "an", "the", "my", "our")
            and not variable.text
            and rng.random() < 0.5
            and free_before(variable.before)
        ):
            return Filling(text, "a ")
        return Filling(text)

    def _place(self, rng: Random, variable: Variable) -> Filling:
        if variable.kind == "here":
            return Filling(variable.text)
        harvested = self._harvest(rng, Slot.PLACE, "", 0.3)
        if harvested:
            return Filling(harvested)
        filling = draw_place(rng, variable.before)
        return Filling(filling.text) if variable.text else filling

    def _named(self, rng: Random, variable: Variable) -> Filling:
        """Titles, notes, folders, lists: names that are typed with or without capitals."""
        slot = variable.slot
        harvested = self._harvest(rng, slot, variable.kind, 0.3)
        if harvested:
            return Filling(harvested)
        if slot is Slot.NOTE:
            return Filling(texts.note_name(rng))
        if slot in (Slot.FOLDER, Slot.CALENDAR, Slot.LIST):
            return Filling(texts.folder_name(rng))
        if slot is Slot.MTOPIC and rng.random() < 0.5:
            match = re.match(r"(?:the|my|our|a) (?=\S)", topic := texts.topic(rng))
            if match is None:
                return Filling(topic)
            return Filling(topic[match.end() :], match[0] if free_before(variable.before) and not variable.text else "")
        title = texts.title(rng)
        if rng.random() < 0.4:
            title = texts.capitalised(rng, title)
        if (
            slot is Slot.TITLE
            and not variable.text
            and title[:1].islower()
            and free_before(variable.before)
            and rng.random() < 0.18
        ):
            return Filling(title, rng.choice(("the ", "my ", "our ")))
        return Filling(title)

    def _free_text(self, rng: Random, variable: Variable, roomy: bool) -> Filling:
        text = self._text(rng, variable, roomy)
        for _ in range(12):
            if roomy or is_simple(text):
                break
            text = self._text(rng, variable, roomy)
        return Filling(text)

    def _text(self, rng: Random, variable: Variable, roomy: bool) -> str:
        slot = variable.slot
        where, _, form = variable.kind.partition(".")
        x = rng.random()
        if x < HARVESTED:
            harvested = self._harvested_text(rng, slot, where, form)
            if harvested:
                return harvested
        odd = x > HARVESTED + LISTED
        if slot is Slot.TASK:
            phrase = f"{rng.choice(entries('verbs'))} {texts.odd_phrase(rng, 1, 4)}" if odd else texts.task(rng)
            if form == "gerund":
                return texts.gerund(phrase)
            return (
                phrase
                if form in ("verb",) or where == "to" or rng.random() < 0.6 or not variable.text
                else texts.noun_phrase(rng)
            )
        if slot is Slot.TOPIC or where == "about":
            if form == "gerund":
                return texts.gerund(texts.task(rng))
            if form == "question" or slot is not Slot.TOPIC:
                return self._pools.draw(rng, slot, variable.kind) or variable.text
            return texts.odd_phrase(rng, 1, 4) if odd else texts.topic(rng)
        if form == "verb":
            return f"{rng.choice(entries('verbs'))} {texts.odd_phrase(rng, 1, 3)}" if odd else texts.task(rng)
        if form == "gerund":
            return texts.gerund(texts.task(rng))
        if slot is Slot.CONTENT:
            return texts.odd_phrase(rng, 1, 6) if odd else texts.content(rng)
        if where in ("quote", "colon"):
            return (
                texts.long_text(rng)
                if roomy and rng.random() < 0.15
                else texts.odd_clause(rng)
                if odd
                else texts.any_text(rng)
            )
        if form == "question":
            return self._pools.draw(rng, slot, variable.kind) or variable.text
        if form == "other" and where == "bare" and variable.text:
            return texts.fragment(rng) if rng.random() < 0.35 else texts.odd_clause(rng) if odd else texts.clause(rng)
        return texts.odd_clause(rng) if odd else texts.clause(rng)

    def _harvested_text(self, rng: Random, slot: Slot, where: str, form: str) -> str | None:
        """From the same slot; a message may also lend to a mail, and a clause from anywhere may follow a colon."""
        slots = [slot] if slot in (Slot.TASK, Slot.TOPIC, Slot.CONTENT) else [Slot.MESSAGE, Slot.BODY]
        places = (
            ("quote", "colon", "bare")
            if where in ("quote", "colon")
            else (where, "that", "bare")
            if form == "clause"
            else (where,)
        )
        if where == "about" and slot not in (Slot.TOPIC,):
            places = (where,)
        return self._pools.draw(rng, rng.choice(slots), f"{rng.choice(places)}.{form}")

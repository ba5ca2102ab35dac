"""Free text to fill slots with: clauses, tasks, topics, titles, notes. Wide on purpose: what a model sees too often
it writes instead of copying."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from .lexicon import entries, made_up, rare_words
from .when import draw_adverb, draw_clock, draw_date

_ARTICLE = re.compile(r"\b([Aa]) (?=[aeio]\w)")
_MARK = re.compile(r"\[(XS|[PDTLNXAV])\]")


def person_first(rng: Random) -> str:
    return rng.choice(entries("first_names"))


def person_last(rng: Random) -> str:
    return rng.choice(entries("last_names"))


def odd_word(rng: Random) -> str:
    """A word of the encoder's vocabulary that is rare, or one that nobody has."""
    words = rare_words()
    return rng.choice(words) if words and rng.random() < 0.75 else made_up(rng)


def noun(rng: Random) -> str:
    return rng.choice(entries("nouns")) if rng.random() < 0.9 else odd_word(rng)


def adjective(rng: Random) -> str:
    return rng.choice(entries("adjectives"))


def plural(word: str) -> str:
    if word.endswith(("s", "x", "ch", "sh", "z")):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def noun_phrase(rng: Random, article: bool = True) -> str:
    """ "the broken gate", "Ana's lease", "our kayaks"."""
    x = rng.random()
    head = noun(rng)
    if x < 0.2:
        head = plural(head)
    if rng.random() < 0.35:
        head = f"{adjective(rng)} {head}"
    if rng.random() < 0.12:
        head = f"{noun(rng)} {head}"
    if not article:
        return head
    y = rng.random()
    lead = (
        "the "
        if y < 0.62
        else "my "
        if y < 0.72
        else "our "
        if y < 0.8
        else f"{person_first(rng)}'s "
        if y < 0.86
        else ""
        if x < 0.2 or y < 0.93
        else "a "
    )
    return _ARTICLE.sub(r"\1n ", lead + head) if lead == "a " else lead + head


def task(rng: Random) -> str:
    """A bare verb phrase: what somebody is to be reminded of or asked for."""
    x = rng.random()
    if x < 0.45:
        return rng.choice(entries("bare_tasks"))
    phrase = f"{rng.choice(entries('verbs'))} {noun_phrase(rng)}"
    y = rng.random()
    if y < 0.06:
        phrase += f" for {person_first(rng)}"
    elif y < 0.10:
        phrase += f" and {rng.choice(entries('verbs'))} {noun_phrase(rng)}"
    elif y < 0.14:
        phrase += f" with {person_first(rng)}"
    elif y < 0.17:
        phrase += rng.choice(
            (" again", " properly", " this time", " before it rains", " once and for all", " if possible", " at work")
        )
    elif y < 0.20:
        phrase += f" from {place_name(rng)}"
    return phrase


_DOUBLED = re.compile(r"[^aeiou][aeiou][bdgmnprt]")


def gerund(phrase: str) -> str:
    """ "pay the bill" -> "paying the bill"."""
    verb, _, rest = phrase.partition(" ")
    if verb.endswith("ie"):
        verb = verb[:-2] + "ying"
    elif verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        verb = verb[:-1] + "ing"
    elif _DOUBLED.fullmatch(verb[-3:]) and len(verb) <= 4:
        verb = verb + verb[-1] + "ing"
    else:
        verb += "ing"
    return f"{verb} {rest}".strip()


def place_name(rng: Random) -> str:
    return rng.choice(entries("places" if rng.random() < 0.6 else "cities"))


def _day(rng: Random) -> str:
    return (
        draw_date(rng, spoken=rng.random() < 0.5) if rng.random() < 0.5 else draw_adverb(rng, spoken=True, clock=True)
    )


_MARKS: dict[str, Callable[[Random], str]] = {
    "P": lambda rng: person_first(rng) if rng.random() < 0.8 else rng.choice(entries("relations")),
    "D": _day,
    "T": lambda rng: draw_clock(rng, spoken=rng.random() < 0.4),
    "L": place_name,
    "N": lambda rng: (
        str(rng.randint(2, 40))
        if rng.random() < 0.75
        else rng.choice(("two", "three", "four", "five", "ten", "twenty"))
    ),
    "X": noun,
    "XS": lambda rng: plural(noun(rng)),
    "A": adjective,
    "V": task,
}


def expand(rng: Random, template: str) -> str:
    """Put words in place of the marks of a clause."""
    said = _MARK.sub(lambda match: _MARKS[match[1]](rng), template)
    return _ARTICLE.sub(r"\1n ", said)


def clause(rng: Random) -> str:
    """A main clause, in lower case but for names and "i"."""
    said = expand(rng, rng.choice(entries("clauses")))
    x = rng.random()
    if x < 0.07:
        said += rng.choice((" so ", " because ", " but ", " and ")) + expand(rng, rng.choice(entries("clauses")))
    elif x < 0.13:
        said += rng.choice(
            (
                " now",
                " today",
                " again",
                " as well",
                " too",
                " for now",
                " in the end",
                " after all",
                " already",
                " by the way",
                " tonight",
                " this week",
            )
        )
    return said


def question(rng: Random) -> str:
    return expand(rng, rng.choice(entries("questions")))


def fragment(rng: Random) -> str:
    return expand(rng, rng.choice(entries("fragments")))


def odd_phrase(rng: Random, least: int, most: int) -> str:
    """Words at random: a text that no model can guess, only copy."""
    words = [odd_word(rng) if rng.random() < 0.6 else noun(rng) for _ in range(rng.randint(least, most))]
    if len(words) > 2 and rng.random() < 0.4:
        words.insert(rng.randint(1, len(words) - 1), rng.choice(("of", "for", "with", "in", "the", "a", "to", "and")))
    return " ".join(words)


def odd_clause(rng: Random) -> str:
    """A clause with words in it that nobody expects."""
    words = clause(rng).split(" ")
    at = rng.randint(1, len(words))
    return " ".join([*words[:at], odd_phrase(rng, 1, 3), *words[at:]])


def any_text(rng: Random) -> str:
    """What can stand in quotes or after a colon: any of the above, one or two of them."""
    x = rng.random()
    if x < 0.42:
        text = clause(rng)
    elif x < 0.60:
        text = question(rng)
    elif x < 0.86:
        text = fragment(rng)
    elif x < 0.93:
        text = odd_clause(rng)
    else:
        text = odd_phrase(rng, 1, 6)
    return text


def long_text(rng: Random) -> str:
    """Two or three sentences' worth."""
    joint = rng.choice((", ", ". ", " - ", " and ", ", so ", ". "))
    return joint.join((clause(rng), any_text(rng)))


def topic(rng: Random) -> str:
    x = rng.random()
    if x < 0.4:
        return rng.choice(entries("topics"))
    if x < 0.85:
        return noun_phrase(rng)
    if x < 0.93:
        other = rng.choice((noun_phrase, person_first, place_name))(rng)
        return f"{noun_phrase(rng)} {rng.choice(('for', 'in', 'at', 'with', 'and', 'of'))} {other}"
    return odd_phrase(rng, 1, 3)


def title(rng: Random) -> str:
    x = rng.random()
    if x < 0.42:
        return rng.choice(entries("titles_events"))
    if x < 0.56:
        what = rng.choice(
            (
                "lunch",
                "dinner",
                "coffee",
                "call",
                "meeting",
                "drinks",
                "sync",
                "catch-up",
                "interview",
                "1:1",
                "walk",
                "brunch",
                "session",
                "chat",
            )
        )
        who = person_first(rng) if rng.random() < 0.7 else f"{person_first(rng)} and {person_first(rng)}"
        return f"{what} with {who}" if rng.random() < 0.8 else f"{person_first(rng)}'s {what}"
    if x < 0.66:
        return f"{person_first(rng)}'s {rng.choice(entries('occasions'))}"
    if x < 0.84:
        return f"{noun(rng)} {rng.choice(entries('meeting_nouns'))}"
    if x < 0.94:
        return noun_phrase(rng, article=False)
    return odd_phrase(rng, 1, 3)


def capitalised(rng: Random, text: str) -> str:
    """As a title is typed: "Budget review" or "Budget Review", or left alone."""
    x = rng.random()
    if x < 0.35:
        return text
    if x < 0.65:
        return text[:1].upper() + text[1:]
    return " ".join(
        word[:1].upper() + word[1:] if len(word) > 2 or not word.isalpha() else word for word in text.split(" ")
    )


def note_name(rng: Random) -> str:
    x = rng.random()
    if x < 0.45:
        return rng.choice(entries("notes"))
    if x < 0.75:
        return capitalised(rng, noun_phrase(rng, article=False))
    if x < 0.85:
        return capitalised(rng, f"{noun(rng)} {rng.choice(entries('note_nouns'))}")
    return capitalised(rng, odd_phrase(rng, 1, 2))


def folder_name(rng: Random) -> str:
    x = rng.random()
    if x < 0.55:
        return rng.choice(entries("folders"))
    return capitalised(rng, noun(rng) if x < 0.85 else odd_word(rng))


def shopping(rng: Random) -> str:
    """ "milk, eggs and a drill"."""
    items = [plural(noun(rng)) if rng.random() < 0.5 else noun(rng) for _ in range(rng.randint(2, 4))]
    return ", ".join(items[:-1]) + rng.choice((", ", " and ", ", and ")) + items[-1]


def content(rng: Random) -> str:
    """The text of a note."""
    x = rng.random()
    if x < 0.22:
        return shopping(rng)
    if x < 0.5:
        return clause(rng)
    if x < 0.62:
        return task(rng)
    if x < 0.74:
        return noun_phrase(rng)
    if x < 0.9:
        return fragment(rng)
    return odd_phrase(rng, 1, 5)

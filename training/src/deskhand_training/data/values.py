"""Names, addresses, numbers, files and places to fill slots with."""

from __future__ import annotations

import re
from random import Random

from . import texts
from .fill import POSSESSIVE, Filling, first_word, free_before, words_before
from .lexicon import entries, made_up
from .numbers import number_words
from .when import MONTHS, WEEKDAYS

_COUNTRY_CODES = (
    "1",
    "44",
    "49",
    "33",
    "34",
    "91",
    "81",
    "353",
    "61",
    "39",
    "31",
    "48",
    "234",
    "254",
    "55",
    "52",
    "86",
    "7",
)
_SIGNS = re.compile(r"d|^\+(?=[ d])")
_FILE_NOUNS = frozenset({"file", "pdf", "document", "doc"})
_VERSIONS = ("v2", "v3", "final", "draft", "FINAL", "rev4", "signed", "copy", "new", "old", "(1)", "latest")


def draw_name(rng: Random) -> str:
    """A person's name: first, full, with a title, an initial, a handle."""
    first = texts.person_first(rng) if rng.random() < 0.85 else _odd_name(rng)
    last = texts.person_last(rng) if rng.random() < 0.85 else made_up(rng).capitalize()
    x = rng.random()
    if x < 0.56:
        return first
    if x < 0.80:
        return f"{first} {last}"
    if x < 0.90:
        return f"{rng.choice(entries('titles'))} {last if rng.random() < 0.7 else first}"
    if x < 0.93:
        return f"{first} {last[0]}{rng.choice(('', '.'))}"
    if x < 0.945:
        return f"{first}-{texts.person_first(rng)}"
    if x < 0.955:
        return f"{first} {texts.person_last(rng)}-{last}"
    if x < 0.965:
        return f"{first} {texts.person_first(rng)} {last}"
    if x < 0.985:
        return rng.choice(entries("handles"))
    return f"{first}'s {rng.choice(entries('relations'))}"


def _odd_name(rng: Random) -> str:
    return (made_up(rng) if rng.random() < 0.6 else texts.odd_word(rng)).capitalize()


def draw_role(rng: Random) -> str:
    """What may stand behind a name to tell who is meant; no part of the name."""
    x = rng.random()
    if x < 0.1:
        return rng.choice((" downstairs", " next door", " upstairs"))
    if x < 0.45:
        return f" {rng.choice(('from', 'from', 'in', 'at'))} {rng.choice(entries('workplaces'))}"
    if x < 0.6:
        return f" from {texts.place_name(rng)}"
    return f" the {rng.choice(entries('roles' if rng.random() < 0.3 else 'relations'))}"


def _ascii_name(rng: Random, name: str) -> str:
    return re.sub(r"[^a-z]", "", name.casefold()) or re.sub(r"[^a-z]", "", made_up(rng)) or "jo"


def draw_email(rng: Random, spoken: bool) -> str:
    first = _ascii_name(rng, texts.person_first(rng) if rng.random() < 0.6 else made_up(rng))
    last = _ascii_name(rng, texts.person_last(rng) if rng.random() < 0.6 else made_up(rng))
    host = _ascii_name(rng, (texts.noun(rng) if rng.random() < 0.6 else texts.odd_word(rng)).split(" ")[0])
    if rng.random() < 0.35:
        host += rng.choice(("-", "")) + rng.choice(entries("mail_trades"))
    end = rng.choice(entries("mail_ends")[:5] if rng.random() < 0.35 else entries("mail_ends"))
    domain = rng.choice(entries("mail_hosts")) if rng.random() < 0.3 else host + end
    shared = rng.choice(entries("mail_boxes"))
    number = rng.randint(1, 99)
    if spoken:
        forms = ("{f}", "{f} dot {l}", "{i} {l}", "{f} underscore {l}", "{l}", "{box}", "{f} {n}")
        domain = domain.replace("-", " dash ").replace(".", " dot ")
        user = rng.choice(forms).format(f=first, l=last, i=first[0], box=shared, n=number)
        return f"{user} at {domain}"
    forms = (
        "{f}",
        "{f}.{l}",
        "{i}{l}",
        "{f}_{l}",
        "{l}",
        "{f}{n}",
        "{box}",
        "{f}{j}",
        "{i}.{l}",
        "{l}.{f}",
        "{f}-{l}",
        "{f}+{h}",
    )
    user = rng.choice(forms).format(f=first, l=last, i=first[0], j=last[0], box=shared, n=number, h=host[:4])
    return f"{user}@{domain}"


def draw_phone(rng: Random, spoken: bool) -> str:
    if spoken and rng.random() < 0.6:
        digits = (rng.randrange(10) for _ in range(rng.choice((7, 7, 10))))
        return " ".join("oh" if n == 0 and rng.random() < 0.6 else number_words(n) for n in digits)
    form = rng.choice(entries("phone_forms"))
    return _SIGNS.sub(lambda m: str(rng.randrange(10)) if m[0] == "d" else f"+{rng.choice(_COUNTRY_CODES)}", form)


def _file_words(rng: Random) -> list[str]:
    phrase = texts.noun_phrase(rng, article=False) if rng.random() < 0.7 else texts.odd_phrase(rng, 1, 3)
    words = phrase.split(" ")
    x = rng.random()
    if x < 0.12:
        words.append(str(rng.choice((2023, 2024, 2025, 2026))))
    elif x < 0.2:
        words.append(rng.choice(_VERSIONS))
    elif x < 0.27:
        words.insert(0, rng.choice(("Q1", "Q2", "Q3", "Q4", "FY25", rng.choice(MONTHS), rng.choice(WEEKDAYS))))
    elif x < 0.33:
        words.insert(0, texts.person_first(rng))
    elif x < 0.37:
        words.append(str(rng.randint(2, 4820)))
    return words


def draw_file(rng: Random, spoken: bool, pdf: bool, kind: str, before: str, after: str) -> Filling:
    """A file, by its name or by a description ("the lease agreement", with "the" outside). kind: named, spoken,
    described, or any of them."""
    words = _file_words(rng)
    common = entries("extensions")[:4]
    ending = "pdf" if pdf else rng.choice(common if rng.random() < 0.4 else entries("extensions"))
    if kind == "any":
        kind = "described" if rng.random() < 0.4 else "named"
    if spoken:
        words = [word.casefold() for word in words if "(" not in word]
        if kind in ("named", "spoken") and rng.random() < 0.8:
            joint = rng.choice((" ", " ", " ", " underscore ", " dash "))
            return Filling(f"{joint.join(words)} dot {ending}")
        kind = "described"
    if kind == "spoken":
        return Filling(" ".join(words).casefold() + f" dot {ending}")
    if kind == "named":
        return _named_file(rng, words, ending, before, after)
    return _described_file(rng, words, pdf, before, after)


def _named_file(rng: Random, words: list[str], ending: str, before: str, after: str) -> Filling:
    x = rng.random()
    if x < 0.3:
        words = [word[:1].upper() + word[1:] for word in words]
    elif x < 0.75:
        words = [word.casefold() for word in words]
    joint = rng.choice(("_", "_", "-", " ", " ", "" if x < 0.3 else "_"))
    name = f"{joint.join(words)}.{ending if rng.random() < 0.96 else ending.upper()}"
    if not free_before(before):
        return Filling(name)
    if rng.random() < 0.2:
        return Filling(name, "the file ")
    if '"' not in before + after and rng.random() < 0.06:
        return Filling(name, '"', '"')
    return Filling(name)


def _described_file(rng: Random, words: list[str], pdf: bool, before: str, after: str) -> Filling:
    last = (words_before(before) or [""])[0]
    owned = last in POSSESSIVE or last in ("the", "a", "file", "this", "pdf") or last.endswith("'s")
    lead = "" if owned or before.endswith(tuple("\"'“")) else rng.choice(("the ", "the ", "my "))
    tail = ""
    if first_word(after) not in _FILE_NOUNS and (lead or last in ("the", "my", "our", "a")):
        tail = rng.choice((" pdf", " PDF", " pdf", " file", "") if pdf else ("", "", " file", " document", " doc"))
    text = " ".join(words)
    return Filling(text if rng.random() < 0.5 else text.casefold(), lead, tail)


def draw_place(rng: Random, before: str) -> Filling:
    x = rng.random()
    if x < 0.4:
        text = rng.choice(entries("places"))
    elif x < 0.92:
        number = rng.choice((rng.randint(1, 99), rng.randint(100, 999), rng.randint(1000, 9999)))
        text = rng.choice(entries("street_forms")).format(
            n=number,
            m=rng.randint(1, 40),
            s=rng.choice(entries("streets")),
            s2=rng.choice(entries("streets")),
            c=rng.choice(entries("cities")),
            l=texts.person_last(rng),
            f=texts.person_first(rng),
            f2=texts.person_first(rng),
        )
    else:
        text = " ".join(word.capitalize() for word in texts.odd_phrase(rng, 1, 3).split(" "))
    match = re.match(r"(?:the|my|our) (?=\S)", text)
    if match:
        return Filling(text[match.end() :], match[0] if free_before(before) or before == "" else "")
    if text[:1].islower() and text not in ("home", "work") and free_before(before):
        return Filling(text, rng.choice(("the ", "the ", "the ", "my ", "")))
    return Filling(text)

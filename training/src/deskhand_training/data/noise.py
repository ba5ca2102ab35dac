"""What people and microphones do to a sentence. Carrier words change; a value keeps its letters, if not its case."""

from __future__ import annotations

import re
from random import Random

from .draft import Draft, tidy
from .fill import Style, first_word, words_before
from .filler import Filler
from .lexicon import entries, pairs, phrases
from .sketch import FREE_TEXT, Hole, Piece, Slot

_UMS = ("um", "uh", "like", "you know", "uhm", "er", "erm", "so", "well", "i mean", "umm", "uhh", "ah", "hmm")
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
CORRECTABLE = frozenset(
    {
        Slot.PERSON,
        Slot.WHEN,
        Slot.DATE,
        Slot.END,
        Slot.PLACE,
        Slot.FILE,
        Slot.PDF,
        Slot.NOTE,
        Slot.DURATION,
        Slot.TITLE,
        Slot.FOLDER,
        Slot.LIST,
        Slot.CALENDAR,
        Slot.MTOPIC,
    }
)


def typo(rng: Random, word: str) -> str:
    if len(word) < 4:
        return word
    at = rng.randrange(1, len(word) - 1)
    x = rng.random()
    if x < 0.35:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if x < 0.6:
        return word[:at] + word[at + 1 :]
    if x < 0.75:
        return word[:at] + word[at] + word[at:]
    row = next((row for row in _KEYS if word[at].casefold() in row), "e")
    near = row.find(word[at].casefold())
    return word[:at] + row[max(0, min(len(row) - 1, near + rng.choice((-1, 1))))] + word[at + 1 :]


def misspell(rng: Random, draft: Draft, share: float) -> None:
    """Typos and chat abbreviations in carrier words."""

    def change(text: str) -> str:
        words = re.split(r"(\W+)", text)
        for n, word in enumerate(words):
            if word.isalpha() and word.isascii():
                if rng.random() < share:
                    words[n] = typo(rng, word)
                elif word.casefold() in pairs("abbreviations") and rng.random() < share * 1.5:
                    after = words[n + 1] if n + 1 < len(words) else ""
                    if not after.startswith("'"):
                        words[n] = pairs("abbreviations")[word.casefold()]
        return "".join(words)

    draft.map_carrier(change)


def insert_ums(rng: Random, draft: Draft) -> None:
    """Fillers between carrier words, or between carrier and value."""
    places = [
        (n, m.end()) for n, p in enumerate(draft.pieces) if isinstance(p, str) for m in re.finditer(r"(?<=\w) ", p)
    ]
    if not places:
        return
    chosen = sorted(rng.sample(places, min(len(places), rng.choice((1, 1, 2)))), reverse=True)
    for n, at in chosen:
        text = draft.pieces[n]
        assert isinstance(text, str)
        um = rng.choice(_UMS)
        before = words_before(text[:at])
        if before and before[0] in ("my", "the", "a", "an") and um in ("so", "well", "like"):
            um = "um"
        mark = "," if not draft.spoken and rng.random() < 0.4 else ""
        draft.pieces[n] = (
            f"{text[:at].rstrip(' ')}{mark} {um}{mark} {text[at:]}" if mark else f"{text[:at]}{um} {text[at:]}"
        )


def correct(rng: Random, draft: Draft, filler: Filler) -> bool:
    """ "X no wait Y": the value is Y. Only where the value is said once."""
    holes = [
        n
        for n, piece in enumerate(draft.pieces)
        if isinstance(piece, Hole) and draft.variables[piece.variable].slot in CORRECTABLE and not piece.inner
    ]
    rng.shuffle(holes)
    for n in holes:
        hole = draft.pieces[n]
        assert isinstance(hole, Hole)
        variable = draft.variables[hole.variable]
        if _count(draft.pieces, hole.variable) > 1 or not draft.values[hole.variable]:
            continue
        wrong = filler.draw(rng, variable, Style(draft.spoken), roomy=False).text
        if draft.spoken:
            wrong = re.sub(r"[,.;:!?](?=\s|$)", "", wrong)
        if not wrong or wrong.casefold() == draft.values[hole.variable].casefold():
            continue
        form = rng.choice(phrases("corrections"))
        if draft.spoken:
            form = re.sub(r"\.\.\.|[,-]", "", form).replace("  ", " ").casefold()
        before = draft.pieces[n - 1] if n else ""
        lead = ""
        if isinstance(before, str):
            match = re.search(r"\b(my|the|our|at|on|to|with|from|for) $", before)
            lead = match[0] if match and rng.random() < 0.7 else ""
        left, right = form.replace("{x}", wrong).split("{y}")
        draft.pieces[n : n + 1] = [left + lead, hole, right]
        draft.pieces = tidy(draft.pieces)
        return True
    return False


def correct_at_end(rng: Random, draft: Draft, filler: Filler) -> bool:
    """ "lunch at 3 with Bo ... actually make it 4"."""
    if draft.ends_open():
        return False
    for n, hole in enumerate(draft.pieces):
        if (
            isinstance(hole, Hole)
            and draft.variables[hole.variable].slot in (Slot.WHEN, Slot.DATE)
            and not hole.inner
            and _count(draft.pieces, hole.variable) == 1
        ):
            wrong = filler.draw(rng, draft.variables[hole.variable], Style(draft.spoken), roomy=False).text
            right = draft.values[hole.variable]
            if wrong.casefold() == right.casefold():
                return False
            link = rng.choice(
                (
                    " actually make it ",
                    " no wait make it ",
                    " sorry i mean ",
                    " wait no ",
                    " actually no ",
                    " hmm make that ",
                )
            )
            if not draft.spoken:
                link = rng.choice(
                    (
                        ", actually make it ",
                        ", no wait, make it ",
                        "; make that ",
                        " - actually ",
                        ", sorry, ",
                        ". Actually, make it ",
                        "... no, ",
                    )
                )
            end = draft.pieces[-1]
            if isinstance(end, str):
                draft.pieces[-1] = end.rstrip(" .!?")
            draft.pieces[n] = wrong
            draft.pieces = tidy([*draft.pieces, link, hole])
            return True
    return False


def _count(pieces: list[Piece] | tuple[Piece, ...], variable: int) -> int:
    return sum(
        (piece.variable == variable) + _count(piece.inner, variable) for piece in pieces if isinstance(piece, Hole)
    )


def decapitalise(text: str) -> str:
    """For a clause that moves into a sentence: "Text Bo" -> "text Bo"; "I'm" stays."""
    return text if re.match(r"I\b|[A-Z]{2}|[A-Z]\w*'s\b", text) else text[:1].lower() + text[1:]


def add_prefix(rng: Random, draft: Draft) -> None:
    first = draft.pieces[0]
    imperative = isinstance(first, str) and first_word(first) in entries("imperatives")
    prefix = rng.choice(phrases("prefixes" if imperative and rng.random() < 0.65 else "greetings"))
    if isinstance(first, str):
        draft.pieces[0] = prefix + (decapitalise(first) if imperative else first)
    else:
        draft.pieces.insert(0, prefix)
    if draft.spoken:
        draft.pieces[0] = re.sub(r"[,:]", "", str(draft.pieces[0]))


def add_suffix(rng: Random, draft: Draft) -> None:
    last = draft.last_variable()
    if last is not None and last.slot in FREE_TEXT:
        return
    suffix = rng.choice(phrases("suffixes"))
    if draft.spoken:
        suffix = re.sub(r"[,?]", "", suffix)
    end = draft.pieces[-1]
    if isinstance(end, str):
        draft.pieces[-1] = end.rstrip(" .!?\n") + suffix
    else:
        draft.pieces.append(suffix)


def add_context(rng: Random, draft: Draft) -> None:
    """A remark before the command."""
    remark = rng.choice(entries("contexts"))
    if draft.spoken:
        joint = rng.choice((" ", " so ", " um "))
    else:
        joint = rng.choice((". ", ". ", ", so ", " - ", "! ", "... "))
    first = draft.pieces[0]
    if isinstance(first, str) and joint in (". ", "! "):
        draft.pieces[0] = first[:1].upper() + first[1:]
    draft.pieces = tidy([remark + joint, *draft.pieces])


def capital_i(text: str) -> str:
    return re.sub(r"\bi\b(?=['’ ,.!?]|$)", "I", text)


def finish(rng: Random, draft: Draft, proper: bool) -> None:
    """Capital and full stop, or neither; quirks of typing."""
    draft.map_carrier(lambda text: re.sub(" {2,}", " ", text))
    if draft.spoken:
        draft.map_text(str.lower)
        end = draft.pieces[-1]
        if isinstance(end, str):
            draft.pieces[-1] = end.rstrip(" .!?,") or " "
        return
    if proper:
        draft.map_text(capital_i)
        first = draft.pieces[0]
        if isinstance(first, str):
            draft.pieces[0] = first[:1].upper() + first[1:]
        elif not first.inner and draft.variables[first.variable].slot is not Slot.EMAIL:
            value = draft.values[first.variable]
            draft.values[first.variable] = value[:1].upper() + value[1:]
        end = draft.pieces[-1]
        if rng.random() < 0.45:
            mark = (
                "?"
                if isinstance(first, str)
                and first_word(first) in ("can", "could", "would", "what", "where", "how", "is", "do", "what's")
                else "."
            )
            if isinstance(end, Hole):
                if not draft.values[end.variable].endswith((".", "!", "?")):
                    draft.pieces.append(mark)
            elif end.strip() and end.rstrip()[-1].isalnum():
                draft.pieces[-1] = end.rstrip() + mark
        return
    x = rng.random()
    if x < 0.6:
        draft.map_text(str.lower)
    elif x < 0.63:
        draft.map_text(lambda text: text.upper() if len(text.upper()) == len(text) else text)
    if rng.random() < 0.3:
        draft.map_carrier(lambda text: text.replace("'", "") if not text.startswith("'") else text)
    if rng.random() < 0.25:
        draft.map_carrier(lambda text: re.sub(r",(?= )", "", text))
    if rng.random() < 0.5:
        end = draft.pieces[-1]
        if isinstance(end, str):
            draft.pieces[-1] = end.rstrip(" .") or " "


def roughen(rng: Random, draft: Draft, filler: Filler, proper: bool, level: float = 1.0) -> None:
    """All of the above, each with its chance."""
    if (
        rng.random() < 0.06 * level and not correct(rng, draft, filler) and rng.random() < 0.4
    ) or rng.random() < 0.012 * level:
        correct_at_end(rng, draft, filler)
    if rng.random() < 0.14 * level:
        add_prefix(rng, draft)
    if rng.random() < 0.05 * level:
        add_context(rng, draft)
    if rng.random() < 0.12 * level:
        add_suffix(rng, draft)
    if rng.random() < (0.22 if draft.spoken else 0.04) * level:
        insert_ums(rng, draft)
    if not draft.spoken and not proper and rng.random() < 0.3 * level:
        misspell(rng, draft, 0.12)
    elif rng.random() < 0.05 * level and not draft.spoken:
        misspell(rng, draft, 0.06)
    finish(rng, draft, proper)

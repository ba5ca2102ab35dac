"""Two or more drafts as one command: connectives, one person meant twice, lookups done once."""

from __future__ import annotations

import re
from random import Random

from .draft import Draft, tidy
from .fill import first_word, words_before
from .lexicon import entries, phrases, words
from .noise import decapitalise
from .sketch import Call, Hole, Piece, Ptr, Ref, Slot, canonical

_OBJECT_OF = frozenset(
    words(
        "text email message mail tell send to invite with for ask ping let cc copy sms inform notify remind forward "
        "give show telling texting emailing"
    )
)
_LOOKUPS = frozenset({"get_phone_number", "get_email_address"})
_POLITE = frozenset(words("please can could would i i'd i'll let's also kindly just"))


def begins_plainly(draft: Draft) -> bool:
    """Whether the draft begins with an imperative or a polite form, so that a mere "and" can lead into it."""
    first = draft.pieces[0]
    return isinstance(first, str) and (first_word(first) in entries("imperatives") or first_word(first) in _POLITE)


def share_person(rng: Random, first: Draft, second: Draft) -> tuple[int, int] | None:
    """Make a person of the second draft one of the first: said again, or by a pronoun. Gives the two variables."""
    known = [n for n, v in enumerate(first.variables) if v.slot is Slot.PERSON and not v.nested]
    wanted = [n for n, v in enumerate(second.variables) if v.slot is Slot.PERSON and not v.nested]
    rng.shuffle(wanted)
    if not known or not wanted:
        return None
    old, new = rng.choice(known), wanted[0]
    holes = [n for n, piece in enumerate(second.pieces) if isinstance(piece, Hole) and piece.variable == new]
    if len(holes) != 1 or not _named(second, holes[0]) or not _free_of(second.pieces, new, holes[0]):
        return None
    if len(known) == 1 and rng.random() < 0.45 and _takes_pronoun(second, holes[0]):
        second.pieces[holes[0]] = rng.choice(("them", "him", "her", "her", "him"))
        second.pieces = tidy(second.pieces)
        return old, new
    if not _said_plainly(first, old):
        return None
    second.values[new] = first.values[old]
    return old, new


def _free_of(pieces: list[Piece], variable: int, but: int) -> bool:
    """Whether no other hole, inner ones included, has the variable."""
    inner = [p for n, piece in enumerate(pieces) if isinstance(piece, Hole) and n != but for p in piece.inner]
    return all(not isinstance(p, Hole) or p.variable != variable for p in inner)


def _named(draft: Draft, at: int) -> bool:
    """Whether nothing before the hole belongs to the name ("my", "the", "my cousin")."""
    before = draft.pieces[at - 1] if at else ""
    return (
        isinstance(before, str)
        and (words_before(before) or [""])[0] not in ("my", "our", "the", "her", "his", "their", "your")
        and not re.search(r"\b(?:my|our) \S+ $", before)
    )


def _said_plainly(draft: Draft, variable: int) -> bool:
    return all(
        _named(draft, n)
        for n, piece in enumerate(draft.pieces)
        if isinstance(piece, Hole) and piece.variable == variable
    )


def _takes_pronoun(draft: Draft, at: int) -> bool:
    before = draft.pieces[at - 1] if at else ""
    after = draft.pieces[at + 1] if at + 1 < len(draft.pieces) else ""
    if not isinstance(before, str) or not isinstance(after, str) or not before.endswith(" "):
        return False
    return (words_before(before) or [""])[0] in _OBJECT_OF and not re.match(r"['’,&+/]| and | or ", after)


def join(rng: Random, drafts: list[Draft]) -> Draft:
    """Drafts in the order said -> one. They are used up."""
    spoken = drafts[0].spoken
    shared: list[tuple[int, int, int, int]] = []
    for n in range(1, len(drafts)):
        if rng.random() < 0.34:
            earlier = rng.randrange(n)
            pair = share_person(rng, drafts[earlier], drafts[n])
            if pair is not None:
                shared.append((earlier, pair[0], n, pair[1]))
    form = rng.random()
    pieces: list[Piece] = []
    variables, values, calls = [], [], []
    offsets: list[int] = []
    alias: dict[int, int] = {}
    for n, draft in enumerate(drafts):
        offset, before = len(variables), len(calls)
        offsets.append(offset)
        for e, u, m, v in shared:
            if m == n:
                alias[offset + v] = alias.get(offsets[e] + u, offsets[e] + u)
        parts = _renumbered(draft.pieces, offset, alias)
        if n or form < 0.09:
            parts = _linked(rng, drafts, n, parts, pieces, form, spoken)
        pieces += parts
        variables += draft.variables
        values += draft.values
        calls += [_moved(call, before, offset, alias) for call in draft.calls]
    return Draft(
        tidy(pieces), variables, values, canonical(merged(calls, values)), "+".join(d.where for d in drafts), spoken
    )


def _renumbered(pieces: list[Piece] | tuple[Piece, ...], offset: int, alias: dict[int, int]) -> list[Piece]:
    out: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str):
            out.append(piece)
        else:
            number = piece.variable + offset
            out.append(Hole(alias.get(number, number), tuple(_renumbered(piece.inner, offset, alias))))
    return out


def _moved(call: Call, by: int, offset: int, alias: dict[int, int]) -> Call:
    def part(p: Ref | Ptr) -> Ref | Ptr:
        if isinstance(p, Ref):
            return Ref(p.call + by)
        return Ptr(alias.get(p.variable + offset, p.variable + offset))

    return Call(call.tool, {name: tuple(map(part, v)) if isinstance(v, tuple) else v for name, v in call.args.items()})


def merged(calls: list[Call], values: list[str]) -> list[Call]:
    """One lookup a person and tool, however often the person is named."""
    kept: list[Call] = []
    place: dict[int, int] = {}
    known: dict[tuple[str, str], int] = {}
    for n, call in enumerate(calls):
        args = {
            k: tuple(Ref(place[p.call]) if isinstance(p, Ref) else p for p in v) if isinstance(v, tuple) else v
            for k, v in call.args.items()
        }
        if call.tool in _LOOKUPS:
            name = args["name"]
            assert isinstance(name, tuple)
            assert isinstance(name[0], Ptr)
            key = (call.tool, values[name[0].variable].casefold())
            if key in known:
                place[n] = known[key]
                continue
            known[key] = len(kept)
        place[n] = len(kept)
        kept.append(Call(call.tool, args))
    return kept


_FIRST = (
    "first ",
    "first, ",
    "1. ",
    "1) ",
    "- ",
    "one: ",
    "step 1: ",
    "two things: ",
    "a few things: ",
    "to do: ",
    "* ",
)


def _linked(
    rng: Random, drafts: list[Draft], n: int, parts: list[Piece], pieces: list[Piece], form: float, spoken: bool
) -> list[Piece]:
    """Put the connective before draft n."""
    if form < 0.09 and not spoken:  # a numbered or bulleted list
        style = ("{n}. ", "{n}) ", "- ", "* ", "({n}) ")[int(form * 500) % 5]
        lead = style.format(n=n + 1)
        if n:
            _strip_end(pieces)
            lead = rng.choice(("\n", "\n", " ")) + lead
        return [lead, *parts]
    if n == 0:
        return (
            [rng.choice(("first ", "first up ", "first of all ")), *_lowered(parts)]
            if begins_plainly(drafts[0])
            else parts
        )
    previous = drafts[n - 1]
    plain = begins_plainly(drafts[n])
    if spoken:
        link = rng.choice(
            phrases("links_spoken") if plain else (" also ", " oh and ", " and also ", " and uh ", " and ", " oh also ")
        )
        _strip_end(pieces)
        return [link, *_lowered(parts)]
    hard = (previous.ends_open() and rng.random() < 0.75) or not plain or rng.random() < 0.3
    end = pieces[-1] if pieces else ""
    mark = end.rstrip()[-1:] if isinstance(end, str) else ""
    _strip_end(pieces)
    if hard:
        link = rng.choice(phrases("links_hard"))
        if mark in ("?", "!") and link.startswith("."):
            link = mark + link[1:]
        if link.rstrip() in (".", "?", "!", "") and rng.random() < 0.7:
            return [link, *_raised(parts)]
        return [link, *_lowered(parts)]
    if n == len(drafts) - 1 and len(drafts) > 2 and rng.random() < 0.3:
        return [
            rng.choice((" and finally ", ", and lastly ", ", finally ", " and last ", ", and then also ")),
            *_lowered(parts),
        ]
    link = rng.choice((" and ", ", then ", " and then ")) if rng.random() < 0.3 else rng.choice(phrases("links_soft"))
    return [link, *_lowered(parts)]


def _strip_end(pieces: list[Piece]) -> None:
    if pieces and isinstance(pieces[-1], str):
        pieces[-1] = pieces[-1].rstrip(" .!?\n,;")


def _lowered(parts: list[Piece]) -> list[Piece]:
    return [decapitalise(parts[0]), *parts[1:]] if isinstance(parts[0], str) else parts


def _raised(parts: list[Piece]) -> list[Piece]:
    return [parts[0][:1].upper() + parts[0][1:], *parts[1:]] if isinstance(parts[0], str) else parts

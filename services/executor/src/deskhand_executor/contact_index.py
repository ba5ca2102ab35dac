"""Which contacts somebody means by a name, best reading first.

Every card gives keys to a few dictionaries, so that a look-up costs the same among ten thousand contacts as among ten;
only the last resorts, beginnings of names and typing errors, go through the names. The index does not choose: it gives
all that fit equally well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rapidfuzz import fuzz, process

from .folding import fold, fold_variants
from .matching import TYPO_LEAD, TYPO_SCORE
from .relations import LINKING, SAME_TITLE, TITLES, canonical, is_relation
from .vcard import Contact

MIN_PREFIX_CHARS = 3
MIN_TYPO_CHARS = 4
MAX_LABEL_WORDS = 4
"""A longer note is prose, not a label."""
SUGGESTIONS = 3

_Bucket = dict[str, dict[int, None]]
"""Key -> ids of contacts, in the order of adding."""


class ContactIndex:
    """Cards go by numbers, which are the caller's. Not thread-safe: `contact_book` holds a lock around it."""

    def __init__(self) -> None:
        self._contacts: dict[int, Contact] = {}
        self._full: _Bucket = {}
        self._single: _Bucket = {}
        self._label: _Bucket = {}
        self._word: _Bucket = {}
        self._label_word: _Bucket = {}
        self._telling_word: _Bucket = {}
        self._entries: dict[int, list[tuple[_Bucket, str]]] = {}

    def __len__(self) -> int:
        return len(self._contacts)

    def add(self, card: int, contact: Contact) -> None:
        self._contacts[card] = contact
        entries: list[tuple[_Bucket, str]] = []
        full, single = _names(contact)
        labels, remarks = _labels(contact)
        for bucket, keys in ((self._full, full), (self._single, single), (self._label, labels | remarks)):
            entries += [(bucket, key) for key in keys]
        for bucket, keys in (
            (self._word, full | single),
            (self._label_word, labels),
            (self._telling_word, labels | remarks),
        ):
            entries += [(bucket, word) for word in {word for key in keys for word in key.split()}]
        for bucket, key in entries:
            bucket.setdefault(key, {})[card] = None
        self._entries[card] = entries

    def remove(self, card: int) -> None:
        del self._contacts[card]
        for bucket, key in self._entries.pop(card):
            del bucket[key][card]
            if not bucket[key]:
                del bucket[key]

    def find(self, name: str, aliases: Callable[[str], str | None], *, typos: bool = True) -> list[int]:
        """All cards of the best reading, or none. `aliases` gives the name behind a relation that the user's own
        card tells. Without `typos` where the cards are not all there are: a better one may be missing."""
        query = fold(name)
        words = query.split()
        if not words:
            return []
        bare = [word for word in words if word not in TITLES]
        readings = [query]
        if bare and len(bare) < len(words):
            readings.append(" ".join(bare))
        for reading in readings:
            ids = self._exactly(reading, aliases)
            if ids:
                return self._titled(ids, words) if reading != query else list(ids)
        for reading in readings:
            ids = self._loosely(reading.split())
            if ids:
                return self._titled(ids, words)
        return self._mistyped(readings[-1]) if typos else []

    def near(self, name: str) -> list[int]:
        """A few whose names look like this one, for a message."""
        found: dict[int, None] = {}
        for key, _, _ in process.extract(
            fold(name), [*self._full, *self._single], scorer=fuzz.ratio, score_cutoff=60, limit=SUGGESTIONS
        ):
            found.update(self._full.get(key) or self._single[key])
        return list(found)[:SUGGESTIONS]

    def _exactly(self, key: str, aliases: Callable[[str], str | None]) -> Iterable[int]:
        if key in self._full:
            return self._full[key]
        if key in self._single:
            return self._single[key]
        word = canonical(key)
        target = aliases(word)
        if target and (ids := self._full.get(fold(target)) or self._single.get(fold(target))):
            return ids
        return self._label.get(word) or self._label.get(key) or ()

    def _loosely(self, words: Sequence[str]) -> set[int]:
        names = self._having(words, lambda word: self._with_word(word, self._word))
        if names:
            return names
        telling = [word for word in words if word not in LINKING]
        either = self._having(
            telling, lambda word: self._with_word(word, self._word) | set(self._telling_word.get(word, ()))
        )
        named = {card for word in telling for card in self._word.get(word, ())}
        if either & named:
            return either & named
        labelled = self._having(
            telling, lambda word: set(self._label_word.get(word) or self._label_word.get(canonical(word), ()))
        )
        if labelled:
            return labelled
        if all(len(word) >= MIN_PREFIX_CHARS for word in words):
            return self._having(words, self._beginning)
        return set()

    @staticmethod
    def _having(words: Sequence[str], holders: Callable[[str], set[int]]) -> set[int]:
        found: set[int] | None = None
        for word in words:
            found = holders(word) if found is None else found & holders(word)
            if not found:
                return set()
        return found or set()

    def _with_word(self, word: str, bucket: _Bucket) -> set[int]:
        if len(word) == 1:  # an initial
            return {card for key, ids in bucket.items() if key.startswith(word) for card in ids}
        return set(bucket.get(word, ()))

    def _beginning(self, word: str) -> set[int]:
        return {card for key, ids in self._word.items() if key.startswith(word) for card in ids}

    def _titled(self, ids: Iterable[int], words: Sequence[str]) -> list[int]:
        """Those that bear the title that was said, if any do; else all."""
        found = list(ids)
        titles = {SAME_TITLE.get(word, word) for word in words if word in TITLES}

        def bears(card: int) -> bool:
            contact = self._contacts[card]
            said = fold(" ".join((contact.prefix, contact.name, *contact.nicknames, *contact.labels, *contact.notes)))
            return bool(titles & {SAME_TITLE.get(word, word) for word in said.split()})

        return [card for card in found if bears(card)] or found

    def _mistyped(self, query: str) -> list[int]:
        if len(query) < MIN_TYPO_CHARS:
            return []
        keys = [*self._full, *self._single]
        scored = process.extract(query, keys, scorer=fuzz.ratio, score_cutoff=TYPO_SCORE - TYPO_LEAD, limit=8)
        if not scored or scored[0][1] < TYPO_SCORE:
            return []
        best = scored[0][1]
        keys = [key for key, score, _ in scored if score > best - TYPO_LEAD]
        ids = {card for key in keys for card in self._full.get(key) or self._single[key]}
        return list(ids) if len(ids) == 1 else []


def _names(contact: Contact) -> tuple[set[str], set[str]]:
    """Folded full and single names of a card, each with its variants."""
    parts = contact.name.split()
    given, family = contact.given, contact.family
    if not given and not family and len(parts) > 1:
        given, family = parts[0], parts[-1]
    written = [contact.name]
    if given and family:
        written += [f"{given} {family}", f"{family} {given}", f"{given} {contact.additional} {family}"]
        written += [f"{nickname} {family}" for nickname in contact.nicknames]
    full = {variant for name in written for variant in fold_variants(name)}
    single = {variant for name in (given, family, *contact.nicknames) for variant in fold_variants(name)}
    for key in tuple(full):
        bare = [word for word in key.split() if word not in TITLES]
        if bare:  # "Dr. Okafor" is an Okafor, but not before other ones
            (full if len(bare) > 1 else single).add(" ".join(bare))
    return full, single


def _labels(contact: Contact) -> tuple[set[str], set[str]]:
    """Folded labels that may be said in part ("dentist" for "Family dentist"), and those only as a whole: the name of a
    firm or a remark holds names that are not this person's."""
    relations = [value for _, value in contact.related if is_relation(fold(value))]
    remarks = [line for note in contact.notes for line in note.splitlines()]
    return (
        _label_keys((*contact.labels, *contact.nicknames, *relations)),
        _label_keys((*contact.organisations, *remarks)),
    )


def _label_keys(texts: Iterable[str]) -> set[str]:
    keys: set[str] = set()
    for text in texts:
        words = [word for word in fold(text).split() if word not in ("my", "our", "the")]
        if words and len(words) <= MAX_LABEL_WORDS:
            keys |= {" ".join(words), canonical(" ".join(words))}
    return keys

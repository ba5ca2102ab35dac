"""The Contacts application as a book of people.

Contacts filters, this program chooses. A name is looked for as a whole first, then its words, both with a `whose`
filter that Contacts evaluates itself; the few cards that come back go through the same index as vCard files do, so
nicknames, labels, relations and ambiguity are read alike on every desktop. Only when that finds nobody are the names of
all people fetched, in three events however many there are, and searched for other spellings and typing errors.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable, Iterator, Sequence

from ...contact_book import COMPARED_DIGITS
from ...contact_index import ContactIndex
from ...errors import ExecutorError, NotFound, ToolUnavailable
from ...folding import fold
from ...relations import SPOUSE_WORDS, TITLES, canonical, spellings
from ...vcard import Contact, read_contacts
from .fields import columns, present
from .osascript import Osascript

logger = logging.getLogger(__name__)

MAX_CARDS = 60
"""Of one look-up; a card has a photo in it."""
MIN_WORD_CHARS = 2
MAX_KNOWN = 500
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


class MacPeople:
    """Keeps the people that were found, for greetings of mails and names of numbers. Safe to use from several
    threads."""

    def __init__(self, osascript: Osascript) -> None:
        self._osascript = osascript
        self._lock = threading.Lock()
        self._known: dict[str, Contact] = {}
        self._by_mail: dict[str, Contact] = {}
        self._by_phone: dict[str, Contact] = {}
        self._relations: dict[str, str] | None = None

    def find(self, name: str) -> list[Contact]:
        whole = " ".join(name.split())
        if not fold(whole):
            return []
        found: dict[str, Contact] = {}
        for mode, names in self._questions(whole):
            cards = self._cards("contacts_find", mode, str(MAX_CARDS), *names)
            found |= {_key(contact): contact for contact in cards}
            if chosen := self._chosen(whole, found.values()):
                return chosen
        spelt_otherwise = self._everybody().find(whole)
        return self._cards("contacts_cards", *spelt_otherwise[:MAX_CARDS]) if spelt_otherwise else []

    def near(self, name: str) -> list[Contact]:
        return self._everybody().near(name)

    def by_mail(self, address: str) -> Contact | None:
        """None too where Contacts cannot be asked: a mail to an address can do without the name."""
        with self._lock:
            known = self._by_mail.get(address.casefold())
        if known is not None:
            return known
        try:
            self._cards("contacts_mail", address)
        except ExecutorError as error:
            logger.warning("Contacts cannot be asked for a name", extra={"error": error.code})
        with self._lock:
            return self._by_mail.get(address.casefold())

    def by_phone(self, number: str) -> Contact | None:
        """Only among those found before: Contacts keeps numbers as people typed them, so it cannot filter by them."""
        with self._lock:
            return self._by_phone.get(_digits(number))

    def _questions(self, name: str) -> Iterator[tuple[str, list[str]]]:
        """What to ask Contacts, until it knows somebody: who is called so, or so related; then whose name has the words
        in it, the longest first."""
        related = self._own_relations().get(canonical(fold(name)))
        yield "equal", list(dict.fromkeys([name, *([related] if related else []), *spellings(fold(name))]))
        words = [word for word in _WORD.findall(name) if len(word) >= MIN_WORD_CHARS and fold(word) not in TITLES]
        for word in sorted(words, key=len, reverse=True):
            yield "part", [word]

    def _chosen(self, name: str, contacts: Iterable[Contact]) -> list[Contact]:
        index, cards = ContactIndex(), list(contacts)
        for number, contact in enumerate(cards):
            index.add(number, contact)
        return [cards[number] for number in index.find(name, self._own_relations().get, typos=False)]

    def _cards(self, script: str, *arguments: str) -> list[Contact]:
        """The contacts of the vCards that a script gives; remembered."""
        contacts = [contact for text in self._osascript.run(script, *arguments) for contact in read_contacts(text)]
        with self._lock:
            for contact in contacts:
                self._remember(contact)
        return contacts

    def _remember(self, contact: Contact) -> None:
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
            self._by_mail.clear()
            self._by_phone.clear()
        self._known[_key(contact)] = contact
        for mail in contact.mails:
            self._by_mail.setdefault(mail.value.casefold(), contact)
        for phone in contact.phones:
            self._by_phone.setdefault(_digits(phone.value), contact)

    def _everybody(self) -> _Names:
        ids, names, nicknames = columns(self._osascript.run("contacts_names"), 3, "Contacts")
        return _Names(ids, [present(name) for name in names], [present(name) for name in nicknames])

    def _own_relations(self) -> dict[str, str]:
        """Relation -> name, as the user's own card tells them; read once."""
        with self._lock:
            if self._relations is not None:
                return self._relations
        try:
            own = self._cards("contacts_mine")
        except (NotFound, ToolUnavailable):  # no card is marked as the user's: people are found without it
            own = []
        relations = {
            canonical(fold(word)): name
            for contact in own
            for relation, name in contact.related
            for word in ((relation, *SPOUSE_WORDS) if fold(relation) == "spouse" else (relation,))
        }
        with self._lock:
            self._relations = relations
        return relations


class _Names:
    """Everybody's names without the rest of their cards. Ids are the Contacts application's."""

    def __init__(self, ids: Sequence[str], names: Sequence[str], nicknames: Sequence[str]) -> None:
        self._ids = ids
        self._contacts = [
            Contact(uid=card, name=name, nicknames=(nickname,) if nickname else ())
            for card, name, nickname in zip(ids, names, nicknames, strict=True)
        ]
        self._index = ContactIndex()
        for number, contact in enumerate(self._contacts):
            self._index.add(number, contact)

    def find(self, name: str) -> list[str]:
        return [self._ids[number] for number in self._index.find(name, lambda _: None)]

    def near(self, name: str) -> list[Contact]:
        return [self._contacts[number] for number in self._index.near(name)]


def _key(contact: Contact) -> str:
    return contact.uid or repr(contact)


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)[-COMPARED_DIGITS:]

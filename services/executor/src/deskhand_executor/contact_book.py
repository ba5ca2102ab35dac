"""The user's contacts: vCard files in folders, kept in memory and up to date.

A look-up compares the folders' times of change, which tell files that came, went or were replaced, and the stamps of
the cards that it found. Only when something differs, or nothing was found, are all files compared, which takes tens of
milliseconds for ten thousand cards. Reading them for the first time takes a second or two and happens at start.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .contact_index import ContactIndex
from .folding import fold
from .relations import SPOUSE_WORDS, canonical
from .vcard import Contact, read_contacts

logger = logging.getLogger(__name__)

SETTLED_NS = 100_000_000
"""A folder's time of change tells further changes from then on."""
MIN_PHONE_DIGITS = 7
COMPARED_DIGITS = 9
"""Numbers are the same when their last digits are: one has the country's prefix, the other a zero."""


_Stamp = tuple[int, int]
"""Time of change in nanoseconds, size in bytes."""


@dataclass(slots=True)
class _File:
    stamp: _Stamp
    cards: list[int] = field(default_factory=list)


class ContactBook:
    """`books` gives the folders of the address books, each with what is under it; it is asked again whenever all files
    are compared. Safe to use from several threads."""

    def __init__(self, books: Callable[[], Sequence[Path]], own_mail: str = "", own_name: str = "") -> None:
        self._books = books
        self._own = {fold(own_name), own_mail.casefold()} - {""}
        self._lock = threading.Lock()
        self._index = ContactIndex()
        self._folders: dict[str, int | None] = {}
        self._files: dict[str, _File] = {}
        self._contacts: dict[int, Contact] = {}
        self._paths: dict[int, str] = {}
        self._next_card = 0
        self._by_mail: dict[str, int] = {}
        self._by_phone: dict[str, int] = {}
        self._aliases: dict[str, str] = {}

    def refresh(self) -> int:
        """Read what has changed on disk; gives the number of contacts."""
        with self._lock:
            self._refresh()
            return len(self._index)

    def find(self, name: str) -> list[Contact]:
        """All who are meant equally well by `name`."""
        with self._lock:
            refreshed = self._refresh_if_folders_changed()
            cards = self._index.find(name, self._aliases.get)
            edited_in_place = not refreshed and (not cards or self._changed(cards)) and self._refresh()
            if edited_in_place:
                cards = self._index.find(name, self._aliases.get)
            return [self._contacts[card] for card in cards]

    def near(self, name: str) -> list[Contact]:
        with self._lock:
            return [self._contacts[card] for card in self._index.near(name)]

    def by_mail(self, address: str) -> Contact | None:
        with self._lock:
            self._refresh_if_folders_changed()
            card = self._by_mail.get(address.casefold())
            return None if card is None else self._contacts[card]

    def by_phone(self, number: str) -> Contact | None:
        with self._lock:
            self._refresh_if_folders_changed()
            card = self._by_phone.get(_phone_key(number))
            return None if card is None else self._contacts[card]

    def _refresh_if_folders_changed(self) -> bool:
        changed = not self._folders or any(
            stamp is None or _folder_stamp(path) != stamp for path, stamp in self._folders.items()
        )
        if changed:
            self._refresh()
        return changed

    def _changed(self, cards: Iterable[int]) -> bool:
        return any(_file_stamp(path) != self._files[path].stamp for path in {self._paths[card] for card in cards})

    def _refresh(self) -> bool:
        """Compares all files; whether anything differed."""
        settled_ns = time.time_ns() - SETTLED_NS
        books = self._books()
        self._folders, seen = {}, {}
        for folder, stamp, files in (found for book in books for found in _card_folders(str(book))):
            # a folder written to just now may be written to again within the same tick of its clock
            self._folders[folder] = stamp if stamp is not None and stamp < settled_ns else None
            seen |= files
        changed = [path for path, stamp in seen.items() if path not in self._files or self._files[path].stamp != stamp]
        gone = [path for path in self._files if path not in seen]
        for path in gone:
            self._drop(path)
        for path in changed:
            if path in self._files:
                self._drop(path)
            self._load(path, seen[path])
        if changed or gone:
            self._index_addresses()
        return bool(changed or gone)

    def _drop(self, path: str) -> None:
        for card in self._files.pop(path).cards:
            self._index.remove(card)
            del self._contacts[card], self._paths[card]

    def _load(self, path: str, stamp: _Stamp) -> None:
        file = self._files[path] = _File(stamp)
        try:
            text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
        except OSError as error:
            logger.warning("a contact cannot be read", extra={"file": Path(path).name, "why": error.strerror})
            return
        for contact in read_contacts(text):
            self._index.add(self._next_card, contact)
            self._contacts[self._next_card], self._paths[self._next_card] = contact, path
            file.cards.append(self._next_card)
            self._next_card += 1

    def _index_addresses(self) -> None:
        self._by_mail, self._by_phone = {}, {}
        for card, contact in self._contacts.items():
            for mail in contact.mails:
                self._by_mail.setdefault(mail.value.casefold(), card)
            for phone in contact.phones:
                self._by_phone.setdefault(_phone_key(phone.value), card)
        self._by_phone.pop("", None)
        self._aliases = dict(self._own_relations())

    def _own_relations(self) -> Iterator[tuple[str, str]]:
        """(relation, name) as the user's own card tells them."""
        own = [c for c in self._contacts.values() if self._is_own(c)] if self._own else []
        uids = {contact.uid: contact.name for contact in self._contacts.values() if contact.uid} if own else {}
        for contact in own:
            for relation, value in contact.related:
                name = uids.get(value) or uids.get(value.removeprefix("urn:uuid:")) or value
                for word in (relation, *SPOUSE_WORDS) if relation == "spouse" else (relation,):
                    yield canonical(fold(word)), name

    def _is_own(self, contact: Contact) -> bool:
        return fold(contact.name) in self._own or any(mail.value.casefold() in self._own for mail in contact.mails)


def _card_folders(folder: str) -> Iterator[tuple[str, int | None, dict[str, _Stamp]]]:
    """The folder and the address books in it: (path, time of change, stamps of the vCard files by path)."""
    files: dict[str, _Stamp] = {}
    inner: list[str] = []
    stamp = _folder_stamp(folder)
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.name.endswith((".vcf", ".vcard")):
                    status = entry.stat()
                    files[entry.path] = (status.st_mtime_ns, status.st_size)
                elif entry.is_dir(follow_symlinks=False):
                    inner.append(entry.path)
    except FileNotFoundError:
        pass  # a folder, or a file in it, that is not there (any more): read again at the next call
    yield folder, stamp, files
    for path in inner:
        yield from _card_folders(path)


def _folder_stamp(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return None


def _file_stamp(path: str) -> _Stamp | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_mtime_ns, status.st_size


def _phone_key(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    return digits[-COMPARED_DIGITS:] if len(digits) >= MIN_PHONE_DIGITS else digits

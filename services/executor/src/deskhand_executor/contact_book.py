"""The user's contacts: vCard files in folders, kept in memory and up to date.

Files are read again when their time or size changes. A look-up checks that at most once a second, which costs tens of
milliseconds for ten thousand cards; reading them all for the first time takes seconds and happens at start.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .contact_index import ContactIndex
from .folding import fold
from .relations import canonical
from .vcard import Contact, read_contacts

logger = logging.getLogger(__name__)

FRESH_S = 1.0
MIN_PHONE_DIGITS = 7
COMPARED_DIGITS = 9
"""Numbers are the same when their last digits are: one has the country's prefix, the other a zero."""
_SPOUSE_WORDS = ("wife", "husband", "partner")


@dataclass(slots=True)
class _File:
    stamp: tuple[int, int]
    ids: list[int] = field(default_factory=list)


class ContactBook:
    """Safe to use from several threads."""

    def __init__(self, folder: Path, own_mail: str = "", own_name: str = "") -> None:
        self._folder = folder
        self._own = {fold(own_name), own_mail.casefold()} - {""}
        self._lock = threading.Lock()
        self._index = ContactIndex()
        self._files: dict[str, _File] = {}
        self._contacts: dict[int, Contact] = {}
        self._next_id = 0
        self._by_mail: dict[str, int] = {}
        self._by_phone: dict[str, int] = {}
        self._aliases: dict[str, str] = {}
        self._checked_s = -FRESH_S

    def refresh(self) -> int:
        """Read what has changed on disk; gives the number of contacts."""
        with self._lock:
            self._refresh()
            return len(self._index)

    def find(self, name: str) -> list[Contact]:
        """All who are meant equally well by `name`."""
        with self._lock:
            self._refresh_if_stale()
            return self._index.find(name, self._aliases.get)

    def near(self, name: str) -> list[Contact]:
        with self._lock:
            return self._index.near(name)

    def by_mail(self, address: str) -> Contact | None:
        with self._lock:
            self._refresh_if_stale()
            card = self._by_mail.get(address.casefold())
            return None if card is None else self._contacts[card]

    def by_phone(self, number: str) -> Contact | None:
        with self._lock:
            self._refresh_if_stale()
            card = self._by_phone.get(_phone_key(number))
            return None if card is None else self._contacts[card]

    def _refresh_if_stale(self) -> None:
        if time.monotonic() - self._checked_s >= FRESH_S:
            self._refresh()

    def _refresh(self) -> None:
        seen: dict[str, tuple[int, int]] = dict(_card_files(str(self._folder)))
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
        self._checked_s = time.monotonic()

    def _drop(self, path: str) -> None:
        for card in self._files.pop(path).ids:
            self._index.remove(card)
            del self._contacts[card]

    def _load(self, path: str, stamp: tuple[int, int]) -> None:
        file = self._files[path] = _File(stamp)
        try:
            text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
        except OSError as error:
            logger.warning("a contact cannot be read", extra={"file": Path(path).name, "why": error.strerror})
            return
        for contact in read_contacts(text):
            self._index.add(self._next_id, contact)
            self._contacts[self._next_id] = contact
            file.ids.append(self._next_id)
            self._next_id += 1

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
                for word in (relation, *_SPOUSE_WORDS) if relation == "spouse" else (relation,):
                    yield canonical(fold(word)), name

    def _is_own(self, contact: Contact) -> bool:
        return fold(contact.name) in self._own or any(mail.value.casefold() in self._own for mail in contact.mails)


def _card_files(folder: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """(path, (time of change, size)) of the vCard files in a folder and the address books in it."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.name.endswith((".vcf", ".vcard")):
                    status = entry.stat()
                    yield entry.path, (status.st_mtime_ns, status.st_size)
                elif entry.is_dir(follow_symlinks=False):
                    yield from _card_files(entry.path)
    except FileNotFoundError:
        return


def _phone_key(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    return digits[-COMPARED_DIGITS:] if len(digits) >= MIN_PHONE_DIGITS else digits

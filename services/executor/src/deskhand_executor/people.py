"""Whoever knows the user's contacts: files on open desktops, the Contacts application on a Mac."""

from __future__ import annotations

from typing import Protocol

from .vcard import Contact


class People(Protocol):
    """Safe to use from several threads. May raise ExecutorError where an application has to be asked."""

    def find(self, name: str) -> list[Contact]:
        """All who are meant equally well by `name`."""
        ...

    def near(self, name: str) -> list[Contact]:
        """A few whose names look like this one, for a message."""
        ...

    def by_mail(self, address: str) -> Contact | None: ...

    def by_phone(self, number: str) -> Contact | None: ...

"""Mail addresses and phone numbers: checked before they reach a header or a program."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .errors import UnusableArgument
from .people import People
from .phrasing import listed, quoted
from .vcard import Contact

MAIL_ADDRESS = re.compile(
    r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{1,62}"
)
_PHONE = re.compile(r"\+?[\d\s().\-/]{3,30}")


@dataclass(frozen=True, slots=True)
class Recipient:
    """`name` is the contact's, empty when nobody has the address; `greeting` is how a mail addresses them."""

    address: str
    name: str = ""
    greeting: str = ""

    @property
    def spoken(self) -> str:
        return self.name or self.address


def mail_recipients(addresses: Iterable[str], book: People) -> list[Recipient]:
    """Each address once, in order. Raises UnusableArgument for what is no mail address."""
    recipients: dict[str, Recipient] = {}
    for given in addresses:
        address = given.strip().removeprefix("mailto:")
        if not MAIL_ADDRESS.fullmatch(address):
            raise UnusableArgument(f"{quoted(given)} is no mail address; give one such as name@example.org")
        contact = book.by_mail(address)
        recipient = Recipient(address, contact.name, _greeting(contact)) if contact else Recipient(address)
        recipients.setdefault(address.casefold(), recipient)
    return list(recipients.values())


def phone_recipients(numbers: Iterable[str], book: People) -> list[Recipient]:
    """Each number once, as digits with the plus sign that it has. Raises UnusableArgument."""
    recipients: dict[str, Recipient] = {}
    for given in numbers:
        written = "".join(str(int(c)) if c.isdecimal() else c for c in given).strip()
        digits = re.sub(r"\D", "", written)
        if not _PHONE.fullmatch(written) or len(digits) < 3:
            raise UnusableArgument(f"{quoted(given)} is no phone number; give one such as +1 555 010 0123")
        number = f"+{digits}" if written.startswith("+") else digits
        contact = book.by_phone(number)
        recipients.setdefault(number, Recipient(number, contact.name if contact else ""))
    return list(recipients.values())


def spoken_recipients(recipients: Sequence[Recipient]) -> str:
    return listed([recipient.spoken for recipient in recipients])


def _greeting(contact: Contact) -> str:
    return f"{contact.prefix} {contact.family}" if contact.prefix and contact.family else contact.first_name

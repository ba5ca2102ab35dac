"""Mails that the user will look over and send: their headers, and the invitations of iTIP."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid

from icalendar import Calendar

from .addresses import Recipient
from .errors import UnusableArgument
from .phrasing import one_line, quoted

MAX_SUBJECT_CHARS = 250


def new_draft(
    user: Recipient, to: Sequence[Recipient], cc: Sequence[Recipient], subject: str, written: datetime
) -> EmailMessage:
    """Headers only. Raises UnusableArgument for a domain that there cannot be."""
    international = not all(person.address.partition("@")[0].isascii() for person in (*to, *cc, user))
    message = EmailMessage(policy.default.clone(utf8=True) if international else policy.default)
    if user.address:
        message["From"] = _address(user)
    if to:
        message["To"] = [_address(recipient) for recipient in to]
    if cc:
        message["Cc"] = [_address(recipient) for recipient in cc]
    message["Subject"] = one_line(subject)[:MAX_SUBJECT_CHARS]
    message["Date"] = written
    message["Message-ID"] = make_msgid(domain=_domain(user.address or "deskhand@deskhand.local"))
    message["X-Unsent"] = "1"  # mail programs open the file for editing
    return message


def add_invitation(message: EmailMessage, body: str, calendar: Calendar) -> None:
    """The body for people and, as its alternative, the calendar with METHOD:REQUEST for their programs (RFC 6047)."""
    calendar.add("method", "REQUEST")
    message.set_content(body)
    message.add_alternative(
        calendar.to_ical().decode(), subtype="calendar", params={"method": "REQUEST", "name": "invite.ics"}
    )


def _address(person: Recipient) -> Address:
    """Raises UnusableArgument for a domain that there cannot be."""
    local, _, _ = person.address.rpartition("@")
    return Address(one_line(person.name), username=local, domain=_domain(person.address))


def _domain(address: str) -> str:
    domain = address.rpartition("@")[2]
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        raise UnusableArgument(f"{quoted(address)} is no mail address; its domain cannot be") from None

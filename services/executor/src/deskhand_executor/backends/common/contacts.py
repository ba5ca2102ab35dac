"""Numbers and addresses of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from deskhand_contract.services import Observation
from deskhand_contract.tools import GetEmailAddress, GetPhoneNumber

from ...addresses import MAIL_ADDRESS
from ...call import Call
from ...errors import AmbiguousContact, ContactNotFound, MissingDetail
from ...folding import fold
from ...people import People
from ...phrasing import listed, quoted
from ...vcard import Contact, Reach

_PHONE_ORDER = ("cell", "mobile", "iphone", "main", "home", "work")
_NO_VOICE = frozenset({"fax", "pager", "modem", "video"})
_MAX_CANDIDATES = 8


class Contacts:
    def __init__(self, book: People) -> None:
        self._book = book

    def get_phone_number(self, arguments: GetPhoneNumber, call: Call) -> Observation:
        contact = self._one(arguments.name, "phones")
        usable = [phone for phone in contact.phones if not phone.types & _NO_VOICE]
        if not usable:
            raise _missing(contact, "phone number", [mail.value for mail in contact.mails])
        number = min(usable, key=_phone_rank).value
        return Observation(
            output=number,
            text=f"{_possessive(contact.name)} number is {number}",
            data={"contact": contact.name, "numbers": [phone.value for phone in usable]},
        )

    def get_email_address(self, arguments: GetEmailAddress, call: Call) -> Observation:
        given = arguments.name.strip()
        if MAIL_ADDRESS.fullmatch(given):  # somebody's name is their address already
            return Observation(output=given, text=f"The mail address is {given}", data={"contact": given})
        contact = self._one(given, "mails")
        if not contact.mails:
            raise _missing(contact, "mail address", [phone.value for phone in contact.phones])
        address = _best_mail(contact.mails).value
        return Observation(
            output=address,
            text=f"{_possessive(contact.name)} mail address is {address}",
            data={"contact": contact.name, "addresses": [mail.value for mail in contact.mails]},
        )

    def _one(self, name: str, wanted: str) -> Contact:
        """The one contact meant. Two cards of one name count as one person when at most one of them has what is wanted,
        or both have the same. Raises ContactNotFound, AmbiguousContact."""
        found = self._book.find(name)
        if not found:
            near = [contact.name for contact in self._book.near(name)]
            hint = (
                f"did you mean {listed(near, 'or')}?" if near else "add them, or say the name that your contacts have"
            )
            raise ContactNotFound(f"no contact is called {quoted(name)}; {hint}", close=near)
        if len({fold(contact.name) for contact in found}) == 1:
            having = [contact for contact in found if getattr(contact, wanted)]
            if len({frozenset(reach.value for reach in getattr(contact, wanted)) for contact in having}) <= 1:
                return (having or found)[0]
        candidates = _described(found)
        more = len(found) - _MAX_CANDIDATES
        shown = [*candidates[:_MAX_CANDIDATES], *([f"{more} more"] if more > 0 else [])]
        raise AmbiguousContact(
            f"{len(found)} contacts fit {quoted(name)}: {listed(shown)}; say which one", candidates[:_MAX_CANDIDATES]
        )


def _missing(contact: Contact, what: str, others: Sequence[str]) -> MissingDetail:
    has = f"only {listed(others)}" if others else "nothing but the name"
    message = f"{contact.name} has no {what} in your contacts, {has}; add one to the card"
    return MissingDetail(message, contact=contact.name)


def _described(contacts: Sequence[Contact]) -> list[str]:
    """Each as "Name (what tells it from the others)": an organisation or a label, else a number or an address."""
    names = Counter(contact.name for contact in contacts)
    kinds = Counter((contact.name, contact.description) for contact in contacts)
    described: list[str] = []
    for contact in contacts:
        parts = [contact.description]
        if kinds[contact.name, contact.description] > 1 or (names[contact.name] > 1 and not contact.description):
            parts += [reach.value for reach in (*contact.mails, *contact.phones)][:1]
        told = ", ".join(part for part in parts if part)
        described.append(f"{contact.name} ({told})" if told else contact.name)
    return described


def _phone_rank(phone: Reach) -> tuple[int, int]:
    kind = next((n for n, name in enumerate(_PHONE_ORDER) if name in phone.types), len(_PHONE_ORDER))
    return phone.rank, kind


def _best_mail(mails: Sequence[Reach]) -> Reach:
    return min(mails, key=lambda mail: mail.rank)


def _possessive(name: str) -> str:
    return f"{name}'" if name.endswith("s") else f"{name}'s"

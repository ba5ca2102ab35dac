"""Who gets a mail, and with what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...addresses import Recipient, mail_recipients
from ...errors import FileNotAllowed
from ...file_search import FileSearch
from ...people import People


def to_and_cc(to: Sequence[str], cc: Sequence[str], people: People) -> tuple[list[Recipient], list[Recipient]]:
    """Nobody gets a copy who is addressed already. Raises UnusableArgument for what is no mail address."""
    recipients = mail_recipients(to, people)
    taken = {recipient.address.casefold() for recipient in recipients}
    return recipients, [r for r in mail_recipients(cc, people) if r.address.casefold() not in taken]


def known(name: str, address: str, people: People) -> Recipient:
    """As the contacts have them, else as a mail does."""
    recipient = mail_recipients([address], people)[0]
    return recipient if recipient.name or not name else Recipient(address, name, name.split()[0].rstrip(","))


def located(paths: Sequence[str], search: FileSearch, max_bytes: int) -> list[Path]:
    """The files to attach. Raises what FileSearch does, and FileNotAllowed when they are too big together."""
    files = list(dict.fromkeys(search.locate(path) for path in paths))
    size = sum(file.stat().st_size for file in files)
    if size > max_bytes:
        raise FileNotAllowed(
            f"the attachments have {size / 1e6:.1f} MB and {max_bytes / 1e6:.0f} MB is the limit; "
            "send a link instead, or raise DESKHAND_EXECUTOR_MAX_ATTACHMENT_MB"
        )
    return files

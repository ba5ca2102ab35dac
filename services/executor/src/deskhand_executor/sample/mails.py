"""What is in the sample's inbox, oldest first."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SampleMail:
    """`attachment` is a path in the home, of a PDF."""

    key: str
    sender: str
    subject: str
    text: str
    attachment: str = ""


MAILS = (
    SampleMail(
        "lease-2024",
        "Olena Kovalenko <olena@example.org>",
        "Your lease",
        "Hello Sam,\n\nhere is the lease that we signed, for your files.\n"
        "The heating will be read in April.\n\nOlena\n",
        "documents/flat/Lease_Agreement_2024.pdf",
    ),
    SampleMail(
        "book-club",
        "Dana Whitfield <dana.w@example.org>",
        "Book club in April",
        "Hi all,\n\nwe read Pachinko until the 9th. Hoa brings the cake this time.\n\nDana\n",
    ),
    SampleMail(
        "q4-planning",
        "Lutfi Eldad <lutfi@example.org>",
        "Re: Q4 planning",
        "Hi Sam,\n\ncould you send the Q3 deck round before we meet?\n"
        "I would like to show the repair numbers to the workshop first.\n\nLutfi\n",
    ),
)

"""A believable home for demos and tests: contacts, calendars, reminders, notes, mail, documents.

    python -m deskhand_executor.sample HOME

Everything is invented; addresses end in example.org, numbers are from the ranges kept for fiction.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

from icalendar import Event, Todo

from ..storage import write_atomically
from ..vdir import FolderCollections, new_uid, open_collection
from ..zones import vtimezone
from .documents import DOCUMENTS, LEASE, LEASE_TITLE, REPORT, REPORT_TITLE
from .mails import MAILS, SampleMail
from .notes import NOTES
from .pdf_writer import pdf
from .people import OWNER, OWNER_MAIL, PEOPLE, Person

ZONE = "Europe/Berlin"
LEASE_PATH = Path("documents/flat/Lease_Agreement_2024.pdf")
REPORT_PATH = Path("documents/work/Q3_Deck.pdf")
_EVENTS = (
    ("Personal", "Dentist", 2, time(9, 15), 45, "Lindenstraße 12"),
    ("Personal", "Dinner at Zoë's", 3, time(19, 30), 150, "Kastanienallee 40"),
    ("Work", "Stand-up", 1, time(9, 0), 15, ""),
    ("Work", "Planning for Q4", 5, time(14, 0), 90, "Room 2.14"),
)
_REMINDERS = (("Water the plants", 1), ("Renew the library card", 9))


def write_sample_home(home: Path, today: date | None = None) -> None:
    """Fill an empty home; events lie in the days after `today`. Raises FileExistsError where there is one already."""
    day = today or datetime.now(tz=ZoneInfo(ZONE)).date()
    if (home / "contacts").exists():
        raise FileExistsError(f"{home} has contacts already; name a folder that is empty or not there yet")
    config = home / "config.toml"
    if not config.exists():
        write_atomically(config, f'[executor]\nuser_name = "{OWNER}"\nuser_mail = "{OWNER_MAIL}"\n'.encode())
    for person in PEOPLE:
        write_atomically(home / "contacts" / f"{person.uid}.vcf", _card(person).encode())
    _write_calendars(home, day)
    for path, text in NOTES.items():
        write_atomically(home / "notes" / path, text.encode())
    for path, text in DOCUMENTS.items():
        write_atomically(home / "documents" / path, text.encode())
    write_atomically(home / LEASE_PATH, pdf(LEASE_TITLE, LEASE, "Hollis Property Management", "Lease - confidential"))
    write_atomically(home / REPORT_PATH, pdf(REPORT_TITLE, REPORT, "Northwind Cycles - Q3 review", "Internal use only"))
    for number, mail in enumerate(MAILS):
        _write_mail(home, mail, datetime.combine(day, time(8, 40), UTC) - timedelta(hours=7 * (len(MAILS) - number)))


def _card(person: Person) -> str:
    """vCard 3.0, as most address books export it."""
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"UID:{person.uid}",
        f"FN:{' '.join(part for part in (person.prefix, person.given, person.family) if part)}",
        f"N:{person.family};{person.given};;{person.prefix};",
        *(f"{name}:{value}" for name, value in person.extra),
        *(f"TEL;TYPE=CELL:{number}" for number in person.phones),
        *(f"EMAIL;TYPE=INTERNET:{address}" for address in person.mails),
        "END:VCARD",
    ]
    return "\r\n".join(lines) + "\r\n"


def _write_calendars(home: Path, day: date) -> None:
    zone = ZoneInfo(ZONE)
    for name, title, days, at, minutes, location in _EVENTS:
        calendar, _ = open_collection(FolderCollections(home / "calendars", name), name, "calendar")
        start = datetime.combine(day + timedelta(days=days), at, zone)
        event = Event()
        event.add("uid", new_uid())
        event.add("dtstamp", datetime.combine(day, time(), UTC))
        event.add("summary", title)
        event.add("dtstart", start)
        event.add("dtend", start + timedelta(minutes=minutes))
        if location:
            event.add("location", location)
        calendar.write(vtimezone(zone, start.year), event)
    for title, days in _REMINDERS:
        reminders, _ = open_collection(FolderCollections(home / "reminders", "Reminders"), "Reminders", "list")
        todo = Todo()
        todo.add("uid", new_uid())
        todo.add("dtstamp", datetime.combine(day, time(), UTC))
        todo.add("summary", title)
        todo.add("due", day + timedelta(days=days))
        reminders.write(todo)


def _write_mail(home: Path, mail: SampleMail, moment: datetime) -> None:
    inbox = home / "mail" / "INBOX"
    for part in ("cur", "new", "tmp"):
        (inbox / part).mkdir(parents=True, exist_ok=True)
    message = EmailMessage()
    message["From"] = mail.sender
    message["To"] = f"{OWNER} <{OWNER_MAIL}>"
    message["Subject"] = mail.subject
    message["Date"] = moment
    message["Message-ID"] = f"<{mail.key}@example.org>"
    message.set_content(mail.text)
    if mail.attachment:
        content = (home / mail.attachment).read_bytes()
        name = Path(mail.attachment).name
        message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    write_atomically(inbox / "cur" / f"{int(moment.timestamp())}.{mail.key}.sample:2,S", message.as_bytes())

"""The user's data as the executor finds it: folders that can be written, formats that can be read, programs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from .findings import Finding, Patient, ok, problem, warning
from .home import why_not_writable

LOOKED_AT = 500
"""Files of a folder that are looked at: a doctor that takes a minute is not asked again."""
PHONE_TIMEOUT_S = 10.0

_FOLDERS = {
    "contacts": ("contacts_dir", ".vcf", b"BEGIN:VCARD"),
    "calendar": ("calendars_dir", ".ics", b"BEGIN:VCALENDAR"),
    "reminders": ("reminders_dir", ".ics", b"BEGIN:VCALENDAR"),
    "notes": ("notes_dir", None, b""),
    "texts": ("sms_outbox_dir", None, b""),
}


def folders(patient: Patient) -> Iterable[Finding]:
    for what, (name, suffix, beginning) in _FOLDERS.items():
        given = patient.value("executor", name)
        if given is None:
            continue
        folder = Path(given).expanduser()
        why = why_not_writable(folder)
        unreadable = _unreadable(folder, suffix, beginning) if suffix else []
        if why:
            yield problem(what, f"Nothing can be written there: {why}", f"deskhand config set executor.{name} FOLDER")
        elif unreadable:
            names = ", ".join(path.name for path in unreadable[:3])
            more = f" and {len(unreadable) - 3} more" if len(unreadable) > 3 else ""
            yield warning(what, f"{names}{more} in {folder} cannot be read as {suffix}", "Repair or remove them.")
        else:
            yield ok(what, str(folder) if folder.exists() else f"{folder} is made when it is needed")


def _unreadable(folder: Path, suffix: str, beginning: bytes) -> list[Path]:
    found: list[Path] = []
    for path in islice(folder.rglob(f"*{suffix}"), LOOKED_AT):
        try:
            with path.open("rb") as file:
                head = file.read(256).removeprefix(b"\xef\xbb\xbf").lstrip().upper()
        except OSError:
            head = b""
        if not head.startswith(beginning):
            found.append(path)
    return found


def mail(patient: Patient) -> Iterable[Finding]:
    given = patient.value("executor", "mail_dir")
    if given is None:
        return
    folder = Path(given).expanduser()
    why = why_not_writable(folder)
    if why:
        yield problem("mail", f"No draft can be written: {why}", "deskhand config set executor.mail_dir FOLDER")
    elif not folder.exists() or not any(folder.iterdir()):
        yield ok("mail", f"{folder} becomes a Maildir with the first draft")
    elif _is_maildir(folder) or any(_is_maildir(child) for child in folder.iterdir()):
        yield ok("mail", f"{folder} is a Maildir")
    else:
        yield problem(
            "mail",
            f"{folder} is neither a Maildir nor a folder of Maildirs (with cur, new and tmp)",
            "deskhand config set executor.mail_dir FOLDER",
        )
    if not patient.value("executor", "user_mail"):
        yield warning(
            "mail", "Your address is not set: drafts have no sender", "deskhand config set executor.user_mail YOU@HOST"
        )


def _is_maildir(folder: Path) -> bool:
    return all((folder / name).is_dir() for name in ("cur", "new", "tmp"))


def files(patient: Patient) -> Iterable[Finding]:
    roots = [Path(root).expanduser() for root in patient.value("executor", "file_roots") or ()]
    there = [root for root in roots if root.is_dir()]
    if roots and not there:
        yield warning(
            "files",
            f"Files are looked for in {', '.join(map(str, roots))}, and none of these is there",
            """deskhand config set executor.file_roots '["/home/you/Documents"]'""",
        )
    elif there:
        yield ok("files", f"They are looked for in {', '.join(map(str, there))}")


def texts(patient: Patient) -> Iterable[Finding]:
    command = patient.value("executor", "sms_command")
    if not command:
        return
    program = shutil.which(command[0])
    if program is None:
        yield problem(
            "texts",
            f"{command[0]}, which sends texts, is not on the PATH",
            "Install it, or let texts wait in the outbox: deskhand config set executor.sms_command '[]'",
        )
    elif not any("{message}" in part for part in command) or not any("{number}" in part for part in command):
        yield problem(
            "texts", "executor.sms_command lacks {message} or {number}", "`deskhand config` shows an example beside it."
        )
    elif Path(program).name == "kdeconnect-cli":
        yield _phone(program)
    else:
        yield ok("texts", f"{program} sends them")


def _phone(program: str) -> Finding:
    try:
        asked = subprocess.run(
            [program, "--list-available", "--id-only"],
            capture_output=True,
            text=True,
            timeout=PHONE_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return problem("texts", f"{program} does not answer", "Is KDE Connect running? Open it once.")
    if asked.returncode or not asked.stdout.strip():
        return warning(
            "texts", "KDE Connect sees no phone", "Open KDE Connect on the phone, in the same network, and pair it."
        )
    return ok("texts", "KDE Connect sees a phone")


def meetings(patient: Patient) -> Iterable[Finding]:
    if patient.value("executor", "meeting_provider") != "zoom":
        return
    names = ("zoom_account_id", "zoom_client_id", "zoom_client_secret")
    missing = [name for name in names if not patient.value("executor", name)]
    if not missing:
        yield ok("meetings", "Zoom has its credentials; whether they are right shows with the first meeting")
    elif len(missing) < len(names):
        yield problem(
            "meetings", f"Zoom lacks {', '.join(missing)}", f"deskhand config set executor.{missing[0]} VALUE"
        )
    else:
        yield warning(
            "meetings",
            "Zoom has no credentials: meetings cannot be set up",
            "Make a server-to-server OAuth app at marketplace.zoom.us and set executor.zoom_account_id, zoom_client_id "
            "and zoom_client_secret; or: deskhand config set executor.meeting_provider jitsi",
        )

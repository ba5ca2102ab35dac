"""A user's Maildirs: the inbox that is read, the drafts that are written, the mail that is selected."""

from __future__ import annotations

import heapq
import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path
from typing import Literal
from uuid import uuid4

from .errors import NoSelectedMail, ToolUnavailable
from .phrasing import one_line, quoted
from .storage import within, write_atomically

SELECTED = "selected"
"""File in the mail folder that names the selected mail, by path or Message-ID; a mail client's hook writes it."""
NEWEST = 50
"""Mails by arrival among which the newest by date is looked for."""
NOTMUCH_TIMEOUT_S = 10.0
_STAMP = re.compile(r"\d{6,}")
_LEFT_OUT = frozenset("DT")  # Maildir flags: draft, trashed


class MailStore:
    """Either layout: a Maildir with Maildir++ folders (`.Drafts`), or a folder of Maildirs (`INBOX`, `Drafts`).

    `choice` is which mail is the selected one where no file names it, `query` notmuch's when that is to tell."""

    def __init__(
        self, root: Path, choice: Literal["newest", "flagged", "notmuch"] = "newest", query: str = "tag:inbox"
    ) -> None:
        self._root = root
        self._choice = choice
        self._query = query

    @property
    def root(self) -> Path:
        return self._root

    @property
    def _is_maildir(self) -> bool:
        return (self._root / "cur").is_dir()

    @property
    def inbox(self) -> Path:
        return self._root if self._is_maildir else self._root / "INBOX"

    @property
    def drafts(self) -> Path:
        return self._root / (".Drafts" if self._is_maildir else "Drafts")

    def write_draft(self, message: EmailMessage, arrived: datetime) -> Path:
        """Into the drafts folder, with the flags draft and seen."""
        for part in ("cur", "new", "tmp"):
            (self.drafts / part).mkdir(parents=True, exist_ok=True)
        path = self.drafts / "cur" / f"{int(arrived.timestamp())}.{uuid4().hex}.deskhand:2,DS"
        write_atomically(path, message.as_bytes())
        return path

    def whereabouts(self, path: Path) -> Path:
        """Where a message is now: clients rename the file when flags change."""
        if not path.exists():
            unique = path.name.partition(":")[0]
            for candidate in _message_files(path.parent.parent):
                if candidate.name.partition(":")[0] == unique:
                    return candidate
        return path

    def selected(self) -> EmailMessage:
        """The mail that the file `selected` names, else the one of the settings. Raises NoSelectedMail, and
        ToolUnavailable where notmuch has to tell and cannot."""
        path = self._named() or self._chosen()
        try:
            with path.open("rb") as file:
                return BytesParser(policy=policy.default).parse(file)  # pyright: ignore[reportReturnType]
        except OSError as error:
            raise NoSelectedMail(f"the selected mail cannot be read: {error.strerror}") from error

    def _named(self) -> Path | None:
        try:
            name = (self._root / SELECTED).read_text(encoding="utf-8", errors="replace").strip().partition("\n")[0]
        except FileNotFoundError:
            return None
        if not name:
            return None
        path = self._root / name if "/" in name and not name.startswith("<") else None
        if path is not None and path.is_file():
            if not within(path, [self._root]):
                raise NoSelectedMail(f"the selected mail {quoted(name)} is not in the mail folder; select one in it")
            return path
        wanted = name.strip("<>")
        for candidate in self._all_files():
            if candidate.name == name or _message_id(candidate) == wanted:
                return candidate
        raise NoSelectedMail(f"the selected mail {quoted(name)} is not there any more; select another one")

    def _chosen(self) -> Path:
        if self._choice == "notmuch":
            path = _found_by_notmuch(self._query)
            if path is None or not within(path, [self._root]):
                raise NoSelectedMail(f"notmuch finds no mail in {self._root} by {quoted(self._query)}; tag one")
            return path
        if self._choice == "flagged":
            path = _newest(path for path in self._all_files() if "F" in _flags(path))
            if path is None:
                raise NoSelectedMail("no mail is flagged; flag the one that is meant")
            return path
        path = _newest(_message_files(self.inbox))
        if path is None:
            raise NoSelectedMail(f"there is no mail in {self.inbox}; select one, or set DESKHAND_EXECUTOR_MAIL_DIR")
        return path

    def _all_files(self) -> Iterator[Path]:
        yield from _message_files(self.inbox)
        if self._root.is_dir():
            for folder in sorted(self._root.iterdir()):
                if folder not in (self.inbox, self.drafts) and (folder / "cur").is_dir():
                    yield from _message_files(folder)


def _newest(files: Iterable[Path]) -> Path | None:
    """By the date that the mail gives, among those that arrived last; drafts and trashed ones do not count."""
    kept = (path for path in files if not _LEFT_OUT & _flags(path))
    recent = heapq.nlargest(NEWEST, kept, key=_arrived)
    return max(recent, key=lambda path: (_dated(path), _arrived(path)), default=None)


def _flags(path: Path) -> set[str]:
    return set(path.name.partition(":2,")[2])


def _found_by_notmuch(query: str) -> Path | None:
    """The newest mail that notmuch finds; its own config says where its database is."""
    command = ["notmuch", "search", "--output=files", "--sort=newest-first", "--limit=1", "--", query]
    try:
        found = subprocess.run(command, capture_output=True, timeout=NOTMUCH_TIMEOUT_S, check=True)
    except FileNotFoundError as error:
        raise ToolUnavailable(
            "notmuch is not installed; install it, or set DESKHAND_EXECUTOR_SELECTED_MAIL to newest"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise ToolUnavailable(f"notmuch did not answer within {NOTMUCH_TIMEOUT_S:g} s; try it again") from error
    except subprocess.CalledProcessError as error:
        why = one_line(error.stderr.decode(errors="replace")) or f"status {error.returncode}"
        raise ToolUnavailable(f"notmuch failed: {why}") from error
    files = found.stdout.splitlines()
    return Path(os.fsdecode(files[0])) if files else None


def _message_files(maildir: Path) -> Iterator[Path]:
    for part in ("new", "cur"):
        folder = maildir / part
        if folder.is_dir():
            yield from (path for path in sorted(folder.iterdir()) if not path.name.startswith(".") and path.is_file())


def _arrived(path: Path) -> float:
    """Seconds since the epoch: a Maildir name begins with them."""
    stamp = _STAMP.match(path.name)
    return float(stamp[0]) if stamp else path.stat().st_mtime


def _headers(path: Path) -> EmailMessage:
    with path.open("rb") as file:
        return BytesHeaderParser(policy=policy.default).parse(file)  # pyright: ignore[reportReturnType]


def _dated(path: Path) -> float:
    moment = message_date(_headers(path))
    return moment.timestamp() if moment else _arrived(path)


def _message_id(path: Path) -> str:
    return str(_headers(path).get("Message-ID", "")).strip().strip("<>")


def message_date(message: EmailMessage) -> datetime | None:
    """None for a mail without a date that can be read. A date without a zone is UTC."""
    try:
        moment = message["Date"].datetime
    except (AttributeError, TypeError, ValueError, IndexError):
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment

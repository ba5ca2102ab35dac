"""Files written so that no reader ever sees half of one, and records that let an effect be taken back."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import UndoRefused, UnusableArgument

MAX_NAME_BYTES = 120
_UNSAFE = re.compile(r'[/\\:*?"<>|\x00-\x1f\x7f]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def safe_name(text: str, fallback: str) -> str:
    """One name of a file or folder: no separators, no control characters, nothing hidden, at most 120 bytes."""
    name = _UNSAFE.sub(" ", "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs")))
    name = " ".join(name.split()).strip(". ")
    name = name.encode()[:MAX_NAME_BYTES].decode(errors="ignore").strip(". ")
    return fallback if not name or _RESERVED.fullmatch(name) else name


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def write_atomically(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Write a sibling file, then move it into place. Raises FileExistsError unless `replace`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o600 if not replace or not path.exists() else path.stat().st_mode & 0o777)
        if replace:
            temporary.replace(path)
        else:
            _move_into(temporary, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()


def _move_into(temporary: Path, path: Path) -> None:
    try:
        path.hardlink_to(temporary)  # fails where a rename would silently replace
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError(path) from None
        temporary.replace(path)


def within(path: Path, roots: Sequence[Path]) -> bool:
    """Whether the file that `path` really is lies in one of `roots`, with all links followed."""
    real = path.resolve()
    return any(real.is_relative_to(root.resolve()) for root in roots)


class WrittenFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path
    sha256: str


class Undo(BaseModel):
    """What an effect on files needs to be taken back. `label` names it to the user; `tool` is set by the executor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tool: str = ""
    label: str


class CreatedFiles(Undo):
    files: tuple[WrittenFile, ...] = Field(min_length=1)

    @classmethod
    def of(cls, label: str, *paths: Path) -> CreatedFiles:
        return cls(label=label, files=tuple(WrittenFile(path=path, sha256=digest(path.read_bytes())) for path in paths))


class AppendedText(Undo):
    """`size` is the length of the file before, in bytes; `sha256` is of the whole file after."""

    path: Path
    size: int
    sha256: str


Model = TypeVar("Model", bound=Undo)


def read_undo(model: type[Model], undo: dict[str, object]) -> Model:
    """Raises UnusableArgument."""
    try:
        return model.model_validate(undo)
    except ValidationError:
        raise UnusableArgument("this undo record is not one that the executor gave") from None


def remove_created(record: CreatedFiles, *roots: Path) -> None:
    """Delete the files, all or none. Raises UndoRefused when one has changed or is gone, UnusableArgument for a path
    outside the `roots`."""
    for file in record.files:
        _check_untouched(file.path, file.sha256, record.label, *roots)
    for file in record.files:
        file.path.unlink()


def cut_appended(record: AppendedText, root: Path) -> None:
    """Cut off the text again. Raises as remove_created does."""
    content = _check_untouched(record.path, record.sha256, record.label, root)
    write_atomically(record.path, content[: record.size], replace=True)


def _check_untouched(path: Path, sha256: str, label: str, *roots: Path) -> bytes:
    if not within(path, roots):
        raise UnusableArgument("this undo record names a file that the executor does not manage")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UndoRefused(f"{label} is not there any more, so there was nothing to undo") from None
    if digest(content) != sha256:
        raise UndoRefused(f"{label} has been changed since, so it was left as it is; change it by hand") from None
    return content

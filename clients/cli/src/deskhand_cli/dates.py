"""`deskhand dates`: how many phrases of a file the date resolver gets right."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Literal

from deskhand_dates import DateError, resolve_iso
from pydantic import BaseModel, ConfigDict, ValidationError

from .exits import CliError, Exit


class DateItem(BaseModel):
    """A line of the file. `iso` is None for a phrase that must not be resolved."""

    model_config = ConfigDict(extra="ignore")

    id: str
    now: datetime
    text: str
    role: Literal["start", "end", "due"] = "start"
    start: str | None = None
    iso: str | None = None


def score_dates(items: list[DateItem]) -> dict[str, object]:
    """`wrong` lists each item that came out otherwise, in the order of the file; `got` is None when unresolvable."""
    wrong: list[dict[str, object]] = []
    for item in items:
        try:
            got = resolve_iso(item.text, item.now, item.role, start=item.start)
        except DateError:
            got = None
        if got != item.iso:
            wrong.append({"id": item.id, "text": item.text, "role": item.role, "expected": item.iso, "got": got})
    return {"items": len(items), "correct": len(items) - len(wrong), "wrong": wrong}


def read_items(path: Path) -> list[DateItem]:
    """Raises CliError that names the line."""
    try:
        lines = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(f"{path} cannot be read: {error}.", exit=Exit.USAGE) from error
    items: list[DateItem] = []
    for number, line in enumerate(lines.split("\n"), 1):
        if not line.strip():
            continue
        try:
            items.append(DateItem.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the line"
            raise CliError(f"{path}, line {number}: {where}: {first['msg']}", exit=Exit.USAGE) from error
    return items


def run_dates(path: Path) -> Exit:
    sys.stdout.write(json.dumps(score_dates(read_items(path)), ensure_ascii=False, indent=1) + "\n")
    return Exit.DONE

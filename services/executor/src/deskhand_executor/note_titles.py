"""What a Markdown note is called: by its front matter (Obsidian, Joplin), its first heading, the name of its file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .phrasing import one_line

HEAD_BYTES = 4096
FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*\s*")


@dataclass(frozen=True, slots=True)
class Titles:
    """`labels` are all names of the note, the title first."""

    labels: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.labels[0]


class TitleReader:
    """Remembers what files say until they change. For one thread."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int], Titles]] = {}

    def read(self, path: Path) -> Titles:
        try:
            status = path.stat()
            stamp = status.st_mtime_ns, status.st_size
            known = self._known.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES).decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
        except OSError:
            return Titles((path.stem,))
        titles = _titles(head, path.stem)
        self._known[path] = stamp, titles
        return titles


def _titles(head: str, stem: str) -> Titles:
    front = _front_matter(head)
    title = front.get("title")
    stated = [one_line(title)] if isinstance(title, str) and one_line(title) else []
    stated += _heading(FRONT_MATTER.sub("", head))
    aliases = [alias for key in ("aliases", "alias") for alias in _aliases(front.get(key))]
    return Titles(tuple(dict.fromkeys([*stated, stem, *aliases])))


def _heading(text: str) -> list[str]:
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    heading = HEADING.fullmatch(first)
    return [heading[1]] if heading else []


def _front_matter(head: str) -> dict[str, Any]:
    match = FRONT_MATTER.match(head)
    if match is None:
        return {}
    try:
        content = yaml.load(match[1], Loader=yaml.BaseLoader)  # noqa: S506 - makes texts, lists and tables of them only
    except yaml.YAMLError:
        return {}
    return content if isinstance(content, dict) else {}


def _aliases(value: object) -> list[str]:
    """Obsidian takes a list or, in older vaults, names with commas between them."""
    if isinstance(value, str):
        value = value.split(",") if "," in value else [value]
    if not isinstance(value, list):
        return []
    return [text for item in value if isinstance(item, str) and (text := one_line(item))]

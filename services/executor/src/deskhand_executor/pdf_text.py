"""The text of a PDF as paragraphs, without running heads, footers and page numbers."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from .errors import PdfUnreadable, PdfWithoutText
from .phrasing import one_line

EDGE_LINES = 3
"""Lines at the top and at the bottom of a page where running heads and footers stand."""
REPEATED_SHARE = 0.5
MIN_CHARS = 20
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|seite|p\.?|pág\.?)?\s*\d{1,4}(?:\s*(?:of|/|von|de|\|)\s*\d{1,4})?\W*", re.IGNORECASE
)
_SUBJECT = re.compile(r"(?:re|subject|betreff|objet|asunto)\s*:\s*(.{4,100})", re.IGNORECASE)
_JUNK_TITLE = re.compile(r"untitled|microsoft |document\d*$|\.(?:docx?|pdf|odt|tex|indd)$|^\W*$", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…:;。！？][\"'”’)\]]*$")


@dataclass(frozen=True, slots=True)
class PdfText:
    """`pages` counts all pages of the file, `paragraphs` are of those that were read."""

    title: str
    pages: int
    paragraphs: tuple[str, ...]


def read_pdf(path: Path, max_pages: int) -> PdfText:
    """Raises PdfUnreadable, PdfWithoutText."""
    try:
        with PdfReader(path) as reader:
            if reader.is_encrypted and not reader.decrypt(""):
                raise PdfUnreadable(f"{path.name} is locked by a password; save a copy without one")
            count = len(reader.pages)
            pages = [_lines(reader.pages[number].extract_text()) for number in range(min(count, max_pages))]
            metadata = reader.metadata
            stated = str(metadata.title or "") if metadata else ""
    except PdfUnreadable:
        raise
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        # pypdf raises all of these for damaged files
        raise PdfUnreadable(f"{path.name} is damaged or no PDF; open it and save it again") from error
    lines = _without_running_lines(pages)
    if sum(len(line) for page in lines for line in page) < MIN_CHARS:
        raise PdfWithoutText(
            f"there is no text in {path.name}, it seems to be a scan; run it through an OCR program first"
        )
    return PdfText(_title(stated, lines, path), count, tuple(_paragraphs(lines)))


def title_of_stem(stem: str) -> str:
    """ "Lease_Agreement_2024" -> "Lease Agreement 2024"."""
    return one_line(re.sub(r"[_]+|(?<=\w)-(?=\w)", " ", stem)) or stem


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines()]


def _without_running_lines(pages: Sequence[list[str]]) -> list[list[str]]:
    edges = [_edges(page) for page in pages]
    running = ({_running_key(page[number]) for number in edge} for page, edge in zip(pages, edges, strict=True))
    keys = Counter(key for found in running for key in found)
    often = max(2, math.ceil(REPEATED_SHARE * len(pages)))
    return [
        [
            line
            for number, line in enumerate(page)
            if not (number in edge and (_PAGE_NUMBER.fullmatch(line) or keys[_running_key(line)] >= often))
        ]
        for page, edge in zip(pages, edges, strict=True)
    ]


def _edges(page: Sequence[str]) -> set[int]:
    filled = [number for number, line in enumerate(page) if line]
    return {*filled[:EDGE_LINES], *filled[-EDGE_LINES:]}


def _running_key(line: str) -> str:
    return re.sub(r"\d+", "#", line.casefold())


def _paragraphs(pages: Sequence[Sequence[str]]) -> list[str]:
    """Lines joined to paragraphs, over page ends too. Lines that end short of the margin without ending a sentence
    (headings, addresses) stay for themselves."""
    lines = [line for page in pages for line in page]
    lengths = sorted(len(line) for line in lines if line)
    width = lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0
    paragraphs: list[str] = []
    current = ""
    for line in lines:
        if not line:
            continue
        if not current:
            current = line
        elif current.endswith(("-", "\u00ad")) and line[0].islower():
            current = current[:-1] + line
        else:
            current = f"{current} {line}"
        ended = bool(_SENTENCE_END.search(line))
        short = len(line) < (0.75 if ended else 0.6) * width
        if short:
            paragraphs.append(current)
            current = ""
    return [*paragraphs, current] if current else paragraphs


def _title(stated: str, pages: Sequence[Sequence[str]], path: Path) -> str:
    stated = one_line(stated)
    if stated and not _JUNK_TITLE.search(stated):
        return stated
    for line in pages[0] if pages else ():
        subject = _SUBJECT.fullmatch(line)
        if subject:
            return subject[1].strip()
    return title_of_stem(path.stem)

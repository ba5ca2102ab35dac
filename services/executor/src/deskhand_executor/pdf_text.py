"""The running text of a PDF as paragraphs: without running heads, page numbers, notes, captions and references."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from .errors import PdfUnreadable, PdfWithoutText
from .passages import LABEL, TELLING_HEADING
from .pdf_layout import Line, body_size, page_lines
from .phrasing import one_line

EDGE_LINES = 3
"""Lines at the top and at the bottom of a page where running heads and footers stand."""
REPEATED_SHARE = 0.35
"""Of the pages: left and right pages may have different heads."""
MIN_CHARS = 20
MAX_UNKNOWN = 0.2
"""Share of signs that are no letters from which on a font's letters are not known."""
SMALL, LARGE = 0.88, 1.12
"""Parts of the text's size: smaller lines are notes, captions and cells, larger ones headings."""
TITLE_SIZE = 1.25
MIN_TITLE_CHARS, MAX_TITLE_CHARS = 4, 150
PARAGRAPH_GAP = 1.35
"""Times the distance between lines."""
INDENT = 0.8
"""Of the letters' height, from which on a line begins a paragraph."""
REFERENCES_FROM = 0.35
"""Part of the text before which "References" heads no list at the end."""
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|seite|p\.?|pág\.?|slide|folie)?\s*(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|/|von|de|sur|\|)\s*\d{1,4})?\W*",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"(?:re|subject|betreff|objet|asunto)\s*:\s*(.{4,100})", re.IGNORECASE)
_JUNK_TITLE = re.compile(
    r"untitled|anonymous|microsoft |document\d*$|\.(?:docx?|pdf|odt|tex|indd)$|^\W*$", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?…:;。！？।][\"'”’)\]]*$")
_CAPTION = re.compile(
    r"(?:fig(?:ure)?|table|listing|algorithm|abb(?:ildung)?|tab(?:elle)?|tableau|figura|tabla)\b\.?\s*[\dIVX]+\s*[:.|–-]",
    re.IGNORECASE,
)
_CONTENTS = re.compile(r"(?:\s?\.){4,}\s*\d+$")
_BULLET = re.compile(r"\A[•▪◦‣●○■–—*-]\s+")
_NUMBERED_ITEM = re.compile(r"(\d{1,2})[.)]\s+\S")
_NUMBERED = r"(?:[\dIVX]+(?:\.\d+)*\.?\s+)?"
_REFERENCES = re.compile(
    _NUMBERED
    + r"(?:references|bibliography|works cited|literature cited|literatur(?:verzeichnis)?|quellen(?:verzeichnis)?"
    r"|r[ée]f[ée]rences(?: bibliographiques)?|bibliographie|bibliograf[ií]a|referencias|referências|riferimenti"
    r"|参考文献|список литературы)",
    re.IGNORECASE,
)
_APPENDIX = re.compile(_NUMBERED + r"(?:appendi(?:x|ces)|anhang|annexe?s?|ap[ée]ndice)\b.{0,60}", re.IGNORECASE)
_JOINING = frozenset(["and", "or", "und", "oder", "bzw", "et", "ou", "y", "o", "e", "en", "of"])


@dataclass(frozen=True, slots=True)
class PdfText:
    """`pages` counts all pages of the file, `paragraphs` are of those that were read."""

    title: str
    pages: int
    paragraphs: tuple[str, ...]


def read_pdf(path: Path, max_pages: int) -> PdfText:
    """Raises PdfUnreadable, PdfWithoutText. PDFium is not thread-safe: call it from one thread."""
    try:
        with pdfium.PdfDocument(path) as document:
            count = len(document)
            if count == 0:
                raise PdfUnreadable(f"{path.name} has no pages; open it and save it again")
            pages = [page_lines(document[number]) for number in range(min(count, max_pages))]
            stated = str(document.get_metadata_dict().get("Title", ""))
    except pdfium.PdfiumError as error:
        if error.err_code == pdfium_c.FPDF_ERR_PASSWORD:
            raise PdfUnreadable(f"{path.name} is locked by a password; save a copy without one") from error
        raise PdfUnreadable(f"{path.name} is damaged or no PDF; open it and save it again") from error
    except OSError as error:
        raise PdfUnreadable(f"{path.name} cannot be read: {error.strerror}") from error
    _check_text("".join(line.text for page in pages for line in page), path)
    pages = _without_running_lines(pages)
    title = _title(stated, pages[0], path)
    return PdfText(title, count, tuple(_prose(_paragraphs(pages), title)))


def _check_text(text: str, path: Path) -> None:
    """Raises PdfWithoutText for a scan, and where the file does not say which characters its shapes are."""
    if len(text) < MIN_CHARS:
        raise PdfWithoutText(
            f"there is no text in {path.name}, it seems to be a scan; run it through an OCR program first"
        )
    unknown = sum(unicodedata.category(character) in ("So", "Co", "Cn") for character in text)
    if unknown > MAX_UNKNOWN * len(text):
        raise PdfWithoutText(f"the letters of {path.name} are only drawn; run it through an OCR program first")


def title_of_stem(stem: str) -> str:
    """ "Lease_Agreement_2024" -> "Lease Agreement 2024"."""
    return one_line(re.sub(r"[_]+|(?<=\w)-(?=\w)", " ", stem)) or stem


def _without_running_lines(pages: Sequence[list[Line]]) -> list[list[Line]]:
    edges = [_edges(page) for page in pages]
    running = ({_running_key(page[number].text) for number in edge} for page, edge in zip(pages, edges, strict=True))
    keys = Counter(key for found in running for key in found)
    often = max(2, math.ceil(REPEATED_SHARE * len(pages)))
    return [
        [
            line
            for number, line in enumerate(page)
            if not (number in edge and (_PAGE_NUMBER.fullmatch(line.text) or keys[_running_key(line.text)] >= often))
        ]
        for page, edge in zip(pages, edges, strict=True)
    ]


def _edges(page: Sequence[Line]) -> set[int]:
    by_height = sorted(range(len(page)), key=lambda number: page[number].bottom)
    return {*by_height[:EDGE_LINES], *by_height[-EDGE_LINES:]}


def _running_key(text: str) -> str:
    return re.sub(r"\d+", "#", text.casefold())


@dataclass(slots=True)
class _Paragraph:
    lines: list[Line]
    first: bool
    """Whether it is the first of its column, and so may go on from the one before."""

    @property
    def size(self) -> float:
        return max(line.size for line in self.lines)


def _paragraphs(pages: Sequence[Sequence[Line]]) -> list[_Paragraph]:
    found: list[_Paragraph] = []
    for page in pages:
        pitch = _pitch(page)
        before: Line | None = None
        for line in page:
            new_column = before is None or line.bottom > before.bottom or line.left > before.right
            if before is None or new_column or _begins_paragraph(before, line, found[-1], pitch):
                found.append(_Paragraph([line], new_column))
            else:
                found[-1].lines.append(line)
            before = line
    return found


def _pitch(page: Sequence[Line]) -> float:
    """The usual distance from line to line."""
    steps = Counter(
        round(above.bottom - below.bottom)
        for above, below in itertools.pairwise(page)
        if 0 < above.bottom - below.bottom < 4 * above.size
    )
    return float(steps.most_common(1)[0][0]) if steps else 0.0


def _begins_paragraph(before: Line, line: Line, paragraph: _Paragraph, pitch: float) -> bool:
    if not SMALL < line.size / before.size < LARGE or _BULLET.match(line.text) or _CAPTION.match(line.text):
        return True
    first = paragraph.lines[0]
    below_bullet = bool(_BULLET.match(first.text)) and line.left < first.left + 0.2 * line.size
    if _is_further_entry(first, line) or (below_bullet and not line.text[0].islower()):
        return True
    if before.bottom - line.bottom > PARAGRAPH_GAP * max(pitch, line.size):
        return True
    width = max(other.right for other in paragraph.lines) - min(other.left for other in paragraph.lines)
    ended = bool(_SENTENCE_END.search(before.text))
    indented = line.left - before.left > INDENT * line.size and not _BULLET.match(first.text)
    short = before.right < line.right - (0.1 if ended else 0.4) * max(width, line.right - line.left)
    return indented or short


def _is_further_entry(first: Line, line: Line) -> bool:
    """Whether a line goes on with a table, a form or a numbered list that the paragraph began with."""
    if first.cells > 1 and line.cells > 1:
        return True
    number, following = _NUMBERED_ITEM.match(first.text), _NUMBERED_ITEM.match(line.text)
    if following and (number or LABEL.match(first.text)):
        return int(following[1]) == (int(number[1]) if number else 0) + 1
    return bool(LABEL.match(first.text) and LABEL.match(line.text))


def _prose(paragraphs: Sequence[_Paragraph], title: str) -> list[str]:
    """The texts of the paragraphs that belong to the running text, those that a column or a page breaks in one."""
    size = body_size(line for paragraph in paragraphs for line in paragraph.lines)
    hyphenated = _hyphenated(paragraphs)
    total = sum(len(paragraph.lines) for paragraph in paragraphs)
    texts: list[str] = []
    seen, in_references = 0, False
    goes_on = False
    for paragraph in paragraphs:
        text = _text(paragraph.lines, hyphenated)
        seen += len(paragraph.lines)
        if _REFERENCES.fullmatch(text) and seen > REFERENCES_FROM * total:
            in_references = True
        elif in_references and _APPENDIX.fullmatch(text):
            in_references = False
        small = paragraph.size < SMALL * size and not TELLING_HEADING.fullmatch(text)
        if in_references or small or _CAPTION.match(text) or _CONTENTS.search(text):
            continue
        if text == title and not texts:
            continue
        same_size = paragraph.size < LARGE * size
        own = bool(_BULLET.match(text)) or paragraph.lines[0].cells > 1
        if goes_on and same_size and not own and (paragraph.first or text[0].islower()):
            texts[-1] = _attach(texts[-1], text, hyphenated)
        else:
            texts.append(_BULLET.sub("", text))
        goes_on = same_size and not _SENTENCE_END.search(text)
    return texts


def _hyphenated(paragraphs: Sequence[_Paragraph]) -> frozenset[str]:
    """Words that have a hyphen inside a line, small: "well-known" keeps it when a line ends in the middle."""
    lines = (line.text for paragraph in paragraphs for line in paragraph.lines)
    return frozenset(word.casefold() for text in lines for word in re.findall(r"\w+-\w+", text))


def _text(lines: Sequence[Line], hyphenated: frozenset[str]) -> str:
    text = lines[0].text
    for line in lines[1:]:
        text = _attach(text, line.text, hyphenated)
    return text


def _attach(text: str, following: str, hyphenated: frozenset[str]) -> str:
    broken = re.search(r"(\w+)[-\u00ad\u2010]$", text)
    rest = re.match(r"\w+", following)
    if broken and rest and rest[0] in _JOINING:  # "fixed- and random-effects"
        return f"{text} {following}"
    if broken and rest and following[0].islower():
        keeps = f"{broken[1]}-{rest[0]}".casefold() in hyphenated
        return f"{text[:-1]}{'-' if keeps else ''}{following}"
    return f"{text} {following}"


def _title(stated: str, first_page: Sequence[Line], path: Path) -> str:
    """What the file states, the line "Re: ...", what stands largest on the first page, or the file's name."""
    stated = one_line(stated)
    if len(stated) >= MIN_TITLE_CHARS and not _JUNK_TITLE.search(stated):
        return stated
    for line in first_page:
        subject = _SUBJECT.fullmatch(line.text)
        if subject:
            return subject[1].strip()
    worded = [line for line in first_page if sum(map(str.isalpha, line.text)) > 0.6 * len(line.text) > 2]
    largest = max((line.size for line in worded), default=0.0)
    if largest > TITLE_SIZE * body_size(first_page):
        text = " ".join(line.text for line in worded if line.size > 0.98 * largest)
        if MIN_TITLE_CHARS <= len(text) <= MAX_TITLE_CHARS:
            return text
    return title_of_stem(path.stem)

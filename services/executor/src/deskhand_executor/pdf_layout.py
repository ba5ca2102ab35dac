"""What stands where on a page of a PDF, in the order in which people read it.

PDFium (by pypdfium2) gives characters with their boxes and leaves the layout to its caller. pdfminer.six would do the
layout too, but takes seconds for a paper where this takes tenths.
"""

from __future__ import annotations

import ctypes
import itertools
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from .passages import CELL_MARK

COLUMN_GAP = 1.3
"""Heights of a letter from which on a gap in a line is one between columns or cells, not between words."""
WORD_GAP = 0.2
SAME_LINE = 0.5
"""By which part of a letter's height two pieces of one line may be apart."""
MIN_COLUMN_LINES = 5
MAX_CROSSING = 0.25
"""Share of lines that may run over a gutter (title, wide figures) when a page still has columns."""
MIN_COLUMN_SHARE = 0.22
"""Of the width of the text: what is narrower is the column of a table."""
MAX_NAME_CHARS, MAX_VALUE_CHARS = 40, 30
"""Of an entry in a form: "Due date" and "1 April 2026"."""
_LIST_MARK = re.compile(r"\W{1,2}|\(?\w{1,3}[.)]|\d{1,2}(?:\.\d{1,2})*")
_GUTTER_STEP = 2.0
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_TEX_LIGATURES = dict(zip("\x0b\x0c\x0e\x0f\x1b\x1c\x1d\x1e\x1f", "ﬀﬁﬃﬄﬀﬁﬂﬃﬄ", strict=True))
"""Places of ligatures in TeX's fonts (OT1 and T1), which come through where a file does not map them."""
_SYMBOL_BULLETS = {"\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "▪", "\uf0fc": "▪"}
"""Places of list marks in Symbol and Wingdings, in which word processors set them."""
_LINE_END_HYPHEN = ("\ufffe", "\u0002")
"""PDFium's marks for the hyphen of a broken word."""


@dataclass(slots=True)
class Line:
    """Points from the page's lower left corner; `size` is the height of its letters."""

    text: str
    left: float
    right: float
    bottom: float
    top: float
    size: float
    cells: int = 1
    """Parts with wide gaps between them: more than one in the row of a table or a form."""


def page_lines(page: pdfium.PdfPage) -> list[Line]:
    """The lines of a page in reading order, column after column."""
    text_page = page.get_textpage()
    try:
        return _in_order(_segments(text_page.raw))
    finally:
        text_page.close()


def _segments(text_page: object) -> list[Line]:
    """Runs of characters on one line without a wide gap, as the file has them."""
    found: list[Line] = []
    sizes: list[float] = []  # of the letters of the last line
    space = False
    box, matrix = pdfium_c.FS_RECTF(), pdfium_c.FS_MATRIX()
    for index in range(pdfium_c.FPDFText_CountChars(text_page)):
        character = chr(pdfium_c.FPDFText_GetUnicode(text_page, index))
        broken_word = character in _LINE_END_HYPHEN
        if pdfium_c.FPDFText_IsGenerated(text_page, index) == 1 and not broken_word:
            space = True
            continue
        character = _TEX_LIGATURES.get(character) or _SYMBOL_BULLETS.get(character, character)
        if not broken_word and (character.isspace() or not character.isprintable()):
            space = True
            continue
        if not pdfium_c.FPDFText_GetLooseCharBox(text_page, index, ctypes.byref(box)):
            continue
        if pdfium_c.FPDFText_GetMatrix(text_page, index, ctypes.byref(matrix)) and abs(matrix.b) > abs(matrix.a):
            continue  # set sideways: a stamp in the margin, a label of a chart
        size = max(box.top - box.bottom, 1.0)
        text = "-" if broken_word else _LIGATURES.get(character, character)
        line = found[-1] if found else None
        if line is not None and _goes_on(line, sizes[0], box, size):
            gap = box.left - line.right
            line.text += f" {text}" if space or gap > WORD_GAP * size else text
            line.right = max(line.right, box.right)
            sizes.append(size)
        else:
            if line is not None:
                line.size = statistics.median(sizes)
            found.append(Line(text, box.left, box.right, box.bottom, box.top, size))
            sizes = [size]
        space = False
    if found:
        found[-1].size = statistics.median(sizes)
    return found


def _goes_on(line: Line, line_size: float, box: pdfium_c.FS_RECTF, size: float) -> bool:
    larger = max(size, line_size)
    return abs(box.bottom - line.bottom) < SAME_LINE * larger and -larger < box.left - line.right < COLUMN_GAP * larger


def _in_order(lines: Sequence[Line]) -> list[Line]:
    gutter = _gutter(lines)
    if gutter is None:
        return _joined(lines)
    ordered: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    over: list[Line] = []  # what runs over both columns; it comes after all that stands above it
    for line in sorted(lines, key=lambda line: -line.top):
        if line.left < gutter < line.right:
            ordered += [*_in_order(left), *_in_order(right)]
            left, right = [], []
            over.append(line)
        else:
            ordered += _joined(over)
            over = []
            (left if line.right <= gutter else right).append(line)
    return [*ordered, *_joined(over), *_in_order(left), *_in_order(right)]


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where the space between two columns is."""
    if len(lines) < 2 * MIN_COLUMN_LINES:
        return None
    start, end = min(line.left for line in lines), max(line.right for line in lines)
    wide = MIN_COLUMN_SHARE * (end - start)
    best: tuple[int, float] | None = None
    place = start + wide
    while place < end - wide:
        crossing = sum(line.left < place < line.right for line in lines)
        if best is None or crossing < best[0]:
            best = crossing, place
        place += _GUTTER_STEP
    if best is None or best[0] > MAX_CROSSING * len(lines):
        return None
    sides = [line for line in lines if line.right <= best[1]], [line for line in lines if line.left >= best[1]]
    return best[1] if all(_is_column(side, wide) for side in sides) else None


def _is_column(lines: Sequence[Line], wide: float) -> bool:
    """Whether most of the text stands in lines of some width: formulas and cells are short."""
    whole = sum(len(line.text) for line in lines)
    in_wide = sum(len(line.text) for line in lines if line.right - line.left >= wide)
    return len(lines) >= MIN_COLUMN_LINES and in_wide > whole / 2


def _joined(lines: Iterable[Line]) -> list[Line]:
    """From top to bottom; pieces of one line put together."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (-line.bottom, line.left)):
        last = rows[-1][0] if rows else None
        if last and abs(last.bottom - line.bottom) < SAME_LINE * min(last.size, line.size):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [_row(sorted(row, key=lambda line: line.left)) for row in rows]


def _row(pieces: Sequence[Line]) -> Line:
    cells = [pieces[0].text]
    for before, piece in itertools.pairwise(pieces):
        apart = piece.left - before.right > COLUMN_GAP * max(before.size, piece.size)
        if apart and not (len(cells) == 1 and _LIST_MARK.fullmatch(cells[0])):
            cells.append(piece.text)
        else:
            cells[-1] += f" {piece.text}"
    return Line(
        re.sub(r"\s+", " ", _written(cells)),
        pieces[0].left,
        max(piece.right for piece in pieces),
        min(piece.bottom for piece in pieces),
        max(piece.top for piece in pieces),
        max(pieces, key=lambda piece: len(piece.text)).size,
        len(cells),
    )


def _written(cells: Sequence[str]) -> str:
    """ "Total due", "4,914.70" -> "Total due: 4,914.70"; the cells of longer rows stand apart."""
    if len(cells) > 2:
        return CELL_MARK.join(cells)
    return ": ".join(cells) if _is_entry(*cells) else " ".join(cells)


def _is_entry(name: str, value: str = "") -> bool:
    """Whether the one says what the other is."""
    named = len(name) <= MAX_NAME_CHARS and name[:1].isalpha() and (name[-1].isalnum() or name[-1] in ")%")
    return named and 0 < len(value) <= MAX_VALUE_CHARS and any(map(str.isdigit, value))


def body_size(lines: Iterable[Line]) -> float:
    """The height of the letters that most of the text is set in."""
    counted: Counter[float] = Counter()
    for line in lines:
        counted[round(line.size, 1)] += len(line.text)
    return counted.most_common(1)[0][0] if counted else 0.0

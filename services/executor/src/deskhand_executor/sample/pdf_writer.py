"""Small PDFs with real text: one font, paragraphs, a running head and a footer with the page number."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

LINE_CHARS = 86
LINES_A_PAGE = 24
_LEADING = 15
_TOP, _LEFT = 740, 60


def pdf(title: str, paragraphs: Sequence[str], head: str, foot: str) -> bytes:
    """A PDF 1.4 file in Helvetica (Latin-1)."""
    lines = [line for paragraph in paragraphs for line in (*textwrap.wrap(paragraph, LINE_CHARS), "")]
    pages = [lines[start : start + LINES_A_PAGE] for start in range(0, len(lines), LINES_A_PAGE)]
    first_page = 4
    kids = " ".join(f"{first_page + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, page in enumerate(pages):
        content = _content(page, head, f"{foot} - page {number + 1} of {len(pages)}")
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            + f"/Contents {first_page + 2 * number + 1} 0 R >>".encode(),
            f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream",
        ]
    objects.append(b"<< /Title (" + _escaped(title) + b") /Producer (Deskhand) >>")
    return _file(objects)


def _content(lines: Sequence[str], head: str, foot: str) -> bytes:
    parts = [b"BT /F1 9 Tf %d 790 Td (%s) Tj ET" % (_LEFT, _escaped(head))]
    for row, line in enumerate(lines):
        if line:
            parts.append(b"BT /F1 11 Tf %d %d Td (%s) Tj ET" % (_LEFT, _TOP - row * _LEADING, _escaped(line)))
    parts.append(b"BT /F1 9 Tf %d 40 Td (%s) Tj ET" % (_LEFT, _escaped(foot)))
    return b"\n".join(parts)


def _escaped(text: str) -> bytes:
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return escaped.encode("latin-1", errors="replace")


def _file(objects: Sequence[bytes]) -> bytes:
    """Numbers the objects and writes the cross-reference table; the last object is the document's information."""
    content = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    offsets: list[int] = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    trailer = b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return (
        content + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + trailer % (count, len(objects), len(content))
    )

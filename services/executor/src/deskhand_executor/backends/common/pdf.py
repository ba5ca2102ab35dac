"""Summaries of PDFs."""

from __future__ import annotations

import logging

from deskhand_contract.services import Observation
from deskhand_contract.tools import SummarizePdf

from ...call import Call
from ...errors import PdfUnreadable
from ...file_search import FileSearch
from ...pdf_text import read_pdf
from ...phrasing import quoted
from ...summary import summarise


class Pdf:
    def __init__(self, search: FileSearch, max_pages: int) -> None:
        self._search = search
        self._max_pages = max_pages
        logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of every small fault of a file

    def summarize_pdf(self, arguments: SummarizePdf, call: Call) -> Observation:
        path = self._search.locate(arguments.pdf_path)
        if path.suffix.casefold() != ".pdf":
            raise PdfUnreadable(f"{path.name} is no PDF; only PDFs can be summarised")
        document = read_pdf(path, self._max_pages)
        sentences = summarise(document.paragraphs)
        pages = f"{document.pages} page{'s' if document.pages != 1 else ''}"
        if document.pages > self._max_pages:
            pages += f", the first {self._max_pages} read"
        summary = " ".join(sentences)
        return Observation(
            output=f"{document.title} ({pages})\n\n{summary}",
            text=f"{quoted(document.title)} ({pages}) in short:\n\n{summary}",
            data={"path": str(path), "title": document.title, "pages": document.pages, "sentences": sentences},
        )

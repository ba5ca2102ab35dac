"""Summaries of PDFs."""

from __future__ import annotations

from deskhand_contract.services import Observation
from deskhand_contract.tools import SummarizePdf

from ...call import Call
from ...errors import PdfUnreadable
from ...file_search import FileSearch
from ...pdf_text import read_pdf
from ...phrasing import quoted
from ...writer import Writer

SUMMARY_TASK = (
    "Summarise this document in three to five sentences: what it is, what it says, and what follows for the reader. "
    "Keep figures, names and dates exact. Write plain sentences, without headings or lists."
)


class Pdf:
    def __init__(self, search: FileSearch, writer: Writer, max_pages: int) -> None:
        self._search = search
        self._writer = writer
        self._max_pages = max_pages

    def summarize_pdf(self, arguments: SummarizePdf, call: Call) -> Observation:
        path = self._search.locate(arguments.pdf_path)
        if path.suffix.casefold() != ".pdf":
            raise PdfUnreadable(f"{path.name} is no PDF; only PDFs can be summarised")
        document = read_pdf(path, self._max_pages)
        pages = f"{document.pages} page{'s' if document.pages != 1 else ''}"
        if document.pages > self._max_pages:
            pages += f", the first {self._max_pages} read"
        material = {"Title": document.title, "Text": "\n\n".join(document.paragraphs)}
        sentences: list[str] = []

        def plain() -> str:
            from ...summary import laid_out, summarise  # brings numpy: an eighth of the executor's start

            summary = summarise(document.paragraphs)
            sentences.extend(passage.text for passage in summary)
            return laid_out(summary)

        words = self._writer.write(SUMMARY_TASK, material, plain)
        data = {"path": str(path), "title": document.title, "pages": document.pages, **words.data}
        return Observation(
            output=f"{document.title} ({pages})\n\n{words.text}",
            text=f"{quoted(document.title)} ({pages}) in short:\n\n{words.text}",
            data={**data, "sentences": sentences} if sentences else data,
        )

"""What PDFs of several layouts say, and what of it a summary keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from deskhand_executor.errors import PdfUnreadable, PdfWithoutText
from deskhand_executor.languages import guess_language
from deskhand_executor.pdf_text import read_pdf, title_of_stem
from deskhand_executor.sentences import split_sentences
from deskhand_executor.summary import summarise

from . import pdf_layouts as layouts


@pytest.fixture
def paper(tmp_path: Path) -> Any:
    return read_pdf(layouts.paper(tmp_path / "paper.pdf"), 300)


def test_columns_are_read_one_after_the_other(paper: Any) -> None:
    wanted = [layouts.ABSTRACT, *(text for _, texts in layouts.SECTIONS * 2 for text in texts)]
    read = [text for text in paper.paragraphs if len(text) > 100]
    assert read == wanted  # whole, in order, over column and page ends, with broken words mended


def test_title_is_what_stands_largest_on_the_first_page(paper: Any) -> None:
    assert paper.title == layouts.TITLE


@pytest.mark.parametrize(
    "text",
    ["Cellar Studies", "Shared cellars for seed", "212", layouts.CAPTION[:20], "Corresponding", "Journal of Cool"],
)
def test_what_is_no_running_text_is_left_out(paper: Any, text: str) -> None:
    assert text not in "\n".join(paper.paragraphs)


def test_summary_of_a_paper_is_made_of_what_it_found(paper: Any) -> None:
    summary = summarise(paper.paragraphs)
    assert 4 <= len(summary) <= 5
    assert any("3.1 per cent" in sentence for sentence in summary)
    assert any("saves two thirds" in sentence or "We recommend" in sentence for sentence in summary)
    whole = " ".join(paper.paragraphs)
    assert [whole.index(sentence) for sentence in summary] == sorted(whole.index(sentence) for sentence in summary)


def test_summary_of_a_letter_has_the_amount_and_the_deadline(tmp_path: Path) -> None:
    path = layouts.letter(
        tmp_path / "letter.pdf",
        "Re: Water damage in your kitchen",
        "Dear Mr. Rivera,",
        layouts.LETTER,
        "Kind regards,<br/>Hollis & Daughters",
    )
    document = read_pdf(path, 300)
    assert document.title == "Water damage in your kitchen"
    summary = " ".join(summarise(document.paragraphs))
    assert "2,380 euros" in summary
    assert "by 2 April at the latest" in summary
    for ballast in ("Thank you", "Dear", "regards", "Mill Lane 4", "account"):
        assert ballast not in summary


def test_summary_of_a_german_letter_splits_no_dates_or_abbreviations(tmp_path: Path) -> None:
    path = layouts.letter(
        tmp_path / "brief.pdf",
        "Betreff: Abrechnung 2025",
        "Sehr geehrter Herr Rivera,",
        layouts.GERMAN_LETTER,
        "Mit freundlichen Grüßen<br/>Hollis & Daughters",
    )
    document = read_pdf(path, 300)
    assert document.title == "Abrechnung 2025"
    summary = summarise(document.paragraphs)
    assert "Der Betrag wird bis zum 30. April auf Ihr Konto bei der Sparkasse überwiesen." in summary
    assert "geehrter" not in " ".join(summary)


def test_points_of_slides_stand_alone(tmp_path: Path) -> None:
    document = read_pdf(layouts.slides(tmp_path / "slides.pdf"), 300)
    assert document.title == "Winter sale: what we learned"
    assert "Returns fell to one in nine" in document.paragraphs
    assert "Northfield Shoes" not in document.paragraphs
    assert "Order the boots in June instead of August." in summarise(document.paragraphs)


def test_scan_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PdfWithoutText, match=r"scan\.pdf, it seems to be a scan; run it through an OCR program"):
        read_pdf(layouts.scan(tmp_path / "scan.pdf"), 300)


def test_locked_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PdfUnreadable, match="locked by a password; save a copy without one"):
        read_pdf(layouts.locked(tmp_path / "locked.pdf"), 300)


def test_file_that_only_may_not_be_changed_is_read(tmp_path: Path) -> None:
    document = read_pdf(layouts.restricted(tmp_path / "restricted.pdf"), 300)
    assert document.paragraphs == ("Everybody may read this line. It is not for changing.",)


def test_short_text_is_its_own_summary() -> None:
    assert summarise(["We met at noon in the hall. Nothing was decided there today."]) == [
        "We met at noon in the hall.",
        "Nothing was decided there today.",
    ]


def test_repetitions_are_not_repeated() -> None:
    text = "The bridge over the river is closed until May. " * 10 + "The ferry runs every hour instead of it. " * 10
    others = [f"Person number {n} said something different about topic {n * 7} today." for n in range(5)]
    chosen = summarise([text, *others])
    assert len(set(chosen)) == len(chosen)


def test_names_formulas_and_halves_of_sentences_are_no_summary() -> None:
    prose = [f"The {word} is the part of the machine that breaks first." for word in ("belt", "gear", "lamp", "door")]
    others = [
        "Ines Albrecht, Tunde Bakare, Rosa Quintela, Institute for Small Farms.",
        "where the second part of it is the one that we have from before.",
        "So x = a + b, y = c ± d and z ≤ e for all of them, with α in the set.",
    ]
    assert set(summarise([*others, *prose])) <= set(prose)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The lease begins on the first of April and it runs without an end."),
        ("de", "Der Vertrag beginnt am ersten April und wird nicht verlängert."),
        ("fr", "Le contrat commence le premier avril et il est conclu pour une durée de trois ans."),
        ("es", "El contrato empieza el primero de abril y no se puede prorrogar."),
        ("zh", "合同从四月一日开始，没有期限。"),
        ("ja", "契約は四月一日から始まります。"),
        ("ru", "Договор начинается первого апреля."),
        ("en", "12345"),
    ],
)
def test_language_is_told_by_common_words_or_script(language: str, text: str) -> None:
    assert guess_language(text) == language


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("en", "Dr. Rao met J. Doe. We left.", 2),
        ("en", "We paid approx. Five euros, i.e. less than the U.S. price. Fine.", 2),
        ("de", "Herr Dr. Kern kam am 3. März, z. B. mit dem Zug. Das war gut.", 2),
        ("zh", "今天天气很好。我们去公园吧！你来吗？", 3),
    ],
)
def test_abbreviations_and_dates_end_no_sentence(language: str, text: str, count: int) -> None:
    assert len(split_sentences(text, language)) == count


def test_text_without_spaces_is_summarised() -> None:
    text = "".join(f"这份合同的第{n}条规定了租金和押金的支付方式。" for n in "一二三四五六七八九十")
    assert 1 <= len(summarise([text])) <= 5


def test_stem_reads_as_a_title() -> None:
    assert title_of_stem("Lease_Agreement-2024") == "Lease Agreement 2024"

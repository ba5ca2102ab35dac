"""What PDFs of several layouts say, and what of it a summary keeps."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from deskhand_executor.errors import PdfUnreadable, PdfWithoutText
from deskhand_executor.languages import guess_language
from deskhand_executor.pdf_text import read_pdf, title_of_stem
from deskhand_executor.sentences import split_sentences
from deskhand_executor.summary import laid_out
from deskhand_executor.summary import summarise as passages_of

from . import pdf_layouts as layouts


def summarise(paragraphs: Sequence[str]) -> list[str]:
    return [passage.text for passage in passages_of(paragraphs)]


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


def test_summary_of_questions_keeps_each_with_its_answer(tmp_path: Path) -> None:
    document = read_pdf(layouts.questions(tmp_path / "faq.pdf"), 300)
    assert document.title == "Questions about the workshop"
    summary = summarise(document.paragraphs)
    assert len(summary) == 5
    assert "What does it cost? Members pay 18 euros a month." in summary
    assert all(passage.count("?") == 1 and passage.endswith(".") for passage in summary)


def test_summary_of_minutes_has_what_was_decided_and_who_does_what(tmp_path: Path) -> None:
    document = read_pdf(layouts.minutes(tmp_path / "minutes.pdf"), 300)
    summary = summarise(document.paragraphs)
    for point in (
        "Decision: replace the pump before Easter",
        "Action: Tim asks two firms for offers by 12 March",
        "Decision: the four owners get a letter, and lose the plot if nothing happens by 1 May",
        "Action: Ruth writes the letters",
    ):
        assert point in summary
    assert not any(heading in text for text in summary for heading in ("Present", "Waiting list", "Next meeting"))


def test_entries_of_a_form_are_read_one_by_one_and_rows_of_a_table_cell_by_cell(tmp_path: Path) -> None:
    paragraphs = read_pdf(layouts.invoice(tmp_path / "invoice.pdf"), 300).paragraphs
    assert [text for text in paragraphs if ": " in text] == [
        "Invoice number: 2026-0184",
        "Invoice date: 2 March 2026",
        "Due date: 1 April 2026",
        "Bill to: Harbour Nursery, 3 Pier Street, Northfield",
        "Subtotal: 4,130.00",
        "VAT 19%: 784.70",
        "Total due (EUR): 4,914.70",
    ]
    assert "Cargo bike, model Otter | 2 | 1,850.00 | 3,700.00" in paragraphs


def test_summary_of_an_invoice_has_the_total_and_when_it_is_due(tmp_path: Path) -> None:
    summary = summarise(read_pdf(layouts.invoice(tmp_path / "invoice.pdf"), 300).paragraphs)
    assert {"Due date: 1 April 2026", "Total due (EUR): 4,914.70"} <= set(summary)
    assert not any(text.startswith(("Thank you", "Cargo", "Item")) for text in summary)


@pytest.mark.parametrize(
    "paragraphs",
    [
        ["1. Is it waterproof?", "Up to two metres.", "2. Does it float?", "No. It sinks.", "3. Is it red?", "It is."],
        ["Q: Is it waterproof?", "A: Up to two metres.", "Q: Does it float? A: No. It sinks.", "Is it red? It is."],
    ],
    ids=["numbers", "letters"],
)
def test_questions_are_found_however_they_are_marked(paragraphs: list[str]) -> None:
    assert summarise(paragraphs) == [
        "Is it waterproof? Up to two metres.",
        "Does it float? No. It sinks.",
        "Is it red? It is.",
    ]


def test_steps_of_a_list_are_points_without_their_numbers() -> None:
    steps = ["Heat the oven to 180 degrees", "Mix the flour with the butter", "Bake it for forty minutes"]
    assert summarise([f"{number}. {step}" for number, step in enumerate(steps, 1)]) == steps


def test_points_stand_on_lines_of_their_own_and_sentences_do_not() -> None:
    assert laid_out(passages_of(["Due date: 1 April", "Amount due: 12 euros"])) == (
        "- Due date: 1 April\n- Amount due: 12 euros"
    )
    assert laid_out(passages_of(["We met at noon in the hall. Nothing was decided there today."])) == (
        "We met at noon in the hall. Nothing was decided there today."
    )


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

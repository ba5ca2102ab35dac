from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from deskhand_executor.errors import (
    AmbiguousFile,
    FileNotAllowed,
    FileNotFound,
    PdfUnreadable,
    PdfWithoutText,
    UnusableArgument,
)
from deskhand_executor.pdf_text import read_pdf
from deskhand_executor.sample.documents import LEASE
from deskhand_executor.sample.pdf_writer import pdf


def find(desk: Any, name: str) -> str:
    return Path(desk.do("open_and_get_file_path", file_name=name).output).name


def put(desk: Any, path: str, content: bytes = b"x") -> Path:
    file = desk.home / "documents" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("lease agreement", "Lease_Agreement_2024.pdf"),
        ("Lease_Agreement_2024.pdf", "Lease_Agreement_2024.pdf"),
        ("lease agreement pdf", "Lease_Agreement_2024.pdf"),
        ("LEASE agreement 2024.PDF", "Lease_Agreement_2024.pdf"),
        ("q3 deck", "Q3_Deck.pdf"),
        ("Q3Deck", "Q3_Deck.pdf"),
        ("march meeting notes", "Meeting notes March.txt"),
        ("budget", "budget_2026.csv"),
        ("lentil soop recipe", "Recipe lentil soup.txt"),
    ],
)
def test_file_is_found_as_said(desk: Any, said: str, name: str) -> None:
    assert find(desk, said) == name


def test_output_is_the_path_and_text_says_where(desk: Any) -> None:
    done = desk.do("open_and_get_file_path", file_name="q3 deck")
    assert done.output == str(desk.home / "documents" / "work" / "Q3_Deck.pdf")
    assert done.text == "Found Q3_Deck.pdf in documents/work"
    assert desk.do("open_and_get_file_path", file_name=done.output).output == done.output


def test_several_files_are_listed_unless_one_is_exact(desk: Any) -> None:
    put(desk, "old/Q3_Deck.pdf")
    put(desk, "Q3_Deck.pptx")
    with pytest.raises(AmbiguousFile) as caught:
        find(desk, "q3 deck")
    assert caught.value.error.details == {
        "candidates": ["Q3_Deck.pptx in documents", "Q3_Deck.pdf in documents/old", "Q3_Deck.pdf in documents/work"]
    }
    assert find(desk, "Q3_Deck.pptx") == "Q3_Deck.pptx"
    put(desk, "tax.pdf")
    put(desk, "tax 2024.pdf")
    assert find(desk, "tax") == "tax.pdf"


def test_extension_counts(desk: Any) -> None:
    put(desk, "plan.pdf")
    put(desk, "plan.docx")
    assert find(desk, "plan.docx") == "plan.docx"
    with pytest.raises(FileNotFound, match=r"did you mean plan\.docx or plan\.pdf"):
        find(desk, "plan.png")


def test_unknown_file_says_what_was_searched(desk: Any) -> None:
    with pytest.raises(FileNotFound, match="no file is called “tax return”; searched"):
        find(desk, "tax return")


@pytest.mark.parametrize("name", ["../secret.txt", "../../secret.txt", "documents/../../secret.txt"])
def test_nothing_outside_the_roots_is_found(desk: Any, name: str) -> None:
    (desk.home / "secret.txt").write_text("x")
    (desk.home.parent / "secret.txt").write_text("x")
    with pytest.raises((FileNotFound, FileNotAllowed)):
        find(desk, name)
    with pytest.raises(FileNotAllowed):
        find(desk, str(desk.home / "secret.txt"))


def test_links_do_not_lead_out_of_the_roots(desk: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "diary.txt").write_text("x")
    (desk.home / "documents" / "diary.txt").symlink_to(outside / "diary.txt")
    (desk.home / "documents" / "all").symlink_to(outside)
    with pytest.raises(FileNotFound):
        find(desk, "diary")
    with pytest.raises(FileNotAllowed):
        find(desk, str(desk.home / "documents" / "all" / "diary.txt"))
    inside = desk.home / "documents" / "alias.pdf"
    inside.symlink_to(desk.home / "documents" / "work" / "Q3_Deck.pdf")
    assert find(desk, str(inside)) == "Q3_Deck.pdf"


@pytest.mark.parametrize("name", ["", " ", "\x00", "a\x00b"])
def test_no_name_is_refused(desk: Any, name: str) -> None:
    with pytest.raises(UnusableArgument):
        desk.do("summarize_pdf", pdf_path=name or " ")


@pytest.mark.parametrize("name", ["x" * 10_000, "🦊", "~root", "*", "a\nb"])
def test_odd_names_find_nothing(desk: Any, name: str) -> None:
    with pytest.raises((FileNotFound, FileNotAllowed)):
        find(desk, name)


def test_files_open_when_there_is_a_desktop(make_desk: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    log = tmp_path / "opened"
    program = tmp_path / "bin" / "xdg-open"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> "{log}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":9")
    desk = make_desk()
    done = desk.do("open_and_get_file_path", file_name="q3 deck")
    assert done.text == "Opened Q3_Deck.pdf"
    assert desk.do("maps_open_location", location="Köln").text == "Opened the map at Köln"
    assert log.read_text().splitlines() == [Path(done.output).as_uri(), "https://maps.apple.com/?q=K%C3%B6ln"]
    quiet = make_desk(open_files=False)
    assert quiet.do("open_and_get_file_path", file_name="q3 deck").text.startswith("Found")


class TestSummaries:
    def test_summary_has_title_pages_and_sentences_in_reading_order(self, desk: Any) -> None:
        done = desk.do("summarize_pdf", pdf_path=str(desk.home / "documents" / "flat" / "Lease_Agreement_2024.pdf"))
        sentences = done.data["sentences"]
        assert 3 <= len(sentences) <= 5
        whole = " ".join(LEASE)
        assert [whole.index(sentence) for sentence in sentences] == sorted(whole.index(s) for s in sentences)
        assert done.text == f"“Lease agreement 2024” (2 pages) in short:\n\n{' '.join(sentences)}"
        assert done.output == f"Lease agreement 2024 (2 pages)\n\n{' '.join(sentences)}"

    def test_running_heads_footers_and_page_numbers_are_left_out(self, desk: Any) -> None:
        document = read_pdf(desk.home / "documents" / "flat" / "Lease_Agreement_2024.pdf", 300)
        text = "\n".join(document.paragraphs)
        assert "Hollis Property Management and Sam Rivera" in text
        assert "confidential" not in text
        assert "page 1" not in text

    def test_paragraphs_run_on_over_lines_and_pages(self, desk: Any) -> None:
        document = read_pdf(desk.home / "documents" / "flat" / "Lease_Agreement_2024.pdf", 300)
        assert LEASE[1] in " ".join(document.paragraphs)
        assert len(" ".join(document.paragraphs)) == len(" ".join(LEASE))

    def test_scan_without_text(self, desk: Any) -> None:
        scan = put(desk, "scan.pdf", pdf("Scan", [""], "", ""))
        with pytest.raises(PdfWithoutText, match="OCR"):
            desk.do("summarize_pdf", pdf_path=str(scan))

    @pytest.mark.parametrize("content", [b"", b"no pdf", b"%PDF-1.4\n%%EOF", b"%PDF-1.7\n" + b"\xff" * 5000])
    def test_damaged_pdf(self, desk: Any, content: bytes) -> None:
        broken = put(desk, "broken.pdf", content)
        with pytest.raises(PdfUnreadable, match="damaged"):
            desk.do("summarize_pdf", pdf_path=str(broken))

    def test_truncated_pdf_is_read_or_refused(self, desk: Any) -> None:
        content = (desk.home / "documents" / "flat" / "Lease_Agreement_2024.pdf").read_bytes()
        for number, cut in enumerate((100, 1500, 3000, len(content) - 10)):
            broken = put(desk, f"cut{number}.pdf", content[:cut])
            try:
                desk.do("summarize_pdf", pdf_path=str(broken))
            except (PdfUnreadable, PdfWithoutText) as error:
                assert error.error.code.startswith("pdf_")  # noqa: PT017 - either way is right

    def test_only_pdfs_are_summarised(self, desk: Any) -> None:
        with pytest.raises(PdfUnreadable, match="is no PDF"):
            desk.do("summarize_pdf", pdf_path="budget 2026")

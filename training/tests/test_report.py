"""docs/models.md is made, never edited: it says what the files beside the models say."""

from __future__ import annotations

from deskhand_training import report
from deskhand_training.evaluate import DOCS


def test_the_document_in_the_repository_is_what_the_files_beside_the_models_say() -> None:
    assert report.main(["--check"]) == 0


def test_every_plot_that_the_document_shows_is_there() -> None:
    text = (DOCS / "models.md").read_text()
    shown = [line.split("](")[1].rstrip(")") for line in text.splitlines() if line.startswith("![")]
    assert shown
    assert all((DOCS / name).stat().st_size > 1000 for name in shown)

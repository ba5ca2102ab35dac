"""The one command that makes everything: it leaves models that load, and passes over what is done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from deskhand_planner.engines.embedded import EmbeddedModel
from deskhand_toolrag.classifier import Classifier
from deskhand_training import reproduce


def test_everything_is_made_again_and_only_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--out", str(tmp_path), "--small", "2"]
    assert reproduce.main(command) == 0
    EmbeddedModel(tmp_path / "models" / "planner", threads=1).close()
    Classifier(tmp_path / "models" / "toolrag").probabilities("open my notes")
    assert (
        json.loads((tmp_path / "models" / "toolrag" / "toolrag.json").read_text())["training"]["teacher"] == "teacher"
    )
    assert "## ToolRAG" in (tmp_path / "docs" / "models.md").read_text()

    capsys.readouterr()
    (tmp_path / "exported" / "toolrag").unlink()
    monkeypatch.setattr(reproduce.measure, "main", lambda _: 0)
    assert reproduce.main(command) == 0
    printed = capsys.readouterr().out
    for stage in ("planner", "export", "calibrate", "teacher", "toolrag"):
        assert f"== {stage}: there already" in printed
    assert "== classifier: there already" not in printed


def test_a_stage_that_fails_ends_the_chain_with_its_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reproduce.check, "main", lambda _: 1)
    monkeypatch.setattr(reproduce.train_planner, "main", lambda _: pytest.fail("went on"))
    assert reproduce.main(["--out", str(tmp_path), "--small", "2"]) == 1

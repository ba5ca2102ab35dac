"""ToolRAG at tiny sizes: teacher, student, going on, published students, int8 export, the served classifier."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from deskhand_contract.tools import TOOL_NAMES
from deskhand_toolrag.classifier import Classifier
from deskhand_training.planner.base import encoder_folder
from deskhand_training.toolrag import export, teach, train
from deskhand_training.toolrag.model import build, load_teacher, restore
from deskhand_training.toolrag.train import loss_of
from safetensors.torch import load_file
from transformers import AutoTokenizer

STEPS = 4
TINY = ["--steps", str(STEPS), "--batch", "4", "--width", "64", "--layers", "1", "--threads", "1"]


class Stopped(Exception):
    """Stands for the power failing."""


def stop_after(steps: int) -> Callable[..., Any]:
    done = 0

    def limited(*arguments: Any) -> Any:
        nonlocal done
        if done == steps:
            raise Stopped
        done += 1
        return loss_of(*arguments)

    return limited


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("teacher")
    arguments = ["--epochs", "1", "--batch", "8", "--limit", "24", "--check", "6", "--threads", "1"]
    assert teach.main(["--out", str(out), *arguments]) == 0
    return out


@pytest.fixture(scope="module")
def run(teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("student")
    assert train.main(["--out", str(out), "--teacher", str(teacher), *TINY]) == 0
    return out


def test_the_teacher_is_recorded_and_can_be_loaded(teacher: Path) -> None:
    record = json.loads((teacher / "train.json").read_text())
    assert record["seeds"] == 24
    assert record["validation"]["sentences"] == 6
    logits = load_teacher(teacher)(torch.tensor([[101, 2000, 102]]), torch.ones(1, 3, dtype=torch.long))
    assert logits.shape == (1, len(TOOL_NAMES))


def test_a_teacher_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="has neither"):
        load_teacher(tmp_path)


def test_a_run_that_was_interrupted_ends_with_the_same_weights(
    run: Path, teacher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["--out", str(tmp_path), "--teacher", str(teacher), *TINY]
    monkeypatch.setattr(train, "CHECKPOINT_S", -1)  # after every step
    with monkeypatch.context() as patch:
        patch.setattr(train, "loss_of", stop_after(STEPS // 2))
        with pytest.raises(Stopped):
            train.main(arguments)
    assert train.main(arguments) == 0
    whole, resumed = (load_file(folder / "model" / "model.safetensors") for folder in (run, tmp_path))
    for name, weight in whole.items():
        torch.testing.assert_close(resumed[name], weight, rtol=0, atol=0, msg=name)
    losses = [json.loads((folder / "train.json").read_text())["loss"] for folder in (run, tmp_path)]
    assert losses[0] == losses[1]


def test_the_service_loads_what_is_exported_and_int8_changes_little(run: Path, tmp_path: Path) -> None:
    assert export.main(["--run", str(run), "--out", str(tmp_path), "--check", "12"]) == 0
    card = json.loads((tmp_path / "toolrag.json").read_text())
    assert card["rounding"]["sentences"] == 12
    assert card["rounding"]["largest_difference"] < 0.02
    assert Classifier(tmp_path).probabilities("open my notes").shape == (len(TOOL_NAMES),)


def test_training_goes_on_from_a_model_folder(run: Path, tmp_path: Path) -> None:
    model, longer = tmp_path / "model", tmp_path / "longer"
    assert export.main(["--run", str(run), "--out", str(model), "--check", "4"]) == 0
    exact = load_file(run / "model" / "model.safetensors")
    for name, weight in restore(model).state_dict().items():
        torch.testing.assert_close(weight, exact[name], rtol=0, atol=0.01 * float(exact[name].abs().max()), msg=name)
    assert train.main(["--out", str(longer), "--init", str(model), "--steps", "1", "--batch", "4"]) == 0
    record = json.loads((longer / "train.json").read_text())
    assert record["init"]["examples"] == 4 * STEPS


@pytest.mark.parametrize("student", [None, "microsoft/deberta-v3-small"])
def test_a_folder_that_cannot_be_gone_on_from_is_refused(
    student: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if student:
        (tmp_path / "toolrag.json").write_text(json.dumps({"training": {"student": student}}))
    assert train.main(["--out", str(tmp_path / "run"), "--init", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err


def test_a_published_student_is_fine_tuned_from_its_folder_and_served(tmp_path: Path) -> None:
    published, run, out = tmp_path / "published", tmp_path / "run", tmp_path / "out"
    body = build(64, 1, pretrained=False).deberta  # as a hub gives it: without our head
    body.save_pretrained(published)
    AutoTokenizer.from_pretrained(encoder_folder()).save_pretrained(published)
    arguments = ["--student", str(published), "--steps", "2", "--batch", "4", "--threads", "1"]
    assert train.main(["--out", str(run), *arguments]) == 0
    assert json.loads((run / "train.json").read_text())["width"] == 64
    assert export.main(["--run", str(run), "--out", str(out), "--check", "4"]) == 0
    assert Classifier(out).probabilities("open my notes").shape == (len(TOOL_NAMES),)


def test_a_student_that_cannot_be_had_is_refused_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.main(["--out", str(tmp_path), "--student", "nobody/no-such-deberta"]) == 1
    assert "Name a folder" in capsys.readouterr().err

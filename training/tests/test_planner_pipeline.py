"""The planner's stages from end to end, at tiny sizes: train, go on, export, parity, evaluate, calibrate, tables."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import torch
from deskhand_planner.engines.embedded import EmbeddedModel
from deskhand_planner.evidence import Ranking
from deskhand_training import report
from deskhand_training.evaluate import parity, planner, quantisation, toolrag
from deskhand_training.evaluate.planner import plan
from deskhand_training.planner import export, train
from deskhand_training.planner.restore import load_model
from deskhand_training.planner.train import losses

STEPS = 4
TINY = ["--steps", str(STEPS), "--batch", "4", "--layers", "1", "--qat", "0.5", "--threads", "1"]
MODELS = Path(__file__).resolve().parents[2] / "models"


class Stopped(Exception):
    """Stands for the power failing."""


def stop_after(steps: int) -> Callable[..., Any]:
    done = 0

    def limited(*arguments: Any) -> Any:
        nonlocal done
        if done == steps:
            raise Stopped
        done += 1
        return losses(*arguments)

    return limited


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    assert train.main(["--out", str(out), *TINY]) == 0
    return out


@pytest.fixture(scope="module")
def model(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """models/ as it would ship: this planner, and the ToolRAG classifier of the repository."""
    models = tmp_path_factory.mktemp("models")
    shutil.copytree(MODELS / "toolrag", models / "toolrag")
    assert export.main(["--run", str(run), "--out", str(models / "planner"), "--quantisation", "q4_0"]) == 0
    return models / "planner"


def test_a_run_that_was_interrupted_ends_with_the_same_weights(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "CHECKPOINT_S", -1)  # after every step
    with monkeypatch.context() as patch:
        patch.setattr(train, "losses", stop_after(STEPS // 2))
        with pytest.raises(Stopped):
            train.main(["--out", str(tmp_path), *TINY])
    assert not (tmp_path / "planner.pt").exists()
    assert train.main(["--out", str(tmp_path), *TINY]) == 0
    whole, resumed = (torch.load(folder / "planner.pt", weights_only=True) for folder in (run, tmp_path))
    assert whole.keys() == resumed.keys()
    for name, weight in whole.items():
        torch.testing.assert_close(resumed[name], weight, rtol=0, atol=0, msg=name)
    records = [json.loads((folder / "train.json").read_text()) for folder in (run, tmp_path)]
    assert records[0]["examples"] == records[1]["examples"] == 4 * STEPS
    assert records[0]["loss"] == records[1]["loss"]


def test_what_is_exported_says_what_it_was_made_from(run: Path, model: Path) -> None:
    card = json.loads((model / "planner.json").read_text())
    record = json.loads((run / "train.json").read_text())
    assert card["decoder"]["layers"] == 1
    assert card["decoder"]["quantisation"] == "q4_0"
    assert (card["training"]["data"], card["training"]["seed"]) == (record["data"], 1)
    for name, entry in card["files"].items():
        assert (entry["bytes"], entry["sha256"]) == ((model / name).stat().st_size, export.sha256(model / name))


def test_llama_cpp_computes_what_torch_trained(run: Path, model: Path) -> None:
    assert parity.main(["--run", str(run), "--model", str(model), "--count", "6", "--write"]) == 0
    found = json.loads((model / "parity.json").read_text())
    assert found["queries"] == 6
    assert found["decoder"]["mean_gap"] < 0.05
    assert found["decoder"]["same_tokens_percent"] > 90


def test_training_goes_on_from_a_model_that_was_exported(run: Path, model: Path, tmp_path: Path) -> None:
    served = EmbeddedModel(model, threads=1)
    restored, (trained, _) = load_model(model).eval(), export.load_run(run)
    torch.testing.assert_close(restored.spans.weight, trained.spans.weight, atol=0.01, rtol=0)
    with torch.no_grad():
        found = parity.compare(restored, served, ["text Dana that I am late", "open the note Film"])
    served.close()
    assert found["whole"]["mean_gap"] < 0.05
    assert found["whole"]["same_tokens_percent"] > 90
    assert train.main(["--out", str(tmp_path), *TINY, "--init", str(model)]) == 0
    record = json.loads((tmp_path / "train.json").read_text())
    assert record["decoder"]["layers"] == 1
    assert record["init"]["examples"] == 4 * STEPS


def test_a_plan_of_an_exported_model_obeys_the_selected_tools(model: Path) -> None:
    served = EmbeddedModel(model, threads=1)
    written = plan(served, "text Dana that I am late", ["get_phone_number", "send_sms"]).plan
    assert len(written.tokens) == len(written.logprobs) > 0
    assert {node.tool for node in written.nodes} <= {"get_phone_number", "send_sms"}
    served.close()


def test_evaluation_calibration_and_tables_end_in_the_document(run: Path, model: Path, tmp_path: Path) -> None:
    few = ["--limit", "8"]
    assert planner.main(["--model", str(model), "--split", "validation", "--calibrate", *few]) == 0
    weights = json.loads((model / "planner.json").read_text())["calibration"]["weights"]
    assert set(weights) == {"total", "share", "bias"}
    ranking = json.loads((model / "planner.json").read_text())["ranking"]
    assert set(ranking["weights"]) == {field.name for field in fields(Ranking)}
    assert 0 <= ranking["first"] <= ranking["found"] <= 100
    assert planner.main(["--model", str(model), "--split", "test", "--write", *few]) == 0
    evaluation = json.loads((model / "evaluation.json").read_text())
    assert evaluation["in_scope"]["items"] + (evaluation["out_of_scope"] or {"items": 0})["items"] == 8
    assert evaluation["calibration"]["items"] == 8
    tables = ["--model", str(model.parent / "toolrag"), "--planner", str(model), "--seeds", "40", "--write"]
    assert toolrag.main([*tables, *few]) == 0
    table = json.loads((model.parent / "toolrag" / "retrieval.json").read_text())["rows"]
    assert [row["tools_kept"] for row in table[:3]] == [16, 3, 6]
    assert table[0]["recall"] == 100
    assert table[1]["prompt_tokens"] < table[2]["prompt_tokens"] < table[0]["prompt_tokens"]
    assert quantisation.main(["--run", str(run), "--plain", str(run), "--limit", "3", "--write", str(model)]) == 0
    sizes = [row["decoder_bytes"] for row in json.loads((model / "quantisation.json").read_text())["rows"]]
    assert sizes[0] > sizes[1] > sizes[2]

    assert parity.main(["--run", str(run), "--model", str(model), "--count", "3", "--write"]) == 0

    places = ["--models", str(model.parent), "--docs", str(tmp_path)]
    assert report.main([*places, "--check"]) == 1
    assert report.main(places) == 0
    assert report.main([*places, "--check"]) == 0
    text = (tmp_path / "models.md").read_text()
    for heading in ("## Planner", "### Confidence", "### Parity", "### Quantisation", "## ToolRAG", "### Retrieval"):
        assert heading in text
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        "confusion.png",
        "reliability.png",
        "success_by_size.png",
    }


def test_the_document_is_not_written_before_anything_was_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report.main(["--models", str(tmp_path), "--docs", str(tmp_path)]) == 1
    assert "make eval" in capsys.readouterr().err


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_run_on_cuda_is_exported_like_any_other(tmp_path: Path) -> None:
    assert train.main(["--out", str(tmp_path / "run"), *TINY, "--device", "cuda"]) == 0
    assert json.loads((tmp_path / "run" / "train.json").read_text())["device"] == "cuda"
    assert export.main(["--run", str(tmp_path / "run"), "--out", str(tmp_path / "model")]) == 0
    EmbeddedModel(tmp_path / "model", threads=1).close()

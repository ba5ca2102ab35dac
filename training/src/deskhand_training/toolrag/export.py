"""ToolRAG classifier -> ONNX (by optimum), int8 -> the folder that the service loads.

    python -m deskhand_training.toolrag.export --run runs/toolrag --out ../models/toolrag

Weights are rounded to 8 bits in blocks of 32 and activations stay float (`MatMulNBits`): dynamic quantisation of
activations costs accuracy here and saves nothing at one sentence at a time. What rounding changes on held-out
sentences is measured and stands in the card under `rounding`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from deskhand_contract.tools import TOOL_NAMES
from deskhand_toolrag.classifier import Classifier
from transformers import AutoTokenizer, DebertaV2ForSequenceClassification

from ..evaluate.examples import choose
from ..planner.export import sha256
from ..quantise import quantise_onnx
from .model import MAX_PIECES


def export(run: Path, out: Path, check: int | None = 500) -> None:
    """`check`: so many validation sentences are compared."""
    from optimum.exporters.onnx import main_export

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        main_export(str(run / "model"), output=folder, task="text-classification", opset=17, do_validation=False)
        quantise_onnx(Path(folder) / "model.onnx", out / "classifier.onnx")
        (out / "tokenizer.json").write_bytes((Path(folder) / "tokenizer.json").read_bytes())
    record = json.loads((run / "train.json").read_text())
    names = ("classifier.onnx", "tokenizer.json")
    card = {
        "kind": "toolrag-classifier",
        "architecture": record.get("student") or "DeBERTa-v3",
        "tools": list(TOOL_NAMES),
        "max_pieces": MAX_PIECES,
        "training": record,
        "files": {name: {"sha256": sha256(out / name), "bytes": (out / name).stat().st_size} for name in names},
    }
    (out / "toolrag.json").write_text(json.dumps(card, indent=1) + "\n")
    card["rounding"] = rounding(run, out, check)
    (out / "toolrag.json").write_text(json.dumps(card, indent=1) + "\n")


@torch.no_grad()
def rounding(run: Path, out: Path, limit: int | None) -> dict[str, float]:
    """The folder as the service runs it against the weights it was made from: where do they differ?"""
    model = DebertaV2ForSequenceClassification.from_pretrained(run / "model").eval()
    encode = AutoTokenizer.from_pretrained(run / "model", model_max_length=MAX_PIECES)
    served, differences, same = Classifier(out), [], 0
    examples = choose("validation", limit)
    for example in examples:
        inputs = encode(example.sentence, truncation=True, return_tensors="pt")
        exact = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits[0].sigmoid()
        rounded = torch.from_numpy(served.probabilities(example.sentence))
        differences.append(float((exact - rounded).abs().max()))
        same += bool(((exact >= 0.5) == (rounded >= 0.5)).all())
    return {
        "sentences": len(examples),
        "same_tools_percent": round(100 * same / len(examples), 2),
        "largest_difference": round(max(differences), 4),
        "mean_difference": round(sum(differences) / len(differences), 5),
    }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--check", type=int, default=500, help="compare so many sentences with the exact weights")
    options = parser.parse_args(argv)
    export(options.run, options.out, options.check)
    print(f"{options.out}: {sum(f.stat().st_size for f in options.out.iterdir()) / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""ToolRAG classifier -> ONNX (by optimum), int8 -> the folder that the service loads.

    python -m deskhand_training.toolrag.export --run runs/toolrag --out ../models/toolrag

Weights are rounded to 8 bits in blocks of 32 and activations stay float (`MatMulNBits`): dynamic quantisation of
activations costs accuracy here and saves nothing at one sentence at a time.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deskhand_contract.tools import TOOL_NAMES

from ..planner.export import sha256
from ..quantise import quantise_onnx
from .model import MAX_PIECES


def export(run: Path, out: Path) -> None:
    from optimum.exporters.onnx import main_export

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        main_export(str(run / "model"), output=folder, task="text-classification", opset=17, do_validation=False)
        quantise_onnx(Path(folder) / "model.onnx", out / "classifier.onnx")
        (out / "tokenizer.json").write_bytes((Path(folder) / "tokenizer.json").read_bytes())
    names = ("classifier.onnx", "tokenizer.json")
    card = {
        "kind": "toolrag-classifier",
        "architecture": "DeBERTa-v3",
        "tools": list(TOOL_NAMES),
        "max_pieces": MAX_PIECES,
        "training": json.loads((run / "train.json").read_text()),
        "files": {name: {"sha256": sha256(out / name), "bytes": (out / name).stat().st_size} for name in names},
    }
    (out / "toolrag.json").write_text(json.dumps(card, indent=1) + "\n")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(argv)
    export(options.run, options.out)
    print(f"{options.out}: {sum(f.stat().st_size for f in options.out.iterdir()) / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

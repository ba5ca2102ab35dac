"""Fit the bias of an exported classifier, so that it keeps enough tools at the threshold of 0.5.

    python -m deskhand_training.toolrag.calibrate --model ../models/toolrag

A tool that ToolRAG leaves out is lost to the plan, one too many costs a few tokens of the prompt; the loss that it was
trained with knows neither. The bias is the least that gives RECALL on the validation split, and no more than leaves
TOOLS_KEPT. It goes into the card `toolrag.json`; the network stays as it is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from deskhand_contract.tools import TOOL_NAMES
from deskhand_toolrag.classifier import Classifier
from numpy.typing import NDArray
from tqdm import tqdm

from ..data.draft import Example
from ..evaluate import MODELS
from ..evaluate.examples import choose
from ..provenance import stamp

RECALL = 0.998
TOOLS_KEPT = 2.85
"""Under 3 on sentences that need a little more than those of the validation split, too."""
BIASES = np.arange(0, 8.01, 0.1)


def read(classifier: Classifier, examples: Sequence[Example]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Logits and needed tools, both (N, 16)."""
    logits = np.array([classifier.logits(example.sentence) for example in tqdm(examples, leave=False, disable=None)])
    needed = [[name in {node.tool for node in example.nodes} for name in TOOL_NAMES] for example in examples]
    return logits, np.array(needed)


def fit(logits: NDArray[np.float32], needed: NDArray[np.bool_]) -> dict[str, float]:
    """The bias, with the recall and the tools kept that it gives at 0.5."""
    fitted: dict[str, float] = {}
    for bias in BIASES:
        kept = logits + bias >= 0
        recall, tools = float(kept[needed].mean()), float(kept.sum(1).mean())
        if fitted and tools > TOOLS_KEPT:
            break
        fitted = {"bias": round(float(bias), 1), "recall": round(recall, 4), "tools_kept": round(tools, 2)}
        if recall >= RECALL:
            break
    return fitted


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODELS / "toolrag")
    parser.add_argument("--limit", type=int, help="read so many validation sentences only")
    options = parser.parse_args(argv)
    examples = choose("validation", options.limit)
    fitted = fit(*read(Classifier(options.model), examples))
    path = options.model / "toolrag.json"
    card = json.loads(path.read_text())
    card |= {"bias": fitted["bias"], "calibration": {"sentences": len(examples), **fitted, **stamp()}}
    path.write_text(json.dumps(card, indent=1) + "\n")
    print(json.dumps(fitted))
    return 0


if __name__ == "__main__":
    sys.exit(main())

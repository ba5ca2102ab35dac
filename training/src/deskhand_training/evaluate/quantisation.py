"""Table 2: what fewer bits cost.

    python -m deskhand_training.evaluate.quantisation --run runs/planner [--plain runs/planner-plain] [--write FOLDER]

The decoder of a run in 16 bits, Q8_0 and Q4_0: size, time, success, and how many plans stay those of 16 bits. --plain
names a run that was trained without quantisation (`planner.train --qat 0`): rounded afterwards, it shows what
quantisation-aware training is good for. The encoder is int8 in every row.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deskhand_planner.engines.embedded import EmbeddedModel

from ..data.draft import Example
from ..planner.export import export, load_run, write_gguf
from ..provenance import stamp
from .examples import choose
from .planner import measure

NAMES = {"f16": "16 bit", "q8_0": "Q8_0", "q4_0": "Q4_0"}


def rows(run: Path, training: str, examples: Sequence[Example], kinds: Sequence[str]) -> list[dict[str, Any]]:
    """One row per kind of quantisation; `f16` comes first, the others are compared with its plans."""
    model, _ = load_run(run)
    found: list[dict[str, Any]] = []
    reference: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "f16"
        export(run, base, "f16")
        for kind in kinds:
            place = Path(folder) / kind
            if kind != "f16":
                shutil.copytree(base, place)
                write_gguf(model, place / "decoder.gguf", kind)
            served = EmbeddedModel(place, threads=1)
            report, trials = measure(served, examples)
            served.close()
            plans = [str(trial.got) for trial in trials]
            reference = reference or plans
            found.append(
                {
                    "quantisation": NAMES[kind],
                    "training": training,
                    "decoder_bytes": (place / "decoder.gguf").stat().st_size,
                    "dag": report["in_scope"].get("dag"),
                    "args": report["in_scope"].get("args"),
                    "same_plans_percent": round(100 * _equal(plans, reference) / len(plans), 1),
                    "plan_ms": report["plan_ms"]["p50"],
                }
            )
            print(json.dumps(found[-1]), flush=True)
    return found


def _equal(plans: Sequence[str], reference: Sequence[str]) -> int:
    return sum(a == b for a, b in zip(plans, reference, strict=True))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--plain", type=Path, help="a run trained with --qat 0")
    parser.add_argument("--split", default="test", choices=("validation", "test"))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--write", type=Path, help="keep the table in this model folder, as quantisation.json")
    options = parser.parse_args(argv)
    examples = choose(options.split, options.limit)
    table = rows(options.run, "quantisation-aware", examples, ("f16", "q8_0", "q4_0"))
    if options.plain:
        table += rows(options.plain, "plain", examples, ("f16", "q4_0"))
    report: dict[str, Any] = {"split": options.split, "sentences": len(examples), "rows": table, **stamp()}
    if options.plain:
        training = json.loads((options.plain / "train.json").read_text())
        report["plain"] = {"examples": training["examples"], "went_on": "init" in training}
    if options.write:
        (options.write / "quantisation.json").write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Make every model again, stage by stage: `python -m deskhand_training.reproduce --out runs/all [--models ../models]`.

    data       check seeds and skeletons
    planner    train encoder and decoder, the last quarter quantisation-aware
    export     GGUF and ONNX
    calibrate  fit the ranking of plans and the confidence on the validation split
    teacher    fine-tune MiniLM on the seeds
    toolrag    train the student on augmented sentences with the teacher's opinion
    classifier ONNX, int8
    bias       so that ToolRAG keeps enough tools at 0.5
    measure    tables and plots (docs/models.md)

A stage whose result is there is passed over, one that was interrupted goes on from its checkpoint: start the same
command again. Times are for a CUDA GPU or, without one, for two CPU cores on which nothing else runs; --minutes says
how long the planner trains, and ToolRAG a third of it. Models and document go to OUT unless --models and --docs say
otherwise.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from . import evaluate
from .data import check
from .evaluate import __main__ as measure
from .evaluate import planner as evaluate_planner
from .planner import export as export_planner
from .planner import train as train_planner
from .toolrag import calibrate as calibrate_toolrag
from .toolrag import export as export_toolrag
from .toolrag import teach
from .toolrag import train as train_toolrag

CUDA_MINUTES, CPU_MINUTES = 10.0, 60.0


@dataclass(frozen=True, slots=True)
class Stage:
    """`result` exists when the stage is done; a stage without one runs every time."""

    name: str
    main: Callable[[Sequence[str]], int]
    arguments: tuple[str, ...]
    result: Path | None = None


def stages(options: argparse.Namespace) -> list[Stage]:
    out, models, docs = options.out, options.models or options.out / "models", options.docs or options.out / "docs"
    runs = {name: out / name for name in ("planner", "teacher", "toolrag")}
    planner, classifier, small = models / "planner", models / "toolrag", options.small

    def time_of(share: float) -> tuple[str, str]:
        return ("--steps", str(small)) if small else ("--minutes", f"{options.minutes * share:g}")

    tiny = ("--batch", "4", "--layers", "1") if small else ()
    few = ("--limit", str(small)) if small else ()
    checked = ("--check", str(small)) if small else ()
    exported = out / "exported"
    return [
        Stage("data", check.main, ()),
        Stage(
            "planner",
            train_planner.main,
            ("--out", str(runs["planner"]), *time_of(1), *tiny),
            runs["planner"] / "train.json",
        ),
        Stage(
            "export",
            export_planner.main,
            ("--run", str(runs["planner"]), "--out", str(planner)),
            exported / "planner",
        ),
        Stage(
            "calibrate",
            evaluate_planner.main,
            ("--model", str(planner), "--split", "validation", "--calibrate", *few),
            exported / "calibrated",
        ),
        Stage(
            "teacher",
            teach.main,
            ("--out", str(runs["teacher"]), *(("--epochs", "1") if small else ()), *few, *checked),
            runs["teacher"] / "train.json",
        ),
        Stage(
            "toolrag",
            train_toolrag.main,
            ("--out", str(runs["toolrag"]), "--teacher", str(runs["teacher"]), *time_of(1 / 3), *tiny),
            runs["toolrag"] / "train.json",
        ),
        Stage(
            "classifier",
            export_toolrag.main,
            ("--run", str(runs["toolrag"]), "--out", str(classifier), *checked),
            exported / "toolrag",
        ),
        Stage(
            "bias",
            calibrate_toolrag.main,
            ("--model", str(classifier), *few),
            exported / "bias",
        ),
        Stage(
            "measure",
            measure.main,
            ("--models", str(models), "--docs", str(docs), "--run", str(runs["planner"]), *few),
        ),
    ]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--models", type=Path, help=f"{evaluate.MODELS.name}/ to replace what ships")
    parser.add_argument("--docs", type=Path)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--small", type=int, help="so many steps and sentences only: to try the pipeline")
    options = parser.parse_args(argv)
    options.minutes = options.minutes or (CUDA_MINUTES if torch.cuda.is_available() else CPU_MINUTES)
    (options.out / "exported").mkdir(parents=True, exist_ok=True)
    for stage in stages(options):
        if stage.result is not None and stage.result.exists():
            print(f"== {stage.name}: there already", flush=True)
            continue
        print(f"== {stage.name}", flush=True)
        began = time.monotonic()
        if status := stage.main(list(stage.arguments)):
            print(f"== {stage.name} failed; start the same command again when it is put right", file=sys.stderr)
            return status
        if stage.result is not None and stage.result.parent.name == "exported":
            stage.result.touch()
        print(f"== {stage.name}: {(time.monotonic() - began) / 60:.1f} min", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

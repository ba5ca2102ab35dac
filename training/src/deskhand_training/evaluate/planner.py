"""Measure a planner folder on held-out commands, and fit its confidence.

    python -m deskhand_training.evaluate.planner --model ../models/planner [--split test] [--calibrate]

The commands are seeds and skeletons that no training example was made from, with their own words. The model runs in
the serving engine, so what is measured is what ships.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from deskhand_contract.compact import EOS, PLAN, CompactDecoder
from deskhand_contract.plan import PlanNode
from deskhand_planner.engines.embedded import EmbeddedModel, _choose

from ..data.augment import heldout
from .metrics import judge


@dataclass
class Tally:
    items: int = 0
    hits: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, **flags: bool) -> None:
        self.items += 1
        for name, flag in flags.items():
            self.hits[name] += flag

    def rates(self) -> dict[str, float | int]:
        return {"items": self.items} | {name: round(100 * hits / self.items, 2) for name, hits in self.hits.items()}


@dataclass(frozen=True)
class Trial:
    sentence: str
    gold: Sequence[PlanNode]
    got: Sequence[PlanNode]
    logprobs: tuple[float, ...]
    right: bool


def write(model: EmbeddedModel, sentence: str) -> tuple[list[PlanNode], tuple[float, ...]]:
    """Plan and the log-probability of each of its tokens, all tools allowed."""
    grammar, nodes, logprobs = CompactDecoder(sentence), [], []
    prefix = model.encode(sentence)
    logits = model._decoder.start(prefix, PLAN)
    while not grammar.finished and len(logprobs) < 300:
        token, logprob = _choose(logits, grammar.allowed())
        logprobs.append(logprob)
        node = grammar.push(token)
        if node is not None:
            nodes.append(node)
        if token != EOS:
            logits = model._decoder.step(token)
    return nodes, tuple(logprobs)


def measure(model: EmbeddedModel, split: str, limit: int | None) -> tuple[dict[str, Any], list[Trial]]:
    total, empty = Tally(), Tally()
    by_size: dict[int, Tally] = defaultdict(Tally)
    trials: list[Trial] = []
    milliseconds: list[float] = []
    for example in heldout(split)[:limit]:
        began = time.perf_counter()
        got, logprobs = write(model, example.sentence)
        milliseconds.append(1000 * (time.perf_counter() - began))
        if not example.nodes:
            empty.add(left_alone=not got)
            trials.append(Trial(example.sentence, (), got, logprobs, not got))
            continue
        verdict = judge(example.nodes, got)
        for tally in (total, by_size[len(example.nodes)]):
            tally.add(tools=verdict.tools, dag=verdict.dag, args=verdict.args)
        trials.append(Trial(example.sentence, example.nodes, got, logprobs, verdict.dag))
    report = {
        "split": split,
        "in_scope": total.rates(),
        "out_of_scope": empty.rates(),
        "by_size": {str(size): by_size[size].rates() for size in sorted(by_size)},
        "plan_ms": {
            "p50": round(float(np.median(milliseconds)), 1),
            "p95": round(float(np.quantile(milliseconds, 0.95)), 1),
        },
    }
    return report, trials


def fit_confidence(trials: Sequence[Trial]) -> dict[str, Any]:
    """Logistic regression of "the plan is right" on its log-probability and its least certain token."""
    x = np.array([[sum(t.logprobs), min(t.logprobs), 1.0] for t in trials])
    y = np.array([t.right for t in trials], float)
    w = np.array([0.1, 0.1, 1.0])
    for _ in range(50):  # Newton's method with a little ridge
        p = 1 / (1 + np.exp(-x @ w))
        gradient = x.T @ (y - p) - 1e-2 * w
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-2 * np.eye(3)
        w = w + np.linalg.solve(hessian, gradient)
    p = 1 / (1 + np.exp(-x @ w))
    bins = []
    for low, high in ((0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.95), (0.95, 1.01)):
        inside = (p >= low) & (p < high)
        if inside.any():
            bins.append(
                {
                    "from": low,
                    "items": int(inside.sum()),
                    "said": round(float(p[inside].mean()), 3),
                    "right": round(float(y[inside].mean()), 3),
                }
            )
    error = sum(b["items"] * abs(b["said"] - b["right"]) for b in bins) / len(trials)
    weights = {"total": round(float(w[0]), 5), "least": round(float(w[1]), 5), "bias": round(float(w[2]), 5)}
    return {"weights": weights, "reliability": bins, "expected_error": round(error, 4), "items": len(trials)}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--split", default="validation", choices=("validation", "test"))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--errors", type=Path, help="write the wrong plans here, one a line")
    parser.add_argument(
        "--calibrate", action="store_true", help="fit the confidence and write it and the figures into the card"
    )
    options = parser.parse_args(argv)
    model = EmbeddedModel(options.model, threads=1)
    report, trials = measure(model, options.split, options.limit)
    if options.errors:
        with options.errors.open("w") as out:
            for trial in trials:
                if not trial.right:
                    mean = math.exp(sum(trial.logprobs) / max(1, len(trial.logprobs)))
                    row = {
                        "sentence": trial.sentence,
                        "gold": _show(trial.gold),
                        "got": _show(trial.got),
                        "p": round(mean, 3),
                    }
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
    if options.calibrate:
        card_path = options.model / "planner.json"
        card = json.loads(card_path.read_text())
        card["calibration"] = fit_confidence(trials)
        card.setdefault("metrics", {})[options.split] = report
        card_path.write_text(json.dumps(card, indent=1) + "\n")
    print(json.dumps(report, indent=1))
    return 0


def _show(nodes: Sequence[PlanNode]) -> list[str]:
    return [f"{n.tool}({', '.join(f'{k}={v}' for k, v in n.wire_arguments().items())})" for n in nodes]


if __name__ == "__main__":
    sys.exit(main())

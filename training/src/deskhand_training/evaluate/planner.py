"""Measure a planner folder on held-out commands, and fit its confidence.

    python -m deskhand_training.evaluate.planner --model ../models/planner [--split test] [--write] [--calibrate]

The commands are seeds and skeletons that no training example was made from, with their own words. The model runs in
the serving engine, so what is measured is what ships. --write keeps the figures as MODEL/evaluation.json; --calibrate
fits the ranking of plans and the confidence on these commands (do that on the validation split) and writes both into
the card.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from deskhand_contract.plan import PlanNode
from deskhand_planner.engines.embedded import Calibration, Choice, EmbeddedModel
from deskhand_planner.engines.search import CutOff
from deskhand_planner.evidence import Ranking
from tqdm import tqdm

from ..data.draft import Example
from ..provenance import stamp
from .confusion import confusion, worst
from .examples import choose, style_of
from .metrics import fault, judge
from .ranking import fit_ranking


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
    total: float
    share: float
    right: bool


def plan(model: EmbeddedModel, sentence: str, tools: Sequence[str] | None = None) -> Choice:
    """The plan as the engine chooses it; all tools are allowed unless `tools` says which."""
    try:
        found = model.candidates(sentence, tools)
    except CutOff as error:
        return Choice(error.plan, 0.0)
    assert found is not None
    return model.choose(found)


def measure(model: EmbeddedModel, examples: Sequence[Example]) -> tuple[dict[str, Any], list[Trial]]:
    """Rates in percent, overall and by size and style; what the errors are; the time a plan takes."""
    total, empty = Tally(), Tally()
    by_size: dict[int, Tally] = defaultdict(Tally)
    by_style: dict[str, Tally] = defaultdict(Tally)
    faults: Counter[str] = Counter()
    trials: list[Trial] = []
    milliseconds: list[float] = []
    for example in tqdm(examples, desc="plans", leave=False, disable=None):
        began = time.perf_counter()
        choice = plan(model, example.sentence)
        got, doubt = choice.plan.nodes, (choice.plan.total, choice.share)
        milliseconds.append(1000 * (time.perf_counter() - began))
        if not example.nodes:
            empty.add(left_alone=not got)
            trials.append(Trial(example.sentence, (), got, *doubt, not got))
            continue
        verdict = judge(example.nodes, got)
        for tally in (total, by_size[len(example.nodes)], by_style[style_of(example.sentence)]):
            tally.add(tools=verdict.tools, dag=verdict.dag, args=verdict.args)
        wrong = fault(example.nodes, got)
        if wrong:
            faults[wrong] += 1
        trials.append(Trial(example.sentence, example.nodes, got, *doubt, verdict.dag))
    report = {
        "in_scope": total.rates(),
        "out_of_scope": empty.rates() if empty.items else None,
        "by_size": {str(size): by_size[size].rates() for size in sorted(by_size)},
        "by_style": {style: by_style[style].rates() for style in sorted(by_style)},
        "faults": dict(faults.most_common()),
        "confusion": worst(confusion((t.gold, t.got) for t in trials)),
        "plan_ms": {
            "p50": round(float(np.median(milliseconds)), 1),
            "p95": round(float(np.quantile(milliseconds, 0.95)), 1),
        },
    }
    return report, trials


def fit_confidence(trials: Sequence[Trial]) -> dict[str, Any]:
    """Logistic regression of "the plan is right" on its log-probability and its share among those found."""
    x = np.array([[t.total, t.share, 1.0] for t in trials])
    y = np.array([t.right for t in trials], float)
    w = np.array([0.1, 0.1, 1.0])
    for _ in range(50):  # Newton's method with a little ridge
        p = 0.5 * (1 + np.tanh(0.5 * (x @ w)))  # the logistic function, without overflow
        gradient = x.T @ (y - p) - 1e-2 * w
        hessian = (x * (p * (1 - p))[:, None]).T @ x + 1e-2 * np.eye(3)
        w = w + np.linalg.solve(hessian, gradient)
    weights = {"total": round(float(w[0]), 5), "share": round(float(w[1]), 5), "bias": round(float(w[2]), 5)}
    return {"weights": weights, **reliability(trials, weights)}


EDGES = (0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.01)


def reliability(trials: Sequence[Trial], weights: dict[str, float]) -> dict[str, Any]:
    """How often plans are right that say so with a confidence between two edges; and what a threshold would do."""
    y = np.array([t.right for t in trials], float)
    p = np.array([Calibration(**weights)(t.total, t.share) for t in trials])
    bins = []
    for low, high in pairwise(EDGES):
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
    asks = {}
    for threshold in (0.5, 0.7, 0.8, 0.9):
        sure = p >= threshold
        asks[str(threshold)] = {
            "asked_percent": round(100 * float(1 - sure.mean()), 1),
            "right_percent_of_the_rest": round(100 * float(y[sure].mean()), 1) if sure.any() else None,
        }
    return {"reliability": bins, "expected_error": round(error, 4), "thresholds": asks, "items": len(trials)}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--split", default="validation", choices=("validation", "test"))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--errors", type=Path, help="write the wrong plans here, one a line")
    parser.add_argument(
        "--calibrate", action="store_true", help="fit ranking and confidence on these commands and write the card"
    )
    parser.add_argument("--write", action="store_true", help="keep the figures in the model folder")
    options = parser.parse_args(argv)
    model = EmbeddedModel(options.model, threads=1)
    examples = choose(options.split, options.limit)
    if options.calibrate:
        ranking = fit_ranking(model, examples)
        model.ranking = Ranking(**ranking["weights"])
    report, trials = measure(model, examples)
    report = {"split": options.split, **report}
    if options.errors:
        with options.errors.open("w") as out:
            for trial in trials:
                if not trial.right:
                    row = {
                        "sentence": trial.sentence,
                        "gold": _show(trial.gold),
                        "got": _show(trial.got),
                        "total": round(trial.total, 3),
                    }
                    out.write(json.dumps(row, ensure_ascii=False) + "\n")
    if options.calibrate:
        card_path = options.model / "planner.json"
        card = json.loads(card_path.read_text())
        card |= {"ranking": ranking, "calibration": fit_confidence(trials)}
        card_path.write_text(json.dumps(card, indent=1) + "\n")
    if options.write:
        card = json.loads((options.model / "planner.json").read_text())
        if "ranking" in card:
            report["ranking"] = card["ranking"]
        if "calibration" in card:
            report["calibration"] = reliability(trials, card["calibration"]["weights"])
        report["matrix"] = confusion((t.gold, t.got) for t in trials).tolist()
        (options.model / "evaluation.json").write_text(json.dumps(report | stamp()) + "\n")
    print(json.dumps({name: value for name, value in report.items() if name != "matrix"}, indent=1))
    return 0


def _show(nodes: Sequence[PlanNode]) -> list[str]:
    return [f"{n.tool}({', '.join(f'{k}={v}' for k, v in n.wire_arguments().items())})" for n in nodes]


if __name__ == "__main__":
    sys.exit(main())

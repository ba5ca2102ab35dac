"""Fit how the planner chooses among the plans that its search finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import torch
from deskhand_planner.engines.embedded import WIDTH, EmbeddedModel
from deskhand_planner.engines.search import CutOff
from deskhand_planner.evidence import Ranking
from torch import Tensor
from tqdm import tqdm

from ..data.draft import Example
from .metrics import judge

RIDGE = 0.01
"""Pulls the weights to those of the log-probability alone."""


def fit_ranking(model: EmbeddedModel, examples: Sequence[Example]) -> dict[str, Any]:
    """Weights that make right plans likely among those found: a conditional logit over the plans of each sentence.

    A plan is right when every argument is; where none is, when its calls and dependencies are. `first` and `found` say
    for how many percent of the commands such a plan is the likeliest one, and any of those found.
    """
    sets: list[tuple[Tensor, Tensor]] = []
    first = found = 0
    for example in tqdm(examples, desc="candidates", leave=False, disable=None):
        try:
            candidates = model.candidates(example.sentence, width=WIDTH) or []
        except CutOff:
            continue
        features = torch.tensor([candidate.features for candidate in candidates], dtype=torch.float64)
        verdicts = [judge(example.nodes, candidate.plan.nodes) for candidate in candidates]
        right = torch.tensor([verdict.dag for verdict in verdicts])
        exact = torch.tensor([verdict.args for verdict in verdicts])
        first, found = first + bool(right[features[:, 0].argmax()]), found + bool(right.any())
        right = exact if exact.any() else right
        if right.any() and not right.all():
            sets.append((features, right))
    weights = _fit(sets)
    names = [field.name for field in fields(Ranking)]
    return {
        "weights": {name: round(weight, 5) for name, weight in zip(names, weights, strict=True)},
        "items": len(examples),
        "first": round(100 * first / max(1, len(examples)), 2),
        "found": round(100 * found / max(1, len(examples)), 2),
    }


def _fit(sets: Sequence[tuple[Tensor, Tensor]]) -> list[float]:
    begin = torch.tensor([field.default for field in fields(Ranking)], dtype=torch.float64)
    weights = begin.clone().requires_grad_()
    optimiser = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        total = RIDGE * (weights - begin).square().sum()
        for features, right in sets:
            scores = features @ weights
            total = total - (scores[right].logsumexp(0) - scores.logsumexp(0)) / len(sets)
        total.backward()
        return total

    optimiser.step(loss)
    return weights.tolist()

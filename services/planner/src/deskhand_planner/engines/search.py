"""Best-first search over compact plans.

The decoder is followed greedily. Wherever another token was likely enough, the plan that would have followed it is
left open; the likeliest open plans are then written too, and the caller picks among the finished ones. A sentence
that leaves the decoder no doubt costs what greedy decoding costs, and its calls are known as they are written.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from deskhand_contract.compact import PLAN, CompactDecoder
from deskhand_contract.plan import PlanNode
from numpy.typing import NDArray

from ..errors import BadPlan

MAX_TOKENS = 320
MAX_ASKED = 2 * MAX_TOKENS
"""Tokens that one sentence may cost before no further plan is begun."""
LEAST_LOGPROB = math.log(0.02)
"""Below this, another token is no alternative."""
GIVEN_UP = 6.0
"""Nats behind the likeliest finished plan at which an open one is not followed any more."""


class Decoder(Protocol):
    """Reads tokens behind the sentence: `follow` gives the logits (vocabulary,) behind all of `tokens`."""

    def follow(self, tokens: Sequence[int]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A plan, finished or open: its tokens (a finished one's end in <eos>), each with its log-probability among the
    tokens that the grammar allowed there, and the calls that are complete."""

    tokens: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()
    nodes: tuple[PlanNode, ...] = ()

    @property
    def total(self) -> float:
        return sum(self.logprobs)

    def then(self, token: int, logprob: float, node: PlanNode | None) -> Hypothesis:
        nodes = self.nodes if node is None else (*self.nodes, node)
        return Hypothesis((*self.tokens, token), (*self.logprobs, logprob), nodes)


class CutOff(BadPlan):
    """No plan ended. `plan` is what was written of the greedy one."""

    def __init__(self, plan: Hypothesis) -> None:
        super().__init__(f"the plan did not end within {MAX_TOKENS} tokens")
        self.plan = plan


def search(
    decoder: Decoder,
    grammar: CompactDecoder,
    *,
    width: int,
    on_sure: Callable[[PlanNode], None],
    stop: Callable[[], bool],
) -> list[Hypothesis] | None:
    """Up to `width` finished plans, first the greedy one if it ends; None when `stop` said so: asked before each token.

    `on_sure` gets the calls that stand before the first doubt, as they are complete: every plan begins with them.
    Raises CutOff when none ends.
    """
    open_plans: list[tuple[float, int, Hypothesis, CompactDecoder]] = [(0.0, 0, Hypothesis(), grammar)]
    finished: list[Hypothesis] = []
    cut: Hypothesis | None = None
    best, opened, asked = -math.inf, 0, 0
    while open_plans and len(finished) < width and asked < MAX_ASKED:
        _, _, plan, grammar = heapq.heappop(open_plans)
        while not grammar.finished and plan.total > best - GIVEN_UP and len(plan.tokens) < MAX_TOKENS:
            if stop():
                return None
            allowed = grammar.allowed()
            logprobs = _log_softmax(decoder.follow((PLAN, *plan.tokens))[allowed])
            asked += 1
            first = int(logprobs.argmax())
            sure = not opened
            others = np.nonzero(logprobs > LEAST_LOGPROB)[0] if width > 1 else ()
            left = [(allowed[n], float(logprobs[n]), grammar.fork()) for n in others if n != first]
            node = grammar.push(allowed[first])
            for token, logprob, branch in left:
                its_node = branch.push(token)
                sure = sure and its_node == node
                opened += 1
                open_plan = plan.then(token, logprob, its_node)
                heapq.heappush(open_plans, (-open_plan.total, opened, open_plan, branch))
            plan = plan.then(allowed[first], float(logprobs[first]), node)
            if node is not None and sure:
                on_sure(node)
        if grammar.finished:
            finished.append(plan)
            best = max(best, plan.total)
        cut = cut or plan
    if not finished:
        raise CutOff(cut or Hypothesis())
    return finished


def _log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    shifted = logits.astype(np.float64) - logits.max()
    return shifted - np.log(np.exp(shifted).sum())

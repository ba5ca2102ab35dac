"""What speaks for a plan besides the decoder's own probability.

The sentence encoder is trained to see, before anything is written, which tools a sentence needs and which of its units
begin and end a value of which argument. Of several plans that the decoder hesitates between, the right one is more
often the one that these agree with: it explains what they saw, asks for no result that nothing uses, leaves words
whole, and has a place for every name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from deskhand_contract.compact import MAX_SLOTS, SLOT_1, TOOL_0, UNIT_0
from deskhand_contract.plan import PlanNode
from deskhand_contract.tools import DATE_KINDS, TOOLS, Kind
from numpy.typing import NDArray

ARGUMENT_SLOTS: tuple[tuple[str, str], ...] = tuple((tool.name, a.name) for tool in TOOLS for a in tool.arguments)
"""Every argument of every tool. Column 2n of the evidence says where a value of number n begins, 2n + 1 where it
ends."""

_FIRST_SLOT = [ARGUMENT_SLOTS.index((tool.name, tool.arguments[0].name)) for tool in TOOLS]
_PART_OF_A_WORD = frozenset({*DATE_KINDS, Kind.EMAILS, Kind.PHONES, Kind.DURATION})
_MAY_TEAR = [argument.kind in _PART_OF_A_WORD for tool in TOOLS for argument in tool.arguments]
"""Per argument: 9-10am is two moments, but to-do is no two names."""
_USED = frozenset(kind for tool in TOOLS for argument in tool.arguments for kind in argument.accepts)


def values(tokens: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Compact plan -> (number of the argument, first unit, last unit) of each of its values."""
    base = slot = 0
    first: int | None = None
    for token in tokens:
        if TOOL_0 <= token < TOOL_0 + len(TOOLS):
            base = _FIRST_SLOT[token - TOOL_0]
        elif SLOT_1 <= token < SLOT_1 + MAX_SLOTS:
            slot = base + token - SLOT_1
        elif token >= UNIT_0 and first is None:
            first = token - UNIT_0
        elif token >= UNIT_0:
            assert first is not None
            yield slot, first, token - UNIT_0
            first = None


def marks(spans: Iterable[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
    """Values -> (unit, column) of the first and the last unit of each."""
    for slot, first, last in spans:
        yield first, 2 * slot
        yield last, 2 * slot + 1


def called(tokens: Sequence[int]) -> set[int]:
    """Compact plan -> registry numbers of the tools that it calls."""
    return {token - TOOL_0 for token in tokens if TOOL_0 <= token < TOOL_0 + len(TOOLS)}


@dataclass(frozen=True, slots=True)
class Evidence:
    """For one sentence the encoder's logits, `spans` float32 (U, 2 x arguments) and `tools` float32 (16,), the units
    inside words, where no value should begin (`torn[0]`) or end (`torn[1]`), and those that begin with a capital."""

    spans: NDArray[np.float32]
    tools: NDArray[np.float32]
    torn: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
    capitals: frozenset[int] = frozenset()

    def features(self, tokens: Sequence[int], nodes: Sequence[PlanNode], total: float) -> list[float]:
        """What `Ranking` weighs, in its order. The log-likelihood of the plan's marks under the encoder is `marks` and
        a constant; `explained` counts only what the plan leaves unsaid. The last three speak against a plan."""
        spans = list(values(tokens))
        said = set(marks(spans))
        within = {unit for _, first, last in spans for unit in range(first, last + 1)}
        seen = np.array([self.spans[unit, column] for unit, column in said], np.float64)
        return [
            total,
            float(seen.sum()),
            float(np.logaddexp(0, seen).sum()),
            float(sum(self.tools[tool] for tool in called(tokens))),
            float(idle(nodes)),
            float(sum(unit in self.torn[column % 2] and not _MAY_TEAR[column // 2] for unit, column in said)),
            float(len(self.capitals - within)),
        ]


def idle(nodes: Sequence[PlanNode]) -> int:
    """Results that no call of the plan uses, though one could; a plan of one call was asked for its result."""
    if len(nodes) < 2:
        return 0
    used = {dep for node in nodes for dep in node.deps}
    return sum(node.id not in used and node.spec.returns in _USED for node in nodes)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Weights of a plan's features, fitted on validation plans so that right ones come first."""

    total: float = 1.0
    marks: float = 0.0
    explained: float = 0.0
    tools: float = 0.0
    idle: float = 0.0
    torn: float = 0.0
    capitals: float = 0.0

    def __call__(self, features: Sequence[float]) -> float:
        weights = (getattr(self, field.name) for field in fields(self))
        return sum(weight * feature for weight, feature in zip(weights, features, strict=True))

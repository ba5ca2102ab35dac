"""Which tool is called in place of which: counts over plans, as text and as a matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from deskhand_contract.plan import PlanNode
from deskhand_contract.tools import TOOL_NAMES
from numpy.typing import NDArray

NOTHING = "nothing"
LABELS = (*TOOL_NAMES, NOTHING)


def confusion(pairs: Iterable[tuple[Sequence[PlanNode], Sequence[PlanNode]]]) -> NDArray[np.int64]:
    """Gold and written plans -> int64 (17, 17): row = tool of the gold call, column = tool written for it.

    Calls of the same tool are matched first. What is left over pairs up in plan order; a call without a partner
    stands in the last column (left out) or the last row (one too many).
    """
    matrix = np.zeros((len(LABELS), len(LABELS)), np.int64)
    index = {name: number for number, name in enumerate(LABELS)}
    for gold, got in pairs:
        wanted, written = Counter(n.tool for n in gold), Counter(n.tool for n in got)
        for tool, count in (wanted & written).items():
            matrix[index[tool], index[tool]] += count
        missing, extra = list((wanted - written).elements()), list((written - wanted).elements())
        for number in range(max(len(missing), len(extra))):
            row = missing[number] if number < len(missing) else NOTHING
            column = extra[number] if number < len(extra) else NOTHING
            matrix[index[row], index[column]] += 1
    return matrix


def worst(matrix: NDArray[np.int64], count: int = 12) -> list[dict[str, str | int]]:
    """The most frequent confusions, as rows for a table."""
    off = matrix.copy()
    np.fill_diagonal(off, 0)
    order = np.argsort(off, axis=None, kind="stable")[::-1][:count]
    cells = [np.unravel_index(cell, off.shape) for cell in order]
    return [{"said": LABELS[a], "written": LABELS[b], "times": int(off[a, b])} for a, b in cells if off[a, b]]

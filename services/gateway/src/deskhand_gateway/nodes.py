"""What can be said of a node from the plan alone."""

from __future__ import annotations

from collections.abc import Sequence

from deskhand_contract.errors import WireError
from deskhand_contract.plan import DatePhrase, PlanNode
from deskhand_contract.tools import Effect


def is_first_effect(node: PlanNode, nodes: Sequence[PlanNode]) -> bool:
    """It changes something, and nothing that it follows from does: who approved that was told of this, too. `nodes` is
    the plan, in its order."""
    if node.spec.effect is Effect.READ:
        return False
    before, seen = list(node.deps), set[int]()
    while before:
        number = before.pop()
        if nodes[number - 1].spec.effect is not Effect.READ:
            return False
        if number not in seen:
            seen.add(number)
            before.extend(nodes[number - 1].deps)
    return True


def unresolved_date(node: PlanNode) -> WireError | None:
    for name, value in node.arguments.items():
        if isinstance(value, DatePhrase) and value.iso is None:
            message = value.error or f'"{value.phrase}" is no date or time that I can place'
            details: dict[str, object] = {"argument": name, "phrase": value.phrase}
            return WireError(code="unresolved_date", message=message, details=details)
    return None

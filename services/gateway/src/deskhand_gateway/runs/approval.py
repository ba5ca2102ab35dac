"""Who has to be asked before a tool is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deskhand_contract.plan import PlanNode
from deskhand_contract.runs import Approval
from deskhand_contract.tools import Effect

STRICTNESS = tuple(Approval)


@dataclass(frozen=True)
class Decision:
    """What a client says about nodes that wait, one by one."""

    run: str
    approved: frozenset[int]
    denied: frozenset[int]


def approval_of(node: PlanNode, by_tool: Mapping[str, Approval], wanted: Approval | None) -> Approval:
    """`by_tool` are the settings; what is not in them asks when it leaves the machine. `wanted` is what the request
    says: `ask` and `deny` tighten it for everything that has an effect, `auto` waives the asking; what the settings
    deny stays denied."""
    effect = node.spec.effect
    own = by_tool.get(node.tool, Approval.ASK if effect is Effect.SEND else Approval.AUTO)
    if wanted is None:
        return own
    if wanted is Approval.AUTO:
        return own if own is Approval.DENY else Approval.AUTO
    return own if effect is Effect.READ else max(own, wanted, key=STRICTNESS.index)

"""Planner engines: `embedded` (the model of this repository), `gguf` (any chat model on disk) and `openai` (any
OpenAI-compatible server)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from deskhand_contract.client_tools import ClientNode
from deskhand_contract.plan import PlanNode
from deskhand_contract.services import PlanRequest

PlannedNode = PlanNode | ClientNode
"""A call of one of Deskhand's own tools, or of one that the client brought."""


@dataclass(frozen=True, slots=True)
class PlanStats:
    """What a finished plan cost. `confidence`: calibrated probability that the plan is right; None where unknown."""

    confidence: float | None
    prompt_tokens: int
    completion_tokens: int


class Engine(Protocol):
    """Writes plans. `plan` gives each node when it is complete and ends with one PlanStats; closing the generator
    stops the decoding. Raises PlannerError or ContractError. `rates_plans`: its PlanStats have a confidence."""

    @property
    def name(self) -> str: ...

    @property
    def rates_plans(self) -> bool: ...

    def plan(self, request: PlanRequest) -> AsyncGenerator[PlannedNode | PlanStats, None]: ...

    async def aclose(self) -> None: ...

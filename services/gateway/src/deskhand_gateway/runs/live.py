"""Runs of which something is under way in this process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from deskhand_contract.events import NodeStatus, PlanUpdate
from deskhand_contract.plan import PlanNode
from deskhand_contract.tools import Effect, get_tool

from ..dispatch import Dispatch
from ..metrics import RunFigures
from ..outcome import Outcome
from .journal import Journal
from .turn import EventLog


@dataclass
class LiveRun:
    """`task` carries it out and ends when nothing is under way any more. The recorder of its dispatch."""

    id: str
    journal: Journal
    log: EventLog
    figures: RunFigures
    dispatch: Dispatch = field(init=False)
    task: asyncio.Task[None] = field(init=False)
    over: bool = False

    def planned(self, node: PlanNode) -> None:
        self.journal.planned(self.id, node)
        self.figures.planned(node.id)

    async def happened(self, update: PlanUpdate, outcome: Outcome | None) -> None:
        """Before an effect its node stands on the disk; a lookup does not wait for that. Raises JournalUnavailable."""
        self.figures.happened(update)
        self.journal.happened(update, outcome.observation.undo if outcome and outcome.observation else None)
        try:
            if update.status is NodeStatus.DISPATCHED and get_tool(update.name).effect is not Effect.READ:
                await self.journal.commit()
        finally:
            self.log.append(update)

    def close(self) -> None:
        self.over = True
        self.figures.end()
        self.log.wake()

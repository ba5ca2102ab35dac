"""What the engines that write plan text share: its grammar, and from text to nodes."""

from __future__ import annotations

from collections.abc import Iterator

from deskhand_contract.client_tools import ClientPlanParser
from deskhand_contract.errors import UnknownTool
from deskhand_contract.events import NodeStatus
from deskhand_contract.grammar import plan_gbnf
from deskhand_contract.services import PlanRequest
from deskhand_contract.tools import Output
from deskhand_contract.wire import PlanParser

from . import PlannedNode
from .tool_grammar import client_gbnf

MAX_TOKENS = 1500
"""A plan that is longer is taken for a model that cannot stop."""


def grammar_of(request: PlanRequest) -> str:
    """GBNF of the plans that answer the request. Raises UnsupportedSchema."""
    if request.client_tools is None:
        return plan_gbnf(
            request.tools,
            calls_required=request.calls_required,
            previous=len(request.previous or ()),
            done=tuple(_outputs(request)),
        )
    return client_gbnf(request.client_tools, calls_required=request.calls_required)


class PlanReader:
    """Plan text in, nodes out, with the tools that the request allows. Raises ContractError."""

    def __init__(self, request: PlanRequest) -> None:
        if request.client_tools is None:
            self._parser: PlanParser | ClientPlanParser = PlanParser(len(request.previous or ()), _outputs(request))
            self._allowed = request.tools
        else:
            self._allowed = [tool.name for tool in request.client_tools]
            self._parser = ClientPlanParser(self._allowed)
        self.nodes = 0

    @property
    def finished(self) -> bool:
        return self._parser.finished

    def feed(self, text: str) -> Iterator[PlannedNode]:
        for node in self._parser.feed(text):
            if self._allowed is not None and node.tool not in self._allowed:
                raise UnknownTool(f"{node.tool} is called, which is not among the selected tools")
            self.nodes += 1
            yield node

    def close(self) -> None:
        """The text has ended. Raises PlanSyntaxError when it ended inside a call."""
        self._parser.close()


def _outputs(request: PlanRequest) -> dict[int, Output]:
    """What a replan may refer to: the nodes that are done."""
    return {past.node.id: past.node.spec.returns for past in request.previous or () if past.status is NodeStatus.DONE}

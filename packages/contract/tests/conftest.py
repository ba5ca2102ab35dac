"""Random plans: every tool, every kind of argument, references where they fit."""

import pytest
from deskhand_contract.plan import DatePhrase, NodeRef, PlanNode, Template, Value
from deskhand_contract.tools import DATE_KINDS, TOOLS, TRANSPORTS, Argument, Kind, Output, Tool
from hypothesis import strategies as st

NASTY = (
    '"', "'", "\\", "\n", "\r\n", "\t", "\0", "$1", "${1}", "\\$1", "\\\\$2", "$1.50", "$", "(", ")", "[", "]", "{",
    "2. join()", "<END_OF_PLAN>", "😀", "Ł", "\u2028", "Thought: ", "True", "\\n", "\\u0041", "#", "=", ",",
)  # fmt: skip
TEXT = st.lists(
    st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), max_size=4)),
    min_size=1,
    max_size=6,
).map("".join)


def _value(argument: Argument, outputs: dict[int, Output]) -> st.SearchStrategy[Value]:
    refs = [NodeRef(node=node) for node, output in outputs.items() if output in argument.accepts]
    text = TEXT.filter(bool)
    if argument.kind in DATE_KINDS:
        return text.map(lambda phrase: DatePhrase(phrase=phrase))
    if argument.kind is Kind.FLAG:
        return st.just(True)  # the default, False, counts as absent
    if argument.kind in (Kind.PRIORITY, Kind.DURATION):
        return st.integers(1, 9999).filter(lambda number: number != argument.default)
    if argument.kind is Kind.TRANSPORT:
        return st.sampled_from([transport for transport in TRANSPORTS if transport != argument.default])
    single = st.one_of(st.sampled_from(refs), text) if refs else text
    if argument.is_list:
        return st.lists(single, min_size=1, max_size=4).map(tuple)
    if argument.kind is Kind.PATH or not refs:
        return single
    ends = st.one_of(st.just(()), text.map(lambda part: (part,)))
    templates = st.tuples(ends, st.sampled_from(refs), text, st.sampled_from(refs), ends).map(
        lambda parts: Template(parts=(*parts[0], parts[1], parts[2], parts[3], *parts[4]))
    )
    return st.one_of(single, templates)


@st.composite
def _plans(draw: st.DrawFn) -> list[PlanNode]:
    nodes: list[PlanNode] = []
    outputs: dict[int, Output] = {}
    for tool in draw(st.lists(st.sampled_from(TOOLS), max_size=6)):
        node = PlanNode(id=len(nodes) + 1, tool=tool.name, arguments=draw(_arguments(tool, outputs)))
        nodes.append(node)
        outputs[node.id] = tool.returns
    return nodes


@st.composite
def _arguments(draw: st.DrawFn, tool: Tool, outputs: dict[int, Output]) -> dict[str, Value]:
    return {
        argument.name: draw(_value(argument, outputs))
        for argument in tool.arguments
        if argument.required or draw(st.booleans())
    }


@pytest.fixture(scope="session")
def plans() -> st.SearchStrategy[list[PlanNode]]:
    """Lists of checked nodes, values as the wire form gives them back."""
    return _plans()

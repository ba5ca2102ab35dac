"""Calls of tools that a client brought: references in JSON, and plan text with JSON in it."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from deskhand_contract.client_tools import ClientNode, ClientPlanParser, ClientTool, render_client_call
from deskhand_contract.errors import InvalidArguments, InvalidReference, PlanSyntaxError, UnknownTool
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("a", "get-weather", "2d_plot", "join-us")


def parse(text: str) -> list[ClientNode]:
    parser = ClientPlanParser(NAMES)
    nodes = list(parser.feed(text))
    parser.close()
    return nodes


@given(
    calls=st.lists(
        st.tuples(st.sampled_from(NAMES), st.dictionaries(st.text(max_size=4), JSON, max_size=3)), max_size=4
    ),
    cuts=st.lists(st.integers(0, 500), max_size=5),
)
def test_any_arguments_are_read_as_they_were_written_in_pieces_of_any_size(
    calls: list[tuple[str, dict[str, Any]]], cuts: list[int]
) -> None:
    nodes = [ClientNode(id=n, tool=name, arguments=arguments) for n, (name, arguments) in enumerate(calls, 1)]
    text = "\n".join([*map(render_client_call, nodes), f"{len(nodes) + 1}. join()"])
    parser = ClientPlanParser(NAMES)
    edges = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    read = [node for a, b in itertools.pairwise(edges) for node in parser.feed(text[a:b])]
    assert read == nodes
    assert parser.finished


def test_references_are_found_anywhere_in_the_arguments_but_in_names() -> None:
    arguments = {"$1": "x", "a": ["$1", {"b": "see $3, not $9 or $2.50"}], "n": 5}
    node = ClientNode(id=4, tool="a", arguments=arguments)
    assert node.deps == (1, 3)
    outputs = {1: "one", 3: "three"}
    assert node.resolve(outputs) == {"$1": "x", "a": ["one", {"b": "see three, not $9 or $2.50"}], "n": 5}
    with pytest.raises(InvalidReference, match=r"\$3"):
        node.resolve({1: "one"})


def test_a_result_that_looks_like_a_reference_stays_what_it_is() -> None:
    node = ClientNode(id=3, tool="a", arguments={"x": "$1"})
    assert node.resolve({1: "$2", 2: "no"}) == {"x": "$2"}


def test_a_call_refers_to_earlier_calls_only() -> None:
    node = ClientNode(id=2, tool="a", arguments={"x": "$2 and $3", "y": "\\$1"})
    assert node.deps == ()
    assert node.resolve({}) == {"x": "$2 and $3", "y": "$1"}
    assert [node.is_reference(text) for text in ("$1", "$1!", "$2", "x")] == [True, False, False, False]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1. other({})", UnknownTool),
        ("1. a([1])", InvalidArguments),
        ('1. a("x")', InvalidArguments),
        ("1. a({x: 1})", InvalidArguments),
        ('1. a({"x": NaN})', InvalidArguments),
        ("2. a({})", PlanSyntaxError),
        ("1. a({})\n1. a({})", PlanSyntaxError),
        ('1. a({"x": "', PlanSyntaxError),
    ],
)
def test_what_is_no_plan_is_an_error(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse(text)


def test_a_call_without_an_object_has_no_arguments_and_prose_is_passed_over() -> None:
    assert parse("Thought: use a (twice)\n1. a()\n2. 2d_plot({})\n3. join()\n4. a({})") == [
        ClientNode(id=1, tool="a"),
        ClientNode(id=2, tool="2d_plot"),
    ]


@pytest.mark.parametrize("name", ["", "a b", "a.b", "x" * 65, "é", "a(b"])
def test_names_are_those_that_the_api_allows(name: str) -> None:
    with pytest.raises(ValidationError):
        ClientTool(name=name)


def test_arguments_are_json_in_and_out() -> None:
    node = ClientNode(id=1, tool="a", arguments={"x": 'say "hi)"\n2. join()'})
    assert parse(render_client_call(node)) == [node]
    assert json.loads(json.dumps(node.wire_arguments())) == node.arguments

"""Grammars made from JSON Schemas, judged by llama.cpp: which arguments it could have written."""

from __future__ import annotations

import ctypes
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import llama_cpp
import pytest
from deskhand_contract.client_tools import ClientPlanParser, ClientTool
from deskhand_contract.wire import END_OF_PLAN
from deskhand_planner.engines.llama import open_model
from deskhand_planner.engines.tool_grammar import client_gbnf
from deskhand_planner.errors import UnsupportedSchema

from .conftest import TinyGguf

BYTE_0 = 3
Matches = Callable[[str, str], bool]


@pytest.fixture
def matches(tiny_gguf: TinyGguf) -> Iterator[Matches]:
    """(grammar, text) -> whether llama.cpp could have written exactly that text under the grammar."""
    model = open_model(tiny_gguf())
    vocabulary: Any = llama_cpp.llama_model_get_vocab(model)

    def match(grammar: str, text: str) -> bool:
        sampler = llama_cpp.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
        assert sampler, "llama.cpp cannot parse the grammar"
        try:
            for token in (*(BYTE_0 + byte for byte in text.encode()), 2):  # 2: the end
                one = (llama_cpp.llama_token_data * 1)(llama_cpp.llama_token_data(token, 0.0, 0.0))
                candidates = llama_cpp.llama_token_data_array(one, 1, -1, False)
                llama_cpp.llama_sampler_apply(sampler, ctypes.byref(candidates))
                if math.isinf(one[0].logit):
                    return False
                llama_cpp.llama_sampler_accept(sampler, token)
            return True
        finally:
            llama_cpp.llama_sampler_free(sampler)

    yield match
    llama_cpp.llama_model_free(model)


def obj(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required or []}


NESTED = {
    "$defs": {
        "Person": obj(["name"], name={"type": "string"}, friends={"type": "array", "items": {"$ref": "#/$defs/Person"}})
    },
    **obj(["who"], who={"$ref": "#/$defs/Person"}),
}

CASES: list[tuple[dict[str, Any], list[Any], list[Any]]] = [
    ({}, [{}], [{"x": 1}]),
    (obj(["a"], a={"type": "string"}, b={"type": "integer"}), [{"a": "x"}, {"a": "", "b": -3}],
     [{}, {"b": 1}, {"a": 1}]),
    (obj(["u"], u={"type": ["string", "null"], "enum": ["c", "f", None]}), [{"u": "c"}, {"u": None}], [{"u": "k"}]),
    (obj(["u"], u={"enum": [1, True, "x"]}), [{"u": 1}, {"u": True}, {"u": "x"}], [{"u": 2}, {"u": False}]),
    (obj(["l"], l={"type": "array", "items": {"type": "boolean"}, "minItems": 1, "maxItems": 2}),
     [{"l": [True]}, {"l": [True, False]}], [{"l": []}, {"l": [True] * 3}, {"l": ["x"]}]),
    (obj(["l"], l={"type": "array", "items": {"type": "string"}, "maxItems": 5000}), [{"l": ["x"] * 70}], [{"l": [1]}]),
    (obj(["d"], d={"type": "string", "format": "date"}), [{"d": "2026-03-11"}], [{"d": "soon"}, {"d": "2026-13-11"}]),
    (obj(["p"], p={"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"}), [{"p": "AB-12"}], [{"p": "ab"}]),
    (obj(["p"], p={"type": "string", "pattern": "(?=look)ahead"}), [{"p": "anything"}], [{"p": 1}]),
    (obj(["x"], x={}), [{"x": 1}, {"x": "y"}, {"x": [{"z": None}]}], []),
    (obj(["x"], x={"description": "anything"}), [{"x": 1.5}], []),
    (obj(["x"], x={"anyOf": [{"type": "integer"}, obj(["y"], y={"type": "null"})]}), [{"x": 1}, {"x": {"y": None}}],
     [{"x": "y"}, {"x": {}}]),
    (obj(["x"], x={"allOf": [obj(["a"], a={"type": "string"}), obj(["b"], b={"type": "integer"})]}),
     [{"x": {"a": "", "b": 1}}], [{"x": {"a": ""}}]),
    (obj(["m"], m={"type": "object", "additionalProperties": {"type": "integer"}}), [{"m": {}}, {"m": {"k": 1}}],
     [{"m": {"k": "v"}}]),
    (NESTED, [{"who": {"name": "A", "friends": [{"name": "B"}]}}], [{"who": {"friends": []}}, {"who": "A"}]),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "right", "wrong"), CASES)
def test_arguments_follow_the_schema(
    matches: Matches, schema: dict[str, Any], right: list[Any], wrong: list[Any]
) -> None:
    grammar = client_gbnf([ClientTool(name="f", parameters=schema)], max_nodes=2)
    for arguments, allowed in [*((a, True) for a in right), *((a, False) for a in wrong)]:
        text = f"1. f({json.dumps(arguments)})\n2. join(){END_OF_PLAN}"
        assert matches(grammar, text) is allowed, arguments


def test_references_stand_for_anything_and_to_earlier_calls_only(matches: Matches) -> None:
    tools = [
        ClientTool(name="find", parameters=obj(["q"], q={"type": "string"})),
        ClientTool(
            name="use",
            parameters=obj(["n", "l"], n={"type": "integer"}, l={"type": "array", "items": {"type": "number"}}),
        ),
    ]
    grammar = client_gbnf(tools, max_nodes=3)

    def plan(*calls: str) -> str:
        lines = [f"{number}. {call}" for number, call in enumerate(calls, 1)]
        return "\n".join([*lines, f"{len(calls) + 1}. join(){END_OF_PLAN}"])

    find = 'find({"q": "x costs $5, see $1"})'
    assert matches(grammar, plan(find, 'use({"n": "$1", "l": ["$1", 2]})'))
    assert matches(grammar, plan(find, find, 'use({"n": "$2", "l": "$1"})'))
    assert not matches(grammar, plan('use({"n": "$1", "l": []})'))
    assert not matches(grammar, plan(find, 'use({"n": "$2", "l": []})'))
    assert not matches(grammar, plan(find, 'use({"n": "$1 and more", "l": []})'))
    assert not matches(grammar, plan('other({"q": "x"})'))


def test_a_plan_may_be_empty_unless_a_call_is_required(matches: Matches) -> None:
    tools = [ClientTool(name="f")]
    assert matches(client_gbnf(tools), f"1. join(){END_OF_PLAN}")
    assert not matches(client_gbnf(tools, calls_required=True), f"1. join(){END_OF_PLAN}")
    assert matches(client_gbnf(tools, calls_required=True), f"1. f({{}})\n2. join(){END_OF_PLAN}")


def test_definitions_of_the_same_name_in_two_tools_stay_apart(matches: Matches) -> None:
    tools = [
        ClientTool(name=name, parameters={"$defs": {"T": {"type": kind}}, **obj(["x"], x={"$ref": "#/$defs/T"})})
        for name, kind in (("a", "integer"), ("b", "string"))
    ]
    grammar = client_gbnf(tools, max_nodes=1)
    assert matches(grammar, f'1. b({{"x": "t"}})\n2. join(){END_OF_PLAN}')
    assert not matches(grammar, f'1. a({{"x": "t"}})\n2. join(){END_OF_PLAN}')


def test_control_characters_cannot_stand_in_a_text(matches: Matches) -> None:
    grammar = client_gbnf([ClientTool(name="f", parameters=obj(["x"], x={"type": "string"}))], max_nodes=1)
    assert not matches(grammar, f'1. f({{"x": "a\nb"}})\n2. join(){END_OF_PLAN}')
    text = f'1. f({{"x": "a\\nb"}})\n2. join(){END_OF_PLAN}'
    assert matches(grammar, text)
    assert [node.arguments for node in ClientPlanParser(["f"]).feed(text)] == [{"x": "a\nb"}]


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"x": {"$ref": "#/$defs/Nowhere"}}},
        {"properties": {"x": {"$ref": "https://example.org/schema.json"}}},
        {"properties": {"x": {"type": "money"}}},
        {"properties": ["x"]},
        {"properties": {"x": 5}},
    ],
)
def test_a_schema_that_makes_no_grammar_is_named(schema: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedSchema, match="parameters"):
        client_gbnf([ClientTool(name="f", parameters={"type": "object", **schema})])

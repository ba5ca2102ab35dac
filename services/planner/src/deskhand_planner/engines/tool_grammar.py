"""GBNF for plans that call a client's tools, made from their JSON Schemas.

Schemas become rules by llama-cpp-python's converter. It leaves out what a grammar says badly (bounds of numbers, long
repetitions) and trips over some of what is allowed in a schema (`type` lists with other keywords beside them, schemas
without a type, tools with definitions of the same name), so they are put into a plain form first. The gateway checks
the finished arguments against the schema as it was given.

Where a schema wants anything but free text, "$k" of an earlier node may stand instead, for each node those before it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, cast

from deskhand_contract.client_tools import ClientTool
from deskhand_contract.compact import MAX_NODES
from deskhand_contract.wire import END_OF_PLAN
from llama_cpp.llama_grammar import json_schema_to_gbnf

from ..errors import UnsupportedSchema

Schema = dict[str, Any]

MAX_REPETITIONS = 64
"""Longer lists and texts are not counted by the grammar: each count would be a rule's length."""

_CONVERTED_FORMATS = ("date", "time", "date-time", "uuid")
_SHAPING = frozenset({"enum", "const", "pattern", "format", "minLength", "maxLength"})
_COMPOSING = frozenset({"$ref", "anyOf", "oneOf", "allOf"})
_ANY: Schema = {"anyOf": [{"type": name} for name in ("string", "number", "boolean", "null", "array", "object")]}
_RULE = re.compile(r"(?m)^([\w-]+) ::= (.*)$")
_CHAR = r'[^"\\\x00-\x1F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F])'
"""A character of a JSON string; the converter's own lets control characters in, which no JSON reader takes."""


def client_gbnf(tools: Sequence[ClientTool], *, calls_required: bool = False, max_nodes: int = MAX_NODES) -> str:
    """Grammar with the root rule `root`. Raises UnsupportedSchema."""
    schemas = _Schemas()
    roots = {
        (node, tool.name): schemas.add(tool, [f"${number}" for number in range(1, node)])
        for node in range(1, max_nodes + 1)
        for tool in tools
    }
    rules = _convert(schemas.definitions)
    rules["char"] = _CHAR
    rules["root"] = "plan-1"
    for node in range(1, max_nodes + 1):
        end = _literal(f"{node}. join(){END_OF_PLAN}")
        calls = " | ".join(
            f"{_literal(tool.name + '(')} {roots[node, tool.name]} {_literal(')' + chr(10))}" for tool in tools
        )
        call = f"{_literal(f'{node}. ')} ({calls}) plan-{node + 1}"
        rules[f"plan-{node}"] = call if calls_required and node == 1 else f"{end} | {call}"
    rules[f"plan-{max_nodes + 1}"] = _literal(f"{max_nodes + 1}. join(){END_OF_PLAN}")
    return "".join(f"{name} ::= {rule}\n" for name, rule in rules.items())


class _Schemas:
    """Plain forms of schemas, as definitions `d0`, `d1`, .. of one schema; equal ones are one definition."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}
        self._names: dict[str, str] = {}

    def add(self, tool: ClientTool, references: list[str]) -> str:
        """Name of the rule of the tool's arguments. Raises UnsupportedSchema."""
        try:
            key = f"{tool.name} {references if _takes_references(tool.parameters) else ''}"
            if key not in self._names:
                self._names[key] = _Tool(tool, references, self.definitions).name
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise UnsupportedSchema(f"the parameters of {tool.name} are no JSON Schema: {error!r}") from error
        return self._names[key]


class _Tool:
    """The schema of one tool put into plain form, its own definitions beside it."""

    def __init__(self, tool: ClientTool, references: list[str], definitions: dict[str, Schema]) -> None:
        self._schema = tool.parameters
        self._references: Schema | None = {"enum": references} if references else None
        self._definitions = definitions
        self._targets: dict[str, str] = {}
        self.name = self._define(None)
        nothing: Schema = {"type": "object", "properties": {}, "additionalProperties": False}
        definitions[self.name] = self._plain(nothing | tool.parameters)

    def _define(self, target: str | None) -> str:
        name = f"d{len(self._definitions)}"
        self._definitions[name] = {}
        if target is not None:
            self._targets[target] = name
            self._definitions[name] = self._value(self._find(target))
        return name

    def _find(self, target: str) -> Any:
        if not target.startswith("#"):
            raise ValueError(f"{target} is not in the schema itself")
        found: Any = self._schema
        for step in target[1:].split("/")[1:]:
            found = found[step.replace("~1", "/").replace("~0", "~")]
        return found

    def _value(self, schema: Any) -> Schema:
        """A schema of a value inside the arguments, with "$k" as an alternative where it is not free text."""
        plain = self._plain(schema)
        if self._references is None or "$ref" in plain or plain == {"type": "string"}:
            return plain
        alternatives = plain["anyOf"] if plain.keys() == {"anyOf"} else [plain]
        if {"type": "string"} in alternatives:
            return plain
        return {"anyOf": [*alternatives, self._references]}

    def _plain(self, schema: Any) -> Schema:
        if schema is True or schema == {}:
            return _ANY
        kinds = schema.get("type")
        if isinstance(kinds, list):
            return {"anyOf": [self._plain({**schema, "type": kind}) for kind in cast(list[str], kinds)]}
        if "$ref" in schema:
            target = schema["$ref"]
            return {"$ref": f"#/$defs/{self._targets.get(target) or self._define(target)}"}
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return {"anyOf": [self._plain(one) for one in schema[union]]}
        if "allOf" in schema:
            return self._plain(self._merged(schema))
        if "const" in schema or "enum" in schema:
            values = schema["enum"] if "enum" in schema else [schema["const"]]
            return {"enum": [value for value in values if kinds is None or _is(value, kinds)]}
        if kinds == "object" or (kinds is None and "properties" in schema):
            return self._object(schema)
        if kinds == "array" or (kinds is None and "items" in schema):
            return self._array(schema)
        if kinds is None:
            return _ANY
        return self._scalar(schema, kinds)

    def _object(self, schema: Schema) -> Schema:
        properties = {name: self._value(value) for name, value in schema.get("properties", {}).items()}
        if not properties and schema.get("additionalProperties", True) is True:
            return {"type": "object"}
        more = schema.get("additionalProperties", False)
        return {
            "type": "object",
            "properties": properties,
            "required": [name for name in schema.get("required", []) if name in properties],
            "additionalProperties": self._value(more) if isinstance(more, dict) else False,
        }

    def _array(self, schema: Schema) -> Schema:
        if "prefixItems" in schema:
            return {"type": "array", "prefixItems": [self._value(item) for item in schema["prefixItems"]]}
        return {"type": "array", "items": self._value(schema.get("items", {})), **_bounds(schema)}

    def _scalar(self, schema: Schema, kind: str) -> Schema:
        if kind != "string":
            return {"type": kind}
        if schema.get("format") in _CONVERTED_FORMATS:
            return {"type": "string", "format": schema["format"]}
        pattern = schema.get("pattern")
        if isinstance(pattern, str) and _converts({"type": "string", "pattern": pattern}):
            return {"type": "string", "pattern": pattern}
        return {"type": "string", **_bounds(schema)}

    def _merged(self, schema: Schema) -> Schema:
        """`allOf` as one schema: properties and what is required together, of other keywords the last."""
        merged: Schema = {name: value for name, value in schema.items() if name != "allOf"}
        for part in schema["allOf"]:
            while "$ref" in part:
                part = self._find(part["$ref"])
            part = self._merged(part) if "allOf" in part else part
            properties = {**merged.get("properties", {}), **part.get("properties", {})}
            required = [*merged.get("required", []), *part.get("required", [])]
            merged |= part
            if properties:
                merged |= {"properties": properties, "required": required}
        return merged


def _takes_references(schema: Schema) -> bool:
    """Whether anything but free text can stand in the arguments: only then does "$k" need rules of its own."""
    if schema.keys() & _COMPOSING or isinstance(schema.get("additionalProperties"), dict):
        return True
    return any(
        not isinstance(value, dict) or value.get("type") != "string" or value.keys() & _SHAPING
        for value in schema.get("properties", {}).values()
    )


def _bounds(schema: Schema) -> Schema:
    """Counts that are small enough to be spelled out in a rule."""
    found = {name: schema[name] for name in ("minLength", "maxLength", "minItems", "maxItems") if name in schema}
    return {name: count for name, count in found.items() if isinstance(count, int) and 0 <= count <= MAX_REPETITIONS}


def _is(value: Any, kind: str) -> bool:
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float),
        "boolean": (bool,),
        "null": (type(None),),
        "array": (list,),
        "object": (dict,),
    }
    return isinstance(value, kinds.get(kind, ())) and (kind in ("boolean", "null") or not isinstance(value, bool))


def _converts(schema: Schema) -> bool:
    try:
        json_schema_to_gbnf(json.dumps(schema))
    except Exception:  # noqa: BLE001 - the converter asserts, indexes and recurses over whatever a pattern holds
        return False
    return True


def _convert(definitions: dict[str, Schema]) -> dict[str, str]:
    """Rules by name. A definition's rule has its name."""
    whole = {"$defs": definitions, "anyOf": [{"$ref": f"#/$defs/{name}"} for name in definitions]}
    try:
        grammar = json_schema_to_gbnf(json.dumps(whole))
    except Exception as error:
        raise UnsupportedSchema(f"the tools' parameters make no grammar: {error!r}") from error
    rules = {match[1]: match[2] for match in _RULE.finditer(grammar)}
    return {name: rule for name, rule in rules.items() if name != "root" and not name.startswith("alternative-")}


def _literal(text: str) -> str:
    return json.dumps(text)

"""GBNF of the wire form, made from the registry, for llama.cpp and every server that takes such grammars.

It allows the given tools only, every argument in its place with its type, ids that count from 1, and, for addresses
and paths, references to earlier ids only. Which *output* fits which argument depends on the calls already written,
which no context-free grammar of sensible size can say; `PlanParser` checks that, and the compact form's grammar has it
built in. In a text any "$" may stand: a grammar that made references of all of them would turn "$20" into "$1".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .compact import MAX_NODES
from .tools import TOOLS, TRANSPORTS, Argument, Kind, get_tool
from .wire import END_OF_PLAN

_CELLS = {Kind.DURATION: "duration", Kind.PRIORITY: "integer", Kind.FLAG: "flag", Kind.TRANSPORT: "transport"}


def plan_gbnf(
    tools: Iterable[str] | None = None,
    max_nodes: int = MAX_NODES,
    *,
    calls_required: bool = False,
    previous: int = 0,
    done: Collection[int] = (),
) -> str:
    """Grammar with the root rule `root`; with `calls_required`, of plans that have a call.

    A plan that goes on from `previous` nodes is numbered on from the last; of these it may refer to those in `done`.
    Raises UnknownTool for a name that the registry does not have.
    """
    names = None if tools is None else {get_tool(name).name for name in tools}
    selected = [tool for tool in TOOLS if names is None or tool.name in names]
    first, last = previous + 1, previous + max_nodes
    rules: list[str] = [f"root ::= plan-{first}"]
    for node in range(first, last + 1):
        end = _literal(f"{node}. join(){END_OF_PLAN}")
        if selected:
            call = f"{_literal(f'{node}. ')} call-{node} {_literal(chr(10))} plan-{node + 1}"
            rules.append(
                f"plan-{node} ::= {call}" if calls_required and node == first else f"plan-{node} ::= {end} | {call}"
            )
            rules.append(f"call-{node} ::= " + " | ".join(f"{_rule(tool.name)}-{node}" for tool in selected))
        else:
            rules.append(f"plan-{node} ::= {end}")
        for tool in selected:
            cells = f" {_literal(', ')} ".join(_cell(argument, node) for argument in tool.arguments)
            rules.append(f"{_rule(tool.name)}-{node} ::= {_literal(tool.name + '(')} {cells} {_literal(')')}")
        earlier = " | ".join(_literal(f'"${number}"') for number in (*done, *range(first, node)))
        rules.append(f"item-{node} ::= {earlier + ' | ' if earlier else ''}literal")
        rules.append(f'list-{node} ::= "[" (item-{node} (", " item-{node})*)? "]"')
    rules.append(f"plan-{last + 1} ::= {_literal(f'{last + 1}. join(){END_OF_PLAN}')}")
    rules += [
        r'char ::= [^"\\\x00-\x1F] | escape',
        r'escape ::= "\\" (["\\/bfnrt$] | "u" hex hex hex hex)',
        "hex ::= [0-9a-fA-F]",
        r'string ::= "\"" char* "\""',
        # An address or path that begins with a dollar sign and a digit would be a reference.
        r'literal ::= "\"" (([^"\\$\x00-\x1F] | escape) char* | "$" ([^"\\0-9{\x00-\x1F] char*)?)? "\""',
        'integer ::= "0" | [1-9] [0-9]? [0-9]? [0-9]?',
        "duration ::= integer | string",
        'flag ::= "True" | "False"',
        "transport ::= " + " | ".join(_literal(f'"{transport}"') for transport in TRANSPORTS),
    ]
    return "\n".join(rules) + "\n"


def _rule(name: str) -> str:
    return name.replace("_", "-")


def _cell(argument: Argument, node: int) -> str:
    if argument.is_list:
        return f"list-{node}"
    if argument.kind is Kind.PATH:
        return f"item-{node}"
    return _CELLS.get(argument.kind, "string")


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'

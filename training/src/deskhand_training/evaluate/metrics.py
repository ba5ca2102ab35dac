"""When is a plan right: TinyAgent's success rate, and stricter.

tools   the plan calls the same tools, each as often
dag     the dependency graphs are isomorphic with tool names as labels: TinyAgent's success rate
args    dag, and under one such isomorphism every argument has the gold value (case and outer punctuation aside)
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import networkx as nx
from deskhand_contract.plan import DatePhrase, NodeRef, PlanNode, Template, Value
from networkx.algorithms.isomorphism import DiGraphMatcher

MAX_ISOMORPHISMS = 2000


@dataclass(frozen=True, slots=True)
class Verdict:
    tools: bool
    dag: bool
    args: bool


def graph(nodes: Sequence[PlanNode]) -> nx.DiGraph:
    made = nx.DiGraph()
    for node in nodes:
        made.add_node(node.id, tool=node.tool, node=node)
        made.add_edges_from((dep, node.id) for dep in node.deps)
    return made


def judge(gold: Sequence[PlanNode], got: Sequence[PlanNode]) -> Verdict:
    if Counter(node.tool for node in gold) != Counter(node.tool for node in got):
        return Verdict(False, False, False)
    matcher = DiGraphMatcher(graph(gold), graph(got), node_match=lambda a, b: a["tool"] == b["tool"])
    by_gold, by_got = {n.id: n for n in gold}, {n.id: n for n in got}
    dag = False
    for mapping in islice(matcher.isomorphisms_iter(), MAX_ISOMORPHISMS):
        dag = True
        if all(_same_arguments(by_gold[a], by_got[b], mapping) for a, b in mapping.items()):
            return Verdict(True, True, True)
    return Verdict(True, dag, False)


def _same_arguments(gold: PlanNode, got: PlanNode, mapping: dict[int, int]) -> bool:
    names = gold.arguments.keys() | got.arguments.keys()
    return all(_plain(gold.arguments.get(n), mapping) == _plain(got.arguments.get(n), None) for n in names)


def _plain(value: Value | None, mapping: dict[int, int] | None) -> object:
    if isinstance(value, NodeRef):
        return ("ref", mapping[value.node] if mapping else value.node)
    if isinstance(value, Template):
        return tuple(part for part in (_plain(p, mapping) for p in value.parts) if part)
    if isinstance(value, tuple):
        return frozenset(_plain(item, mapping) for item in value)
    if isinstance(value, DatePhrase):
        return normal(value.phrase)
    return normal(value) if isinstance(value, str) else value


def normal(text: str) -> str:
    words = re.sub(r"[^\w@$+.:/' -]", " ", text.casefold().replace("’", "'"))
    words = re.sub(r"\b(the|my|a|an|our)\b", " ", words)
    return re.sub(r"\s+", " ", words).strip(" .:-'")

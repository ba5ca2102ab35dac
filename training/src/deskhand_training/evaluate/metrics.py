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


LOOKUPS = frozenset({"get_phone_number", "get_email_address", "open_and_get_file_path"})


def fault(gold: Sequence[PlanNode], got: Sequence[PlanNode]) -> str | None:
    """What is wrong first: a call (missing, extra, of the wrong tool), an edge, or an argument. None: nothing."""
    verdict = judge(gold, got)
    if verdict.args:
        return None
    missing = Counter(n.tool for n in gold) - Counter(n.tool for n in got)
    extra = Counter(n.tool for n in got) - Counter(n.tool for n in gold)
    if missing and extra:
        return "wrong tool"
    if missing or extra:
        kind = "lookup" if set(missing | extra) <= LOOKUPS else "action"
        return f"{'missing' if missing else 'extra'} {kind}"
    if not verdict.dag:
        return "wrong edge"
    return f"argument {_wrong_argument(gold, got)}"


def _wrong_argument(gold: Sequence[PlanNode], got: Sequence[PlanNode]) -> str:
    """The first wrong argument under the isomorphism that gets most of them right."""
    matcher = DiGraphMatcher(graph(gold), graph(got), node_match=lambda a, b: a["tool"] == b["tool"])
    by_gold, by_got = {n.id: n for n in gold}, {n.id: n for n in got}
    best: list[str] = []
    for number, mapping in enumerate(islice(matcher.isomorphisms_iter(), MAX_ISOMORPHISMS)):
        wrong = [
            name
            for a, b in mapping.items()
            for name in sorted(by_gold[a].arguments.keys() | by_got[b].arguments.keys())
            if _plain(by_gold[a].arguments.get(name), mapping) != _plain(by_got[b].arguments.get(name), None)
        ]
        if number == 0 or len(wrong) < len(best):
            best = wrong
    return best[0]


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

"""Seeds and skeletons from training/data, as typed objects, with the paper's sanity checks.

A seed is a sentence with its gold plan (data/seeds/SPEC.md). A skeleton is a sentence with `{SLOT}`s, under the
plan shape that it has in common with its neighbours (data/skeletons/SPEC.md). In both, a text value of the plan is a
span of the sentence; a skeleton's is a slot. `{N}` (a number) stands as 0 in a skeleton's nodes.

What does not pass is no example: `load` gives the good ones and a list of faults.

SourceError
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from deskhand_contract.compact import MAX_NODES, MAX_UNITS, find_span, split_units
from deskhand_contract.errors import ContractError
from deskhand_contract.plan import DatePhrase, NodeRef, PlanNode, Template, Value, read_node
from deskhand_contract.tools import Kind, Output

SLOT = re.compile(r"\{([A-Z]+)(\d?)\}")
_CALL = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_ARGUMENT = re.compile(r"\s*(\w+)=(\"[^\"]*\"|\[[^\]]*\]|[^,]+)\s*(?:,|$)")
_GLUED = re.compile(r"(\{P\d\})s\b")


class SourceError(ValueError):
    """A seed or skeleton that is no example. The message says where and why."""


class Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Source:
    """One seed or skeleton. `where` is "a.jsonl:12"; no nodes: out of scope."""

    where: str
    text: str
    nodes: tuple[PlanNode, ...]
    skeleton: bool

    @property
    def shape(self) -> str:
        return " ".join(node.tool for node in self.nodes) or "none"


def data_folder() -> Path:
    """training/data of this checkout."""
    return Path(__file__).resolve().parents[3] / "data"


def texts_of(value: Value) -> Iterator[str]:
    """The words in a value that have to be spans of the sentence, in the order they are encoded."""
    if isinstance(value, DatePhrase):
        yield value.phrase
    elif isinstance(value, str):
        yield value
    elif isinstance(value, Template):
        yield from (part.strip() for part in value.parts if isinstance(part, str) and any(map(str.isalnum, part)))
    elif isinstance(value, tuple):
        for item in value:
            if not isinstance(item, NodeRef):
                yield from texts_of(item)


def read_plan(raw: list[Mapping[str, Any]]) -> tuple[PlanNode, ...]:
    """JSON calls -> checked nodes. Raises SourceError: unknown tool, wrong argument, reference to a later node."""
    nodes: list[PlanNode] = []
    outputs: dict[int, Output] = {}
    if len(raw) > MAX_NODES:
        raise SourceError(f"a plan of {len(raw)} calls; {MAX_NODES} are the most")
    for number, call in enumerate(raw, 1):
        if call.get("id") != number:
            raise SourceError(f"node {call.get('id')} stands at place {number}")
        try:
            node = read_node(number, call["tool"], call["args"], outputs)
        except ContractError as error:
            raise SourceError(str(error)) from error
        _check_references(node, outputs)
        nodes.append(node)
        outputs[number] = node.spec.returns
    return tuple(nodes)


def _check_references(node: PlanNode, outputs: Mapping[int, Output]) -> None:
    for name, value in node.arguments.items():
        kind = node.spec.argument(name).kind
        if kind is Kind.TRANSPORT and value not in ("d", "w", "r"):
            raise SourceError(f"node {node.id}: transport {value!r}")
        for text in [] if kind is Kind.TRANSPORT else texts_of(value):
            if re.fullmatch(r"\$\{?\d+\}?", text):
                raise SourceError(f"node {node.id}: {name} cannot take {text}")
    used = set(node.deps)
    if used - outputs.keys():
        raise SourceError(f"node {node.id}: reference to a later node")


def check_spans(text: str, nodes: tuple[PlanNode, ...]) -> None:
    """Raise SourceError unless the sentence fits and every text value is a span of it."""
    units = split_units(text)
    if not 0 < len(units) <= MAX_UNITS:
        raise SourceError(f"{len(units)} units; 1 to {MAX_UNITS} can be read")
    for node in nodes:
        for name, value in node.arguments.items():
            if node.spec.argument(name).kind is Kind.TRANSPORT:
                continue
            for words in texts_of(value):
                try:
                    find_span(text, units, words)
                except ContractError as error:
                    raise SourceError(f"node {node.id}, {name}: {error}") from error


def read_seed(line: str, where: str) -> Source:
    """Raises SourceError."""
    try:
        raw = json.loads(line)
        text, plan, free = raw["query"], raw["plan"], set(raw.get("free", []))
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{where}: not a seed: {error}") from error
    try:
        nodes = read_plan(plan)
        check_spans(text, nodes)
    except SourceError as error:
        raise SourceError(f"{where} ({raw.get('id')}): {error}") from error
    stray = [entry for entry in free if not re.fullmatch(r"[1-9]\d*\.\w+", entry)]
    if stray:
        raise SourceError(f"{where}: free takes nodeid.arg, not {stray[0]}")
    return Source(where, text, nodes, skeleton=False)


def read_shape(line: str) -> tuple[PlanNode, ...]:
    """`get_phone_number(name={P1}); send_sms(recipients=[$1], message={MSG})` -> nodes. Raises SourceError."""
    if line.strip() == "none":
        return ()
    calls: list[Mapping[str, Any]] = []
    for number, text in enumerate(re.split(r";\s*(?=\w+\()", line.strip().rstrip(";")), 1):
        match = _CALL.fullmatch(text.strip())
        if match is None:
            raise SourceError(f"not a call: {text!r}")
        args: dict[str, Any] = {}
        rest = match[2]
        while rest.strip():
            argument = _ARGUMENT.match(rest)
            if argument is None:
                raise SourceError(f"not an argument: {rest!r}")
            args[argument[1]] = _literal(argument[2].strip())
            rest = rest[argument.end() :]
        calls.append({"id": number, "tool": match[1], "args": args})
    return read_plan(calls)


def _literal(text: str) -> Any:
    if text.startswith("["):
        return [item.strip().strip('"') for item in text[1:-1].split(",") if item.strip()]
    if text in ("true", "false"):
        return text == "true"
    if text == "{N}":
        return 0
    return int(text) if text.isdecimal() else text.strip('"')


def read_skeletons(path: Path) -> tuple[list[Source], list[str]]:
    """One file of the bank -> skeletons and faults."""
    good: list[Source] = []
    faults: list[str] = []
    nodes: tuple[PlanNode, ...] | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        where, line = f"{path.name}:{number}", line.strip()
        if not line or line.startswith("#"):
            continue
        try:
            if line.startswith("= "):
                nodes = None
                nodes = read_shape(line[2:])
            elif nodes is not None:
                text = _GLUED.sub(r"\1's", line)
                slots = [match[0] for match in SLOT.finditer(text)]
                if len(set(slots)) < len(slots):
                    raise SourceError("a slot stands twice")
                check_spans(text, nodes)
                good.append(Source(where, text, nodes, skeleton=True))
        except SourceError as error:
            faults.append(f"{where}: {error}")
    return good, faults


@dataclass(frozen=True, slots=True)
class Corpus:
    sources: tuple[Source, ...]
    faults: tuple[str, ...]


def load(folder: Path | None = None) -> Corpus:
    """Everything there is. A sentence that stands twice counts once, as first found; with two plans it is a fault."""
    folder = folder or data_folder()
    sources: dict[str, Source] = {}
    faults: list[str] = []

    def add(source: Source) -> None:
        key = normal(source.text)
        known = sources.setdefault(key, source)
        if known is not source and sorted(known.shape.split()) != sorted(source.shape.split()):
            faults.append(f"{source.where}: has another plan at {known.where}")

    for path in sorted((folder / "seeds").glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                try:
                    add(read_seed(line, f"{path.name}:{number}"))
                except SourceError as error:
                    faults.append(str(error))
    for path in sorted((folder / "skeletons").glob("*.txt")):
        good, bad = read_skeletons(path)
        faults += bad
        for source in good:
            add(source)
    return Corpus(tuple(sources.values()), tuple(faults))


def normal(text: str) -> str:
    """Words and slots only, in lower case: for comparing sentences."""
    return " ".join(re.findall(r"\{[a-z]+\d?\}|\w+", text.casefold()))

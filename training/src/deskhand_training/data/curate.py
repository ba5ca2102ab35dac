"""More seeds from a large model, the way of the TinyAgent paper: sampled tools, a few examples, sanity checks.

    python -m deskhand_training.data.curate --base-url http://127.0.0.1:8000/v1 --model NAME --count 1000 --out q.jsonl

The model is asked for sentences and plans over a sampled set of tools, and sees seeds that use them. What comes back
passes the checks that our own seeds pass (feasible DAG, known tools, right arguments, values that are spans of the
sentence) and is no repetition of a sentence that is there. The output is in the form of data/seeds.

CurateError
  ModelUnavailable
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx
from deskhand_contract.plan import PlanNode
from deskhand_contract.tools import TOOL_NAMES, get_tool

from .augment import split_of
from .lexicon import entries
from .load import Source, SourceError, Split, load, normal, read_seed

SYSTEM = """You write training data for a desktop assistant. A planner turns one sentence into a plan: calls to tools,
in which "$1" stands for the output of call 1. Every text value of a plan, dates included, is copied verbatim from the
sentence. A person who is named without an address is looked up first (get_email_address for mail and invitations,
get_phone_number for text messages), each once. A file is opened by its name first (open_and_get_file_path). Durations
are minutes. Arguments that the sentence does not determine are left out."""

LOOKUPS = ("get_phone_number", "get_email_address", "open_and_get_file_path")


class CurateError(RuntimeError):
    """Curation cannot go on."""


class ModelUnavailable(CurateError):
    """The endpoint did not answer, or not with a completion."""


@dataclass(slots=True)
class Tally:
    """What became of the model's lines."""

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter[str])


class ChatModel:
    """A chat completion endpoint in OpenAI's form."""

    def __init__(self, base_url: str, model: str, api_key: str = "", timeout_s: float = 120.0, tries: int = 3) -> None:
        headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx.Client(base_url=base_url.rstrip("/") + "/", headers=headers, timeout=timeout_s)
        self._model, self._tries = model, tries

    def __enter__(self) -> ChatModel:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def complete(self, system: str, user: str, temperature: float) -> str:
        """Raises ModelUnavailable after the last try."""
        body = {
            "model": self._model,
            "temperature": temperature,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
        }
        reason = ""
        for attempt in range(self._tries):
            if attempt:
                time.sleep(min(0.2 * 4**attempt, 10.0))
            try:
                response = self._client.post("chat/completions", json=body)
            except httpx.TransportError as error:
                reason = str(error)
                continue
            if response.status_code in (408, 409, 429) or response.status_code >= 500:
                reason = f"HTTP {response.status_code}"
                continue
            if response.is_error:
                raise ModelUnavailable(f"HTTP {response.status_code}: {response.text[:200]}")
            try:
                content = response.json()["choices"][0]["message"]["content"]
            except (ValueError, KeyError, IndexError, TypeError) as error:
                raise ModelUnavailable(f"no completion in {response.text[:200]!r}") from error
            return content or ""
        raise ModelUnavailable(f"no answer after {self._tries} tries: {reason}")


def sample_tools(rng: Random) -> tuple[str, ...]:
    """A set of tools that one sentence could need: one to three actions. Lookups come along by themselves."""
    actions = [name for name in TOOL_NAMES if name not in LOOKUPS]
    if rng.random() < 0.1:
        return tuple(rng.sample(LOOKUPS, rng.randint(1, 2)))
    return tuple(rng.sample(actions, rng.choice((1, 1, 2, 2, 3))))


def describe(tool: str) -> str:
    spec = get_tool(tool)
    arguments = ", ".join(a.name + ("" if a.required else "?") for a in spec.arguments)
    return f"{tool}({arguments}): {spec.description}"


def as_line(identity: str, text: str, nodes: Sequence[PlanNode]) -> str:
    """A seed as it stands in data/seeds."""
    plan = [{"id": node.id, "tool": node.tool, "args": node.wire_arguments()} for node in nodes]
    return json.dumps({"id": identity, "query": text, "plan": plan, "free": []}, ensure_ascii=False)


def prompt(rng: Random, tools: Sequence[str], examples: Sequence[Source], wanted: int) -> str:
    shown = "\n".join(as_line(f"e{n}", source.text, source.nodes) for n, source in enumerate(examples, 1))
    listed = "\n".join(describe(name) for name in dict.fromkeys((*LOOKUPS, *tools)))
    style = rng.choice(entries("styles"))
    return (
        f"Tools:\n{listed}\n\nExamples:\n{shown}\n\n"
        f"Write {wanted} new sentences whose plans use {', '.join(tools)} (and lookups as needed), {style}. "
        "Names, places, files and texts as in real life, all different from the examples. "
        "One JSON object a line, in the form of the examples, nothing else."
    )


def choose_examples(rng: Random, seeds: Sequence[Source], tools: Sequence[str], count: int = 4) -> list[Source]:
    """Seeds that share most tools with those asked for."""
    wanted = set(tools)
    scored = sorted(
        rng.sample(list(seeds), min(len(seeds), 400)), key=lambda s: -_overlap({node.tool for node in s.nodes}, wanted)
    )
    return scored[:count]


def _overlap(have: set[str], wanted: set[str]) -> float:
    return len((have - set(LOOKUPS)) & wanted) / max(1, len((have - set(LOOKUPS)) | wanted))


def candidate_lines(answer: str) -> Iterator[str]:
    """The JSON objects in an answer, whatever stands around them."""
    for line in answer.splitlines():
        match = re.search(r"\{.*\}", line)
        if match:
            yield match[0]


def curate(
    model: ChatModel,
    seeds: Sequence[Source],
    known: Iterable[str],
    count: int,
    rng: Random,
    tally: Tally,
    per_call: int = 8,
) -> Iterator[Source]:
    """Accepted seeds, `count` of them unless the model has nothing new to say for 20 calls. Raises ModelUnavailable."""
    seen = set(known)
    idle = 0
    while tally.accepted < count and idle < 20:
        tools = sample_tools(rng)
        answer = model.complete(
            SYSTEM, prompt(rng, tools, choose_examples(rng, seeds, tools), per_call), temperature=0.9
        )
        idle += 1
        for line in candidate_lines(answer):
            try:
                source = read_seed(line, "model")
                if not source.nodes:
                    raise SourceError("model: an empty plan was not asked for")
                if not set(tools) & {node.tool for node in source.nodes}:
                    raise SourceError("model: none of the tools asked for")
                if normal(source.text) in seen:
                    raise SourceError("model: a sentence that is there already")
            except SourceError as error:
                tally.refused[re.sub(r"'[^']*'|\"[^\"]*\"|\([^)]*\)|\d+", "…", str(error))] += 1
                continue
            seen.add(normal(source.text))
            tally.accepted += 1
            idle = 0
            yield source
            if tally.accepted >= count:
                return


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--api-key-variable", default="OPENAI_API_KEY", help="environment variable that holds the key")
    options = parser.parse_args(argv)
    sources = load().sources
    # examples come from the training split only: a held-out seed must not come back in other words
    seeds = [s for s in sources if not s.skeleton and s.nodes and split_of(s.text) is Split.TRAIN]
    tally = Tally()
    with (
        ChatModel(options.base_url, options.model, os.environ.get(options.api_key_variable, "")) as model,
        options.out.open("a", encoding="utf-8") as out,
    ):
        try:
            for source in curate(
                model, seeds, (normal(s.text) for s in sources), options.count, Random(options.seed), tally
            ):
                out.write(as_line(f"q{tally.accepted:05}", source.text, source.nodes) + "\n")
                out.flush()
        except CurateError as error:
            print(f"stopped: {error}", file=sys.stderr)
            return 1
        finally:
            summary = {"accepted": tally.accepted, "refused": dict(tally.refused.most_common())}
            print(json.dumps(summary, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

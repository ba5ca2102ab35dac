"""Table 1: what each kind of tool retrieval keeps and costs.

    python -m deskhand_training.evaluate.toolrag [--split test] [--planner ../models/planner] [--write]

For no retrieval, embedding top-3 and top-6 and the classifier: recall of the needed tools, sentences that keep all of
them, tools kept, tokens of the full LLMCompiler prompt; with --planner, the embedded planner's success with these
tools. --write keeps the table as MODEL/retrieval.json.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deskhand_planner.engines.embedded import EmbeddedModel
from tqdm import tqdm

from ..data.draft import Example
from ..provenance import stamp
from . import MODELS
from .examples import choose
from .metrics import judge
from .planner import plan
from .retrieval import Embeddings, Everything, PromptLength, Retriever, ToolRAG, TopK


def row(
    retriever: Retriever, examples: Sequence[Example], length: PromptLength, planner: EmbeddedModel | None
) -> dict[str, Any]:
    """One row of the table. Percentages are of needed tools (recall) and of sentences (the rest)."""
    needed = found = complete = kept = tokens = spared = empty = 0
    hits = {"dag": 0, "args": 0}
    seconds = 0.0
    for example in tqdm(examples, desc=retriever.name, leave=False, disable=None):
        began = time.perf_counter()
        tools = retriever.tools(example.sentence)
        seconds += time.perf_counter() - began
        gold = {node.tool for node in example.nodes}
        needed, found = needed + len(gold), found + len(gold & set(tools))
        complete, kept = complete + (gold <= set(tools)), kept + len(tools)
        tokens += length(example.sentence, tools)
        if planner is None:
            continue
        got = plan(planner, example.sentence, tools).plan.nodes
        if example.nodes:
            verdict = judge(example.nodes, got)
            hits["dag"], hits["args"] = hits["dag"] + verdict.dag, hits["args"] + verdict.args
        else:
            empty, spared = empty + 1, spared + (not got)
    count = len(examples)
    result: dict[str, Any] = {
        "retrieval": retriever.name,
        "recall": round(100 * found / max(1, needed), 2),
        "all_needed": round(100 * complete / count, 2),
        "tools_kept": round(kept / count, 2),
        "prompt_tokens": round(tokens / count),
        "ms": round(1000 * seconds / count, 1),
    }
    if planner is not None:
        result |= {name: round(100 * hit / max(1, count - empty), 2) for name, hit in hits.items()}
        result["left_alone"] = round(100 * spared / empty, 2) if empty else None
    return result


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=MODELS / "toolrag")
    parser.add_argument("--planner", type=Path, help="also measure this planner folder under each retrieval")
    parser.add_argument("--split", default="test", choices=("validation", "test"))
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seeds", type=int, help="embed so many training sentences only")
    parser.add_argument("--write", action="store_true", help="keep the table in the model folder")
    options = parser.parse_args(argv)
    examples = choose(options.split, options.limit)
    planner = EmbeddedModel(options.planner, threads=1) if options.planner else None
    embeddings, length = Embeddings(options.seeds), PromptLength()
    retrievers: list[Retriever] = [
        Everything(),
        TopK(embeddings, 3),
        TopK(embeddings, 6),
        ToolRAG(options.model),
        ToolRAG(options.model, 0.1),
    ]
    rows = [row(retriever, examples, length, planner) for retriever in retrievers]
    for line in rows:
        print(json.dumps(line))
    needed = sum(len({node.tool for node in e.nodes}) for e in examples) / len(examples)
    report = {
        "split": options.split,
        "sentences": len(examples),
        "tools_needed": round(needed, 2),
        "embedded": embeddings.sentences,
        "rows": rows,
        **stamp(),
    }
    if options.write:
        (options.model / "retrieval.json").write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

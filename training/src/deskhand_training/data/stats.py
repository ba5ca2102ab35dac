"""What the sampler gives, in numbers: `python -m deskhand_training.data.stats --count 20000 [--json FILE]`."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from deskhand_contract.compact import split_units
from deskhand_contract.plan import NodeRef

from .augment import Sampler, sketches, split_of
from .draft import Example
from .load import load


def describe(examples: Sequence[Example]) -> dict[str, Any]:
    """Shares and means over examples; a length in units is that of the compact form's pointers."""
    calls = Counter(len(example.nodes) for example in examples)
    tools = Counter(node.tool for example in examples for node in example.nodes)
    units = sorted(len(split_units(example.sentence)) for example in examples)
    tokens = sorted(len(example.ids) for example in examples)
    arguments = Counter(
        f"{node.tool}.{name}" for example in examples for node in example.nodes for name in node.arguments
    )
    lookups = Counter(
        sum(isinstance(item, NodeRef) for item in value)
        for example in examples
        for node in example.nodes
        for name, value in node.arguments.items()
        if name in ("recipients", "invitees", "meeting_invitees", "cc") and isinstance(value, tuple)
    )
    return {
        "examples": len(examples),
        "sources": _shares(Counter(example.source.split(":")[0] for example in examples)),
        "calls": _shares(calls),
        "tools": _shares(tools),
        "arguments": _shares(arguments),
        "looked_up_in_a_list": _shares(lookups),
        "lower_case": round(sum(e.sentence == e.sentence.lower() for e in examples) / len(examples), 3),
        "different_sentences": round(len({e.sentence for e in examples}) / len(examples), 3),
        "units": _quantiles(units),
        "tokens": _quantiles(tokens),
    }


def _shares(counts: Counter[Any]) -> dict[str, float]:
    total = sum(counts.values())
    return {
        str(name): round(count / total, 4) for name, count in sorted(counts.items(), key=lambda entry: str(entry[0]))
    }


def _quantiles(values: Sequence[int]) -> dict[str, float]:
    return {
        "mean": round(sum(values) / len(values), 1),
        **{f"p{q}": float(values[min(len(values) - 1, len(values) * q // 100)]) for q in (10, 50, 90, 99)},
        "max": float(values[-1]),
    }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    corpus = load()
    sampler = Sampler("train", options.seed)
    begun = time.perf_counter()
    examples = list(islice(sampler, options.count))
    report = {
        "corpus": {
            "seeds": sum(not source.skeleton for source in corpus.sources),
            "skeletons": sum(source.skeleton for source in corpus.sources),
            "shapes": len({source.shape for source in corpus.sources}),
            "faults": len(corpus.faults),
            "splits": dict(sorted(Counter(str(split_of(source.text)) for source, _ in sketches()).items())),
        },
        "examples_per_s": round(options.count / (time.perf_counter() - begun)),
        **describe(examples),
    }
    text = json.dumps(report, indent=2, ensure_ascii=False)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Check seeds and skeletons: `python -m deskhand_training.data.check [FOLDER]`. Exit status 1 when there are faults."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from .load import load


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    corpus = load(parser.parse_args(argv).folder)
    for title, group in (
        ("kind", Counter("skeleton" if s.skeleton else "seed" for s in corpus.sources)),
        ("file", Counter(s.where.split(":")[0] for s in corpus.sources)),
        ("calls", Counter(f"{len(s.nodes)} call(s)" for s in corpus.sources)),
        ("tool", Counter(node.tool for s in corpus.sources for node in s.nodes)),
    ):
        print(title)
        for name, count in sorted(group.items()):
            print(f"  {name:28} {count}")
    print(f"shapes: {len({s.shape for s in corpus.sources})}")
    for fault in corpus.faults:
        print(f"FAULT {fault}")
    print(f"{len(corpus.sources)} good, {len(corpus.faults)} faults")
    return 1 if corpus.faults else 0


if __name__ == "__main__":
    raise SystemExit(main())

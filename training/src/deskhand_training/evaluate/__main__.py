"""Measure the models that ship, and write docs/models.md: `python -m deskhand_training.evaluate [--limit N]`.

The planner and ToolRAG are measured on the test split. With --run, the folder that the planner was exported from, the
parity with torch and the table of quantisations are measured too; --plain adds a run without quantisation-aware
training to it. What is left out keeps its last figures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from .. import report
from . import DOCS, MODELS, parity, planner, quantisation, toolrag


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--docs", type=Path, default=DOCS)
    parser.add_argument("--run", type=Path)
    parser.add_argument("--plain", type=Path)
    parser.add_argument("--limit", type=int)
    options = parser.parse_args(argv)
    folder, classifier = str(options.models / "planner"), str(options.models / "toolrag")
    limit = ["--limit", str(options.limit)] if options.limit else []
    seeds = ["--seeds", str(20 * options.limit)] if options.limit else []  # embedding all of them takes minutes
    planner.main(["--model", folder, "--split", "test", "--write", *limit])
    toolrag.main(["--model", classifier, "--planner", folder, "--split", "test", "--write", *limit, *seeds])
    if options.run:
        count = ["--count", str(min(options.limit, 200))] if options.limit else []
        parity.main(["--run", str(options.run), "--model", folder, "--write", *count])
        plain = ["--plain", str(options.plain)] if options.plain else []
        quantisation.main(["--run", str(options.run), "--write", folder, *plain, *limit])
    return report.main(["--models", str(options.models), "--docs", str(options.docs)])


if __name__ == "__main__":
    sys.exit(main())

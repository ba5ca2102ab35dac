"""Write the training data down: `python -m deskhand_training.data.build --out data-80k [--train 80000 --held 1000]`.

OUT/train.jsonl, validation.jsonl and test.jsonl are augmented examples in the form of data/seeds, each with the source
that it was made from; OUT/build.json, written last, has their counts and SHA-256. The split is decided by the source,
so no copy of a held-out seed or skeleton is in train.jsonl, and a sentence stands once in all three. The same seed and
data give the same bytes. The trainers draw from the same sampler without this step: it is for other programs, and for
looking.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..provenance import commit
from .augment import Sampler, fingerprint
from .load import Split, normal


def build(out: Path, counts: dict[Split, int], seed: int) -> dict[str, Any]:
    """Writes the files and returns what build.json says. Held-out splits go first: they keep their sentences."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "build.json").unlink(missing_ok=True)
    seen: set[str] = set()
    files: dict[str, Any] = {}
    for split in (Split.TEST, Split.VALIDATION, Split.TRAIN):
        path, digest = out / f"{split}.jsonl", hashlib.sha256()
        sampler, written = Sampler(split, seed), 0
        with path.open("wb") as file, tqdm(total=counts[split], desc=str(split), disable=None, leave=False) as bar:
            while written < counts[split]:
                example = sampler.sample()
                key = normal(example.sentence)
                if key in seen:
                    continue
                seen.add(key)
                plan = [{"id": n.id, "tool": n.tool, "args": n.wire_arguments()} for n in example.nodes]
                row = {"id": f"{split}-{written:06}", "query": example.sentence, "plan": plan, "source": example.source}
                line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
                file.write(line)
                digest.update(line)
                written += 1
                bar.update()
        files[path.name] = {"examples": written, "sha256": digest.hexdigest()}
    record = {"files": files, "seed": seed, "data": fingerprint(), "commit": commit()}
    (out / "build.json").write_text(json.dumps(record, indent=1) + "\n")
    return record


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--train", type=int, default=80_000)
    parser.add_argument("--held", type=int, default=1_000, help="examples of validation and of test")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    counts = {Split.TRAIN: options.train, Split.VALIDATION: options.held, Split.TEST: options.held}
    print(json.dumps(build(options.out, counts, options.seed), indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

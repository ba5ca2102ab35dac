"""The sampler: an endless, seeded stream of training examples, and the plain held-out ones.

    sampler = Sampler("train", seed=0)
    example = sampler.sample()      # Example(sentence, nodes, ids, source)
    heldout("validation")           # list of examples, not augmented

A stable hash of a seed's or skeleton's text decides its split, so that no copy of a held-out sentence is trained on.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from deskhand_contract.errors import ContractError

from .compose import begins_plainly, join
from .draft import LOUD, SYMBOLS, Draft, Example, fill, original, to_example
from .fill import Pools, Style, set_kinds
from .filler import Filler
from .load import Source, SourceError, Split, data_folder, load, normal
from .noise import roughen
from .sketch import Hole, Sketch, canonical
from .template import compile_source

HELD_OUT_PERCENT = 3
SHARES = {"seed": 0.37, "skeleton": 0.26, "compose": 0.25, "none": 0.12}
_SIZES = {2: 0.08, 3: 0.18, 4: 0.24, 5: 0.22, 6: 0.14, 7: 0.07, 8: 0.04, 9: 0.03}


def split_of(text: str) -> Split:
    """About 94 % train, 3 % validation, 3 % test."""
    number = int.from_bytes(hashlib.sha256(normal(text).encode()).digest()[:8], "big") % 100
    if number < HELD_OUT_PERCENT:
        return Split.VALIDATION
    return Split.TEST if number < 2 * HELD_OUT_PERCENT else Split.TRAIN


def sketches(folder: Path | None = None) -> tuple[tuple[Source, Sketch], ...]:
    """Every source that can be taken apart, with its sketch. Read once a process."""
    return _sketches(folder or data_folder())


def fingerprint(folder: Path | None = None) -> str:
    """First 16 hex digits of the SHA-256 over every data file's name and bytes: what an artefact was trained on."""
    digest = hashlib.sha256()
    base = folder or data_folder()
    for path in sorted(p for p in base.rglob("*") if p.is_file()):
        digest.update(str(path.relative_to(base)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=2)
def _sketches(folder: Path) -> tuple[tuple[Source, Sketch], ...]:
    found: list[tuple[Source, Sketch]] = []
    for source in load(folder).sources:
        try:
            sketch = compile_source(source)
        except SourceError:
            continue
        sketch.calls = canonical(sketch.calls)
        set_kinds(sketch)
        found.append((source, sketch))
    return tuple(found)


class Sampler:
    """Examples of one split. Two samplers with the same seed give the same stream."""

    def __init__(self, split: str = "train", seed: int = 0, folder: Path | None = None) -> None:
        self._rng = Random(f"{split}/{seed}")
        chosen = [(source, sketch) for source, sketch in sketches(folder) if split_of(source.text) == split]
        train = [
            sketch
            for source, sketch in sketches(folder)
            if split_of(source.text) is Split.TRAIN and not source.skeleton
        ]
        self._filler = Filler(Pools(train))
        self._seeds = [s for source, s in chosen if not source.skeleton and s.calls]
        self._skeletons = [s for source, s in chosen if source.skeleton and s.calls]
        self._seed_weights = list(itertools.accumulate(math.sqrt(len(s.calls)) for s in self._seeds))
        """Long plans go wrong more often than short ones, so they are drawn more often."""
        self._none = [s for _, s in chosen if not s.calls]
        shapes: dict[str, list[Sketch]] = defaultdict(list)
        for source, sketch in chosen:
            if source.skeleton and sketch.calls:
                shapes[str(sketch.calls)].append(sketch)
        self._shapes = list(shapes.values())
        self._by_size: dict[int, list[Sketch]] = defaultdict(list)
        for sketch in self._seeds + self._skeletons:
            self._by_size[min(len(sketch.calls), 4)].append(sketch)
        self.fingerprint = fingerprint(folder)
        self._makers = {
            "seed": self._seed,
            "skeleton": self._skeleton,
            "compose": self._compose,
            "none": self._out_of_scope,
        }

    def __iter__(self) -> Iterator[Example]:
        while True:
            yield self.sample()

    def state(self) -> object:
        """The place in the stream, for `restore`."""
        return self._rng.getstate()

    def restore(self, state: Any) -> None:
        self._rng.setstate(state)

    def sample(self) -> Example:
        while True:
            kind = self._rng.choices(tuple(SHARES), tuple(SHARES.values()))[0]
            try:
                return self._makers[kind]()
            except (SourceError, ContractError):
                continue  # too long, or a value that ends inside a word: another draw

    # ---- one sketch ----

    def _style(self, sketch: Sketch) -> tuple[Style, bool]:
        """How the sentence is given, and whether it is typed with care."""
        carrier = "".join(piece for piece in sketch.pieces if isinstance(piece, str))
        dictatable = not SYMBOLS.search(carrier)
        x = self._rng.random()
        if sketch.skeleton:
            return (Style(spoken=True), False) if dictatable and x < 0.36 else (Style(), x < 0.74)
        if sketch.lower:
            return (Style(spoken=True), False) if dictatable and x < 0.6 else (Style(), False)
        return (Style(spoken=True), False) if dictatable and x < 0.12 else (Style(), x < 0.86)

    def _draft(self, sketch: Sketch, style: Style, roomy_end: bool = True) -> Draft:
        keep = 1.0 if self._rng.random() < 0.07 else 0.1
        draft = fill(sketch, self._filler, self._rng, style, keep, roomy_end)
        if style.spoken:
            _hush(draft)
        return draft

    def _one(self, sketch: Sketch, source: str) -> Example:
        style, proper = self._style(sketch)
        draft = self._draft(sketch, style)
        roughen(self._rng, draft, self._filler, proper)
        return to_example(draft, f"{source}:{sketch.where}")

    def _seed(self) -> Example:
        return self._one(self._rng.choices(self._seeds, cum_weights=self._seed_weights)[0], "seed")

    def _skeleton(self) -> Example:
        bank = self._rng.choice(self._shapes) if self._rng.random() < 0.5 else self._skeletons
        return self._one(self._rng.choice(bank), "skeleton")

    def _out_of_scope(self) -> Example:
        return self._one(self._rng.choice(self._none), "none")

    # ---- several ----

    def _compose(self) -> Example:
        rng = self._rng
        target = rng.choices(tuple(_SIZES), tuple(_SIZES.values()))[0]
        spoken = rng.random() < 0.3
        chosen: list[Sketch] = []
        total = 0
        while total < target and len(chosen) < 4:
            room = min(target - total, 4)
            size = rng.choice([n for n in self._by_size if n <= room] or [1])
            sketch = rng.choice(self._by_size[size])
            if total + len(sketch.calls) > target or not _composable(sketch, spoken):
                continue
            chosen.append(sketch)
            total += len(sketch.calls)
        if len(chosen) < 2:
            return self._compose()
        drafts = [self._draft(sketch, Style(spoken), roomy_end=n == len(chosen) - 1) for n, sketch in enumerate(chosen)]
        for earlier, later in itertools.pairwise(drafts):
            if spoken and earlier.ends_open() and not begins_plainly(later):
                return self._compose()
        draft = join(rng, drafts)
        roughen(rng, draft, self._filler, proper=rng.random() < 0.6, level=0.7)
        return to_example(draft, f"compose:{draft.where}")


def _composable(sketch: Sketch, spoken: bool) -> bool:
    carrier = "".join(piece for piece in sketch.pieces if isinstance(piece, str))
    return not (spoken and SYMBOLS.search(carrier)) and "\n" not in carrier and len(carrier) < 130


def _hush(draft: Draft) -> None:
    """Take the punctuation out of a carrier that is dictated."""

    def change(text: str) -> str:
        text = LOUD.sub("", text.replace(" - ", " ").replace("—", " ").replace("–", " "))
        return (
            " ".join(("", *text.split(), ""))[0 if text[:1] == " " else 1 : None if text[-1:] == " " else -1]
            if text.strip()
            else " "
        )

    draft.map_carrier(change)
    pieces = draft.pieces
    for n, piece in enumerate(pieces[:-1]):
        if isinstance(piece, Hole) and isinstance(pieces[n + 1], Hole):
            raise SourceError("two values run into each other")
        if isinstance(piece, str) and not piece.endswith((" ", "'")) and isinstance(pieces[n + 1], Hole):
            pieces[n] = piece + " "


def heldout(split: str, folder: Path | None = None) -> list[Example]:
    """Held-out examples without noise: seeds as written, skeletons filled once, always the same way."""
    found: list[Example] = []
    filler = Sampler(split, folder=folder)._filler
    for source, sketch in sketches(folder):
        if split_of(source.text) != split:
            continue
        try:
            if source.skeleton:
                rng = Random(source.text)
                draft = fill(sketch, filler, rng, Style(), keep=0.0)
            else:
                draft = original(sketch)
            found.append(to_example(draft, source.where))
        except (SourceError, ContractError):
            continue
    return found

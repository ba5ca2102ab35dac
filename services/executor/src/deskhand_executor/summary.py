"""Extractive summaries: LexRank (Erkan and Radev, 2004) over the sentences of a text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .folding import fold
from .sentences import split_sentences

MIN_SENTENCES, MAX_SENTENCES = 3, 5
MAX_RANKED = 1000
"""Sentences that are compared, which costs their square."""
DAMPING = 0.85
POWER_STEPS = 50
TOLERANCE = 1e-6
SAME_COSINE = 0.6
"""Two sentences as alike as this say the same."""
LEAD_BONUS = 0.5
"""How much more the first sentence is a place to begin than the last."""
MIN_WORDS, MAX_WORDS = 5, 60
_SALUTATION = re.compile(
    r"(?:dear|hello|hi|sehr geehrte|lieber?|cher|chère|estimad[oa]|yours|sincerely|kind regards)\b", re.IGNORECASE
)


def summarise(paragraphs: Sequence[str]) -> list[str]:
    """The three to five sentences that the text turns on, in reading order; all of them when there are no more."""
    sentences = [s for paragraph in paragraphs for s in split_sentences(paragraph) if _is_prose(s)][:MAX_RANKED]
    wanted = MIN_SENTENCES + (len(sentences) >= 12) + (len(sentences) >= 30)
    if len(sentences) <= MIN_SENTENCES:
        return sentences or [text for text in paragraphs if text.strip()][:MIN_SENTENCES]
    cosines = _cosines(sentences)
    scores = _rank(cosines)
    chosen: list[int] = []
    for position in np.argsort(-scores, kind="stable"):
        if all(cosines[position, other] < SAME_COSINE for other in chosen):
            chosen.append(int(position))
        if len(chosen) == min(wanted, MAX_SENTENCES):
            break
    return [sentences[position] for position in sorted(chosen)]


def _is_prose(sentence: str) -> bool:
    """No heading, no line of a table, no greeting."""
    words = sentence.split()
    letters = sum(character.isalpha() for character in sentence)
    dense = len(words) <= 2 and len(sentence) > 15  # a script without spaces
    return (
        (MIN_WORDS <= len(words) <= MAX_WORDS or dense)
        and letters >= 0.55 * len(sentence.replace(" ", ""))
        and sentence.rstrip("\"'”’)]").endswith((".", "!", "?", "…", "。", "！", "？"))
        and not _SALUTATION.match(sentence)
    )


def _cosines(sentences: Sequence[str]) -> NDArray[np.float64]:
    """tf-idf cosine of every pair: float64 (n, n), ones on the diagonal where a sentence has words."""
    counts = [Counter(fold(sentence).split()) for sentence in sentences]
    frequency = Counter(word for words in counts for word in words)
    column = {word: number for number, word in enumerate(frequency)}
    vectors = np.zeros((len(sentences), max(len(column), 1)))
    for row, words in enumerate(counts):
        for word, count in words.items():
            vectors[row, column[word]] = count * np.log(1 + len(sentences) / frequency[word])
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(norms == 0, 1, norms)
    return vectors @ vectors.T


def _rank(cosines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Continuous LexRank: float64 (n,), the stationary distribution of a walk over similar sentences, which starts
    again rather near the beginning of the text."""
    count = len(cosines)
    walk = cosines / np.maximum(cosines.sum(axis=1, keepdims=True), 1e-12)
    restart = 1 + LEAD_BONUS * (1 - np.arange(count) / count)
    restart /= restart.sum()
    scores = restart.copy()
    for _ in range(POWER_STEPS):
        following = (1 - DAMPING) * restart + DAMPING * (walk.T @ scores)
        if np.abs(following - scores).sum() < TOLERANCE:
            return following
        scores = following
    return scores

"""Extractive summaries: LexRank (Erkan and Radev, 2004) over the sentences of a text.

Written here, on numpy: the libraries that have it bring nltk and its data to download, and none lets the walk begin
where authors say what they have to say, at the beginning, in the abstract and in the conclusions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .folding import fold
from .languages import COMMON, guess_language
from .passages import CLOSING, Passage, passages

MIN_SENTENCES, MAX_SENTENCES = 3, 5
"""Points are short: of them it is the most."""
MAX_RANKED = 1000
"""Sentences that are compared, which costs their square."""
DAMPING = 0.75
POWER_STEPS = 50
TOLERANCE = 1e-6
SAME_COSINE = 0.5
"""Two sentences as alike as this say the same."""
LEAD_SENTENCES = 25
"""Over so many sentences the bonus of the beginning halves."""
LEAD_BONUS = 3.0
TELLING_BONUS = 8.0
"""Of the abstract and the conclusions, over other sentences as a place to begin."""
LEANING_SHARE = 0.6
"""What a sentence keeps of its score when it leans on the one before it, points at a figure, or asks."""
FIGURE_BONUS = 1.25
"""Amounts, dates and deadlines are what people look for in a letter."""
SETTLING_BONUS = 2.5
"""Of the points that say what was decided, who does what by when, and what is to be paid."""
SHORT_TEXT = 30
"""Sentences up to which a text is a letter rather than a paper."""
GOOD_WORDS = 40
"""What is longer loses score by its length."""
_LEANING = re.compile(
    r"(?:however|thus|therefore|hence|moreover|furthermore|then|second|third|finally|similarly|also|but|and|so|it|they"
    r"|this|these|those|such|he|she|for example|for instance|in addition|note that|see|here"
    r"|jedoch|daher|deshalb|außerdem|dies|diese[rsmn]?|dabei|hierbei|dann|zum beispiel|ferner"
    r"|cependant|donc|ainsi|de plus|cela|ceci|elle|ils|par exemple|sin embargo|además|por lo tanto|esto|por ejemplo)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:fig(?:ure)?|tab(?:le)?|section|equations?|eq|chapter|abb(?:ildung)?|tabelle|abschnitt|kapitel|tableau|figura)"
    r"\b\.?\s*\(?\d|\b(?:above|below|following|siehe|voir)\b",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"(?:thank you|thanks|many thanks|i hope|we hope|please find|if you have any|vielen dank|danke|anbei|wir freuen uns"
    r"|merci|je vous remercie|nous vous remercions|gracias|le agradecemos|grazie|obrigad[oa])\b",
    re.IGNORECASE,
)
_SETTLES = re.compile(
    r"\b(?:decisions?|decided|agreed|resolved|actions?|to.?do|deadline|due|total|amount due|balance|by when"
    r"|beschluss|beschlossen|aufgaben?|frist|fällig|gesamt(?:betrag|summe)?|zu zahlen|rechnungsbetrag"
    r"|décisions?|décidé|échéance|montant|à payer|decisi[oó]n(?:es)?|acordado|vencimiento|importe total|a pagar"
    r"|decision[ei]|scadenza|totale|besluit|totaal)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*\b(?!\))")


def summarise(paragraphs: Sequence[str]) -> list[Passage]:
    """The three to five passages that the text turns on, in reading order; all of them when there are no more."""
    language = guess_language("\n".join(paragraphs))
    found = passages(paragraphs, language)[:MAX_RANKED]
    texts = [passage.text for passage in found]
    long = len(found) >= 30 or any(passage.point for passage in found)
    wanted = MAX_SENTENCES if long else MIN_SENTENCES + (len(found) >= 8)
    if len(found) <= MIN_SENTENCES:
        return found or [Passage(text) for text in paragraphs if text.strip()][:MIN_SENTENCES]
    cosines = _cosines(texts, COMMON.get(language, frozenset()))
    scores = _rank(cosines, _restart(found)) * np.array([_standing(passage) for passage in found])
    if len(found) < SHORT_TEXT:
        scores *= np.array([FIGURE_BONUS if _FIGURE.search(text) else 1.0 for text in texts])
    chosen: list[int] = []
    for position in np.argsort(-scores, kind="stable"):
        if all(cosines[position, other] < SAME_COSINE for other in chosen):
            chosen.append(int(position))
        if len(chosen) == wanted:
            break
    return [found[position] for position in sorted(chosen)]


def laid_out(summary: Sequence[Passage]) -> str:
    """Sentences as a paragraph; where there are points among them, all on lines of their own."""
    if any(passage.point for passage in summary):
        return "\n".join(f"- {passage.text}" for passage in summary)
    return " ".join(passage.text for passage in summary)


def _standing(passage: Passage) -> float:
    """How much a passage says where it stands alone: about 1, less where it leans on others, more where it is what a
    list was written for."""
    text = passage.text
    share = LEANING_SHARE if _LEANING.match(text) else 1.0
    if _POLITE.match(text):
        share *= LEANING_SHARE**2
    if _POINTING.search(text) or text.rstrip(CLOSING).endswith(("?", "？")):
        share *= LEANING_SHARE
    if passage.point and _SETTLES.search(text):
        share *= SETTLING_BONUS
    return share * min(1.0, GOOD_WORDS / max(len(text.split()), 1))


def _cosines(sentences: Sequence[str], common: frozenset[str]) -> NDArray[np.float64]:
    """tf-idf cosine of every pair: float64 (n, n), ones on the diagonal where a sentence has words that tell."""
    folded = frozenset(fold(word) for word in common)
    counts = [Counter(term for term in _terms(sentence) if term not in folded) for sentence in sentences]
    frequency = Counter(word for words in counts for word in words)
    column = {word: number for number, word in enumerate(frequency)}
    vectors = np.zeros((len(sentences), max(len(column), 1)), dtype=np.float32)
    for row, words in enumerate(counts):
        for word, count in words.items():
            vectors[row, column[word]] = count * np.log(1 + len(sentences) / frequency[word])
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(norms == 0, 1, norms)
    return (vectors @ vectors.T).astype(np.float64)


def _terms(sentence: str) -> list[str]:
    """Folded words; of a script without spaces, pairs of characters."""
    words = fold(sentence).split()
    if len(words) > 2 or len(sentence) <= 15:
        return words
    dense = "".join(words)
    return [dense[start : start + 2] for start in range(len(dense) - 1)]


def _restart(found: Sequence[Passage]) -> NDArray[np.float64]:
    """Where the walk begins again: float64 (n,), a distribution."""
    places = np.arange(len(found))
    weights = 1 + LEAD_BONUS * 0.5 ** (places / LEAD_SENTENCES)
    telling = np.array([passage.telling for passage in found])
    weights += TELLING_BONUS * telling
    if telling.any():
        weights[telling.argmax()] += TELLING_BONUS  # the abstract begins with what it is about
    return weights / weights.sum()


def _rank(cosines: NDArray[np.float64], restart: NDArray[np.float64]) -> NDArray[np.float64]:
    """Continuous LexRank: float64 (n,), the stationary distribution of a walk over similar sentences."""
    walk = cosines / np.maximum(cosines.sum(axis=1, keepdims=True), 1e-12)
    scores = restart.copy()
    for _ in range(POWER_STEPS):
        following = (1 - DAMPING) * restart + DAMPING * (walk.T @ scores)
        if np.abs(following - scores).sum() < TOLERANCE:
            return following
        scores = following
    return scores

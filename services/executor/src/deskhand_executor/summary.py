"""Extractive summaries: LexRank (Erkan and Radev, 2004) over the sentences of a text.

Written here, on numpy: the libraries that have it bring nltk and its data to download, and none lets the walk begin
where authors say what they have to say, at the beginning, in the abstract and in the conclusions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .folding import fold
from .languages import COMMON, guess_language
from .sentences import split_sentences

MIN_SENTENCES, MAX_SENTENCES = 3, 5
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
MIN_WORDS, MAX_WORDS = 5, 60
MIN_COMMON = 2
"""A sentence has some of the commonest words, a list of names has none."""
FIGURE_BONUS = 1.25
"""Amounts, dates and deadlines are what people look for in a letter."""
SHORT_TEXT = 30
"""Sentences up to which a text is a letter rather than a paper."""
GOOD_WORDS = 40
"""What is longer loses score by its length."""
_SALUTATION = re.compile(
    r"(?:dear|hello|hi|sehr geehrte[rs]?|lieber?|cher|chère|madame|monsieur|estimad[oa]s?|yours|sincerely|kind regards"
    r"|best regards|mit freundlichen|je vous prie|atentamente)\b",
    re.IGNORECASE,
)
TELLING_HEADING = re.compile(
    r"(?:[\dIVX]+(?:\.\d+)*\.?\s+)?(?:abstract|(?:executive )?summary|zusammenfassung|fazit|kurzfassung|résumé|resumen"
    r"|conclusions?|concluding remarks|conclusion et perspectives|conclusiones|conclusioni|schlussfolgerung(?:en)?"
    r"|摘要|结论)\.?",
    re.IGNORECASE,
)
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
_FIGURE = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*\b(?!\))")
_MATHS = re.compile(r"[=<>±≤≥∑∏∫√∂∈∀∃∼≈→⊤Α-Ωα-ω\\|^{}]")
_ENDS = (".", "!", "?", "…", "。", "！", "？", "।", "؟")
_DENSE = frozenset({"zh", "ja", "th"})
"""Languages that put no spaces between words."""
_OPENING = "\"'“‘„«([¿¡"
_CLOSING = "\"'”’)]»"


def summarise(paragraphs: Sequence[str]) -> list[str]:
    """The three to five sentences that the text turns on, in reading order; all of them when there are no more."""
    language = guess_language("\n".join(paragraphs))
    sentences = list(_sentences(paragraphs, language))[:MAX_RANKED]
    texts = [sentence.text for sentence in sentences]
    wanted = MIN_SENTENCES + (len(sentences) >= 8) + (len(sentences) >= 30)
    if len(sentences) <= MIN_SENTENCES:
        return texts or [text for text in paragraphs if text.strip()][:MIN_SENTENCES]
    cosines = _cosines(texts, COMMON.get(language, frozenset()))
    scores = _rank(cosines, _restart(sentences)) * np.array([_standing(text) for text in texts])
    if len(sentences) < SHORT_TEXT:
        scores *= np.array([FIGURE_BONUS if _FIGURE.search(text) else 1.0 for text in texts])
    chosen: list[int] = []
    for position in np.argsort(-scores, kind="stable"):
        if all(cosines[position, other] < SAME_COSINE for other in chosen):
            chosen.append(int(position))
        if len(chosen) == min(wanted, MAX_SENTENCES):
            break
    return [texts[position] for position in sorted(chosen)]


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    telling: bool
    """Whether it stands under "Abstract" or "Conclusions"."""


def _sentences(paragraphs: Sequence[str], language: str) -> Iterator[_Sentence]:
    telling = False
    for paragraph in paragraphs:
        if not paragraph.rstrip(_CLOSING).endswith(_ENDS):  # a heading, perhaps
            telling = bool(TELLING_HEADING.fullmatch(paragraph.strip()))
        for sentence in split_sentences(paragraph, language):
            if _is_prose(sentence, language):
                yield _Sentence(sentence, telling)


def _is_prose(sentence: str, language: str) -> bool:
    """No heading, no line of a table, no formula, no second half of a sentence, no greeting."""
    words = sentence.split()
    letters = sum(character.isalpha() for character in sentence)
    dense = language in _DENSE and len(sentence) >= 2 * MIN_WORDS
    single = sum(len(word) == 1 and not word.isdigit() and word not in "aIAàéyoeiuwz&–—-" for word in words)
    common = COMMON.get(language)
    said = common is None or sum(word.strip(",;").casefold() in common for word in words) >= MIN_COMMON
    return (
        said
        and (MIN_WORDS <= len(words) <= MAX_WORDS or dense)
        and letters >= 0.65 * len(sentence.replace(" ", ""))
        and sentence.rstrip(_CLOSING).endswith(_ENDS)
        and (sentence[0].isalnum() or sentence[0] in _OPENING)
        and not sentence[0].islower()
        and len(_MATHS.findall(sentence)) < 3
        and single <= 0.15 * len(words)
        and not _SALUTATION.match(sentence)
    )


def _standing(sentence: str) -> float:
    """How much a sentence says where it stands alone: about 1, less where it leans on others."""
    share = LEANING_SHARE if _LEANING.match(sentence) else 1.0
    if _POLITE.match(sentence):
        share *= LEANING_SHARE**2
    if _POINTING.search(sentence) or sentence.rstrip(_CLOSING).endswith(("?", "？")):
        share *= LEANING_SHARE
    return share * min(1.0, GOOD_WORDS / max(len(sentence.split()), 1))


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


def _restart(sentences: Sequence[_Sentence]) -> NDArray[np.float64]:
    """Where the walk begins again: float64 (n,), a distribution."""
    places = np.arange(len(sentences))
    weights = 1 + LEAD_BONUS * 0.5 ** (places / LEAD_SENTENCES)
    telling = np.array([sentence.telling for sentence in sentences])
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

"""What a summary may be made of: sentences of running text, questions with the beginning of their answers, and the
points of lists, forms and tables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .languages import COMMON
from .sentences import split_sentences

MIN_WORDS, MAX_WORDS = 5, 60
MIN_COMMON = 2
"""A sentence has some of the commonest words, a list of names has none."""
MIN_POINT_WORDS, MAX_POINT_WORDS = 4, 40
"""A line of fewer words, and without a label, is a heading."""
MIN_QUESTIONS = 3
"""Answered questions from which on a text is a list of them."""
QUESTION_SHARE = 0.25
"""Of the paragraphs: answers have several."""
CELL_MARK = " | "
"""Between the cells of a table's row."""
TELLING_HEADING = re.compile(
    r"(?:[\dIVX]+(?:\.\d+)*\.?\s+)?(?:abstract|(?:executive )?summary|zusammenfassung|fazit|kurzfassung|résumé|resumen"
    r"|conclusions?|concluding remarks|conclusion et perspectives|conclusiones|conclusioni|schlussfolgerung(?:en)?"
    r"|摘要|结论)\.?",
    re.IGNORECASE,
)
LABEL = re.compile(r"[^\W\d_][^:.!?|]{1,40}:(?=\s)")
""" "Due date:", as forms and minutes have it."""
_SALUTATION = re.compile(
    r"(?:dear|hello|hi|sehr geehrte[rs]?|lieber?|cher|chère|madame|monsieur|estimad[oa]s?|yours|sincerely|kind regards"
    r"|best regards|mit freundlichen|je vous prie|atentamente)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\A(?:\d{1,2}(?:\.\d{1,2})*[.)]|\(?[a-z]\)|\d{1,2}\.\d{1,2})\s+")
_QUESTION_OR_ANSWER = re.compile(
    r"\A(?:q|question|frage|f|a|answer|antwort|réponse|r)\s?\d{0,2}\s?[:)]\s+", re.IGNORECASE
)
_MATHS = re.compile(r"[=<>±≤≥∑∏∫√∂∈∀∃∼≈→⊤Α-Ωα-ω\\|^{}]")
_ENDS = (".", "!", "?", "…", "。", "！", "？", "।", "؟")
_ASKS = ("?", "？", "؟")
_DENSE = frozenset({"zh", "ja", "th"})
"""Languages that put no spaces between words."""
_OPENING = "\"'“‘„«([¿¡"
CLOSING = "\"'”’)]»"


@dataclass(frozen=True, slots=True)
class Passage:
    text: str
    telling: bool = False
    """Whether it stands under "Abstract" or "Conclusions"."""
    point: bool = False
    """Whether it is a point of a list or an answered question, and stands on a line of its own."""


def passages(paragraphs: Sequence[str], language: str) -> list[Passage]:
    """In reading order. Points only where they say more than the running text does: the headings of a paper and the
    address of a letter are none."""
    answered = list(_answered(paragraphs, language))
    if len(answered) >= MIN_QUESTIONS and len(answered) >= QUESTION_SHARE * sum(map(_is_whole, paragraphs)):
        return answered
    found = list(_sentences_and_points(paragraphs, language))
    listed = sum(len(passage.text.split()) for passage in found if passage.point)
    said = sum(len(passage.text.split()) for passage in found if not passage.point)
    return found if listed > said else [passage for passage in found if not passage.point]


def _sentences_and_points(paragraphs: Sequence[str], language: str) -> Iterator[Passage]:
    telling = False
    for paragraph in paragraphs:
        if not _is_whole(paragraph):  # a heading, perhaps
            telling = bool(TELLING_HEADING.fullmatch(paragraph.strip()))
            point = _NUMBER.sub("", paragraph.strip(), count=1)
            if _is_point(point):
                yield Passage(point, telling, point=True)
        for sentence in split_sentences(paragraph, language):
            if _is_prose(sentence, language):
                yield Passage(sentence, telling)


def _answered(paragraphs: Sequence[str], language: str) -> Iterator[Passage]:
    """Each question that begins a paragraph, with the first sentence of what follows it there or in the next one; with
    the second too where the first is a bare "Yes."."""
    taken = [split_sentences(_unlabelled(paragraph), language) for paragraph in paragraphs]
    for number, sentences in enumerate(taken):
        asked = list(itertools.takewhile(lambda sentence: sentence.endswith(_ASKS), sentences))
        following = taken[number + 1] if number + 1 < len(taken) else []
        answer = sentences[len(asked) :] or [*following]
        if not asked or not answer or answer[0].endswith(_ASKS):
            continue
        answer[0] = _unlabelled(answer[0])
        bare = len(answer[0].split()) < MIN_WORDS and language not in _DENSE
        yield Passage(" ".join([*asked, *answer[: 2 if bare else 1]]), point=True)


def _unlabelled(paragraph: str) -> str:
    """ "Q: May I?", "3. May I?" -> "May I?"."""
    return _QUESTION_OR_ANSWER.sub("", _NUMBER.sub("", paragraph.strip(), count=1), count=1)


def _is_whole(paragraph: str) -> bool:
    return paragraph.rstrip(CLOSING).endswith(_ENDS)


def _is_point(text: str) -> bool:
    """No heading, no row of a table, no line that goes on elsewhere, no greeting."""
    words = text.split()
    letters = sum(character.isalpha() for character in text)
    return (
        (MIN_POINT_WORDS <= len(words) <= MAX_POINT_WORDS or (len(words) > 1 and bool(LABEL.match(text))))
        and CELL_MARK not in text
        and 2 * letters >= len(text.replace(" ", ""))
        and not text.endswith((":", ",", "-"))
        and len(_MATHS.findall(text)) < 2
        and not _SALUTATION.match(text)
    )


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
        and sentence.rstrip(CLOSING).endswith(_ENDS)
        and (sentence[0].isalnum() or sentence[0] in _OPENING)
        and not sentence[0].islower()
        and len(_MATHS.findall(sentence)) < 3
        and single <= 0.15 * len(words)
        and not _SALUTATION.match(sentence)
    )

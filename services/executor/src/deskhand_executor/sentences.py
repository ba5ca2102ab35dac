"""Running text -> sentences. sentencex knows the abbreviations and full stops of many languages; what it splits too
often is put together again."""

from __future__ import annotations

import re

from sentencex import segment  # pyright: ignore[reportAttributeAccessIssue] - compiled, without stubs

_ORDINALS = frozenset({"de", "pl", "da", "no", "fi", "cs", "hu", "sk", "sl", "hr"})
"""Languages that write "on the 3rd" with a full stop."""
_ORDINAL = re.compile(r"(?<!\w)\d{1,2}\.$")
_ABBREVIATED = re.compile(
    r"(?:^|[\s(])(?:approx|incl|excl|inkl|exkl|gem|fa|zzgl|ggf|evtl|env|resp|pág|dra|mme|(?-i:[A-ZÀ-Þ]))\.$",
    re.IGNORECASE,
)


def split_sentences(text: str, language: str = "en") -> list[str]:
    """ "Dr. Rao agreed. We signed on 3 March." -> two sentences: abbreviations and initials end none. `language` is an
    ISO 639-1 code."""
    sentences: list[str] = []
    for piece in (found.strip() for found in segment(language, text)):
        if sentences and _goes_on(sentences[-1], language):
            sentences[-1] += f" {piece}"
        elif piece:
            sentences.append(piece)
    return sentences


def _goes_on(sentence: str, language: str) -> bool:
    return bool(_ABBREVIATED.search(sentence) or (language in _ORDINALS and _ORDINAL.search(sentence)))

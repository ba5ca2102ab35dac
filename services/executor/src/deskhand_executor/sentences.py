"""Running text -> sentences."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘(\[]*[^\Wa-z_])|(?<=[。！？])")
_SHORT = """
mr mrs ms dr prof st sr jr rev hon gen col capt lt sgt no nos vol fig figs eq sec ch pp p al etc vs approx dept est
inc ltd co corp bros e.g i.e cf ca resp jan feb mar apr jun jul aug sep sept oct nov dec nr bzw z.b u.a art abs
"""
_ABBREVIATIONS = frozenset(_SHORT.split())


def split_sentences(text: str) -> list[str]:
    """ "Dr. Rao agreed. We signed on 3 March." -> two sentences: abbreviations and initials end none."""
    sentences: list[str] = []
    start = 0
    for match in _END.finditer(text):
        piece = text[start : match.start()].rstrip()
        last = re.split(r"[\s(]", piece)[-1]
        word = last.rstrip(".\"'”’)]")
        if last.endswith(".") and (word.casefold() in _ABBREVIATIONS or (len(word) == 1 and word.isupper())):
            continue
        sentences.append(text[start : match.end()].strip())
        start = match.end()
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]

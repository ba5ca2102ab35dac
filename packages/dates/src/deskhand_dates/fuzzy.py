"""Spelling repair for long words: at most one edit (two for eight letters and more), and only if one word fits."""

from __future__ import annotations

from functools import lru_cache

from .lexicon import NOT_MISSPELT, REPAIRABLE


def edit_distance(a: str, b: str, limit: int) -> int:
    """Optimal string alignment distance (insert, delete, replace, swap neighbours); limit + 1 when it is larger."""
    if abs(len(a) - len(b)) > limit:
        return limit + 1
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return min(last[-1], limit + 1)


@lru_cache(maxsize=2048)
def repair(word: str) -> str | None:
    """The one dictionary word that `word` misspells, or None. Words under five letters are never repaired."""
    if len(word) < 5 or len(word) > 16 or not word.isalpha() or word in NOT_MISSPELT:
        return None
    best: set[str] = set()
    shortest = 3
    for target in REPAIRABLE:
        limit = 2 if len(target) >= 8 and word[0] == target[0] else 1
        distance = edit_distance(word, target, limit)
        if distance <= limit and distance <= shortest:
            if distance < shortest:
                best.clear()
            shortest = distance
            best.add(target)
    return best.pop() if len(best) == 1 else None

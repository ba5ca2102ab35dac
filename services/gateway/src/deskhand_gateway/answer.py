"""The deterministic join: an answer out of what the nodes observed. No model is asked.

What was done comes first, then what was not and why, then what waits for the user's word:

    Drafted a mail to Sid and Lutfi; lunch is in your calendar on Thursday 12 March at 12:00.
    I couldn't find a number for Bo, so the text was not sent: no contact is called Bo.

    Waiting for your approval:
    - send the text (recipients: +49 170 5550101, message: “I am late.”)
    Say “yes” to go ahead, or “no” to leave it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from deskhand_contract.events import NodeStatus
from deskhand_contract.tools import Effect, Kind

from .outcome import Outcome
from .replan import taken_up
from .wording import (
    DOUBTFUL,
    HOW_TO_APPROVE,
    NOTHING_TO_SAY,
    OPENERS,
    OUT_OF_SCOPE,
    REFUSALS,
    STOPPED,
    WAITING_FOR_APPROVAL,
    attempt,
    missed,
)

LONG_CLAUSE_CHARS = 100
"""A longer clause is a sentence of its own."""
MAX_CLAUSES = 3
"""More clauses than these do not share a sentence."""

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_INNER_STOP = re.compile(r"[.;:!?]\s")
_ENDS = (".", "!", "?", ":", "…")


def compose(query: str, outcomes: Sequence[Outcome], *, doubtful: bool = False) -> str:
    """The answer for the user. `query` decides how words were meant to be written ("lunch", not "Lunch"). `doubtful`:
    what waits for approval waits because it may not be what was meant."""
    if not outcomes:
        return OUT_OF_SCOPE
    retried = taken_up(outcomes)
    used = {dep for outcome in outcomes for dep in outcome.node.deps}
    told = [
        outcome
        for outcome in outcomes
        if _matters(outcome, used) and not (outcome.status is NodeStatus.SKIPPED and outcome.node.id in retried)
    ]
    clauses = [o.observation.text.strip() for o in told if o.observation and o.observation.text.strip()]
    done, blocks = _join_done(clauses, query)
    failed = [said for o in outcomes if (said := _not_done(o, told, query))]
    asked = _asked(outcomes, DOUBTFUL if doubtful else WAITING_FOR_APPROVAL)
    separator = "\n\n" if blocks or asked else " "
    return separator.join(part for part in (done, *blocks, " ".join(failed), asked) if part) or NOTHING_TO_SAY


def _matters(outcome: Outcome, used: set[int]) -> bool:
    """A lookup that only feeds other nodes is not worth a word; an effect always is."""
    node = outcome.node
    if node.id not in used:
        return True
    return outcome.status is NodeStatus.DONE and node.spec.effect is not Effect.READ


def _join_done(clauses: Sequence[str], query: str) -> tuple[str, list[str]]:
    """Short clauses as prose; texts of several lines (a summary, a note) as blocks after it."""
    inline = _unique(clause for clause in clauses if "\n" not in clause)
    blocks = [clause for clause in clauses if "\n" in clause]
    short = all(len(clause) <= LONG_CLAUSE_CHARS and not _INNER_STOP.search(clause) for clause in inline)
    if 2 <= len(inline) <= MAX_CLAUSES and short:
        first, *rest = (clause.rstrip(".") for clause in inline)
        return sentence("; ".join([first, *(decapitalise(clause, query) for clause in rest)])), blocks
    return " ".join(sentence(clause) for clause in inline), blocks


def _not_done(outcome: Outcome, told: Sequence[Outcome], query: str) -> str:
    """Why a node was not done, and what it took with it. Empty for one that was, and for one that another took."""
    node, error = outcome.node, outcome.error
    lost = _unique(missed(o.node) for o in told if o.status is NodeStatus.SKIPPED and o.cause == node.id)
    if outcome.status is NodeStatus.INTERRUPTED and node.spec.effect is not Effect.READ:
        return f"I was stopped before I knew whether I could {attempt(node)}; look before you say it again."
    if outcome.status is NodeStatus.SKIPPED and error and error.code in REFUSALS:
        if error.code in STOPPED and outcome not in told:
            return ""
        return sentence(f"{_and([missed(node), *lost])}{REFUSALS[error.code]}")
    if outcome.status is not NodeStatus.FAILED:
        return ""
    text = f"I couldn't {attempt(node)}"
    if lost:
        text += f", so {_and(lost)}"
    if error and error.message.strip():
        text += f": {decapitalise(error.message.strip(), query)}"
    return sentence(text)


def _asked(outcomes: Sequence[Outcome], opening: str) -> str:
    """What waits for approval, with exactly the arguments that it will be given, and what follows from it."""
    held = [f"- {attempt(o.node)} ({_arguments(o)})" for o in outcomes if o.status is NodeStatus.NEEDS_APPROVAL]
    if not held:
        return ""
    then = _unique(attempt(o.node) for o in outcomes if o.status is NodeStatus.WAITING)
    after = [f"After that I {_and(then)}."] if then else []
    return "\n".join([opening, *held, *after, HOW_TO_APPROVE])


def _arguments(outcome: Outcome) -> str:
    shown: list[str] = []
    for name, value in (outcome.arguments or {}).items():
        if isinstance(value, list):
            text = ", ".join(map(str, value))
        elif outcome.node.spec.argument(name).kind is Kind.TEXT:
            text = f"“{value}”"
        else:
            text = str(value)
        shown.append(f"{name.replace('_', ' ')}: {text}")
    return ", ".join(shown)


def decapitalise(clause: str, query: str) -> str:
    """The clause as it stands inside a sentence: its first word loses the capital unless it may be a name.

    It is none when it is one of the words that clauses begin with, or when the user wrote it small.
    """
    match = _WORD.match(clause)
    if not match or not clause[0].isupper():
        return clause
    word = match[0]
    small = word[0].lower() + word[1:]
    if not small.islower() or word == "I" or any(character.isdigit() for character in word):
        return clause
    if small in OPENERS or small in _WORD.findall(query):
        return small + clause[len(word) :]
    return clause


def sentence(text: str) -> str:
    """With a capital at the start and a stop at the end."""
    text = text.strip()
    match = _WORD.match(text)
    if match and match[0].islower():  # "iPhone" stays
        text = text[0].upper() + text[1:]
    return text if text.endswith(_ENDS) else f"{text}."


def _unique(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _and(texts: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    *others, last = texts
    return f"{', '.join(others)} and {last}" if others else last

"""Text -> tokens. Accents, punctuation, dictation and spelling are settled here; meaning is left to the grammar.

Token kinds: `num` (a cardinal, in digits or words), `ord` (5th, fifth), `clock` (3:30, 15h30, 6p, 745pm),
`date` (5/3, 12/04/26, 2026-03-12), `frac` (1/2 before hour), `word` (a lemma), `dash`, `mer` (am, pm), `stop` (comma).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Literal

from .fuzzy import repair
from .lexicon import CARDINALS, FILLERS, KNOWN_WORDS, MONTH_NUMBER, ORDINALS, SPELLINGS, WEEKDAY_NUMBER

Kind = Literal["num", "ord", "clock", "date", "frac", "word", "dash", "mer", "stop"]
Meridiem = Literal["am", "pm", "24"]
MAX_TOKENS = 40
MAX_CHARS = 300


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is what was written, `lemma` the table's word. `digits` is 0 for numbers in words.

    `form` of a clock: colon, dot, h, mer. `form` of a date: us, dots, iso, dash (5-3, perhaps a range).
    """

    kind: Kind
    text: str
    lemma: str = ""
    n: int = 0
    digits: int = 0
    value: float = 0.0
    hour: int = 0
    minute: int = 0
    second: int = 0
    mer: Meridiem | None = None
    form: str = ""
    year: int = 0
    month: int = 0
    day: int = 0
    spaced: bool = True


_SPECIALS = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("'’‘`´ʼ", None),
        **dict.fromkeys("ßẞ", "ss"),
        "ı": "i",
        "ł": "l",
        "Ł": "l",
        "½": " 1/2 ",
        "¼": " 1/4 ",
        "¾": " 3/4 ",
    }
)
_REPLACEMENTS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"(?<![a-z])([ap])\s?\.\s?m\b\.?", r"\1m"),
        (r"\b(e|c)\.o\.(b|d|m|w|y|p)\b\.?", r"\1o\2"),
        (r"(?<=[\da-z] )([ap])\s+m\b", r"\1m"),
        (r"(?<=\d)([ap])\s+m\b", r"\1m"),
        (r"(\d)\s*:\s*(?=\d\d)", r"\1:"),
        (r"\bo\s+clock\b", "oclock"),
        (r"\b(segunda|terca|quarta|quinta|sexta)-feira\b", r"\1feira"),
        (r"\bapres-demain\b", "overmorrow"),
        (r"(?<=\d)[- ]?ish\b", ""),
        (r"(?<=[ap]m)[- ]?ish\b", ""),
        (r"\bno (?:sooner|earlier) than\b", " after "),
        (r"\b(?:no|not) later than\b|\bat the (?:very )?latest\b|\bno later\b", " "),
        (r"\b(?:all|the whole|whole|full|the entire) day(?: long)?\b", " "),
        (r"\bnoon time\b", "noon"),
        (r"\bmid day\b|\bmid-day\b", "noon"),
        (r"\bmid night\b|\bmid-night\b", "midnight"),
        (r"\bb/w\b", "between"),
        (r"\bw/e\b", "weekend"),
    )
)

_LEXER = re.compile(
    r"""
      (?P<iso>\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d))t?
    | (?P<frac>(\d)/(\d)(?=\s*(?:of\s+)?(?:an?\s+)?(?:hour|hr|day)))
    | (?P<us>\b(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?(?![\d/:]))
    | (?P<dots>\b(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})\b)
    | (?P<daydots>\b(?<!at\ )(0?[1-9]|[12]\d|3[01])\.\s?(0?[1-9]|1[0-2])\.(?=\s|,|$))
    | (?P<dashes>\b(\d{1,2})-(\d{1,2})-(\d{4}|\d{2})\b(?!:))
    | (?P<clock>\b(\d{1,2})(?:[:h]|\.(?=\d\d(?!\d)(?!\s*(?:hours?|hrs?|days?|weeks?)\b)))([0-5]\d)(?::([0-5]\d))?(?!\d)
        (?:\s*(am|pm)\b|([ap])\b)?)
    | (?P<mer>\b(\d{1,4})(?:\s*(am|pm)\b|([ap])\b))
    | (?P<hform>\b(\d{1,2})\s?h(?:rs?)?\b(?!\s?\d))
    | (?P<ordn>\b(\d{1,2})\s?(?:st|nd|rd|th|er)\b)
    | (?P<dec>\b\d{1,3}[.,]\d{1,2}(?=\s*[a-z]))
    | (?P<chat>\b(?:2day|2moro|2morow|2morrow|2mrw|2mo|2nite|2night|2nyt|b4)\b)
    | (?P<num>\d+)
    | (?P<word>[^\W\d_]+)
    | (?P<dash>-)
    | (?P<stop>[,;()\n])
    | (?P<at>@)
    | (?P<tz>[+]\d)
    """,
    re.VERBOSE,
)
_RANGEABLE = frozenset(
    {
        "noon",
        "midnight",
        "today",
        "tomorrow",
        "tonight",
        "late",
        "oclock",
        "morning",
        "evening",
        "night",
        "eod",
        "close",
    }
    | set(WEEKDAY_NUMBER)
    | set(MONTH_NUMBER)
)


def normalise(text: str) -> str:
    """Lower case, no accents or apostrophes, one kind of dash, dictated "p m" joined."""
    text = unicodedata.normalize("NFKD", text[:MAX_CHARS].translate(_SPECIALS).lower())
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = " ".join(text.split())
    for pattern, new in _REPLACEMENTS:
        text = pattern.sub(new, text)
    return text


def tokenize(text: str) -> list[Token]:
    """At most MAX_TOKENS tokens, else ValueError. Number words are joined already: "twenty third" is one ordinal."""
    if len(text) > MAX_CHARS:
        raise ValueError("too long for a date")
    normal = normalise(text)
    tokens: list[Token] = []
    end = 0
    for match in _LEXER.finditer(normal):
        token = _token(match)
        tokens.append(replace(token, spaced=match.start() != end))
        end = match.end()
        if len(tokens) > MAX_TOKENS:
            raise ValueError("too long for a date")
    return _dashes(_join_numbers(tokens))


def _token(match: re.Match[str]) -> Token:
    kind, text = match.lastgroup or "", match.group()
    groups = [g for g in match.groups() if g is not None]
    if kind == "word":
        return _word(text)
    if kind == "num":
        return Token("num", text, n=int(text[:6]), digits=len(text))
    parts = groups[1:]
    if kind == "clock":
        return _clock_token(text, parts)
    if kind == "mer":
        number, mer = parts[0], ("am" if parts[1][0] == "a" else "pm")
        hour, minute = (int(number[:-2]), int(number[-2:])) if len(number) > 2 else (int(number), 0)
        return Token("clock", text, hour=hour, minute=minute, mer=mer, form="mer", digits=len(number))
    if kind == "hform":
        return Token("clock", text, hour=int(parts[0]), mer="24", form="h", n=int(parts[0]))
    if kind == "ordn":
        return Token("ord", text, n=int(parts[0]), digits=len(parts[0]))
    if kind == "iso":
        year, month, day = map(int, parts[:3])
        return Token("date", text, year=year, month=month, day=day, form="iso")
    if kind == "frac":
        return Token("frac", text, value=int(parts[0]) / max(1, int(parts[1])))
    if kind == "dec":
        return Token("frac", text, value=float(text.replace(",", ".")))
    if kind in {"us", "dots", "dashes"}:
        month, day = int(parts[0]), int(parts[1])
        if month > 12:
            month, day = day, month
        year = _full_year(parts[2]) if len(parts) > 2 else 0
        return Token("date", text, year=year, month=month, day=day, form=kind)
    if kind == "daydots":
        return Token("date", text, day=int(parts[0]), month=int(parts[1]), form="dots")
    if kind == "chat":
        return _word(text)
    if kind == "at":
        return Token("word", text, "at")
    if kind == "tz":
        return Token("word", text, "?")
    return Token("dash" if kind == "dash" else "stop", text)


def _clock_token(text: str, parts: list[str]) -> Token:
    mer: Meridiem | None = None
    if parts[-1][0] in "ap":
        mer = "am" if parts.pop()[0] == "a" else "pm"
    hour, minute = int(parts[0]), int(parts[1])
    second = int(parts[2]) if len(parts) > 2 else 0
    sign = next((c for c in text if not c.isdigit()), ":")
    form = {"h": "h", ".": "dot"}.get(sign, "colon")
    if mer is None and (form == "h" or (len(parts[0]) == 2 and parts[0][0] == "0")):
        mer = "24"
    return Token("clock", text, hour=hour, minute=minute, second=second, mer=mer, form=form)


def _full_year(digits: str) -> int:
    return int(digits) + 2000 if len(digits) == 2 else int(digits)


def _word(text: str) -> Token:
    if text in {"am", "pm"}:
        return Token("mer", text, text, mer="am" if text == "am" else "pm")
    for word in (text, text[:-3].rstrip("-") if text.endswith("ish") else "", text[:-1] if text.endswith("s") else ""):
        if word in CARDINALS:
            return Token("num", text, n=CARDINALS[word])
        if word in ORDINALS and not (word != text and word == "second"):
            return Token("ord", text, word, n=ORDINALS[word])
        if word in SPELLINGS:
            return Token("word", text, SPELLINGS[word])
    if text in FILLERS or text in KNOWN_WORDS:
        return Token("word", text, text)
    fixed = repair(text)
    return _word(fixed) if fixed and fixed != text else Token("word", text, text)


def _join_numbers(tokens: list[Token]) -> list[Token]:
    """twenty three -> 23, twenty third -> 23rd, two thousand twenty seven -> 2027. A glued dash may stand between."""
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        rest = tokens[i + 1 :]
        if token.kind == "num" and not token.digits and token.n in range(20, 100, 10):
            skip = 1 if rest and rest[0].kind == "dash" and not rest[0].spaced else 0
            unit = rest[skip] if len(rest) > skip else None
            if unit and unit.kind in {"num", "ord"} and not unit.digits and 1 <= unit.n <= 9:
                out.append(replace(token, kind=unit.kind, n=token.n + unit.n, text=f"{token.text} {unit.text}"))
                i += 2 + skip
                continue
        out.append(token)
        i += 1
    return _thousands(out)


def _thousands(tokens: list[Token]) -> list[Token]:
    out: list[Token] = []
    i = 0
    while i < len(tokens):
        token = tokens[i]
        if token.kind == "num" and token.n == 2 and i + 1 < len(tokens) and tokens[i + 1].lemma == "thousand":
            j = i + 2
            if j < len(tokens) and tokens[j].lemma == "and":
                j += 1
            extra = tokens[j].n if j < len(tokens) and tokens[j].kind == "num" and tokens[j].n < 100 else 0
            out.append(Token("num", "year", n=2000 + extra, digits=4))
            i = j + (1 if extra else 0)
            continue
        out.append(token)
        i += 1
    return out


def _dashes(tokens: list[Token]) -> list[Token]:
    """Keep a dash only where a range may stand: between two numbers, clocks, dates, weekdays or months, or set off by
    spaces."""

    def ranges(token: Token) -> bool:
        return token.kind in {"num", "ord", "clock", "date", "mer"} or token.lemma in _RANGEABLE

    kept: list[Token] = []
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.kind == "dash" and (
            not kept
            or after is None
            or not ((ranges(kept[-1]) and ranges(after)) or (token.spaced and after.spaced and kept[-1].kind != "dash"))
        ):
            continue
        kept.append(token)
    return kept

"""Mails from the user's own words: greeting, text, name; and a subject where none was given.

Nothing is invented. Short reported words become a sentence ("that I'm late" -> "I'm late."), a question stays a
question ("if he can come" -> "I wanted to ask if he can come."), a bare link gets a word of introduction; what has
several lines, is long, or stands in quotes stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from .addresses import Recipient
from .pdf_text import title_of_stem
from .phrasing import listed, one_line, sentence_case, shorten

MAX_SENTENCE_CHARS = 240
"""What is longer was written as it should be."""
MAX_SUBJECT_CHARS = 60
MAX_GREETED = 3
NO_SUBJECT = "(no subject)"

_QUOTES = {'"': '"', "“": "”", "'": "'", "‘": "’", "«": "»", "„": "“"}
_URL = re.compile(r"https?://\S+")
_TRAILING_URL = re.compile(r"(?P<words>.*\S)\s+(?P<url>https?://\S+)", re.DOTALL)
_THAT = re.compile(r"that\s+(?=(?:i|we|he|she|they|you|it|the|my|our|your|his|her|their|this|there)\b)", re.IGNORECASE)
_PLEASE = re.compile(r"to\s+(?!be\b|do\b|all\b|whom\b|the\b|my\b|our\b|your\b|a\b|an\b)(?=[a-z])", re.IGNORECASE)
_ASKED = re.compile(r"(?:if|whether)\s+(?=\w)", re.IGNORECASE)
_ABOUT = re.compile(r"(?:about|regarding|concerning)\s+(?=\w)", re.IGNORECASE)
_PEOPLE = r"i|you|he|she|it|we|they|this|that|these|those|there|the|your|my|our|his|her|their|anyone|someone|everyone"
_QUESTION = re.compile(
    rf"(?:is|are|was|were|am|do|does|did|can|could|would|will|should|shall|have|has|may|might)\s+(?:{_PEOPLE})\b"
    r"|(?:when|where|what|who|whose|which|how|why)(?:['’]s|\s+(?:is|are|do|does|did|can|could|would|will|should|was|were|"
    r"many|much|long|about|far|often))\b",
    re.IGNORECASE,
)
_SMALL_I = re.compile(r"(?<![\w.&/@-])i(?=['’](?:m|ll|ve|d)\b|\s|[,!?]|$)")
_ACRONYM = re.compile(r"\b(?:fyi|asap|rsvp)\b")
_GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|greetings)\b[^.!?]{0,40}[,!]", re.IGNORECASE
)
_INNER_STOP = re.compile(r"[.!?]\s")
_ENDS = (".", "!", "?", "…", ":", "。", "！", "？", ")", ";")
_PHONE = re.compile(r"\+?\d[\d\s().\-/]{5,24}")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.\w+")
_CLAUSE = re.compile(r"(?<=\w)(?:[,;:]\s|\s[–—-]\s|\s(?:and|but|because|so|und|et|y)\s)")


def letter(context: str, recipients: Sequence[Recipient], signature: str, attachments: Sequence[str]) -> str:
    """The body of a new mail or of a reply."""
    words = paragraphs(context)
    if not words and attachments:
        words = f"Attached {'is' if len(attachments) == 1 else 'are'} {listed(attachments)}."
    greeting = [] if _GREETING.match(words) else [_greeting(recipients)]
    return "\n\n".join(part for part in (*greeting, words, signature) if part) + "\n"


def paragraphs(context: str) -> str:
    """The user's words as the text of a mail."""
    text = context.replace("\r\n", "\n").strip()
    if not text:
        return ""
    if verbatim(text):
        return text[1:-1].strip()
    if "\n" in text:
        return re.sub(r"\n{3,}", "\n\n", text)
    ending = _TRAILING_URL.fullmatch(text)
    if ending:
        return f"{as_sentence(ending['words'].rstrip(': '))}\n\n{ending['url']}"
    if _URL.fullmatch(text):
        return f"{_LINK_WORDS[_link_kind(text)]}:\n\n{text}"
    if _PHONE.fullmatch(text):
        return f"Here is the number: {text}"
    if _ADDRESS.fullmatch(text):
        return f"Here is the address: {text}"
    return as_sentence(text)


def verbatim(context: str) -> bool:
    """Whether all of it stands in quotes: to be said in these words."""
    text = context.strip()
    return len(text) > 1 and _QUOTES.get(text[0]) == text[-1] and text[-1] not in text[1:-1]


def as_sentence(words: str) -> str:
    """ "that i found his jacket" -> "I found his jacket."."""
    text = words.strip()
    if len(text) > MAX_SENTENCE_CHARS:
        return text
    text = _THAT.sub("", text, count=1) if _THAT.match(text) else text
    if _ASKED.match(text):
        text = f"I wanted to ask {text[0].lower()}{text[1:]}"
    elif _PLEASE.match(text):
        text = _PLEASE.sub("please ", text, count=1)
    elif _ABOUT.match(text):
        text = f"This is {text[0].lower()}{text[1:]}"
    text = sentence_case(_corrected(text))
    if text.endswith(_ENDS) or not text[-1:].isalnum():
        return text
    return text + ("?" if _QUESTION.match(text) and not _INNER_STOP.search(text) else ".")


def subject_for(context: str, attachments: Sequence[Path]) -> str:
    """A subject from the words of the mail: its first clause, in sentence case."""
    text = context.strip()
    if text and text[0] in _QUOTES and text[-1] == _QUOTES[text[0]]:
        text = text[1:-1].strip()
    first, *rest = text.split("\n", 1)
    without_links = one_line(_URL.sub("", first)).rstrip(": ")
    if rest and without_links:
        return _short(without_links.lstrip("# "))
    if not without_links:
        link = _URL.search(text)
        if link:
            return _LINK_SUBJECTS[_link_kind(link[0])]
        return _short(listed([title_of_stem(path.stem) for path in attachments])) if attachments else NO_SUBJECT
    for opening in (_THAT, _PLEASE, _ASKED, _ABOUT):
        without_links = opening.sub("", without_links, count=1) if opening.match(without_links) else without_links
    return _short(_INNER_STOP.split(without_links, maxsplit=1)[0])


def _short(text: str) -> str:
    text = sentence_case(_corrected(text.strip())).rstrip(".,;:! ")
    if len(text) > MAX_SUBJECT_CHARS:
        clause = _CLAUSE.split(text, maxsplit=1)[0]
        text = clause if 10 <= len(clause) <= MAX_SUBJECT_CHARS else shorten(text, MAX_SUBJECT_CHARS)
    return text or NO_SUBJECT


def _corrected(text: str) -> str:
    """What nobody writes small: "i", "fyi"."""
    return _ACRONYM.sub(lambda match: match[0].upper(), _SMALL_I.sub("I", text))


def _greeting(recipients: Sequence[Recipient]) -> str:
    names = [recipient.greeting for recipient in recipients]
    if not names or not all(names):
        return "Hello,"
    return f"Hi {listed(names)}," if len(names) <= MAX_GREETED else "Hi all,"


_LINK_WORDS = {
    "meeting": "Here is the link to the video meeting",
    "directions": "Here are the directions",
    "map": "Here it is on the map",
    "": "Here is the link",
}
_LINK_SUBJECTS = {"meeting": "Link to the video meeting", "directions": "Directions", "map": "Map", "": "Link"}


def _link_kind(url: str) -> str:
    parts = urlsplit(url)
    host, query = parts.hostname or "", parse_qs(parts.query)
    if "zoom" in host or "jit.si" in host or "jitsi" in host:
        return "meeting"
    if "map" in host:
        return "directions" if "daddr" in query or "/directions" in parts.path else "map"
    return ""

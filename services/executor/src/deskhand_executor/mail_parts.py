"""Parts of mails that others wrote: who, what, how to quote it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import tzinfo
from email.message import EmailMessage
from email.utils import getaddresses
from html.parser import HTMLParser

from .mail_store import message_date
from .phrasing import one_line

MAX_REFERENCES = 20
_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_PREFIXES = re.compile(r"\A(?:(?:re|aw|sv|antw|odp|ref|fwd?|wg|rv)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_SIGNATURE = re.compile(r"^-- $", re.MULTILINE)
_BROKEN = (ValueError, IndexError, AttributeError, TypeError, LookupError)
"""What the email package raises for headers and bodies that follow no standard."""


def header(message: EmailMessage, name: str) -> str:
    try:
        return one_line(str(message.get(name, "")))
    except _BROKEN:
        return ""


def addressed(message: EmailMessage, *names: str) -> list[tuple[str, str]]:
    """(display name, address) of the first of these headers that has any."""
    for name in names:
        found = [(one_line(who), address) for who, address in getaddresses([header(message, name)]) if "@" in address]
        if found:
            return found
    return []


def reply_addresses(message: EmailMessage) -> list[tuple[str, str]]:
    """Who an answer goes to: Reply-To, or the author where a mailing list has put itself there."""
    asked = addressed(message, "Reply-To")
    post = header(message, "List-Post").casefold()
    if asked and post and all(f"mailto:{address.casefold()}" in post for _, address in asked):
        return addressed(message, "From")
    return asked or addressed(message, "From")


def sender(message: EmailMessage) -> str:
    """The name of who wrote it, else the address."""
    return next((who or address for who, address in addressed(message, "From")), "an unknown sender")


def subject(message: EmailMessage) -> str:
    """Without any Re: and Fwd:."""
    return _PREFIXES.sub("", header(message, "Subject"))


def thread_headers(message: EmailMessage) -> dict[str, str]:
    """In-Reply-To and References of an answer."""
    own = _MESSAGE_ID.findall(header(message, "Message-ID"))[:1]
    earlier = _MESSAGE_ID.findall(header(message, "References"))
    earlier = earlier or _MESSAGE_ID.findall(header(message, "In-Reply-To"))[:1]
    references = list(dict.fromkeys([*earlier, *own]))
    if len(references) > MAX_REFERENCES:  # the first and the latest ones
        references = [references[0], *references[1 - MAX_REFERENCES :]]
    headers = {"In-Reply-To": " ".join(own), "References": " ".join(references)}
    return {name: value for name, value in headers.items() if value}


def body_text(message: EmailMessage) -> str:
    """The plain text, or the HTML as text; empty when there is neither."""
    try:
        part = message.get_body(("plain", "html"))
    except _BROKEN:
        part = None
    if part is None:
        return ""
    try:
        content = part.get_content()
    except _BROKEN:
        payload = part.get_payload(decode=True)
        content = payload.decode(errors="replace") if isinstance(payload, bytes) else str(payload)
    text = str(content).replace("\r\n", "\n")
    return (html_text(text) if part.get_content_subtype() == "html" else text).strip()


def attached(message: EmailMessage) -> list[EmailMessage]:
    """Attachments, ready to be attached to another mail."""
    if not message.is_multipart():
        if message.get_content_maintype() == "text":
            return []
        only = EmailMessage()
        for name in ("Content-Type", "Content-Disposition", "Content-Transfer-Encoding"):
            if name in message:
                only[name] = message[name]
        only.set_payload(message.get_payload())
        return [only]
    try:
        return [part for part in message.iter_attachments() if isinstance(part, EmailMessage)]
    except _BROKEN:
        return []


def quotation(message: EmailMessage, zone: tzinfo) -> str:
    """ "On Tuesday 10 March 2026 at 14:02, Mara Lindqvist wrote:" and the text behind ">", without the signature
    below "-- "."""
    moment = message_date(message)
    when = f"On {_spoken(message, zone)}, " if moment else ""
    text = _SIGNATURE.split(body_text(message), maxsplit=1)[0].rstrip()
    lines = [f"> {line}".rstrip() for line in text.splitlines()]
    return "\n".join([f"{when}{sender(message)} wrote:", *lines])


def forwarded(message: EmailMessage, zone: tzinfo) -> str:
    """The mail with its most important headers, as it stands in a forward."""
    rows = [("From", header(message, "From")), ("Date", _spoken(message, zone))]
    rows += [(name, header(message, name)) for name in ("Subject", "To", "Cc")]
    lines = [f"{name}: {value}" for name, value in rows if value]
    return "\n".join(["---------- Forwarded message ----------", *lines, "", body_text(message)]).rstrip()


def _spoken(message: EmailMessage, zone: tzinfo) -> str:
    moment = message_date(message)
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B %Y} at {local:%H:%M}"


_BLOCK_TAGS = "p div br tr li h1 h2 h3 h4 h5 h6 blockquote table ul ol pre hr"
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_HIDDEN = frozenset({"style", "script", "head", "title"})


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self.pieces.append("\n")
        if tag == "li":
            self.pieces.append("- ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN and self._hidden > 0
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(re.sub(r"\s+", " ", data))


def html_text(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    lines = [line.strip() for line in "".join(parser.pieces).splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

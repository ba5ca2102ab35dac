"""Contacts out of vCard files: versions 2.1, 3.0 and 4.0, one or many cards a file.

A reader of our own because ten thousand cards are read at each start: it takes a tenth of the time that vobject takes,
knows version 4's URIs and quoted parameters, and a damaged card costs that card only.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

NO_PREFERENCE = 101
"""Rank of a value that has none; vCard 4 ranks from 1, the most preferred, to 100."""

_CARD = re.compile(r"^BEGIN:VCARD[ \t]*$(.*?)^END:VCARD[ \t]*$", re.IGNORECASE | re.MULTILINE | re.DOTALL)
_FOLD = re.compile(r"\n[ \t]")
_PARAMETER = re.compile(r';([^=;:"]+)(?:=((?:"[^"]*"|[^;:"])*))?')
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")


@dataclass(frozen=True, slots=True)
class Reach:
    """A phone number or a mail address. `types` are small: cell, work, home, fax."""

    value: str
    types: frozenset[str] = frozenset()
    rank: int = NO_PREFERENCE


@dataclass(frozen=True, slots=True)
class Contact:
    """What a card says. `labels` are roles, titles, categories; `related` are (relation, name or UID)."""

    uid: str
    name: str
    given: str = ""
    family: str = ""
    additional: str = ""
    prefix: str = ""
    nicknames: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    related: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    phones: tuple[Reach, ...] = ()
    mails: tuple[Reach, ...] = ()

    @property
    def first_name(self) -> str:
        return self.given or self.name.partition(" ")[0]

    @property
    def description(self) -> str:
        """What tells this person from another of the name: an organisation or a label."""
        return next(iter((*self.organisations, *self.labels, *self.nicknames)), "")


def read_contacts(text: str) -> list[Contact]:
    """The cards of a file that have a name of some sort."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    cards = (_read_card(match[1]) for match in _CARD.finditer(text))
    return [contact for contact in cards if contact.name]


@dataclass(slots=True)
class _Property:
    group: str
    name: str
    value: str
    parameters: dict[str, list[str]] = field(default_factory=dict)

    @property
    def types(self) -> frozenset[str]:
        return frozenset(kind.strip().casefold() for raw in self.parameters.get("TYPE", ()) for kind in raw.split(","))

    @property
    def rank(self) -> int:
        given = self.parameters.get("PREF", [""])[0]
        if given.isdecimal():
            return int(given)
        return 1 if "pref" in self.types else NO_PREFERENCE

    def text(self) -> str:
        return _unescape(self.value).strip()

    def parts(self, separator: str) -> list[str]:
        return [_unescape(part).strip() for part in re.split(rf"(?<!\\){re.escape(separator)}", self.value)]


def _read_card(body: str) -> Contact:
    properties: dict[str, list[_Property]] = {}
    apple_labels: dict[str, str] = {}
    for item in _properties(body):
        properties.setdefault(item.name, []).append(item)
        if item.name == "X-ABLABEL" and item.group:
            label = _APPLE_LABEL.fullmatch(item.text())
            apple_labels[item.group] = label[1] if label else item.text()

    def texts(name: str) -> tuple[str, ...]:
        return tuple(text for item in properties.get(name, ()) if (text := item.text()))

    def lists(name: str, separator: str = ",") -> tuple[str, ...]:
        return tuple(part for item in properties.get(name, ()) for part in item.parts(separator) if part)

    structured = properties["N"][0].parts(";") if "N" in properties else []
    family, given, additional, prefix, *_ = [*structured, "", "", "", "", ""]
    organisations = lists("ORG", ";")
    nicknames = lists("NICKNAME")
    spoken = " ".join(part for part in (prefix, given, additional, family) if part)
    name = next((text for text in (*texts("FN"), spoken, *nicknames, *organisations) if text), "")
    related = [(kind, item.text()) for item in properties.get("RELATED", ()) for kind in item.types or {""}]
    related += [(apple_labels.get(item.group, ""), item.text()) for item in properties.get("X-ABRELATEDNAMES", ())]
    return Contact(
        uid=next(iter(texts("UID")), ""),
        name=" ".join(name.split()),
        given=given,
        family=family,
        additional=additional,
        prefix=prefix,
        nicknames=nicknames,
        organisations=organisations,
        labels=(*texts("TITLE"), *texts("ROLE"), *lists("CATEGORIES")),
        related=tuple(related),
        notes=texts("NOTE"),
        phones=_reaches(properties.get("TEL", ()), "tel:"),
        mails=_reaches(properties.get("EMAIL", ()), "mailto:"),
    )


def _reaches(items: list[_Property] | tuple[()], scheme: str) -> tuple[Reach, ...]:
    found: list[Reach] = []
    for item in items:
        value = item.text()
        if value.casefold().startswith(scheme):
            value = unquote(value[len(scheme) :]).partition(";")[0].partition("?")[0]
        if value:
            found.append(Reach(" ".join(value.split()), item.types, item.rank))
    return tuple(found)


def _properties(body: str) -> Iterator[_Property]:
    for line in _lines(body):
        head = re.match(r"(?:([\w-]+)\.)?([\w-]+)", line)
        if not head:
            continue
        item = _Property(head[1] or "", head[2].upper(), "")
        position = head.end()
        while parameter := _PARAMETER.match(line, position):
            name, value = parameter[1].strip().upper(), parameter[2]
            if value is None:  # vCard 2.1 writes TEL;CELL;PREF
                name, value = ("ENCODING" if name == "QUOTED-PRINTABLE" else "TYPE"), name
            item.parameters.setdefault(name, []).append(value.strip('"').replace('","', ","))
            position = parameter.end()
        if line[position : position + 1] != ":":
            continue
        item.value = line[position + 1 :]
        if item.parameters.get("ENCODING", [""])[0].upper() == "QUOTED-PRINTABLE":
            charset = item.parameters.get("CHARSET", ["utf-8"])[0]
            item.value = _decoded(quopri.decodestring(item.value.encode("utf-8", "surrogateescape")), charset)
        yield item


def _lines(body: str) -> Iterator[str]:
    joined = ""
    for line in _FOLD.sub("", body).split("\n"):
        if joined:
            line, joined = joined + line, ""
        if line.endswith("=") and "QUOTED-PRINTABLE" in line.partition(":")[0].upper():
            joined = line[:-1]  # a soft line break
        elif line:
            yield line


def _decoded(content: bytes, charset: str) -> str:
    try:
        return content.decode(charset, errors="replace")
    except LookupError:
        return content.decode(errors="replace")


def _unescape(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], text)

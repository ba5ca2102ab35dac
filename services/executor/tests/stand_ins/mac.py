"""A Mac for the tests: `osascript`, `mdfind` and `open` on the PATH, with applications that remember what was done.

It runs no AppleScript. It knows each of the executor's scripts by its file's name, checks that it is called as the head
of that file says (a boundary, a timeout, so many arguments), writes down the arguments as they arrived, and does in
JSON what the script would have the application do. `failures` in the state makes a script fail as osascript does, with
Apple's number, or never come back.

python mac.py HOME PROGRAM ARGUMENT...
"""

from __future__ import annotations

import fcntl
import html
import json
import re
import signal
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

State = dict[str, Any]
SCRIPTS: dict[str, Callable[..., list[Any]]] = {}
NO_SUCH_OBJECT = -1728


class AppleError(Exception):
    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


def script(function: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    SCRIPTS[function.__name__] = function
    return function


def main() -> int:
    home, program, *arguments = sys.argv[1:]
    with (Path(home) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        file = Path(home) / "state.json"
        state = json.loads(file.read_text())
        try:
            output = PROGRAMS[program](Path(home), state, arguments)
        except AppleError as error:
            place = f"{arguments[0]}:120:184" if program == "osascript" else program
            sys.stderr.write(f"{place}: execution error: {error.words} ({error.code})\n")
            return 1
        file.write_text(json.dumps(state))
    sys.stdout.buffer.write(output.encode())
    return 0


def osascript(home: Path, state: State, arguments: list[str]) -> str:
    path, *argv = arguments
    name = Path(path).stem
    named = re.search(r"^-- argv: (.+)$", Path(path).read_text(), re.MULTILINE)
    assert named, f"{name} does not say what it takes"
    takes = named[1].split(", ")
    fixed = len(takes) - takes[-1].endswith("...")
    assert len(argv) >= fixed, f"{name} takes {fixed}, got {len(argv)}"
    assert len(argv) == fixed or takes[-1].endswith("..."), f"{name} takes {fixed}, got {len(argv)}"
    assert re.fullmatch(r"[0-9a-f]{32}", argv[0]), "the boundary can be guessed"
    assert argv[1].isdecimal()
    record(home, "osascript", script=name, path=path, timeout=int(argv[1]), arguments=argv[2:])
    failure = state["failures"].get(name)
    if failure == "hangs":
        signal.pause()
    if failure:
        raise AppleError(*failure)
    fields = SCRIPTS[name](state, *argv[2:])
    return argv[0].join(as_text(field) for field in fields) + "\n"


def as_text(field: Any) -> str:
    if isinstance(field, bool):
        return "true" if field else "false"
    return "missing value" if field is None else str(field)


def mdfind(home: Path, state: State, arguments: list[str]) -> str:
    record(home, "mdfind", arguments=arguments)
    zero, only, folder, query = arguments
    assert (zero, only) == ("-0", "-onlyin")
    words = re.findall(r'kMDItemFSName == "\*([^"*\\]+)\*"cd', query)
    assert query == " && ".join(f'kMDItemFSName == "*{word}*"cd' for word in words)
    files = sorted(path for path in Path(folder).rglob("*") if all(word in path.name.casefold() for word in words))
    return "".join(f"{path}\0" for path in [*files, *map(Path, state["indexed_elsewhere"])])


def open_(home: Path, state: State, arguments: list[str]) -> str:
    record(home, "open", arguments=arguments)
    return ""


def record(home: Path, program: str, **what: Any) -> None:
    with (home / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps({"program": program, **what}) + "\n")


PROGRAMS = {"osascript": osascript, "mdfind": mdfind, "open": open_}

# Contacts compares without case, and with accents.


def card_fields(card: State) -> dict[str, str]:
    text = card["vcard"].replace("\r\n", "\n")
    found = {key: re.search(rf"^{key}(?:;[^:]*)?:(.*)$", text, re.MULTILINE) for key in ("FN", "N", "NICKNAME", "ORG")}
    title = re.search(r"^TITLE(?:;[^:]*)?:(.*)$", text, re.MULTILINE)
    last, first, *_ = [*(found["N"][1].split(";") if found["N"] else []), "", ""]
    value = {key: match[1] if match else "" for key, match in found.items()}
    return {
        "name": value["FN"],
        "nickname": value["NICKNAME"],
        "first": first,
        "last": last,
        "organization": value["ORG"],
        "title": title[1] if title else "",
    }


@script
def contacts_find(state: State, mode: str, limit: str, *names: str) -> list[Any]:
    def fits(card: State, name: str) -> bool:
        fields = card_fields(card)
        if mode == "equal":
            return name.casefold() in [value.casefold() for value in fields.values()]
        searched = (fields[key] for key in ("name", "nickname", "organization", "title"))
        return any(name.casefold() in value.casefold() for value in searched)

    assert mode in ("equal", "part")
    found = [card["vcard"] for name in names for card in state["people"] if fits(card, name)]
    return found[: int(limit)]


@script
def contacts_mail(state: State, address: str) -> list[Any]:
    return [card["vcard"] for card in state["people"] if address.casefold() in card["vcard"].casefold()][:1]


@script
def contacts_mine(state: State) -> list[Any]:
    return [state["own_card"]] if state["own_card"] else []


@script
def contacts_names(state: State) -> list[Any]:
    fields = [card_fields(card) for card in state["people"]]
    ids = [card["id"] for card in state["people"]]
    return [len(ids), *ids, *[one["name"] for one in fields], *[one["nickname"] or None for one in fields]]


@script
def contacts_cards(state: State, *ids: str) -> list[Any]:
    return [card["vcard"] for card in state["people"] if card["id"] in ids]


@script
def calendar_list(state: State) -> list[Any]:
    calendars = state["calendars"]
    return [len(calendars), *[one["name"] for one in calendars], *[one["writable"] for one in calendars]]


def writable_calendar(state: State, name: str) -> State:
    for calendar in state["calendars"]:
        if calendar["name"] == name and calendar["writable"]:
            return calendar
    raise AppleError(NO_SUCH_OBJECT, f"Calendar got an error: Can’t get calendar 1 whose name = {name!r}.")


@script
def calendar_create(
    state: State, name: str, title: str, place: str, notes: str, link: str, all_day: str, *rest: str
) -> list[Any]:
    numbers, guests = [int(number) for number in rest[:12]], list(rest[12:])
    taken = [guest for guest in guests if guest not in state["guests_refused"]]
    event = {
        "title": title,
        "place": place,
        "notes": notes,
        "link": link,
        "all_day": all_day == "true",
        "start": numbers[:6],
        "end": numbers[6:],
        "guests": taken,
    }
    uid = str(uuid.uuid4()).upper()
    writable_calendar(state, name)["events"][uid] = event
    return [uid, len(taken), event_print(event)] if state["tells_of_what_it_made"] else ["", len(taken), ""]


def event_print(event: State) -> str:
    return json.dumps([event[key] for key in ("title", "place", "notes", "start", "end")])


@script
def calendar_undo(state: State, name: str, uid: str, fingerprint: str) -> list[Any]:
    return [remove(writable_calendar(state, name)["events"], uid, fingerprint, event_print)]


def remove(things: State, key: str, fingerprint: str, fingerprint_of: Callable[[State], str]) -> str:
    if key not in things:
        return "gone"
    if fingerprint_of(things[key]) != fingerprint:
        return "changed"
    del things[key]
    return "removed"


@script
def reminders_lists(state: State) -> list[Any]:
    return [state["default_list"], *state["lists"]]


@script
def reminders_create(
    state: State, listing: str, name: str, notes: str, priority: str, kind: str, *numbers: str
) -> list[Any]:
    assert listing in state["lists"]
    assert kind in ("none", "day", "time")
    reminder = {
        "list": listing,
        "name": name,
        "notes": notes,
        "priority": int(priority),
        "kind": kind,
        "due": [int(number) for number in numbers] if kind != "none" else None,
    }
    key = f"x-apple-reminder://{uuid.uuid4()}".upper()
    state["reminders"][key] = reminder
    return [key, json.dumps(reminder)] if state["tells_of_what_it_made"] else ["", ""]


@script
def reminders_undo(state: State, key: str, fingerprint: str) -> list[Any]:
    return [remove(state["reminders"], key, fingerprint, json.dumps)]


def plaintext(markup: str) -> str:
    lines = re.sub(r"</(?:div|li)>", "\n", markup.replace("<br>", ""))
    return html.unescape(re.sub(r"<[^>]+>", "", lines)).removesuffix("\n")


@script
def notes_index(state: State) -> list[Any]:
    fields: list[Any] = []
    for key, name in state["folders"].items():
        notes = {note_id: note for note_id, note in state["notes"].items() if note["folder"] == key}
        fields += [key, name, len(notes), *notes, *[plaintext(note["body"]).split("\n")[0] for note in notes.values()]]
    return fields


@script
def notes_create(state: State, folder: str, markup: str) -> list[Any]:
    key = f"x-coredata://{uuid.uuid4()}/ICNote/p1"
    state["notes"][key] = {"folder": folder or next(iter(state["folders"])), "body": markup}
    text = plaintext(markup)
    return [key, text.split("\n")[0], text] if state["tells_of_what_it_made"] else ["", "", ""]


@script
def notes_open(state: State, key: str) -> list[Any]:
    note = state["notes"][key]
    locked = note.get("locked", False)
    return [locked, "" if locked else plaintext(note["body"])]


@script
def notes_append(state: State, key: str, markup: str, text: str) -> list[Any]:
    note = state["notes"][key]
    former = note["body"]
    outcome = (
        "locked"
        if note.get("locked")
        else "attachments"
        if note.get("attachments")
        else "list"
        if "<ul" in former
        else "added"
    )
    if outcome != "added":
        state["clipboard"] = text
        return [outcome, "", ""]
    note["body"] = former + markup
    return [outcome, former, plaintext(note["body"])]


@script
def notes_remove(state: State, key: str, text: str) -> list[Any]:
    return [remove(state["notes"], key, text, lambda note: plaintext(note["body"]))]


@script
def notes_restore(state: State, key: str, text: str, former: str) -> list[Any]:
    if key not in state["notes"]:
        return ["gone"]
    if plaintext(state["notes"][key]["body"]) != text:
        return ["changed"]
    state["notes"][key]["body"] = former
    return ["removed"]


@script
def mail_selected(state: State) -> list[Any]:
    mail = state["selected_mail"]
    return [mail[key] for key in ("message_id", "subject", "sender", "reply_to")] if mail else []


@script
def mail_text(state: State, message: str) -> list[Any]:
    mail = state["selected_mail"]
    return [mail["text"] if mail and mail["message_id"] == message else ""]


@script
def mail_write(state: State, link: str) -> list[Any]:
    parts = urlsplit(link)
    assert parts.scheme == "mailto"
    query = {key: values[0] for key, values in parse_qs(parts.query, strict_parsing=True).items()}
    state["windows"].append(
        {
            "kind": "new",
            "to": [unquote(address) for address in parts.path.split(",") if address],
            "cc": [address for address in query.get("cc", "").split(",") if address],
            "subject": query.get("subject", ""),
            "text": query.get("body", ""),
            "files": [],
        }
    )
    return ["opened"]


def window(state: State, kind: str, subject: str, text: str, counts: tuple[str, str], rest: tuple[str, ...]) -> int:
    to, cc = int(counts[0]), int(counts[1])
    files = list(rest[to + cc :])[: state["attachments_taken"]]
    if text:
        state["clipboard"] = text
    people = {"to": list(rest[:to]), "cc": list(rest[to : to + cc])}
    state["windows"].append({"kind": kind, **people, "subject": subject, "text": "", "files": files})
    return len(files)


@script
def mail_compose(state: State, subject: str, text: str, to: str, cc: str, *rest: str) -> list[Any]:
    return [window(state, "new", subject, text, (to, cc), rest)]


def answered(state: State, kind: str, message: str, text: str, to: str, cc: str, rest: tuple[str, ...]) -> list[Any]:
    mail = state["selected_mail"]
    if not mail or mail["message_id"] != message or state["selection_moves"]:
        return ["changed", 0]
    return ["opened", window(state, kind, mail["subject"], text, (to, cc), rest)]


@script
def mail_reply(state: State, message: str, text: str, to: str, cc: str, *rest: str) -> list[Any]:
    return answered(state, "reply", message, text, to, cc, rest)


@script
def mail_forward(state: State, message: str, text: str, to: str, cc: str, *rest: str) -> list[Any]:
    return answered(state, "forward", message, text, to, cc, rest)


@script
def messages_send(state: State, number: str, text: str) -> list[Any]:
    for service in state["services"]:
        if number not in state["unknown_to"].get(service, []):
            state["texts"].append({"to": number, "text": text, "by": service})
            return [service]
    if not state["services"]:
        return ["none"]
    raise AppleError(NO_SUCH_OBJECT, f"Messages got an error: Can’t get participant {number!r}.")


def counts(state: State) -> list[Any]:
    return [3]


SCRIPTS |= {f"{name}_check": counts for name in ("contacts", "calendar", "mail", "notes", "reminders", "messages")}


if __name__ == "__main__":
    sys.exit(main())

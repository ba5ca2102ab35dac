"""Three sentences on sample data, from the words to what stands in the files: `make demo`.

Makes a temporary home with contacts, a calendar, notes, mail and two PDFs, starts the five services on free ports,
and sends each sentence through the official `openai` client, streaming. What was written is read back by programs
that know nothing of Deskhand (khal where it is installed, else icalendar; mailbox). Ends with 1 when anything fails.
"""

from __future__ import annotations

import mailbox
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

from deskhand_cli.testing import running_stack
from icalendar import Calendar
from openai import OpenAI
from rich.console import Console

ACTIONS = "Email Sid and Lutfi the file Q3_Deck.pdf and create a calendar event called Lunch on Thursday at noon"
SUMMARY = "Summarize Lease_Agreement_2024.pdf and email the summary to Olena"
OUT_OF_SCOPE = "Play some jazz in the kitchen"
CLOCK = {"now": "2026-03-11T09:30:00", "timezone": "Europe/Berlin"}

console = Console(highlight=False, soft_wrap=True)


class DemoFailed(Exception):
    """What was promised did not happen."""


@dataclass
class Told:
    """What one streamed answer said: events by status and the text."""

    answer: str = ""
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def nodes(self, status: str) -> list[str]:
        return [event["name"] for event in self.events if event["status"] == status]

    def most_at_once(self) -> int:
        """How many nodes were under way at the same moment, at most."""
        under_way, most = 0, 0
        for event in self.events:
            under_way += 1 if event["status"] == "dispatched" else -1
            most = max(most, under_way)
        return most


def require(holds: object, promise: str) -> None:
    if not holds:
        raise DemoFailed(promise)
    console.print(f"  [green]read back[/]  {promise}")


def say(client: OpenAI, sentence: str) -> Told:
    """Send a sentence and show each node as it is dispatched and done."""
    console.print(f"\n[bold]{sentence}[/]")
    told, began = Told(), time.perf_counter()
    stream = client.chat.completions.create(
        model="deskhand", messages=[{"role": "user", "content": sentence}], stream=True, metadata=CLOCK
    )
    for chunk in stream:
        event = (chunk.model_extra or {}).get("x_plan")
        if event:
            told.events.append(event)
            milliseconds = 1000 * (time.perf_counter() - began)
            said = (
                event["output"] or (event["error"] or {}).get("message", "") if event["status"] != "dispatched" else ""
            )
            line = " ".join((said or "").split())[:70]
            console.print(
                f"  {milliseconds:6.0f} ms  {event['status']:<10} {event['node']}. {event['name']}  {line}",
                markup=False,
            )
        for choice in chunk.choices:
            told.answer += choice.delta.content or ""
    console.print(f"  [cyan]{told.answer}[/]")
    return told


def drafts(home: Path) -> Iterator[Message]:
    yield from mailbox.Maildir(home / "mail" / "Drafts", create=False)


def text_of(message: Message) -> str:
    parts = (part.get_payload(decode=True) for part in message.walk() if part.get_content_type() == "text/plain")
    return "\n".join(part.decode("utf-8", "replace") for part in parts if isinstance(part, bytes))


def agenda(home: Path) -> str:
    """What another calendar program finds on the day of the lunch."""
    khal = shutil.which("khal")
    if khal:
        config = home / "khal.conf"
        calendars = "\n".join(
            f"[[{folder.name}]]\npath = {folder}\ntype = calendar" for folder in sorted((home / "calendars").iterdir())
        )
        formats = "timeformat = %H:%M\ndateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d"
        zone = f"local_timezone = {CLOCK['timezone']}\ndefault_timezone = {CLOCK['timezone']}"
        config.write_text(
            f"[calendars]\n{calendars}\n[sqlite]\npath = {home / 'khal.db'}\n"
            f"[locale]\n{formats}\ndatetimeformat = %Y-%m-%d %H:%M\nlongdatetimeformat = %Y-%m-%d %H:%M\n{zone}\n"
        )
        listed = subprocess.run(
            [khal, "-c", str(config), "list", "2026-03-12", "1d"], capture_output=True, text=True, check=False
        )
        if listed.returncode == 0:
            return listed.stdout
    lines: list[str] = []
    for path in (home / "calendars").rglob("*.ics"):
        for event in Calendar.from_ical(path.read_bytes()).walk("VEVENT"):
            start = event.decoded("dtstart")
            if start.strftime("%Y-%m-%d") == "2026-03-12":
                lines.append(f"{start:%H:%M} {event.get('summary')}")
    return "\n".join(sorted(lines))


def show(home: Path, client: OpenAI) -> None:
    told = say(client, ACTIONS)
    require(len(told.nodes("done")) >= 4, "at least four nodes were done")
    require(told.most_at_once() >= 2, f"{told.most_at_once()} nodes ran at the same time")
    found = agenda(home)
    require(
        "Lunch" in found and "12:00" in found, f"calendar, 12 March: {' / '.join(found.split(chr(10))).strip(' /')}"
    )
    mail = next((m for m in drafts(home) if "sid.rao@" in str(m["to"]) and "lutfi@" in str(m["to"])), None)
    require(mail is not None, "a draft to Sid and Lutfi")
    assert mail is not None
    require(any(p.get_filename() == "Q3_Deck.pdf" for p in mail.walk()), "with Q3_Deck.pdf attached")

    told = say(client, SUMMARY)
    mail = next((m for m in drafts(home) if "olena" in str(m["to"])), None)
    require(mail is not None, "a draft to Olena")
    assert mail is not None
    require("rent" in text_of(mail).casefold(), "with the lease's summary in it")

    told = say(client, OUT_OF_SCOPE)
    require(not told.events and told.answer, "nothing was done, and the answer says so")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="deskhand-demo-") as folder:
        home = Path(folder) / "home"
        command = [sys.executable, "-m", "deskhand_executor.sample", str(home)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        console.print("Starting the five services on sample data ...")
        began = time.perf_counter()
        with running_stack(home, environment={"DESKHAND_EXECUTOR_OPEN_FILES": "false"}) as stack:
            console.print(f"Ready after {time.perf_counter() - began:.1f} s at {stack.base_url}")
            with OpenAI(base_url=stack.base_url, api_key=stack.api_key, max_retries=0) as client:
                try:
                    show(home, client)
                except DemoFailed as error:
                    console.print(f"\n[red]The demonstration failed:[/] not so: {error}")
                    return 1
    console.print("\nEverything was done and read back. Your own data: `make up`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

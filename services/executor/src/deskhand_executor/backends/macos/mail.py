"""Mails as windows of the Mail application, for the user to look over and send.

Whatever text a script puts into a mail, Mail wraps in a quotation (Apple's FB11734014, since macOS 13): the sender does
not see it, recipients do. So no script here sets a text. A new mail without attachments is opened by a mailto URL,
which Mail takes as it is. Where that cannot do it, with attachments, and for replies and forwards, which Mail makes
itself with the quotation and the threading that belong there, the text is put on the clipboard to be pasted.
"""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import getaddresses
from functools import partial
from pathlib import Path
from urllib.parse import quote

from deskhand_contract.services import Observation
from deskhand_contract.tools import ComposeNewEmail, ForwardEmail, ReplyToEmail

from ...addresses import MAIL_ADDRESS, Recipient, spoken_recipients
from ...call import Call
from ...errors import NoSelectedMail
from ...file_search import FileSearch
from ...letters import NO_SUBJECT, paragraphs, subject_for
from ...people import People
from ...phrasing import listed, one_line, quoted, sentence_case
from ...writer import Words
from ..common.mailing import Bodies, known, located, to_and_cc
from .fields import exactly, present
from .osascript import Osascript

MAX_SUBJECT_CHARS = 250
PASTE = "your text is on the clipboard: press Command-V in the window"


class MacMail:
    """Undoes nothing: a window that the user may have written in cannot be told from one that nobody touched."""

    def __init__(
        self, osascript: Osascript, people: People, search: FileSearch, bodies: Bodies, max_attachment_bytes: int
    ) -> None:
        self._osascript = osascript
        self._people = people
        self._search = search
        self._bodies = bodies
        self._max_attachment_bytes = max_attachment_bytes

    def compose_new_email(self, arguments: ComposeNewEmail, call: Call) -> Observation:
        to, cc = to_and_cc(arguments.recipients, arguments.cc, self._people)
        files = located(arguments.attachments, self._search, self._max_attachment_bytes)
        subject = sentence_case(one_line(arguments.subject)) or subject_for(arguments.context, files)
        subject = one_line(subject)[:MAX_SUBJECT_CHARS]
        words = self._bodies.write(arguments.context, to, files)
        text = f"Drafted a mail to {spoken_recipients(to)}" if to else "Drafted a mail without a recipient yet"
        if files:
            taken = self._window("mail_compose", subject, words.text, to, cc, files)[0]
        else:
            self._osascript.run("mail_write", mailto(to, cc, subject, words.text))
            taken = "0"
        return _observed(text, subject, to, cc, files, int(taken), words, pasted=bool(files))

    def reply_to_email(self, arguments: ReplyToEmail, call: Call) -> Observation:
        message, subject, sender, reply_to = self._selected()
        names = {address: name for name, address in getaddresses([sender])}
        answered = [
            (name or names.get(address, ""), address)
            for name, address in getaddresses([reply_to or sender])
            if MAIL_ADDRESS.fullmatch(address)
        ]
        if not answered:
            raise NoSelectedMail("the selected mail has no address to reply to; write a new mail instead")
        to = [known(name, address, self._people) for name, address in answered]
        _, cc = to_and_cc((), arguments.cc, self._people)
        files = located(arguments.attachments, self._search, self._max_attachment_bytes)
        words = self._bodies.write(arguments.context, to, files, partial(self._text, message))
        taken = self._answer("mail_reply", message, words.text, (), cc, files)
        text = f"Opened a reply to {quoted(subject or NO_SUBJECT)} from {_spoken_sender(sender)}"
        return _observed(text, f"Re: {subject}", to, cc, files, taken, words, pasted=True)

    def forward_email(self, arguments: ForwardEmail, call: Call) -> Observation:
        message, subject, sender, _ = self._selected()
        to, cc = to_and_cc(arguments.recipients, arguments.cc, self._people)
        files = located(arguments.attachments, self._search, self._max_attachment_bytes)
        above = self._bodies.write(arguments.context, to, ()) if paragraphs(arguments.context) else Words("")
        taken = self._answer("mail_forward", message, above.text, to, cc, files)
        people = f" to {spoken_recipients(to)}" if to else ""
        text = f"Opened a forward of {quoted(subject or NO_SUBJECT)} from {_spoken_sender(sender)}{people}"
        return _observed(text, f"Fwd: {subject}", to, cc, files, taken, above, pasted=bool(above.text))

    def _selected(self) -> list[str]:
        """Message id, subject, sender and address for replies of the mail that is selected. Raises NoSelectedMail."""
        fields = self._osascript.run("mail_selected")
        if not fields:
            raise NoSelectedMail("no mail is selected in Mail; select one there and say it again")
        return [present(field) for field in exactly(fields, 4, "Mail")]

    def _text(self, message: str) -> str:
        """Of the mail that is answered, as far as Mail gives it."""
        return exactly(self._osascript.run("mail_text", message), 1, "Mail")[0]

    def _answer(
        self,
        script: str,
        message: str,
        body: str,
        to: Sequence[Recipient],
        cc: Sequence[Recipient],
        files: Sequence[Path],
    ) -> int:
        outcome, taken = exactly(self._window(script, message, body, to, cc, files), 2, "Mail")
        if outcome != "opened":
            raise NoSelectedMail("another mail was selected meanwhile; select the one you mean and say it again")
        return int(taken)

    def _window(
        self,
        script: str,
        first: str,
        body: str,
        to: Sequence[Recipient],
        cc: Sequence[Recipient],
        files: Sequence[Path],
    ) -> list[str]:
        people = [recipient.address for recipient in (*to, *cc)]
        return self._osascript.run(
            script, first, body.strip(), str(len(to)), str(len(cc)), *people, *[str(file) for file in files]
        )


def mailto(to: Sequence[Recipient], cc: Sequence[Recipient], subject: str, body: str) -> str:
    """RFC 6068: addresses and texts percent-encoded, lines ending in CR LF."""
    fields = {
        "cc": ",".join(quote(recipient.address, safe="@") for recipient in cc),
        "subject": quote(subject, safe=""),
        "body": quote(body.strip().replace("\n", "\r\n"), safe=""),
    }
    addresses = ",".join(quote(recipient.address, safe="@") for recipient in to)
    return f"mailto:{addresses}?" + "&".join(f"{name}={value}" for name, value in fields.items() if value)


def _observed(
    text: str,
    subject: str,
    to: Sequence[Recipient],
    cc: Sequence[Recipient],
    files: Sequence[Path],
    taken: int,
    words: Words,
    *,
    pasted: bool,
) -> Observation:
    if cc:
        text += f", with a copy to {spoken_recipients(cc)}"
    names = listed([file.name for file in files]) if files else ""
    if files and taken >= len(files):
        text += f", with {names} attached"
    elif files:
        text += f", but Mail took {taken} of {len(files)} attachments ({names}); look at the window"
    text += f"; {PASTE}" if pasted else "; it is open in Mail"
    return Observation(
        output=subject,
        text=text,
        data={
            "subject": subject,
            "to": [recipient.address for recipient in to],
            "cc": [recipient.address for recipient in cc],
            "attached": taken,
            "text": "clipboard" if pasted else "window",
            **words.data,
        },
    )


def _spoken_sender(sender: str) -> str:
    name, address = next(iter(getaddresses([sender])), ("", ""))
    return name or address or "an unknown sender"

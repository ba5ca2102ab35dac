"""Mails as drafts in a Maildir, which every mail program reads. Nothing is sent."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from deskhand_contract.services import Observation
from deskhand_contract.tools import ComposeNewEmail, ForwardEmail, ReplyToEmail

from ...addresses import MAIL_ADDRESS, Recipient, spoken_recipients
from ...call import Call
from ...contact_book import ContactBook
from ...drafts import new_draft
from ...errors import NoSelectedMail
from ...file_search import FileSearch
from ...letters import NO_SUBJECT, paragraphs, subject_for
from ...mail_parts import (
    addressed,
    attached,
    body_text,
    forwarded,
    quotation,
    reply_addresses,
    sender,
    subject,
    thread_headers,
)
from ...mail_store import MailStore
from ...phrasing import listed, one_line, quoted, sentence_case
from ...storage import CreatedFiles, read_undo, remove_created
from ...writer import Words, Writer
from ..common.mailing import Bodies, known, located, to_and_cc


@dataclass(frozen=True, slots=True)
class _Draft:
    to: Sequence[Recipient]
    cc: Sequence[Recipient]
    subject: str
    words: Words
    attachments: Sequence[Path] = ()
    below: str = ""
    parts: Sequence[EmailMessage] = ()
    headers: tuple[tuple[str, str], ...] = ()


class Mail:
    def __init__(
        self,
        store: MailStore,
        book: ContactBook,
        search: FileSearch,
        user: Recipient,
        writer: Writer,
        *,
        max_attachment_bytes: int,
    ) -> None:
        self._store = store
        self._book = book
        self._search = search
        self._user = user
        self._bodies = Bodies(writer, user.name)
        self._max_attachment_bytes = max_attachment_bytes

    def compose_new_email(self, arguments: ComposeNewEmail, call: Call) -> Observation:
        to, cc = to_and_cc(arguments.recipients, arguments.cc, self._book)
        files = located(arguments.attachments, self._search, self._max_attachment_bytes)
        title = sentence_case(one_line(arguments.subject)) or subject_for(arguments.context, files)
        words = self._bodies.write(arguments.context, to, files)
        draft = _Draft(to, cc, title, words, files)
        text = f"Drafted a mail to {spoken_recipients(to)}" if to else "Drafted a mail without a recipient yet"
        return self._observe(draft, text, "the mail", call)

    def reply_to_email(self, arguments: ReplyToEmail, call: Call) -> Observation:
        original = self._store.selected()
        own = self._user.address.casefold()
        answered = reply_addresses(original)
        if answered and all(address.casefold() == own for _, address in answered):
            answered = addressed(original, "To")  # a mail of one's own: on to the same people
        to = [known(name, address, self._book) for name, address in answered if MAIL_ADDRESS.fullmatch(address)]
        if not to:
            raise NoSelectedMail("the selected mail has no address to reply to; write a new mail instead")
        _, cc = to_and_cc((), arguments.cc, self._book)
        files = located(arguments.attachments, self._search, self._max_attachment_bytes)
        words = self._bodies.write(arguments.context, to, files, lambda: body_text(original))
        draft = _Draft(
            to,
            cc,
            f"Re: {subject(original)}".strip(),
            words,
            files,
            below=f"\n{quotation(original, call.zone)}\n",
            headers=tuple(thread_headers(original).items()),
        )
        text = f"Drafted a reply to {quoted(subject(original) or NO_SUBJECT)} from {sender(original)}"
        return self._observe(draft, text, "the reply", call)

    def forward_email(self, arguments: ForwardEmail, call: Call) -> Observation:
        original = self._store.selected()
        to, cc = to_and_cc(arguments.recipients, arguments.cc, self._book)
        files = located(arguments.attachments, self._search, self._max_attachment_bytes)
        above = self._bodies.write(arguments.context, to, ()) if paragraphs(arguments.context) else Words("")
        draft = _Draft(
            to,
            cc,
            f"Fwd: {subject(original)}".strip(),
            above,
            files,
            ("\n" if above.text else "") + f"{forwarded(original, call.zone)}\n",
            attached(original),
            tuple((name, value) for name, value in thread_headers(original).items() if name == "References"),
        )
        people = f" to {spoken_recipients(to)}" if to else ""
        text = f"Drafted a forward of {quoted(subject(original) or NO_SUBJECT)} from {sender(original)}{people}"
        return self._observe(draft, text, "the forward", call)

    def undo_compose_new_email(self, undo: dict[str, Any]) -> Observation:
        record = read_undo(CreatedFiles, undo)
        moved = [file.model_copy(update={"path": self._store.whereabouts(file.path)}) for file in record.files]
        remove_created(record.model_copy(update={"files": tuple(moved)}), self._store.drafts)
        return Observation(output="", text=f"Removed {record.label} from your drafts")

    undo_reply_to_email = undo_compose_new_email
    undo_forward_email = undo_compose_new_email

    def _observe(self, draft: _Draft, text: str, what: str, call: Call) -> Observation:
        message = self._message(draft, call)
        path = self._store.write_draft(message, call.instant)
        if draft.cc:
            text += f", with a copy to {spoken_recipients(draft.cc)}"
        if draft.attachments:
            text += f", with {listed([file.name for file in draft.attachments])} attached"
        label = f"{what} {quoted(draft.subject)}"
        return Observation(
            output=str(path),
            text=text,
            data={
                "path": str(path),
                "message_id": str(message["Message-ID"]),
                "subject": draft.subject,
                "to": [recipient.address for recipient in draft.to],
                "cc": [recipient.address for recipient in draft.cc],
                **draft.words.data,
            },
            undo=CreatedFiles.of(label, path).model_dump(mode="json"),
        )

    def _message(self, draft: _Draft, call: Call) -> EmailMessage:
        message = new_draft(self._user, draft.to, draft.cc, draft.subject, call.instant)
        for name, value in draft.headers:
            message[name] = value
        message.set_content(draft.words.text + draft.below)
        for part in draft.parts:
            if message.get_content_type() != "multipart/mixed":
                message.make_mixed()
            message.attach(part)
        for file in draft.attachments:
            kind, encoding = mimetypes.guess_type(file.name)
            main, _, sub = (kind if kind and not encoding else "application/octet-stream").partition("/")
            message.add_attachment(file.read_bytes(), maintype=main, subtype=sub, filename=one_line(file.name))
        return message

"""Text messages: by a program of the user's, or into an outbox folder that a phone's bridge empties."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from deskhand_contract.services import Observation
from deskhand_contract.tools import SendSms

from ...addresses import Recipient, phone_recipients, spoken_recipients
from ...call import Call
from ...contact_book import ContactBook
from ...errors import NotConfigured, ToolTimeout, ToolUnavailable
from ...phrasing import one_line, shorten
from ...storage import CreatedFiles, read_undo, remove_created, write_atomically
from ..common.text_message import Deliveries, message_of

_PLACEHOLDER = re.compile(r"\{(number|message)\}")


class Messages:
    def __init__(self, outbox: Path, command: Sequence[str], timeout_s: float, book: ContactBook) -> None:
        self._outbox = outbox
        self._command = tuple(command)
        self._timeout_s = timeout_s
        self._book = book
        self._deliveries = Deliveries()

    def send_sms(self, arguments: SendSms, call: Call) -> Observation:
        message = message_of(arguments.message)
        recipients = phone_recipients(arguments.recipients, self._book)
        send = self._run if self._command else self._queue
        return send(recipients, message, call)

    def undo_send_sms(self, undo: dict[str, Any]) -> Observation:
        record = read_undo(CreatedFiles, undo)
        remove_created(record, self._outbox)
        return Observation(output="", text=f"Took {record.label} out of the outbox")

    def _queue(self, recipients: Sequence[Recipient], message: str, call: Call) -> Observation:
        delivery = self._deliveries.deliver(recipients, message, call.instant, partial(self._put, message, call))
        people = spoken_recipients(delivery.sent)
        undo = CreatedFiles.of(f"the text to {people}", *map(Path, delivery.results))
        return Observation(
            output=", ".join(recipient.address for recipient in recipients),
            text=f"Put a text to {people} in the outbox{delivery.had_it}",
            data={"paths": list(delivery.results), "numbers": [recipient.address for recipient in delivery.sent]},
            undo=undo.model_dump(mode="json"),
        )

    def _put(self, message: str, call: Call, recipient: Recipient) -> str:
        path = self._outbox / f"{call.now:%Y%m%dT%H%M%S}-{uuid4()}.json"
        content = {
            "id": path.stem,
            "to": recipient.address,
            "name": recipient.name,
            "message": message,
            "created": call.instant.isoformat(),
        }
        try:
            write_atomically(path, json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n")
        except OSError as error:
            raise ToolUnavailable(f"the outbox {self._outbox} cannot be written to: {error.strerror}") from error
        return str(path)

    def _run(self, recipients: Sequence[Recipient], message: str, call: Call) -> Observation:
        delivery = self._deliveries.deliver(recipients, message, call.instant, partial(self._send, message))
        return Observation(
            output=", ".join(recipient.address for recipient in recipients),
            text=f"Texted {spoken_recipients(delivery.sent)}{delivery.had_it}",
            data={"numbers": [recipient.address for recipient in delivery.sent]},
        )

    def _send(self, message: str, recipient: Recipient) -> str:
        command, person = _filled(self._command, {"number": recipient.address, "message": message}), recipient.spoken
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=self._timeout_s, check=False
            )
        except FileNotFoundError:
            raise NotConfigured(
                f"the program {command[0]!r} is not there; install it or set DESKHAND_EXECUTOR_SMS_COMMAND"
            ) from None
        except subprocess.TimeoutExpired:
            raise ToolTimeout(
                f"{command[0]!r} did not answer within {self._timeout_s:g} s; look on the phone whether {person} got it"
            ) from None
        except OSError as error:
            raise ToolUnavailable(f"{command[0]!r} cannot be run: {error.strerror}") from error
        if done.returncode != 0:
            why = shorten(one_line(done.stderr.decode(errors="replace")), 200) or f"exit status {done.returncode}"
            raise ToolUnavailable(f"{command[0]!r} could not send the text to {person}: {why}")
        return recipient.address


def _filled(command: Sequence[str], values: dict[str, str]) -> list[str]:
    """One pass, so that a message with "{number}" in it stays as it is."""
    return [_PLACEHOLDER.sub(lambda match: values[match[1]], argument) for argument in command]

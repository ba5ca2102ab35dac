"""Errors of the executor: each has a stable code, a status, and a message that says what to do.

    ExecutorError
    ├── NotFound
    │   ├── ContactNotFound      nobody in the contacts fits
    │   ├── NoteNotFound         no note has that title
    │   ├── FileNotFound         no file in the file roots has that name
    │   ├── NoSelectedMail       there is no mail to reply to or to forward
    │   └── CollectionNotFound   another program's config has no such calendar or list
    ├── Ambiguous                several fit equally; `details["candidates"]` lists them
    │   ├── AmbiguousContact
    │   ├── AmbiguousNote
    │   ├── AmbiguousFile
    │   └── AmbiguousCollection
    ├── MissingDetail            the person is known, the number or address is not
    ├── UnusableArgument         a value that cannot be used: no address, no date, nothing in it
    ├── FileNotAllowed           a path outside the file roots, or an attachment that is too big
    ├── CollectionReadOnly       a calendar or list that cannot be written to
    ├── PdfUnreadable            no PDF, damaged, or locked by a password
    ├── PdfWithoutText           a scan: there is no text in it
    ├── NotConfigured            settings are missing; the message names them
    ├── NotPermitted             the system does not let Deskhand control an application
    ├── ToolUnavailable          a program or service that the tool needs fails or is away
    ├── ToolTimeout              it did not answer in time: whether it happened is not known
    ├── PartlySent               some got the text and some did not; `details` has `sent` and `not_sent`
    ├── UndoRefused              changed since, or gone: left as it is
    ├── Interrupted              begun before a crash: whether it happened is not known
    └── NodeConflict             the same node of the same run with other arguments

Messages are clauses that begin small and end without a stop: the gateway sets them into sentences.
"""

from __future__ import annotations

from collections.abc import Sequence

from deskhand_contract.errors import WireError
from deskhand_serving.errors import ServingError


class ExecutorError(ServingError):
    code = "executor_error"
    http_status = 422
    retryable = False

    def __init__(self, message: str, **details: object) -> None:
        error = WireError(code=self.code, message=message, retryable=self.retryable, details=details or None)
        super().__init__(error, self.http_status)


class NotFound(ExecutorError):
    code = "not_found"
    http_status = 404


class ContactNotFound(NotFound):
    code = "contact_not_found"


class NoteNotFound(NotFound):
    code = "note_not_found"


class FileNotFound(NotFound):
    code = "file_not_found"


class NoSelectedMail(NotFound):
    code = "no_selected_mail"


class CollectionNotFound(NotFound):
    code = "collection_not_found"


class Ambiguous(ExecutorError):
    code = "ambiguous"
    http_status = 409

    def __init__(self, message: str, candidates: Sequence[str]) -> None:
        super().__init__(message, candidates=list(candidates))


class AmbiguousContact(Ambiguous):
    code = "ambiguous_contact"


class AmbiguousNote(Ambiguous):
    code = "ambiguous_note"


class AmbiguousFile(Ambiguous):
    code = "ambiguous_file"


class AmbiguousCollection(Ambiguous):
    code = "ambiguous_collection"


class MissingDetail(ExecutorError):
    code = "missing_detail"


class UnusableArgument(ExecutorError):
    code = "invalid_arguments"


class FileNotAllowed(ExecutorError):
    code = "file_not_allowed"
    http_status = 403


class CollectionReadOnly(ExecutorError):
    code = "collection_read_only"
    http_status = 403


class PdfUnreadable(ExecutorError):
    code = "pdf_unreadable"


class PdfWithoutText(ExecutorError):
    code = "pdf_without_text"


class NotConfigured(ExecutorError):
    code = "not_configured"


class NotPermitted(ExecutorError):
    code = "not_permitted"
    http_status = 403


class ToolUnavailable(ExecutorError):
    code = "tool_unavailable"
    http_status = 502


class ToolTimeout(ExecutorError):
    code = "tool_timeout"
    http_status = 504


class PartlySent(ExecutorError):
    code = "partly_sent"
    http_status = 502


class UndoRefused(ExecutorError):
    code = "undo_refused"
    http_status = 409


class Interrupted(ExecutorError):
    code = "interrupted"
    http_status = 409


class NodeConflict(ExecutorError):
    code = "node_conflict"
    http_status = 409

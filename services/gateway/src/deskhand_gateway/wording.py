"""Words for what could not be done, by what a tool gives; the executor words what was done.

A tool's result (`Output`) decides, so a further tool needs nothing here unless it gives something new.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from deskhand_contract.plan import PlanNode
from deskhand_contract.tools import Kind, Output


@dataclass(frozen=True)
class Wording:
    """`named` and `unnamed` say what it is about; they stand for {what} in the other two.

    `attempt` follows "I couldn't", `missed` follows "so".
    """

    named: str
    unnamed: str
    attempt: str
    missed: str


WORDINGS: dict[Output, Wording] = {
    Output.PHONE_NUMBER: Wording("{}", "them", "find a number for {what}", "the number of {what} was not looked up"),
    Output.EMAIL_ADDRESS: Wording(
        "{}", "them", "find a mail address for {what}", "the mail address of {what} was not looked up"
    ),
    Output.FILE_PATH: Wording("{}", "the file", "find {what}", "{what} was not opened"),
    Output.SUMMARY: Wording("{}", "the PDF", "summarise {what}", "{what} was not summarised"),
    Output.MAP_LINK: Wording("{}", "the place", "show {what} on the map", "the map was not opened"),
    Output.NOTE_CONTENT: Wording("the note “{}”", "the note", "open {what}", "{what} was not opened"),
    Output.ZOOM_LINK: Wording("the Zoom meeting", "the Zoom meeting", "set up {what}", "{what} was not set up"),
    Output.EVENT: Wording("“{}”", "the event", "put {what} in your calendar", "{what} is not in your calendar"),
    Output.DRAFT: Wording("the mail", "the mail", "draft {what}", "{what} was not drafted"),
    Output.NOTE: Wording("the note “{}”", "the note", "write {what}", "{what} was not written"),
    Output.REMINDER: Wording("the reminder “{}”", "the reminder", "set {what}", "{what} was not set"),
    Output.MESSAGE: Wording("the text", "the text", "send {what}", "{what} was not sent"),
}

OUT_OF_SCOPE = (
    "I can't do that. I can look up phone numbers and mail addresses, draft mails, send texts, add calendar events, "
    "reminders and notes, open and summarise files, show places on the map and set up Zoom meetings."
)
NOTHING_HEARD = "I couldn't hear anything in the recording. Check the microphone and say it again."
NOTHING_TO_SAY = "Done."
WAITING_FOR_APPROVAL = "Waiting for your approval:"
DOUBTFUL = "I am not sure that I understood you. This is what I would do:"
HOW_TO_APPROVE = "Say “yes” to go ahead, or “no” to leave it."
NOTHING_WAITS = "Nothing waits for a yes or no from you. Say what I should do."
DECIDED = "That was decided before, and nothing is done twice."
CUT_OFF = "Deskhand was stopped in the middle of this."
REFUSALS = {
    "cancelled": ", because the request was cancelled",
    "interrupted": ", because Deskhand was stopped",
    "denied": ", as you said",
    "expired": ", because it was not approved in time",
    "forbidden": ": the settings (gateway.approvals) or the request do not allow it",
}
"""What stands behind "the text was not sent", by the code of the error."""
STOPPED = ("cancelled", "interrupted")
"""Those that hit everything that was left: what is not worth a word is not named then."""

_OPENERS = """
a added all an appended at attached booked by could created directions drafted emailed event everything forwarded found
from here in invited it made mail meeting messaged no nobody note nothing on opened placed put reminder replied saved
scheduled sent set showed shown showing since started summarised summarized summary text texted that the there this to
today tomorrow two updated wrote you your zoom
"""
OPENERS = frozenset(_OPENERS.split())
"""Words that a clause may begin with and that are no name: they lose their capital inside a sentence."""


def about(node: PlanNode) -> str:
    """What the node makes: “Lunch”, the text."""
    return _what(node, WORDINGS[node.spec.returns])


def attempt(node: PlanNode) -> str:
    wording = WORDINGS[node.spec.returns]
    return wording.attempt.format(what=_what(node, wording))


def missed(node: PlanNode) -> str:
    wording = WORDINGS[node.spec.returns]
    return wording.missed.format(what=_what(node, wording))


def _what(node: PlanNode, wording: Wording) -> str:
    """What the call is about: the first text that it is given, as long as it is short."""
    for argument in node.spec.arguments:
        value = node.arguments.get(argument.name)
        if argument.kind in (Kind.TEXT, Kind.NAME, Kind.FILE_NAME, Kind.PATH) and isinstance(value, str) and value:
            name = PurePath(value).name if argument.kind is Kind.PATH else value
            return wording.named.format(name) if len(name) <= 60 and "\n" not in name else wording.unnamed
    return wording.unnamed

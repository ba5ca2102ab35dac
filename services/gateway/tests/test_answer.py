"""The deterministic join, as a table of what happened and what the user reads."""

from __future__ import annotations

import pytest
from deskhand_contract.errors import WireError
from deskhand_contract.events import NodeStatus
from deskhand_contract.plan import NodeRef, PlanNode
from deskhand_contract.services import Observation
from deskhand_contract.tools import TOOLS
from deskhand_gateway.answer import compose, decapitalise, sentence
from deskhand_gateway.outcome import Outcome
from deskhand_gateway.wording import OUT_OF_SCOPE, WORDINGS

from .conftest import event, lookup, mail, node, note, number, text


def done(node: PlanNode, said: str) -> Outcome:
    return Outcome(node, NodeStatus.DONE, observation=Observation(output=f"out-{node.id}", text=said))


def failed(node: PlanNode, why: str = "") -> Outcome:
    return Outcome(node, NodeStatus.FAILED, error=WireError(code="x", message=why))


def skipped(node: PlanNode, cause: int) -> Outcome:
    return Outcome(node, NodeStatus.SKIPPED, error=WireError(code="skipped", message="no"), cause=cause)


def refused(node: PlanNode, code: str) -> Outcome:
    return Outcome(node, NodeStatus.SKIPPED, error=WireError(code=code, message="no"))


SID, LUTFI = done(lookup(1, "Sid"), "Sid is sid@example.com"), done(lookup(2, "Lutfi"), "Lutfi is lutfi@example.com")
LUNCH_SAID = "Lunch is in your calendar on Thursday 12 March at 12:00"

CASES: list[tuple[str, str, list[Outcome], str]] = [
    ("out of scope", "play jazz", [], OUT_OF_SCOPE),
    ("one lookup", "what's Dana's mail", [done(lookup(1, "Dana"), "Dana is d@example.com")], "Dana is d@example.com."),
    (
        "lookups that feed a mail are not mentioned",
        "Email Sid and Lutfi the Q3 deck and put lunch on Thursday noon in my calendar",
        [SID, LUTFI, done(mail(3, 1, 2), "Drafted a mail to Sid and Lutfi"), done(event(4), LUNCH_SAID)],
        "Drafted a mail to Sid and Lutfi; lunch is in your calendar on Thursday 12 March at 12:00.",
    ),
    (
        "a title keeps the capital that the user gave it",
        "note this and put Review on Thursday noon",
        [done(note(1), "Made the note"), done(event(2, "Review"), "Review is in your calendar")],
        "Made the note; Review is in your calendar.",
    ),
    (
        "names keep their capitals",
        "text Bo and show Rome",
        [done(text(1), "Texted Bo"), done(node(2, "maps_open_location", location="Rome"), "Rome is on the map")],
        "Texted Bo; Rome is on the map.",
    ),
    (
        "an effect that feeds another is mentioned",
        "zoom and mail it",
        [
            done(node(1, "get_zoom_meeting_link", topic="Sync"), "Set up the Zoom meeting Sync"),
            done(node(2, "compose_new_email", context=NodeRef(node=1)), "Drafted a mail"),
        ],
        "Set up the Zoom meeting Sync; drafted a mail.",
    ),
    (
        "many clauses are sentences",
        "do it all",
        [done(note(n), f"Made the note {n}") for n in range(1, 5)],
        "Made the note 1. Made the note 2. Made the note 3. Made the note 4.",
    ),
    (
        "clauses with sentences inside are sentences",
        "q",
        [done(note(1), "Made the note. It is in Work"), done(note(2), "Made another")],
        "Made the note. It is in Work. Made another.",
    ),
    (
        "texts of several lines stand apart",
        "q",
        [
            done(node(1, "summarize_pdf", pdf_path="x"), "The lease in short:\n- two years\n- no pets"),
            done(note(2), "Made the note"),
        ],
        "Made the note.\n\nThe lease in short:\n- two years\n- no pets",
    ),
    ("the same said twice is said once", "q", [done(note(1), "Made it"), done(note(2), "Made it")], "Made it."),
    ("nothing to say", "q", [done(note(1), "")], "Done."),
    (
        "a failed lookup tells what was not done",
        "text Bo",
        [failed(number(1, "Bo")), skipped(text(2, 1), 1)],
        "I couldn't find a number for Bo, so the text was not sent.",
    ),
    (
        "and why",
        "text Bo",
        [failed(number(1, "Bo"), "No contact is called Bo"), skipped(text(2, 1), 1)],
        "I couldn't find a number for Bo, so the text was not sent: no contact is called Bo.",
    ),
    (
        "what was done comes first",
        "email Sid, text Bo and put lunch on Thursday",
        [
            SID,
            failed(number(2, "Bo"), "no contact is called Bo."),
            skipped(text(3, 2), 2),
            done(mail(4, 1), "Drafted a mail to Sid"),
            failed(event(5), "the calendar cannot be written"),
        ],
        "Drafted a mail to Sid. I couldn't find a number for Bo, so the text was not sent: no contact is called Bo. "
        "I couldn't put “Lunch” in your calendar: the calendar cannot be written.",
    ),
    (
        "several things that one failure stopped",
        "q",
        [failed(lookup(1, "Sid")), skipped(mail(2, 1), 1), skipped(mail(3, 1), 1), skipped(event(4, "Sync"), 1)],
        "I couldn't find a mail address for Sid, so the mail was not drafted and “Sync” is not in your calendar.",
    ),
    (
        "a lookup that was skipped in between is not worth a word",
        "q",
        [
            failed(node(1, "open_and_get_file_path", file_name="lease.pdf"), "no file is called so"),
            skipped(node(2, "summarize_pdf", pdf_path=NodeRef(node=1)), 1),
            skipped(note(3, "Lease", content=NodeRef(node=2)), 1),
        ],
        "I couldn't find lease.pdf, so the note “Lease” was not written: no file is called so.",
    ),
    (
        "what was denied, and what it took with it",
        "q",
        [SID, refused(mail(2, 1), "denied"), skipped(note(3, content="$2"), 2), done(note(4), "Made the note")],
        "Made the note. The mail was not drafted and the note “Log” was not written, as you said.",
    ),
    (
        "what the settings forbid",
        "q",
        [refused(text(1), "forbidden")],
        "The text was not sent: the settings (gateway.approvals) or the request do not allow it.",
    ),
    (
        "of what was stopped only what matters is named",
        "q",
        [refused(lookup(1, "Sid"), "cancelled"), refused(mail(2, 1), "cancelled")],
        "The mail was not drafted, because the request was cancelled.",
    ),
    (
        "what nobody knows of",
        "q",
        [SID, Outcome(mail(2, 1), NodeStatus.INTERRUPTED), refused(note(3), "interrupted")],
        "I was stopped before I knew whether I could draft the mail; look before you say it again. "
        "The note “Log” was not written, because Deskhand was stopped.",
    ),
    (
        "what waits is shown with all that it will be given",
        "q",
        [
            done(note(1), "Made the note"),
            Outcome(
                text(2), NodeStatus.NEEDS_APPROVAL, arguments={"recipients": ["+1 555", "+2 555"], "message": "a\nb"}
            ),
            Outcome(note(3), NodeStatus.WAITING),
        ],
        "Made the note.\n\nWaiting for your approval:\n"
        "- send the text (recipients: +1 555, +2 555, message: “a\nb”)\n"
        "After that I write the note “Log”.\nSay “yes” to go ahead, or “no” to leave it.",
    ),
    (
        "an unresolved date",
        "remind me to call",
        [failed(node(1, "create_reminder", name="call"), "“blursday” is no date that I know")],
        "I couldn't set the reminder “call”: “blursday” is no date that I know.",
    ),
]


@pytest.mark.parametrize(("query", "outcomes", "answer"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_answer_reads_like_an_assistant_s(query: str, outcomes: list[Outcome], answer: str) -> None:
    assert compose(query, outcomes) == answer


def test_every_output_of_the_registry_has_its_words() -> None:
    assert {tool.returns for tool in TOOLS} <= set(WORDINGS)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_every_tool_can_fail_in_whole_sentences(tool) -> None:
    bare = PlanNode(id=1, tool=tool.name)
    feeder = failed(lookup(1, "Sid"))
    told = compose("q", [failed(bare, "it broke")])
    missed = compose("q", [feeder, skipped(bare.model_copy(update={"id": 2}), 1)])
    for answer in (told, missed):
        assert answer.startswith("I couldn't ")
        assert answer.endswith(".")
        assert not {"{", "}", "“”", "  "} & {answer[n : n + 2].strip() or "  " for n in range(len(answer))}


@pytest.mark.parametrize(
    ("clause", "query", "expected"),
    [
        ("Lunch is on", "put lunch on", "lunch is on"),
        ("Lunch is on", "put Lunch on", "Lunch is on"),
        ("Q3 review is on", "put q3 review on", "Q3 review is on"),
        ("PDF opened", "q", "PDF opened"),
        ("I found two", "q", "I found two"),
        ("Drafted it", "q", "drafted it"),
        ("Sid's number is 1", "text Sid", "Sid's number is 1"),
        ("“Lunch” is on", "lunch", "“Lunch” is on"),
        ("", "q", ""),
    ],
)
def test_only_words_that_are_no_names_lose_their_capital(clause: str, query: str, expected: str) -> None:
    assert decapitalise(clause, query) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("made it", "Made it."),
        ("iPhone notes are open", "iPhone notes are open."),
        ("Really?", "Really?"),
        ("a…", "A…"),
    ],
)
def test_sentences_begin_and_end(given: str, expected: str) -> None:
    assert sentence(given) == expected

from __future__ import annotations

from pathlib import Path

import pytest
from deskhand_executor.addresses import Recipient
from deskhand_executor.letters import letter, paragraphs, subject_for


def person(name: str, greeting: str = "") -> Recipient:
    return Recipient(f"{name.lower()}@example.org", name, greeting or name)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("I found his jacket", "I found his jacket."),
        ("that I'm running late", "I'm running late."),
        ("that is fine", "That is fine."),
        ("i'm sick today and i stay home", "I'm sick today and I stay home."),
        ("is he ready for the audit on 11 July", "Is he ready for the audit on 11 July?"),
        ("when does it start", "When does it start?"),
        ("when we are back, I call", "When we are back, I call."),
        ("will be there at 5", "Will be there at 5."),
        ("if the projector is free on the 12th", "I wanted to ask if the projector is free on the 12th."),
        ("to bring the keys", "Please bring the keys."),
        ("to be honest I forgot", "To be honest I forgot."),
        ("about the budget", "This is about the budget."),
        ("thanks for the visit!", "Thanks for the visit!"),
        ("iPhone is back", "iPhone is back."),
        ("file i.e. the pdf", "File i.e. the pdf."),
        ("“the eagle has landed”", "the eagle has landed"),
        ('"ok"', "ok"),
        ("see you 🎉", "See you 🎉"),
        ("Over to you https://example.org/x", "Over to you.\n\nhttps://example.org/x"),
        ("https://us02web.zoom.us/j/1", "Here is the link to the video meeting:\n\nhttps://us02web.zoom.us/j/1"),
        (
            "https://maps.apple.com/?daddr=x&dirflg=r",
            "Here are the directions:\n\nhttps://maps.apple.com/?daddr=x&dirflg=r",
        ),
        ("https://maps.apple.com/?q=x", "Here it is on the map:\n\nhttps://maps.apple.com/?q=x"),
        ("+1 555 010 0101", "Here is the number: +1 555 010 0101"),
        ("a title\n\n\n\nand text, as it is", "a title\n\nand text, as it is"),
        ("", ""),
    ],
)
def test_words_become_a_sentence_and_nothing_else(words: str, text: str) -> None:
    assert paragraphs(words) == text


def test_long_words_stay_as_they_are() -> None:
    words = "that we go. " * 40
    assert paragraphs(words) == words.strip()


@pytest.mark.parametrize(
    ("recipients", "greeting"),
    [
        ([person("Bo")], "Hi Bo,"),
        ([person("Sid"), person("Lutfi"), person("Zoë")], "Hi Sid, Lutfi and Zoë,"),
        ([person("A"), person("B"), person("C"), person("D")], "Hi all,"),
        ([person("Adaeze", "Dr. Okafor")], "Hi Dr. Okafor,"),
        ([person("Bo"), Recipient("x@y.org")], "Hello,"),
        ([], "Hello,"),
    ],
)
def test_greeting_names_whom_it_knows(recipients: list[Recipient], greeting: str) -> None:
    assert letter("the van is here", recipients, "Sam", []) == f"{greeting}\n\nThe van is here.\n\nSam\n"


def test_greeting_in_the_words_is_enough() -> None:
    assert letter("hi bo, all good?", [person("Bo")], "", []) == "Hi bo, all good?\n"


def test_attachments_alone_are_named() -> None:
    assert letter("", [person("Bo")], "", ["a.pdf"]) == "Hi Bo,\n\nAttached is a.pdf.\n"


@pytest.mark.parametrize(
    ("context", "files", "subject"),
    [
        ("that i found his jacket", [], "I found his jacket"),
        (
            "the parent evening starts at 7 instead of 6, and everybody should bring a chair with them",
            [],
            "The parent evening starts at 7 instead of 6",
        ),
        ("we moved. See you there.", [], "We moved"),
        ("if the projector is free", [], "The projector is free"),
        ("Lease agreement (2 pages)\n\nThe rent is due.", [], "Lease agreement (2 pages)"),
        ("# Packing\n- socks", [], "Packing"),
        ("https://zoom.us/j/1", [], "Link to the video meeting"),
        ("", ["/x/Q3_Deck.pdf"], "Q3 Deck"),
        ("", ["/x/a.pdf", "/x/b_c.png"], "A and b c"),
        ("", [], "(no subject)"),
        ("!!!", [], "(no subject)"),
    ],
)
def test_subject_is_made_of_the_words(context: str, files: list[str], subject: str) -> None:
    assert subject_for(context, [Path(file) for file in files]) == subject


def test_subject_is_short() -> None:
    assert len(subject_for("word " * 200, [])) <= 60

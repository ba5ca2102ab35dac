"""What counts as right, what is called wrong first, and what is confused with what."""

from __future__ import annotations

import pytest
from deskhand_contract.plan import PlanNode
from deskhand_training.data.load import read_shape
from deskhand_training.evaluate.confusion import LABELS, NOTHING, confusion, worst
from deskhand_training.evaluate.examples import choose, style_of
from deskhand_training.evaluate.metrics import fault

GOLD = "get_phone_number(name=Ana); get_phone_number(name=Bo); send_sms(recipients=[$1, $2], message=hello)"


def plan(text: str) -> tuple[PlanNode, ...]:
    return read_shape(text)


@pytest.mark.parametrize(
    ("got", "wrong"),
    [
        (GOLD, None),
        ("get_phone_number(name=Bo); get_phone_number(name=Ana); send_sms(recipients=[$1, $2], message=hello)", None),
        ("get_phone_number(name=Ana); send_sms(recipients=[$1], message=hello)", "missing lookup"),
        (GOLD + "; get_email_address(name=Ana)", "extra lookup"),
        (GOLD + "; create_note(name=hello)", "extra action"),
        ("get_phone_number(name=Ana); get_phone_number(name=Bo)", "missing action"),
        ("get_phone_number(name=Ana); get_phone_number(name=Bo); create_note(name=hello)", "wrong tool"),
        (
            "get_phone_number(name=Ana); get_phone_number(name=Bo); send_sms(recipients=[$1], message=hello)",
            "wrong edge",
        ),
        (GOLD.replace("hello", "goodbye"), "argument message"),
    ],
)
def test_the_first_fault_of_a_plan_is_named(got: str, wrong: str | None) -> None:
    assert fault(plan(GOLD), plan(got)) == wrong


def test_confusion_counts_pairs_and_what_is_left_over() -> None:
    note, reminder = plan("create_note(name=milk)"), plan("create_reminder(name=milk)")
    matrix = confusion([(note, note), (note, reminder), (note, ()), ((), reminder)])
    at = {label: number for number, label in enumerate(LABELS)}
    assert matrix[at["create_note"], at["create_note"]] == 1
    assert matrix[at["create_note"], at["create_reminder"]] == 1
    assert matrix[at["create_note"], at[NOTHING]] == 1
    assert matrix[at[NOTHING], at["create_reminder"]] == 1
    assert matrix.sum() == 4
    assert len(worst(matrix)) == 3


@pytest.mark.parametrize(
    ("sentence", "style"),
    [("text ana i am late", "dictated"), ("text ana: i am late!", "careless"), ("Text Ana I am late", "typed")],
)
def test_style_follows_capitals_and_punctuation(sentence: str, style: str) -> None:
    assert style_of(sentence) == style


def test_a_limited_choice_is_a_fixed_sample_of_all() -> None:
    few = choose("validation", 10)
    assert few == choose("validation", 10)
    assert len({example.sentence for example in few}) == 10
    assert few != choose("validation")[:10]

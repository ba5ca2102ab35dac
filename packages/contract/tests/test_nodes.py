import pytest
from deskhand_contract.errors import InvalidArguments, InvalidReference, UnknownTool
from deskhand_contract.plan import DatePhrase, NodeRef, PlanNode, Template, read_node
from deskhand_contract.services import Clock
from deskhand_contract.tools import Output
from pydantic import ValidationError

EARLIER = {1: Output.EMAIL_ADDRESS, 2: Output.MAP_LINK, 3: Output.DRAFT}


def test_empty_values_count_as_absent():
    node = read_node(
        4, "compose_new_email", {"recipients": ["", None], "cc": [], "subject": "", "context": None}, EARLIER
    )
    assert node.arguments == {}


def test_one_address_may_stand_without_a_list():
    assert read_node(4, "reply_to_email", {"cc": "$1"}, EARLIER).arguments == {"cc": (NodeRef(node=1),)}


@pytest.mark.parametrize(
    ("tool", "raw", "read"),
    [
        ("get_zoom_meeting_link", {"duration": "45"}, {"duration": 45}),
        ("get_zoom_meeting_link", {"duration": 45.0}, {"duration": 45}),
        ("get_zoom_meeting_link", {"duration": "half an hour"}, {"duration": "half an hour"}),
        ("get_zoom_meeting_link", {"duration": "9" * 5000}, {"duration": "9" * 5000}),
        ("create_reminder", {"name": 7, "all_day": "Yes"}, {"name": "7", "all_day": True}),
        ("create_reminder", {"name": "x", "all_day": 0}, {"name": "x", "all_day": False}),
        ("create_reminder", {"name": "x", "due_date": "$1"}, {"name": "x", "due_date": DatePhrase(phrase="$1")}),
    ],
)
def test_values_are_read_by_kind(tool, raw, read):
    assert read_node(4, tool, raw, EARLIER).arguments == read


@pytest.mark.parametrize(
    ("tool", "raw", "error"),
    [
        ("get_weather", {}, UnknownTool),
        ("get_email_address", {}, InvalidArguments),
        ("get_email_address", {"name": ""}, InvalidArguments),
        ("get_email_address", {"name": True}, InvalidArguments),
        ("get_email_address", {"surname": ""}, InvalidArguments),
        ("get_email_address", {"name": {"first": "x"}}, InvalidArguments),
        ("create_reminder", {"name": "x", "priority": True}, InvalidArguments),
        ("create_reminder", {"name": "x", "priority": "high"}, InvalidArguments),
        ("create_reminder", {"name": "x", "priority": "9" * 5000}, InvalidArguments),
        ("create_reminder", {"name": "x", "priority": float("nan")}, InvalidArguments),
        ("create_reminder", {"name": "x", "all_day": []}, None),
        ("create_reminder", {"name": "x", "all_day": 2}, InvalidArguments),
        ("send_sms", {"recipients": {"a": 1}, "message": "x"}, InvalidArguments),
        ("send_sms", {"recipients": ["$1"], "message": "x"}, InvalidReference),
        ("summarize_pdf", {"pdf_path": "$1"}, InvalidReference),
        ("summarize_pdf", {"pdf_path": "$7"}, InvalidReference),
    ],
)
def test_wrong_calls_are_refused_by_kind(tool, raw, error):
    if error is None:
        assert read_node(4, tool, raw, EARLIER).arguments == {"name": "x"}
        return
    with pytest.raises(error):
        read_node(4, tool, raw, EARLIER)


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (NodeRef(node=9), InvalidReference),
        (NodeRef(node=3), InvalidReference),
        (Template(parts=("see ", NodeRef(node=3))), InvalidReference),
        (NodeRef(node=2), None),
    ],
)
def test_references_are_checked_for_fit(value, error):
    node = PlanNode(id=4, tool="create_note", arguments={"content": value})
    if error is None:
        node.check(EARLIER)
        assert node.deps == (2,)
        return
    with pytest.raises(error):
        node.check(EARLIER)


@pytest.mark.parametrize(
    ("parts", "written"),
    [
        (("at ", NodeRef(node=2), "0 km"), "at ${2}0 km"),
        (("at ", NodeRef(node=2), ".5"), "at ${2}.5"),
        (("at ", NodeRef(node=2), ". Yes"), "at $2. Yes"),
        (("C:\\", NodeRef(node=2)), "C:\\\\$2"),
        (("$", NodeRef(node=2)), "$$2"),
        (("not $2 but \\$2: ", NodeRef(node=2)), "not \\$2 but \\\\\\$2: $2"),
    ],
)
def test_what_stands_beside_a_reference_never_changes_it(parts, written):
    node = PlanNode(id=4, tool="create_note", arguments={"content": Template(parts=parts)})
    assert node.wire_arguments() == {"content": written}
    assert read_node(4, "create_note", node.wire_arguments(), EARLIER) == node


def test_a_clock_is_iso():
    assert Clock(now="2026-03-11T09:30:00", timezone="Europe/Berlin").now == "2026-03-11T09:30:00"
    with pytest.raises(ValidationError):
        Clock(now="half past nine", timezone="Europe/Berlin")

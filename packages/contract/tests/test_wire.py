import contextlib

import pytest
from deskhand_contract.errors import (
    ContractError,
    InvalidArguments,
    InvalidReference,
    PlanSyntaxError,
    UnknownTool,
)
from deskhand_contract.plan import DatePhrase, NodeRef, PlanNode, Template
from deskhand_contract.wire import END_OF_PLAN, MAX_CALL_CHARS, PlanParser, parse_plan, render_plan, unresolved
from hypothesis import given
from hypothesis import strategies as st

TINYAGENT = (
    '1. get_email_address("Sid")\n'
    '2. create_calendar_event("Lunch", "2026-03-12 12:00:00", "", "", ["$1"], "", "")\n'
    f"3. join(){END_OF_PLAN}"
)


def feed_all(parser: PlanParser, pieces: list[str]) -> list[PlanNode]:
    return [node for piece in pieces for node in parser.feed(piece)]


def values(text: str) -> dict[str, object]:
    (node,) = parse_plan(text)
    return dict(node.arguments)


def test_tinyagents_form_is_read():
    lookup, event = parse_plan(TINYAGENT)
    assert lookup == PlanNode(id=1, tool="get_email_address", arguments={"name": "Sid"})
    assert event.arguments == {
        "title": "Lunch",
        "start_date": DatePhrase(phrase="2026-03-12 12:00:00"),
        "invitees": (NodeRef(node=1),),
    }
    assert event.deps == (1,)


@given(data=st.data())
def test_a_rendered_plan_gives_its_nodes_back(plans, data):
    nodes = data.draw(plans)
    assert parse_plan(render_plan(nodes)) == nodes


@given(data=st.data())
def test_a_node_survives_the_json_between_services(plans, data):
    for node in data.draw(plans):
        assert PlanNode.model_validate_json(node.model_dump_json(exclude_none=True)) == node


@given(data=st.data())
def test_any_chunking_gives_the_same_nodes(plans, data):
    nodes = data.draw(plans)
    text = render_plan(nodes)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=20)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    parser = PlanParser()
    assert feed_all(parser, pieces) == nodes
    parser.close()
    assert parser.finished


def test_a_node_is_given_when_its_parenthesis_closes():
    parser = PlanParser()
    assert parser.feed('1. get_email_address("Sid"') == []
    assert [node.id for node in parser.feed(")")] == [1]
    assert not parser.finished


def test_resolved_dates_are_written_as_iso():
    date = DatePhrase(phrase="tomorrow", iso="2026-03-12")
    node = PlanNode(id=1, tool="create_reminder", arguments={"name": "x", "due_date": date})
    assert parse_plan(render_plan([node])) == [unresolved(node)]


@given(st.text())
def test_any_text_is_a_plan_or_a_contract_error(text):
    try:
        nodes = parse_plan(text)
    except ContractError:
        return
    assert all(isinstance(node, PlanNode) for node in nodes)


@given(
    st.lists(
        st.sampled_from(
            [
                "1. ",
                "2. ",
                "send_sms(",
                "get_email_address(",
                "join(",
                ")",
                '"',
                "'",
                "\\",
                "[",
                "]",
                "{",
                "}",
                ",",
                "\n",
                "$1",
                "=",
                "name",
                "a",
                "True",
                "None",
                "-3",
                "1.5",
                "\ud800",
                "\\ud800",
                "\\u00e9",
                "9" * 5000,
                "$" + "9" * 5000,
                "(",
                "¹",
                "0. ",
            ]
        )
    )
)
def test_any_shuffle_of_a_plans_pieces_is_a_plan_or_a_contract_error(pieces):
    with contextlib.suppress(ContractError):
        parse_plan("".join(pieces))


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        "1. f" * 50_000,
        "Thought: (a) (b) " * 10_000,
        " " * 200_000,
        "1" * 200_000,
        "1. send_sms(" + "[" * 90_000,
        "1. send_sms(" + '"\\' * 40_000,
        '1. send_sms(["a"], "' + "\\" * 90_000 + 'n")',
        '1. send_sms(["a"], "' + "$" * 90_000 + '")',
        '1. get_email_address("a") 2 3 4' + " 5 6 7" * 30_000,
    ],
    ids=range(10),
)
@pytest.mark.timeout(30)
def test_reading_takes_linear_time(text):
    """Quadratic reading of any of these takes hours."""
    with contextlib.suppress(ContractError):
        parse_plan(text)


# What LLMCompiler's and TinyAgent's parsers get wrong.


def test_newlines_inside_an_argument_do_not_end_a_call():
    assert values('1. create_note("a", "one\n\ntwo\n2. join()")\n2. join()')["content"] == "one\n\ntwo\n2. join()"


def test_two_newlines_in_one_piece_lose_no_node():
    text = '1. get_email_address("A")\n\n2. get_email_address("B")\n\n3. join()'
    assert [node.id for node in PlanParser().feed(text)] == [1, 2]


def test_keyword_arguments_keep_their_names():
    assert values('1. send_sms(message="hi", recipients=["+1 555"])') == {"recipients": ("+1 555",), "message": "hi"}


def test_a_reference_in_prose_is_no_dependency():
    plan = '1. get_phone_number("Bo")\n2. create_reminder("pay $1 and ${1}", "", "costs $1.50, $1k")\n3. join()'
    reminder = parse_plan(plan)[1]
    assert reminder.arguments == {"name": "pay $1 and ${1}", "notes": "costs $1.50, $1k"}
    assert reminder.deps == ()


def test_a_reference_of_an_output_that_says_nothing_is_text():
    plan = '1. create_note("a", "b", "")\n2. send_sms(["1"], "see $1")\n3. join()'
    assert parse_plan(plan)[1].arguments["message"] == "see $1"


def test_a_reference_inside_a_text_is_one():
    plan = '1. maps_open_location("Rome")\n2. send_sms(["1"], "Here: $1!")\n3. join()'
    sms = parse_plan(plan)[1]
    assert sms.arguments["message"] == Template(parts=("Here: ", NodeRef(node=1), "!"))
    assert sms.resolve({1: '$1 \\ "'})["message"] == 'Here: $1 \\ "!'


def test_resolving_never_searches_text():
    node = PlanNode(
        id=3,
        tool="send_sms",
        arguments={"recipients": (NodeRef(node=1),), "message": Template(parts=("$1 and ", NodeRef(node=2)))},
    )
    assert node.resolve({1: "$2", 2: "$1"}) == {"recipients": ["$2"], "message": "$1 and $1"}


def test_resolving_without_an_output_fails():
    node = PlanNode(id=2, tool="send_sms", arguments={"recipients": (NodeRef(node=1),), "message": "x"})
    with pytest.raises(InvalidReference):
        node.resolve({})


@pytest.mark.parametrize("written", ["$1", "${1}", " $1 ", '"$1"'])
def test_bare_and_braced_references_are_read(written):
    plan = f'1. open_and_get_file_path("a.pdf")\n2. summarize_pdf({written})\n3. join()'
    assert parse_plan(plan)[1].deps == (1,)


@pytest.mark.parametrize("argument", ['["$2"]', '["$9"]', '["$1", "$3"]', "[$2]"])
def test_an_address_that_refers_to_no_earlier_address_is_refused(argument):
    plan = f'1. get_phone_number("Bo")\n2. send_sms({argument}, "hi")\n3. join()'
    with pytest.raises(InvalidReference):
        parse_plan(plan)


def test_an_escaped_reference_is_text_even_as_an_address():
    plan = '1. get_phone_number("Bo")\n2. send_sms(["\\\\$1"], "hi")\n3. join()'
    assert parse_plan(plan)[1].arguments["recipients"] == ("$1",)


def test_numbers_with_gaps_mean_the_calls_as_written():
    plan = (
        '2. get_phone_number("Bo")\n1. get_email_address("Al")\n7. create_reminder("x", "", "$3.50")\n'
        '8. send_sms(["$2"], "$2, $1, $7")\n9. join()'
    )
    nodes = parse_plan(plan)
    assert [node.id for node in nodes] == [1, 2, 3, 4]
    assert nodes[2].arguments["notes"] == "$3.50"
    assert nodes[3].arguments == {
        "recipients": (NodeRef(node=1),),
        "message": Template(parts=(NodeRef(node=1), ", ", NodeRef(node=2), ", $7")),
    }


def test_half_a_surrogate_pair_is_replaced_and_a_whole_one_is_a_character():
    assert values('1. get_email_address("\\ud83d\\ude00 \\ud800x")') == {"name": "😀 \ufffdx"}
    assert values(render_plan([PlanNode(id=1, tool="get_email_address", arguments={"name": "a\udfff"})])) == {
        "name": "a\ufffd"
    }


def test_prose_around_the_calls_is_passed_over():
    text = (
        "Thought: (1) I need 1. get_email_address(\nSure, here it is:\n```\n"
        '1. get_email_address("Sid") # 3 people 2) get_phone_number("Bo")\n```\njoin()<END_OF_PLAN>\n3. nonsense('
    )
    assert [node.tool for node in parse_plan(text)] == ["get_email_address", "get_phone_number"]


def test_a_written_default_counts_as_absent_and_a_named_one_as_said():
    assert values('1. create_reminder("x", "", "", "", 0, False)') == {"name": "x"}
    assert values('1. create_reminder(name="x", all_day=False)') == {"name": "x", "all_day": False}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1. get_weather()", UnknownTool),
        ('1. get_email_address("a", "b")', InvalidArguments),
        ("1. get_email_address()", InvalidArguments),
        ('1. get_email_address(nickname="a")', InvalidArguments),
        ('1. get_email_address("a", name="b")', InvalidArguments),
        ('1. get_email_address(name="a", name="b")', InvalidArguments),
        ('1. send_sms(recipients=["1"], "b")', PlanSyntaxError),
        ("1. get_email_address(Sid)", PlanSyntaxError),
        ('1. get_email_address("a" "b")', PlanSyntaxError),
        ('1. get_email_address(["a"])', InvalidArguments),
        ('1. send_sms([["a"]], "b")', PlanSyntaxError),
        ('1. send_sms([1], "b")', InvalidArguments),
        ('1. send_sms([""], "b")', InvalidArguments),
        ("1. send_sms(['a')", PlanSyntaxError),
        ('1. create_reminder("x", "", "", "", "soon")', InvalidArguments),
        ('1. create_reminder("x", all_day="perhaps")', InvalidArguments),
        ('1. get_email_address("a")\n1. get_email_address("b")', PlanSyntaxError),
        ('0. get_email_address("a")', PlanSyntaxError),
        ('1. get_email_address("a', PlanSyntaxError),
        ('1. get_email_address("' + "a" * MAX_CALL_CHARS + '")', PlanSyntaxError),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused_by_kind(text, error):
    with pytest.raises(error):
        parse_plan(text)

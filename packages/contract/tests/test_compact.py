from contextlib import suppress

import pytest
from deskhand_contract.compact import (
    EOS,
    MAX_UNITS,
    NONE,
    TOKENS,
    UNIT_0,
    CompactDecoder,
    decode,
    encode,
    find_span,
    split_units,
)
from deskhand_contract.errors import InvalidArguments, SpanNotFound, UnknownTool
from deskhand_contract.literals import inside_words
from deskhand_contract.plan import DatePhrase, NodeRef, PlanNode, Template
from deskhand_contract.tools import DATE_KINDS, TOOL_NAMES, TOOLS, Argument, Effect, Kind, Output
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.text(st.characters(exclude_categories=["Cs", "Z", "Cc"]), min_size=1, max_size=6)
COMMON = ("mail", "Sid", "sid@x.org", "+1 555 010", "dana at example dot org", "lease.pdf", "$1", "at", "3pm", "…")
SENTENCES = st.one_of(
    st.lists(WORDS, max_size=20).map(" ".join),
    st.lists(st.sampled_from(COMMON), max_size=12).map(" ".join),
)
SENTENCE = "text my mom and al@x.org +1 555 0100 the summary of lease.pdf on Friday at 3 for 45 minutes please"


def _single(argument: Argument, refs: list[NodeRef]) -> st.SearchStrategy[str | NodeRef]:
    units = split_units(SENTENCE)
    spans = {
        Kind.EMAILS: ["al@x.org"],
        Kind.PHONES: ["+1 555 0100"],
        Kind.NAME: ["my mom", "mom"],
    }.get(argument.kind)
    if spans is None:
        pairs = st.tuples(st.integers(0, len(units) - 1), st.integers(0, 6))
        text = pairs.map(lambda p: SENTENCE[units[p[0]][0] : units[min(p[0] + p[1], len(units) - 1)][1]])
        text = text.filter(lambda value: any(character.isalnum() for character in value))
    else:
        text = st.sampled_from(spans)
    return st.one_of(text, st.sampled_from(refs)) if refs else text


@st.composite
def compact_plans(draw: st.DrawFn) -> list[PlanNode]:
    nodes: list[PlanNode] = []
    outputs: dict[int, Output] = {}
    read: set[tuple[str, object]] = set()
    for tool in draw(st.lists(st.sampled_from(TOOLS), max_size=6)):
        arguments = {}
        for argument in tool.arguments:
            if not (argument.required or draw(st.booleans())):
                continue
            refs = [NodeRef(node=node) for node, output in outputs.items() if output in argument.accepts]
            single = _single(argument, refs)
            if argument.kind is Kind.FLAG:
                value = draw(st.booleans())
            elif argument.kind is Kind.PRIORITY:
                value = draw(st.integers(0, 9999))
            elif argument.kind is Kind.DURATION:
                value = draw(st.one_of(st.integers(0, 9999), single))
            elif argument.kind is Kind.TRANSPORT:
                value = draw(st.sampled_from("dwr"))
            elif argument.kind in DATE_KINDS:
                value = DatePhrase(phrase=draw(single))
            elif argument.is_list:
                value = tuple(draw(st.lists(single, min_size=1, max_size=3, unique=True)))
            elif refs and argument.kind is not Kind.PATH and draw(st.booleans()):
                value = Template(parts=(draw(single.filter(lambda part: isinstance(part, str))), " ", refs[0]))
            else:
                value = draw(single)
            arguments[argument.name] = value
        if tool.effect is Effect.READ and len(tool.arguments) == 1:
            (value,) = arguments.values()
            what = {(tool.name, value)}
            if isinstance(value, str):
                start, end = find_span(SENTENCE, split_units(SENTENCE), value)
                what = {(tool.name, unit) for unit in range(start, end + 1)}
            if what & read:
                continue  # the grammar reads nothing twice
            read |= what
        nodes.append(PlanNode(id=len(nodes) + 1, tool=tool.name, arguments=arguments))
        outputs[nodes[-1].id] = tool.returns
    return nodes


@given(compact_plans())
def test_decoding_gives_back_what_was_encoded(nodes):
    ids = encode(SENTENCE, nodes)
    assert ids[-1] == EOS
    assert decode(SENTENCE, ids) == nodes


@given(st.data())
def test_every_walk_through_the_grammar_ends_in_a_valid_plan(data):
    sentence = data.draw(SENTENCES)
    tools = data.draw(st.one_of(st.none(), st.lists(st.sampled_from(TOOL_NAMES), unique=True)))
    decoder = CompactDecoder(sentence, tools)
    outputs: dict[int, Output] = {}
    for step in range(400):
        allowed = decoder.allowed()
        assert allowed, "a plan that cannot go on"
        assert len(set(allowed)) == len(allowed)
        # The walk goes where it likes and is then led out.
        token = data.draw(st.sampled_from(allowed)) if step < 40 else EOS if EOS in allowed else allowed[-1]
        node = decoder.push(token)
        if node is not None:
            node.check(outputs)
            assert tools is None or node.tool in tools
            assert node.id == len(outputs) + 1
            outputs[node.id] = node.spec.returns
        if decoder.finished:
            break
    assert decoder.finished
    assert decoder.allowed() == []


@given(st.data())
def test_what_is_not_allowed_is_refused_and_changes_nothing(data):
    decoder = CompactDecoder(data.draw(SENTENCES))
    for _ in range(data.draw(st.integers(0, 12))):
        if decoder.finished:
            break
        decoder.push(data.draw(st.sampled_from(decoder.allowed())))
    allowed = decoder.allowed()
    for token in data.draw(st.lists(st.integers(-2, len(TOKENS) + 2), max_size=20)):
        if token not in allowed:
            with pytest.raises(InvalidArguments):
                decoder.push(token)
    assert decoder.allowed() == allowed


def test_a_list_of_punctuation_marks_is_no_value():
    node = PlanNode(id=1, tool="reply_to_email", arguments={"cc": (".",), "context": "please"})
    assert decode(SENTENCE, encode(SENTENCE, [node]))[0].arguments == {"context": "please"}


def in_slot(sentence: str, node: PlanNode, slot: str) -> CompactDecoder:
    """Behind the node and that slot's token."""
    decoder = CompactDecoder(sentence)
    for token in encode(sentence, [node])[:-1]:
        decoder.push(token)
    decoder.push(TOKENS.index(slot))
    return decoder


@pytest.mark.parametrize(
    ("said", "may_be"),
    [
        ("priority 5", "5"),
        ("Prio: three", "3"),
        ("p2", "2"),
        ("priority #10", "1"),
        ("high priority", "0123456789"),
        ("priority 5:30", "0123456789"),
        ("high priority 9 am", "0123456789"),
        ("high priority three o'clock", "0123456789"),
    ],
)
def test_a_priority_that_is_said_is_that_one(said, may_be):
    node = PlanNode(id=1, tool="create_reminder", arguments={"name": "the rent"})
    decoder = in_slot(f"remind me of the rent, {said}, list Bills", node, "<A5>")
    assert [TOKENS[token] for token in decoder.allowed()] == [f"<n{digit}>" for digit in may_be]
    if may_be == "1":
        decoder.push(TOKENS.index("<n1>"))
        assert decoder.allowed() == [TOKENS.index("<n0>")]


@pytest.mark.parametrize(
    ("said", "may_be"),
    [
        ("by train", "r"),
        ("on foot", "w"),
        ("by feet", "w"),
        ("no car, so take the bus", "dwr"),
        ("not by bus or train", "dwr"),
        ("I don't want to drive", "dwr"),
        ("I hurt my foot", "dwr"),
        ("the bus or the car", "dr"),
        ("walking, from the bus station", "w"),
        ("from the car park", "dwr"),
        ("please", "dwr"),
    ],
)
def test_a_means_of_transport_that_is_said_is_that_one(said, may_be):
    node = PlanNode(id=1, tool="maps_show_directions", arguments={"end_location": "Bergen"})
    decoder = in_slot(f"the way to Bergen, {said}", node, "<A3>")
    assert sorted(TOKENS[token] for token in decoder.allowed()) == sorted(f"<{means}>" for means in may_be)


def test_what_is_said_binds_until_calls_have_all_of_it():
    sentence = "remind me of rent, priority 4, and tax, top priority; the way to Bergen by car, to Voss on rails"
    decoder = CompactDecoder(sentence)
    calls = [
        ("create_reminder", {"name": "rent"}, "<A5>", {"<n4>"}, "<n4>"),
        ("create_reminder", {"name": "tax"}, "<A5>", {f"<n{digit}>" for digit in range(10)}, "<n1>"),
        ("maps_show_directions", {"end_location": "Bergen"}, "<A3>", {"<d>"}, "<d>"),
        ("maps_show_directions", {"end_location": "Voss"}, "<A3>", {"<d>", "<w>", "<r>"}, "<r>"),
    ]
    for tool, arguments, slot, may_be, chosen in calls:
        for token in encode(sentence, [PlanNode(id=1, tool=tool, arguments=arguments)])[:-1]:
            decoder.push(token)
        decoder.push(TOKENS.index(slot))
        assert {TOKENS[token] for token in decoder.allowed()} == may_be
        decoder.push(TOKENS.index(chosen))


def test_nobody_is_looked_up_twice_by_the_same_words():
    ann = PlanNode(id=1, tool="get_phone_number", arguments={"name": "Ann"})
    decoder = CompactDecoder("text Ann and Bo")
    for token in encode("text Ann and Bo", [ann])[:-1]:
        decoder.push(token)
    fork = decoder.fork()
    for token in ("<get_phone_number>", "<A1>"):
        fork.push(TOKENS.index(token))
    assert [TOKENS[token] for token in fork.allowed()] == ["<i0>", "<i2>", "<i3>"]
    fork.push(TOKENS.index("<i0>"))
    assert [TOKENS[token] for token in fork.allowed()] == ["<i0>"], "nor with a word more"
    for token in ("<get_email_address>", "<A1>"):
        decoder.push(TOKENS.index(token))
    assert TOKENS.index("<i1>") in decoder.allowed(), "her address is another thing"


def test_a_name_of_one_word_that_was_looked_up_leaves_nothing_to_look_up():
    decoder = CompactDecoder("Ann")
    for token in encode("Ann", [PlanNode(id=1, tool="get_phone_number", arguments={"name": "Ann"})])[:-1]:
        decoder.push(token)
    assert TOKENS.index("<get_phone_number>") not in decoder.allowed()


@given(st.data())
def test_a_fork_goes_its_own_way(data):
    sentence = data.draw(SENTENCES)
    decoder = CompactDecoder(sentence)
    for _ in range(data.draw(st.integers(0, 12))):
        if decoder.finished:
            break
        decoder.push(data.draw(st.sampled_from(decoder.allowed())))
    before = decoder.allowed()
    fork = decoder.fork()
    assert fork.allowed() == before
    for _ in range(12):
        if fork.finished:
            break
        fork.push(data.draw(st.sampled_from(fork.allowed())))
    assert decoder.allowed() == before


def test_what_a_fork_says_of_a_call_is_not_said_by_the_other():
    sentence = "note Film with popcorn"
    decoder = CompactDecoder(sentence)
    bare = PlanNode(id=1, tool="create_note", arguments={"name": "Film"})
    full = PlanNode(id=1, tool="create_note", arguments={"name": "Film", "content": "popcorn"})
    begun = encode(sentence, [bare])[:-1]
    for token in begun:
        decoder.push(token)
    fork = decoder.fork()
    for token in encode(sentence, [full])[len(begun) : -1]:
        fork.push(token)
    assert (decoder.push(EOS), fork.push(EOS)) == (bare, full)


def test_a_file_that_is_summarised_leaves_nothing_to_summarise():
    sentence = "x"
    file = PlanNode(id=1, tool="open_and_get_file_path", arguments={"file_name": "x"})
    decoder = CompactDecoder(sentence)
    summaries = ["<summarize_pdf>", "<A1>", "<$1>", "<summarize_pdf>", "<A1>", "<i0>", "<i0>"]
    for token in [*encode(sentence, [file])[:-1], *map(TOKENS.index, summaries)]:
        decoder.push(token)
    assert TOKENS.index("<summarize_pdf>") not in decoder.allowed()


def test_a_note_of_the_same_name_may_be_opened_in_two_folders():
    both = [
        PlanNode(id=n, tool="open_note", arguments={"name": "groceries", "folder": folder})
        for n, folder in enumerate(("Home", "Work"), 1)
    ]
    sentence = "open groceries in Home and in Work"
    assert decode(sentence, encode(sentence, both)) == both


@pytest.mark.parametrize(
    ("sentence", "no_begin", "no_end"),
    [
        ("my Names-to-sort note", "- to - sort", "Names - to -"),
        ("renew kite.example soon", ". example", "kite ."),
        ("see plan_v.dwg", "_ v . dwg", "plan _ v ."),
        ("open _draft now", "", ""),
        ("1.call Bo 2.sleep", "", ""),
        ("buy milk.Then text", "", ""),
        ("standup-9am at Dana's", "", ""),
        ("room 2.11", ". 11", "2 ."),
    ],
)
def test_marks_inside_words_and_marks_between_them(sentence, no_begin, no_end):
    units = split_units(sentence)
    found = [[sentence[slice(*units[n])] for n in sorted(each)] for each in inside_words(sentence, units)]
    assert found == [no_begin.split(), no_end.split()]


@pytest.mark.parametrize(
    ("sentence", "values"),
    [
        ("O'Dowd", ["O'Dowd"]),
        ("M’bali", ["M’bali"]),
        ("Ana's", ["Ana", "Ana's"]),
        ("we'll", ["we", "we'll"]),
        ("Ezgi'ye", ["Ezgi", "Ezgi'ye"]),
        ("'Ana'", ["'", "'Ana", "'Ana'", "Ana", "Ana'", "'"]),
    ],
)
def test_no_value_is_half_of_what_an_apostrophe_joins(sentence, values):
    decoder = CompactDecoder(sentence)
    for token in ("<open_note>", "<A1>"):
        decoder.push(TOKENS.index(token))
    units, found = split_units(sentence), []
    for begin in decoder.allowed():
        fork = decoder.fork()
        fork.push(begin)
        start = units[begin - UNIT_0][0]
        found += [sentence[start : units[end - UNIT_0][1]] for end in fork.allowed()]
    assert found == values


def test_an_out_of_scope_sentence_is_none():
    assert encode("play some jazz", []) == [NONE, EOS]
    assert decode("play some jazz", [NONE, EOS]) == []


@pytest.mark.parametrize("sentence", ["", "   ", "\n"])
def test_an_empty_sentence_allows_no_call(sentence):
    assert CompactDecoder(sentence).allowed() == [NONE]


def test_without_selected_tools_nothing_can_be_called():
    assert CompactDecoder("mail Sid", []).allowed() == [NONE]


def test_a_message_needs_a_number_that_was_said_or_looked_up():
    sms = TOKENS.index("<send_sms>")
    assert sms not in CompactDecoder("text my mom").allowed()
    assert sms in CompactDecoder("text 555 0100").allowed()


@pytest.mark.parametrize(
    ("tool", "sentence", "address"),
    [
        ("compose_new_email", "write him at bo dot lee at oak hill dot example", "bo dot lee at oak hill dot example"),
        ("send_sms", "text it to (+44) 7700 900200", "(+44) 7700 900200"),
        ("send_sms", "text oh seven seven oh nine hundred one that I left", "oh seven seven oh nine hundred one"),
    ],
)
def test_an_address_may_be_sent_to_as_it_is_said(tool, sentence, address):
    said = {"send_sms": {"message": sentence.split()[0]}}.get(tool, {})
    nodes = [PlanNode(id=1, tool=tool, arguments={"recipients": (address,)} | said)]
    assert decode(sentence, encode(sentence, nodes)) == nodes


def test_a_sentence_of_too_many_units_is_refused():
    CompactDecoder("a " * MAX_UNITS)
    with pytest.raises(InvalidArguments, match="129 words"):
        CompactDecoder("a " * (MAX_UNITS + 1))


@pytest.mark.timeout(30)
@pytest.mark.parametrize("sentence", ["a" * 8000, "a." * 4000, "1 " * 60 + "1" * 7000, "a@" * 4000, "dot " * 2000])
def test_long_words_are_looked_through_in_linear_time(sentence):
    """Quadratic search for addresses would take minutes."""
    with suppress(InvalidArguments):
        CompactDecoder(sentence)


@pytest.mark.parametrize(
    ("tool", "arguments", "error"),
    [
        ("get_email_address", {"name": "Zoe"}, SpanNotFound),
        ("get_email_address", {"name": "ext"}, SpanNotFound),
        ("get_weather", {}, UnknownTool),
        ("maps_show_directions", {"end_location": "mom", "transport": "rocket"}, InvalidArguments),
        ("create_reminder", {"name": "mom", "priority": 10_000}, InvalidArguments),
        ("create_reminder", {"name": "mom", "priority": -1}, InvalidArguments),
        ("send_sms", {"recipients": (NodeRef(node=16),), "message": "mom"}, InvalidArguments),
    ],
)
def test_what_has_no_compact_form_is_refused(tool, arguments, error):
    with pytest.raises(error):
        encode(SENTENCE, [PlanNode(id=1, tool=tool, arguments=arguments)])


def test_a_span_is_found_by_case_first_and_behind_what_precedes_it():
    sentence = "May may meet May"
    units = split_units(sentence)
    assert find_span(sentence, units, "may") == (1, 1)
    assert find_span(sentence, units, "MAY") == (0, 0)
    assert find_span(sentence, units, "May", after=1) == (3, 3)


def test_an_underscore_is_a_unit_of_its_own():
    assert [("a_b's".__getitem__(slice(*unit))) for unit in split_units("a_b's")] == ["a", "_", "b", "'", "s"]

"""Search and ranking with a decoder whose mind is written down."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from deskhand_contract.compact import PLAN, TOKENS, CompactDecoder, encode, split_units
from deskhand_contract.literals import inside_words
from deskhand_contract.plan import DatePhrase, NodeRef, PlanNode, Value
from deskhand_contract.tools import TOOL_NAMES
from deskhand_planner.engines.search import search
from deskhand_planner.errors import BadPlan
from deskhand_planner.evidence import ARGUMENT_SLOTS, Evidence, Ranking, idle, values

SENTENCE = "text Ann and Bo hi there"


def text(*people: str) -> list[PlanNode]:
    nodes = [PlanNode(id=n, tool="get_phone_number", arguments={"name": p}) for n, p in enumerate(people, 1)]
    to = tuple(NodeRef(node=n.id) for n in nodes)
    message = PlanNode(id=len(nodes) + 1, tool="send_sms", arguments={"recipients": to, "message": "hi there"})
    return [*nodes, message]


ANN, BOTH = text("Ann"), text("Ann", "Bo")


class Mind:
    """Gives each whole plan its probability, and every token what is left of the plans that begin so."""

    def __init__(self, plans: Mapping[tuple[int, ...], float]) -> None:
        self.plans = plans
        self.asked = 0

    def follow(self, tokens: Sequence[int]) -> np.ndarray:
        assert tokens[0] == PLAN
        self.asked += 1
        begun = tuple(tokens[1:])
        odds = np.full(len(TOKENS), 1e-12)
        for plan, probability in self.plans.items():
            if plan[: len(begun)] == begun and len(plan) > len(begun):
                odds[plan[len(begun)]] += probability
        return np.log(odds).astype(np.float32)


def mind(*plans: tuple[list[PlanNode], float]) -> Mind:
    return Mind({tuple(encode(SENTENCE, nodes)): probability for nodes, probability in plans})


def find(decoder: Mind, width: int = 6, sure: list[PlanNode] | None = None):
    told = [] if sure is None else sure
    return search(decoder, CompactDecoder(SENTENCE), width=width, on_sure=told.append, stop=lambda: False)


def test_without_doubt_every_call_is_told_as_it_is_written():
    sure: list[PlanNode] = []
    (only,) = find(mind((BOTH, 1.0)), sure=sure)
    assert list(only.nodes) == sure == BOTH
    assert only.total == pytest.approx(0, abs=1e-6)


def test_plans_that_the_decoder_hesitates_between_are_all_found():
    sure: list[PlanNode] = []
    found = find(mind((ANN, 0.6), (BOTH, 0.4)), sure=sure)
    assert [list(plan.nodes) for plan in found] == [ANN, BOTH]
    assert [math.exp(plan.total) for plan in found] == pytest.approx([0.6, 0.4])
    assert sure == ANN[:1], "what stands before the doubt is in both"


def note(**content: str) -> list[PlanNode]:
    return [PlanNode(id=1, tool="create_note", arguments={"name": "Ann"} | content)]


@pytest.mark.parametrize(
    "other", [note(content="hi there"), [PlanNode(id=1, tool="create_note", arguments={"name": "Bo"})]]
)
def test_a_call_that_another_plan_ends_otherwise_is_not_told(other):
    sure: list[PlanNode] = []
    found = find(mind((note(), 0.6), (other, 0.4)), sure=sure)
    assert len(found) == 2
    assert sure == []


def test_a_plan_that_falls_too_far_behind_is_given_up():
    decoder = mind((ANN, 0.9), (BOTH, 0.1 - 1e-4), (text("Bo"), 1e-4))
    assert [list(plan.nodes) for plan in find(decoder)] == [ANN, BOTH], "0.0001 is no alternative"
    straying = Straying()
    assert find(straying)[0].nodes == ()
    assert straying.asked < 200


class Straying:
    """Nothing is to be done, it says; or else one of very many notes, each word of which it is unsure of."""

    asked = 0

    def follow(self, tokens: Sequence[int]) -> np.ndarray:
        self.asked += 1
        logits = np.zeros(len(TOKENS), np.float32)
        logits[TOKENS.index("<none>")] = 12.0
        logits[TOKENS.index("<create_note>")] = 9.5
        logits[TOKENS.index("<A2>")] = 2
        logits[TOKENS.index("<i0>") :] = 3
        return logits


def test_the_likeliest_plan_is_found_where_the_first_step_leads_astray():
    alike = [text("Bo", "and"), text("Bo", "there"), text("Bo", "hi")]
    found = find(mind((ANN, 0.4), *((plan, 0.2) for plan in alike)))
    best = max(found, key=lambda plan: plan.total)
    assert list(found[0].nodes) in alike, "greedy: 0.6 of the plans look Bo up first"
    assert list(best.nodes) == ANN


def test_greedy_decoding_asks_for_no_more_than_its_own_tokens():
    decoder = mind((ANN, 0.6), (BOTH, 0.4))
    (only,) = find(decoder, width=1)
    assert list(only.nodes) == ANN
    assert decoder.asked == len(only.tokens)


def test_no_more_plans_than_asked_for():
    assert len(find(mind((ANN, 0.4), (BOTH, 0.3), (text("Bo"), 0.3)), width=2)) == 2


def test_search_stops_when_it_is_told_to():
    grammar = CompactDecoder(SENTENCE)
    assert search(mind((ANN, 1.0)), grammar, width=6, on_sure=print, stop=lambda: True) is None


class Endless:
    """Creates a note and goes on with its content for ever."""

    def follow(self, tokens: Sequence[int]) -> np.ndarray:
        logits = np.zeros(len(TOKENS), np.float32)
        logits[TOKENS.index("<create_note>")] = 1
        logits[TOKENS.index("<A2>")] = 2
        logits[TOKENS.index("<i0>") :] = 3
        return logits


def test_a_plan_that_does_not_end_is_an_error():
    with pytest.raises(BadPlan, match="did not end"):
        find(Endless(), width=1)


def evidence(*said: tuple[str, str, str]) -> Evidence:
    """(tool, argument, word): the encoder saw that word as a value of that argument, and doubts everything else."""
    words = SENTENCE.split()
    spans = np.full((len(words), 2 * len(ARGUMENT_SLOTS)), -4.0, np.float32)
    tools = np.full(len(TOOL_NAMES), -4.0, np.float32)
    for tool, argument, word in said:
        at = ARGUMENT_SLOTS.index((tool, argument))
        spans[words.index(word), 2 * at : 2 * at + 2] = 4.0
        tools[TOOL_NAMES.index(tool)] = 4.0
    return Evidence(spans, tools)


def features(seen: Evidence, nodes: list[PlanNode], total: float) -> list[float]:
    return seen.features(encode(SENTENCE, nodes), nodes, total)


def test_values_are_found_in_the_compact_plan():
    slot = ARGUMENT_SLOTS.index
    name, message = slot(("get_phone_number", "name")), slot(("send_sms", "message"))
    assert list(values(encode(SENTENCE, ANN))) == [(name, 1, 1), (message, 4, 5)]


def test_a_person_that_the_encoder_saw_speaks_for_the_plan_that_looks_them_up():
    seen = evidence(("get_phone_number", "name", "Ann"), ("get_phone_number", "name", "Bo"))
    ann, both = features(seen, ANN, math.log(0.6)), features(seen, BOTH, math.log(0.4))
    assert Ranking()(ann) > Ranking()(both), "by itself the log-probability decides"
    for weighed in (Ranking(marks=0.2), Ranking(explained=0.2)):
        assert weighed(both) > weighed(ann)


def test_a_tool_that_the_encoder_did_not_see_speaks_against_a_plan():
    seen = evidence(("get_phone_number", "name", "Ann"), ("send_sms", "message", "hi"))
    mail = [PlanNode(id=1, tool="get_email_address", arguments={"name": "Ann"})]
    assert Ranking(tools=0.5)(features(seen, ANN, -1.0)) > Ranking(tools=0.5)(features(seen, mail, -1.0))


def test_a_value_that_begins_inside_a_word_is_torn():
    sentence = "note to-do at 9-10"
    seen = Evidence(
        np.zeros((len(split_units(sentence)), 2 * len(ARGUMENT_SLOTS)), np.float32),
        np.zeros(len(TOOL_NAMES), np.float32),
        inside_words(sentence, split_units(sentence)),
    )

    def torn(tool: str, **arguments: Value) -> float:
        nodes = [PlanNode(id=1, tool=tool, arguments=arguments)]
        return -Ranking(total=0, torn=-1)(seen.features(encode(sentence, nodes), nodes, 0.0))

    assert torn("create_note", name="to-do") == 0
    assert torn("create_note", name="do") == 1
    assert torn("create_note", name="to") == 1
    assert torn("create_reminder", name="to-do", due_date=DatePhrase(phrase="9")) == 0, "two hours may be joined"


def test_a_name_that_is_in_no_value_speaks_against_a_plan():
    seen = evidence()
    capitals = frozenset(SENTENCE.split().index(name) for name in ("Ann", "Bo"))
    ann, both = (features(replace(seen, capitals=capitals), nodes, 0.0) for nodes in (ANN, BOTH))
    assert Ranking(capitals=-1)(both) > Ranking(capitals=-1)(ann)


def test_a_result_that_nothing_uses_is_idle():
    lookup = PlanNode(id=1, tool="get_phone_number", arguments={"name": "Ann"})
    other = PlanNode(id=2, tool="create_note", arguments={"name": "Bo"})
    assert idle([lookup]) == 0, "she was asked for"
    assert idle([lookup, other]) == 1
    assert idle(BOTH) == 0

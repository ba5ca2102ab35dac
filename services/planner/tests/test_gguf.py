"""The engine `gguf` with real llama.cpp and a random model: what it writes is nonsense, and always a plan."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from deskhand_contract.client_tools import ClientNode, ClientTool
from deskhand_contract.plan import PlanNode
from deskhand_contract.services import Clock, PlanEvent, PlanFailed, PlanRequest
from deskhand_contract.tools import Output
from deskhand_planner.app import create_app, load_engine
from deskhand_planner.engines import PlannedNode, PlanStats, gguf
from deskhand_planner.engines.gguf import ChatTemplate, GgufModel
from deskhand_planner.errors import BadPlan, ModelUnavailable, SentenceTooLong
from deskhand_planner.settings import PlannerSettings
from deskhand_serving.client import ServiceClient
from deskhand_serving.testing import running
from pydantic import TypeAdapter

from .conftest import TinyGguf

WAIT_S = 20.0
CLOCK = Clock(now="2026-03-11T09:30:00", timezone="Europe/Berlin")
TOOLS = ["get_email_address", "create_reminder", "maps_show_directions"]
CLIENT_TOOLS = [
    ClientTool(
        name="book-table",
        parameters={
            "type": "object",
            "properties": {
                "guests": {"type": "integer"},
                "room": {"enum": ["inside", "terrace"]},
                "window": {"type": ["boolean", "null"]},
            },
            "required": ["guests", "room", "window"],
            "additionalProperties": False,
        },
    ),
    ClientTool(name="ping"),
]


def ask(query: str = "text my mom", **options: object) -> PlanRequest:
    return PlanRequest.model_validate({"query": query, "tools": TOOLS, "clock": CLOCK, **options})


def model_of(path: Path, **options: object) -> GgufModel:
    return GgufModel(path, **{"context": 4096, "threads": 1, **options})  # type: ignore[arg-type]


def written(model: GgufModel, request: PlanRequest) -> list[PlannedNode]:
    """The nodes; a plan that the random model never ends counts as far as it got."""
    nodes: list[PlannedNode] = []
    with suppress(BadPlan):
        assert model.plan(request, nodes.append, lambda: False) is not None
    return nodes


@pytest.mark.parametrize("seed", range(8))
def test_a_random_model_writes_nodes_that_fit_the_registry(tiny_gguf: TinyGguf, seed: int) -> None:
    model = model_of(tiny_gguf(seed))
    outputs: dict[int, Output] = {}
    nodes = written(model, ask(calls_required=True))
    for node in nodes:
        assert isinstance(node, PlanNode)
        assert node.tool in TOOLS
        node.check(outputs)
        outputs[node.id] = node.spec.returns
    model.close()


@pytest.mark.parametrize("seed", range(8))
def test_a_random_model_writes_calls_that_follow_the_clients_schemas(tiny_gguf: TinyGguf, seed: int) -> None:
    model = model_of(tiny_gguf(seed))
    nodes = written(model, ask(client_tools=CLIENT_TOOLS, calls_required=True))
    assert nodes
    schemas = {tool.name: tool.parameters for tool in CLIENT_TOOLS}
    for number, node in enumerate(nodes, 1):
        assert isinstance(node, ClientNode)
        assert node.id == number
        assert all(dep < node.id for dep in node.deps)
        plain = {name: value for name, value in node.arguments.items() if not str(value).startswith("$")}
        loose = {"properties": schemas[node.tool]["properties"], "additionalProperties": False}
        jsonschema.validate(plain, loose)
        assert set(schemas[node.tool].get("required", [])) <= set(node.arguments)
    model.close()


def test_a_token_is_the_best_of_those_that_the_grammar_allows(
    tiny_gguf: TinyGguf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many candidates are looked at first, the plan is the one that masking the whole vocabulary gives."""
    plans: list[list[PlannedNode]] = []
    for likely in (1, 3, 64, 10_000):
        monkeypatch.setattr(gguf, "LIKELY", likely)
        model = model_of(tiny_gguf(3))
        plans.append(written(model, ask(client_tools=CLIENT_TOOLS, calls_required=True)))
        model.close()
    assert plans[0]
    assert all(plan == plans[0] for plan in plans)


def test_a_prompt_read_in_part_gives_the_same_plan_as_one_read_whole(tiny_gguf: TinyGguf) -> None:
    first, second = ask("mail Sid", client_tools=CLIENT_TOOLS), ask("book for two", client_tools=CLIENT_TOOLS)
    fresh = model_of(tiny_gguf(2))
    expected = written(fresh, second)
    fresh.close()
    used = model_of(tiny_gguf(2))
    written(used, first)
    written(used, ask("something with other tools"))
    written(used, first)
    assert written(used, second) == expected
    used.close()


async def test_nodes_arrive_while_the_model_writes_and_leaving_stops_it(tiny_gguf: TinyGguf) -> None:
    path = tiny_gguf(3)
    settings = PlannerSettings(engine="gguf", gguf_path=path, gguf_context=4096, gguf_threads=1)
    engine = await load_engine(settings)
    request = ask(client_tools=CLIENT_TOOLS, calls_required=True)
    async with asyncio.timeout(WAIT_S):
        async with aclosing(engine.plan(request)) as results:
            assert isinstance(await anext(results), ClientNode)
        async with aclosing(engine.plan(request)) as results:  # the thread is free again
            everything = [result async for result in results]
    assert isinstance(everything[-1], PlanStats)
    await engine.aclose()


async def test_the_fallback_plans_with_a_clients_tools_and_the_embedded_planner_with_deskhands(
    tiny_gguf: TinyGguf, tmp_path: Path
) -> None:
    options = {"home": tmp_path, "gguf_path": tiny_gguf(3), "gguf_context": 4096, "gguf_threads": 1}
    events: TypeAdapter[PlanEvent] = TypeAdapter(PlanEvent)
    own = PlanRequest(query="what is Dana's mail address", tools=TOOLS, clock=CLOCK)
    theirs = ask(client_tools=CLIENT_TOOLS[:1], calls_required=True)

    async def plan(url: str, request: PlanRequest) -> list[PlanEvent]:
        async with ServiceClient("planner", url, timeout_s=WAIT_S) as client:
            return [event async for event in client.stream("/plan", request, events)]

    with running(create_app(PlannerSettings(fallback="gguf", **options))) as url:
        async with ServiceClient("planner", url) as client:
            assert (await client.health()).detail == "engine embedded, fallback gguf"
        assert [event.type for event in await plan(url, own)] == ["node", "end"]
        *calls, end = await plan(url, theirs)
        assert {event.type for event in calls} == {"call"}
        assert end.type == "end"
    with running(create_app(PlannerSettings(**options))) as url:
        (failed,) = await plan(url, theirs)
        assert isinstance(failed, PlanFailed)
        assert failed.error.code == "tools_need_engine"
        assert "planner.fallback" in failed.error.message


def test_a_plan_that_is_stopped_ends_at_the_next_token(tiny_gguf: TinyGguf) -> None:
    model = model_of(tiny_gguf(3))
    looks = iter([False] * 20 + [True] * 3)
    assert (
        model.plan(ask(client_tools=CLIENT_TOOLS, calls_required=True), lambda node: None, lambda: next(looks)) is None
    )
    assert list(looks) == [True, True]
    model.close()


def test_control_tokens_in_a_sentence_are_text(tiny_gguf: TinyGguf) -> None:
    model = model_of(tiny_gguf())
    plain = model._guarded({"role": "user", "content": "say </s> and <s>"})
    tokens = model.tokenize(plain["content"])
    assert tokens.count(2) == 0
    assert tokens.count(1) == 1, "only the mark of the beginning"
    model.close()


def test_the_template_is_the_ggufs_or_the_settings(tiny_gguf: TinyGguf, tmp_path: Path) -> None:
    own = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}"
    model = model_of(tiny_gguf(chat_template=own))
    assert model._template([{"role": "user", "content": "hi"}]) == "[user]hi"
    model.close()
    other = tmp_path / "other.jinja"
    other.write_text("{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}")
    model = model_of(tiny_gguf(chat_template=own), chat_template=other)
    text = model._template([{"role": "user", "content": "hi"}])
    assert text == "<s>hi"
    assert model.tokenize(text).count(1) == 1, "a beginning that the template wrote is not written again"
    model.close()


def test_a_template_without_a_system_role_gets_the_rules_with_the_first_message() -> None:
    source = (
        "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "{{ m.role }}: {{ m.content }}\n{% endfor %}"
    )
    template = ChatTemplate(source, bos="", eos="")
    text = template([{"role": "system", "content": "rules"}, {"role": "user", "content": "hi"}])
    assert text == "user: rules\n\nhi\n"


@pytest.mark.parametrize("source", ["{{ raise_exception('never') }}", "{% nonsense %}"])
def test_a_template_that_cannot_be_used_is_named_with_what_to_do(source: str) -> None:
    with pytest.raises(ModelUnavailable, match="gguf_chat_template"):
        ChatTemplate(source, bos="", eos="")


def test_a_prompt_longer_than_the_context_says_what_to_do(tiny_gguf: TinyGguf) -> None:
    model = model_of(tiny_gguf(context=512))
    assert model.context == 512, "at most what the model was trained for"
    with pytest.raises(SentenceTooLong, match="gguf_context"):
        model.plan(ask(), lambda node: None, lambda: False)
    model.close()


async def test_a_model_that_is_missing_or_broken_is_named_with_the_setting(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(np.arange(9).tobytes())
    for path in (None, tmp_path / "nowhere.gguf", broken):
        with pytest.raises(ModelUnavailable, match="gguf_path"):
            await load_engine(PlannerSettings(engine="gguf", gguf_path=path))

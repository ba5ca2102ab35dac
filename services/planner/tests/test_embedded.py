import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from deskhand_contract.plan import PlanNode
from deskhand_contract.services import Clock, PlanRequest
from deskhand_planner.engines import PlanStats, llama
from deskhand_planner.engines.embedded import Calibration, EmbeddedModel, load
from deskhand_planner.engines.worker import WorkerEngine
from deskhand_planner.errors import ModelUnavailable
from deskhand_serving.settings import models_folder

WAIT_S = 20.0
CLOCK = Clock(now="2026-03-11T09:30:00", timezone="Europe/Berlin")
MODEL = models_folder() / "planner"


class StepWriter:
    """Writes one node per step, waits for a permit before each, and counts the steps that it took."""

    def __init__(self) -> None:
        self.permits = threading.Semaphore(0)
        self.stepped = threading.Semaphore(0)
        self.steps: list[str] = []
        self.stopped: list[str] = []
        self.closed = False

    def plan(
        self, request: PlanRequest, on_node: Callable[[PlanNode], None], stop: Callable[[], bool]
    ) -> PlanStats | None:
        sentence = request.query
        if sentence == "bug":
            raise RuntimeError("a bug")
        for number in range(1, 4):
            assert self.permits.acquire(timeout=WAIT_S)
            if stop():
                self.stopped.append(sentence)
                self.stepped.release()
                return None
            self.steps.append(sentence)
            on_node(PlanNode(id=number, tool="open_note", arguments={"name": sentence}))
            self.stepped.release()
        return PlanStats(None, 1, 3)

    def close(self) -> None:
        self.closed = True


@asynccontextmanager
async def engine(writer: StepWriter) -> AsyncIterator[WorkerEngine]:
    made = WorkerEngine("scripted", writer)
    try:
        yield made
    finally:
        for _ in range(100):
            writer.permits.release()
        await made.aclose()


def ask(query: str) -> PlanRequest:
    return PlanRequest(query=query, clock=CLOCK)


async def names(made: WorkerEngine, query: str) -> list[object]:
    async with aclosing(made.plan(ask(query))) as results:
        return [result.arguments["name"] async for result in results if isinstance(result, PlanNode)]


async def test_nodes_come_while_the_writer_still_writes():
    writer = StepWriter()
    async with engine(writer) as made, asyncio.timeout(WAIT_S), aclosing(made.plan(ask("a"))) as results:
        writer.permits.release()
        first = await anext(results)
        assert isinstance(first, PlanNode)
        assert writer.steps == ["a"]


async def test_an_abandoned_plan_stops_at_its_next_token():
    writer = StepWriter()
    async with engine(writer) as made, asyncio.timeout(WAIT_S):
        async with aclosing(made.plan(ask("a"))) as results:
            writer.permits.release()
            await anext(results)
        assert writer.stepped.acquire(timeout=WAIT_S)
        writer.permits.release()
        assert await asyncio.to_thread(writer.stepped.acquire, True, WAIT_S)
        assert (writer.steps, writer.stopped) == (["a"], ["a"])


async def test_a_request_abandoned_in_the_queue_is_never_begun():
    writer = StepWriter()
    async with engine(writer) as made, asyncio.timeout(WAIT_S):
        first = asyncio.create_task(names(made, "a"))
        waiting = asyncio.create_task(names(made, "b"))
        writer.permits.release()
        assert await asyncio.to_thread(writer.stepped.acquire, True, WAIT_S)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        for _ in range(10):
            writer.permits.release()
        assert await first == ["a"] * 3
        assert await names(made, "c") == ["c"] * 3
    assert "b" not in writer.steps + writer.stopped


async def test_sixteen_requests_are_served_in_order_and_never_mixed():
    writer = StepWriter()
    queries = [f"q{number}" for number in range(16)]
    async with engine(writer) as made, asyncio.timeout(WAIT_S):
        tasks = [asyncio.create_task(names(made, query)) for query in queries]
        for _ in range(3 * 16):
            writer.permits.release()
        assert await asyncio.gather(*tasks) == [[query] * 3 for query in queries]
    assert writer.steps == [query for query in queries for _ in range(3)]


async def test_a_bug_fails_its_request_and_not_the_worker():
    writer = StepWriter()
    async with engine(writer) as made, asyncio.timeout(WAIT_S):
        with pytest.raises(RuntimeError, match="a bug"):
            await names(made, "bug")
        for _ in range(3):
            writer.permits.release()
        assert await names(made, "next") == ["next"] * 3
    assert writer.closed


# The committed model.


@pytest.fixture(scope="module")
def model():
    made = EmbeddedModel(MODEL, threads=1)
    yield made
    made.close()


def test_the_same_sentence_gives_the_same_plan(model):
    plans = []
    for sentence in ("text Bo that I am late", "play some jazz", "text Bo that I am late"):
        nodes: list[PlanNode] = []
        stats = model.write(sentence, None, nodes.append, lambda: False)
        plans.append((nodes, stats))
    assert plans[0] == plans[2] != plans[1]


@pytest.mark.parametrize(
    "sentence",
    [
        "mail Sid, cc Bo and a.lim@quay.example the deck from Oslo and text them both that it is there",
        "Lin: zoom tomorrow 4-5, link to her by text, and the same in my Review note; then open it",
        "put flea market on there june ninth from ten to two at the old tram depot and bring bags",
        "Harvest fair: text Old Tom and Grete the bus route, mail Grete the stall plan.ods, cc her brother",
        "what is Ann's number",
    ],
)
def test_the_calls_that_are_told_are_those_of_the_plan_that_ranks_first(model, sentence):
    told: list[PlanNode] = []
    assert model.write(sentence, None, told.append, lambda: False) is not None
    found = model.candidates(sentence)
    assert told == list(model.choose(found).plan.nodes)
    assert found[0].plan == model.candidates(sentence, width=1)[0].plan, "the greedy one comes first"


def test_decoding_stops_when_it_is_told_to(model):
    asked: list[int] = []
    nodes: list[PlanNode] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 3

    assert model.write("mail Sid, Bo, Ann and Lutfi the Q3 deck", None, nodes.append, stop) is None
    assert len(asked) == 4, "asked before every token"


def copy_of(tmp_path: Path) -> Path:
    """The model's folder, with links for files: a test changes one of them."""
    folder = tmp_path / "planner"
    folder.mkdir()
    for file in MODEL.iterdir():
        (folder / file.name).symlink_to(file)
    return folder


def replace(file: Path, content: bytes) -> None:
    file.unlink()
    file.write_bytes(content)


@pytest.mark.parametrize("name", ["planner.json", "tokenizer.json", "encoder.onnx", "decoder.gguf"])
def test_a_missing_file_is_named(tmp_path, name):
    folder = copy_of(tmp_path)
    (folder / name).unlink()
    with pytest.raises(ModelUnavailable, match=f"{name} is missing"):
        load(folder, 1)


@pytest.mark.parametrize("name", ["planner.json", "tokenizer.json", "encoder.onnx", "decoder.gguf"])
def test_a_broken_file_is_an_error_that_names_the_folder(tmp_path, name):
    folder = copy_of(tmp_path)
    replace(folder / name, b"{}" if name.endswith("json") else b"GGUF nonsense")
    with pytest.raises(ModelUnavailable, match=str(folder)):
        load(folder, 1)


def test_a_model_for_other_tools_is_refused(tmp_path):
    folder = copy_of(tmp_path)
    card = json.loads((folder / "planner.json").read_text())
    card["tokens"][41], card["tokens"][42] = card["tokens"][42], card["tokens"][41]
    replace(folder / "planner.json", json.dumps(card).encode())
    with pytest.raises(ModelUnavailable, match="trained for another tool registry"):
        load(folder, 1)


def test_a_calibrated_plan_has_a_confidence(tmp_path):
    folder = copy_of(tmp_path)
    card = json.loads((folder / "planner.json").read_text())
    card["calibration"] = {"weights": {"total": 1.0, "share": 0.5, "bias": 2.0}}
    replace(folder / "planner.json", json.dumps(card).encode())
    made = EmbeddedModel(folder, threads=1)
    stats = made.write("what is Dana's mail address", None, lambda node: None, lambda: False)
    made.close()
    assert stats is not None
    assert stats.confidence is not None
    assert 0 < stats.confidence < 1


def test_confidence_falls_with_doubt():
    calibration = Calibration(total=0.5, share=1.0, bias=3.0)
    assert calibration(-0.2, 0.0) > calibration(-2.1, 0.0) > calibration(-2.1, -1.0)
    assert calibration(-1000.0, 0.0) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("info", "repack"),
    [
        (b"CPU : AVX2 = 1 | AMX_INT8 = 1 | REPACK = 1 | ", False),
        (b"CPU : AVX2 = 1 | REPACK = 1 | ", True),
        (None, True),
    ],
)
def test_weights_are_repacked_unless_llama_cpp_was_built_with_amx(monkeypatch, info, repack):
    given = []

    def load_model(path, parameters):
        given.append(parameters.use_extra_bufts)

    monkeypatch.setattr(llama.llama_cpp, "llama_print_system_info", lambda: info)
    monkeypatch.setattr(llama.llama_cpp, "llama_model_load_from_file", load_model)
    with pytest.raises(llama.DecoderUnavailable):
        llama.CompactModel(MODEL / "decoder.gguf")
    assert given == [repack]


def test_a_prefix_that_does_not_fit_is_refused():
    decoder = llama.CompactModel(MODEL / "decoder.gguf", context=64)
    try:
        with pytest.raises(llama.DecoderUnavailable, match="does not fit"):
            decoder.start(np.zeros((64, decoder.width), np.float32))
        with pytest.raises(llama.DecoderUnavailable, match="does not fit"):
            decoder.start(np.zeros((3, decoder.width + 1), np.float32))
        decoder.start(np.zeros((3, decoder.width), np.float32))
        assert decoder.follow([1]).shape == (decoder.vocabulary,)
        with pytest.raises(llama.DecoderUnavailable, match="do not fit"):
            decoder.follow([1] * 62)
    finally:
        decoder.close()


def test_going_back_and_another_way_gives_what_going_there_at_once_gives():
    decoder = llama.CompactModel(MODEL / "decoder.gguf", threads=1)
    prefix = np.random.default_rng(0).normal(0, 0.03, (5, decoder.width)).astype(np.float32)
    try:
        there = []
        for tokens in ([1], [1, 40], [1, 40, 33, 60], [1, 41], [1, 41, 33, 61, 62]):
            decoder.start(prefix)
            there.append(decoder.follow(tokens).copy())
        decoder.start(prefix)
        for tokens, expected in (
            ([1], there[0]),
            ([1, 40, 33, 60], there[2]),
            ([1, 41], there[3]),
            ([1, 41, 33, 61, 62], there[4]),
            ([1, 40], there[1]),
            ([1, 40, 33, 60], there[2]),
        ):
            np.testing.assert_allclose(decoder.follow(tokens), expected, atol=2e-3)
    finally:
        decoder.close()


def test_the_card_names_the_files_as_they_are():
    card = json.loads((MODEL / "planner.json").read_text())
    for name, entry in card["files"].items():
        assert (MODEL / name).stat().st_size == entry["bytes"]

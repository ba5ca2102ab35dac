"""The service on a real socket, with the committed classifier."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from deskhand_contract.services import ClassifyRequest, ClassifyResponse, Health
from deskhand_contract.tools import TOOL_NAMES
from deskhand_serving.client import ServiceClient
from deskhand_serving.settings import models_folder
from deskhand_serving.testing import running
from deskhand_toolrag.app import create_app
from deskhand_toolrag.classifier import Classifier, ToolRAGUnavailable
from deskhand_toolrag.settings import ToolRAGSettings

MODEL = models_folder() / "toolrag"


@pytest.fixture(scope="module")
def toolrag(tmp_path_factory: pytest.TempPathFactory):
    with running(create_app(ToolRAGSettings(home=tmp_path_factory.mktemp("home")))) as url:
        yield url


async def classify(url: str, query: str) -> ClassifyResponse:
    async with ServiceClient("toolrag", url) as client:
        return await client.post("/classify", ClassifyRequest(query=query), ClassifyResponse)


async def test_all_probabilities_come_in_registry_order(toolrag):
    answer = await classify(toolrag, "what is Dana's mail address")
    assert tuple(answer.probabilities) == TOOL_NAMES
    assert all(0 <= value <= 1 for value in answer.probabilities.values())
    assert answer.threshold == 0.5
    assert answer.tools == [name for name in TOOL_NAMES if answer.probabilities[name] >= 0.5]
    assert max(answer.probabilities, key=answer.probabilities.__getitem__) == "get_email_address"


@pytest.mark.parametrize(("threshold", "selected"), [(0.0, list(TOOL_NAMES)), (1.0, [])])
async def test_the_threshold_selects(tmp_path, threshold, selected):
    with running(create_app(ToolRAGSettings(home=tmp_path, threshold=threshold))) as url:
        answer = await classify(url, "play some jazz")
    assert (answer.tools, answer.threshold) == (selected, threshold)


async def test_health_says_that_the_classifier_is_there(toolrag):
    async with ServiceClient("toolrag", toolrag) as client:
        assert await client.health() == Health(service="toolrag", ready=True, detail="classifier loaded")


@pytest.mark.parametrize("body", [{"query": ""}, {}, {"query": None}, {"query": "x" * 8001}, {"query": ["x"]}])
async def test_a_query_that_is_none_is_a_422(toolrag, body):
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{toolrag}/classify", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("query", [" ", "💥", "\0", "x" * 8000, "mail " * 1600])
async def test_any_text_has_probabilities(toolrag, query):
    assert len((await classify(toolrag, query)).probabilities) == len(TOOL_NAMES)


async def test_concurrent_requests_never_mix(toolrag):
    queries = [f"mail {name} about the {thing}" for name in "ABCD" for thing in ("plan", "lease", "map", "note")]
    alone = [await classify(toolrag, query) for query in queries]
    assert await asyncio.gather(*(classify(toolrag, query) for query in queries)) == alone


def copy_of(tmp_path: Path) -> Path:
    folder = tmp_path / "toolrag"
    folder.mkdir()
    for file in MODEL.iterdir():
        (folder / file.name).symlink_to(file)
    return folder


def replace(file: Path, content: bytes) -> None:
    file.unlink()
    file.write_bytes(content)


@pytest.mark.parametrize("name", ["toolrag.json", "tokenizer.json", "classifier.onnx"])
def test_a_missing_file_is_named_with_what_to_do(tmp_path, name):
    folder = copy_of(tmp_path)
    (folder / name).unlink()
    with pytest.raises(ToolRAGUnavailable, match=f"{name} is missing; set DESKHAND_TOOLRAG_MODEL_PATH") as caught:
        Classifier(folder)
    assert caught.value.status == 503


@pytest.mark.parametrize("name", ["toolrag.json", "tokenizer.json", "classifier.onnx"])
def test_a_broken_file_is_an_error_that_names_the_folder(tmp_path, name):
    folder = copy_of(tmp_path)
    replace(folder / name, b"{}")
    with pytest.raises(ToolRAGUnavailable, match=str(folder)):
        Classifier(folder)


@pytest.mark.parametrize("tools", [TOOL_NAMES[:-1], (*TOOL_NAMES[1:], TOOL_NAMES[0]), (*TOOL_NAMES, "get_weather")])
def test_a_classifier_of_other_tools_is_refused(tmp_path, tools):
    folder = copy_of(tmp_path)
    card = json.loads((folder / "toolrag.json").read_text()) | {"tools": tools}
    replace(folder / "toolrag.json", json.dumps(card).encode())
    with pytest.raises(ToolRAGUnavailable, match="trained for another tool registry"):
        Classifier(folder)

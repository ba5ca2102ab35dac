"""The data as it lies in the repository: checked, and free of what measures us."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from deskhand_training.data.lexicon import entries
from deskhand_training.data.load import SLOT, SourceError, data_folder, load, normal, read_seed, read_shape

GRAM = 8


def eval_folder() -> Path:
    return Path(os.environ.get("DESKHAND_EVAL") or data_folder().parents[1].parent / "shared" / "eval")


def held_queries() -> list[str]:
    folder = eval_folder()
    if not folder.is_dir():
        pytest.skip(f"no evaluation set at {folder}: set DESKHAND_EVAL")
    lines = [
        line
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    rows = [json.loads(line) for line in lines]
    return [row.get("query") or row.get("text") for row in rows]


def grams(text: str) -> Iterator[tuple[str, ...]]:
    words = normal(text).split()
    for at in range(len(words) - GRAM + 1):
        yield tuple(words[at : at + GRAM])


def our_sentences() -> Iterator[tuple[str, str]]:
    for source in load().sources:
        for part in SLOT.split(source.text)[::3] if source.skeleton else [source.text]:
            yield source.where, part
    for path in sorted((data_folder() / "lexicon").glob("*.txt")):
        for entry in entries(path.stem):
            yield path.name, entry


def test_there_are_no_faults_in_the_data() -> None:
    assert load().faults == ()


def test_there_is_enough_of_everything() -> None:
    sources = load().sources
    assert sum(not source.skeleton for source in sources) >= 6000
    assert sum(source.skeleton for source in sources) >= 20_000
    wanted = {
        "first_names": 1500,
        "last_names": 1500,
        "clauses": 1000,
        "nouns": 1000,
        "verbs": 250,
        "places": 300,
        "relations": 200,
    }
    for name, least in wanted.items():
        assert len(entries(name)) >= least, name


def test_no_8_words_in_a_row_are_shared_with_the_evaluation_set() -> None:
    held = {gram for query in held_queries() for gram in grams(query)}
    shared = {where for where, text in our_sentences() for gram in grams(text) if gram in held}
    assert not shared


def test_no_seed_is_a_query_of_the_evaluation_set() -> None:
    held = {normal(query) for query in held_queries() if len(query.split()) > 3}
    assert not [source.where for source in load().sources if normal(source.text) in held]


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ([{"id": 1, "tool": "play_music", "args": {}}], "no tool"),
        ([{"id": 1, "tool": "get_phone_number", "args": {}}], "needs name"),
        ([{"id": 1, "tool": "get_phone_number", "args": {"nom": "Ana"}}], "no argument"),
        ([{"id": 1, "tool": "get_phone_number", "args": {"name": "Bo"}}], "not a span"),
        ([{"id": 2, "tool": "get_phone_number", "args": {"name": "Ana"}}], "stands at place 1"),
        ([{"id": 1, "tool": "send_sms", "args": {"recipients": ["$2"], "message": "hi"}}], "cannot take"),
        ([{"id": 1, "tool": "create_reminder", "args": {"name": "text Ana", "priority": "high"}}], "takes a number"),
        ([{"id": 1, "tool": "maps_show_directions", "args": {"end_location": "Ana", "transport": "car"}}], "transport"),
    ],
)
def test_a_faulty_seed_is_refused_with_its_reason(plan: list[dict[str, object]], message: str) -> None:
    line = json.dumps({"id": "x001", "query": "text Ana hi", "plan": plan})
    with pytest.raises(SourceError, match=message):
        read_seed(line, "x.jsonl:1")


def test_a_shape_is_read_with_its_references_and_fixed_values() -> None:
    nodes = read_shape(
        'maps_show_directions(end_location={PLACE}, transport="w"); get_phone_number(name={P1}); '
        'send_sms(recipients=[$2], message="{MSG} $1")'
    )
    assert [node.tool for node in nodes] == ["maps_show_directions", "get_phone_number", "send_sms"]
    assert nodes[0].arguments["transport"] == "w"
    assert nodes[2].deps == (1, 2)

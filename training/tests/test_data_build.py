"""The data written down: the splits keep apart, the same seed gives the same bytes, every line is an example."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from deskhand_contract.compact import encode
from deskhand_training.data import build
from deskhand_training.data.augment import sketches, split_of
from deskhand_training.data.load import Split, normal, read_plan

NAMES = ("train.jsonl", "validation.jsonl", "test.jsonl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("build")
    assert build.main(["--out", str(out), "--train", "400", "--held", "50", "--seed", "5"]) == 0
    return out


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_record_has_the_counts_and_hashes_of_the_files(folder: Path) -> None:
    record = json.loads((folder / "build.json").read_text())
    assert {name: entry["examples"] for name, entry in record["files"].items()} == {
        "train.jsonl": 400,
        "validation.jsonl": 50,
        "test.jsonl": 50,
    }
    for name in NAMES:
        assert record["files"][name]["sha256"] == hashlib.sha256((folder / name).read_bytes()).hexdigest()


def test_no_example_comes_from_a_source_of_another_split(folder: Path) -> None:
    split_at = {source.where: split_of(source.text) for source, _ in sketches()}
    for split in Split:
        for row in rows(folder / f"{split}.jsonl"):
            sources = str(row["source"]).split(":", 1)[1].split("+")
            assert {split_at[source] for source in sources} == {split}


def test_a_sentence_stands_once_in_all_three_files(folder: Path) -> None:
    sentences = [normal(str(row["query"])) for name in NAMES for row in rows(folder / name)]
    assert len(sentences) == len(set(sentences))


def test_every_plan_is_feasible_and_its_values_are_spans(folder: Path) -> None:
    for name in NAMES:
        for row in rows(folder / name):
            nodes = read_plan(row["plan"])  # pyright: ignore[reportArgumentType]
            encode(str(row["query"]), nodes)


def test_the_same_seed_writes_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    build.main(["--out", str(tmp_path), "--train", "60", "--held", "10", "--seed", "5"])
    first = (folder / "train.jsonl").read_bytes().splitlines()[:20]
    assert (tmp_path / "train.jsonl").read_bytes().splitlines()[:20] == first

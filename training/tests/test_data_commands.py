"""The two commands that only report: they print what they say they print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from deskhand_training.data import check, stats


def test_check_prints_counts_and_every_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "seeds").mkdir()
    (tmp_path / "skeletons").mkdir()
    call = {"id": 1, "tool": "open_and_get_file_path", "args": {"file_name": "a.pdf"}}
    good = json.dumps({"id": "z1", "query": "open a.pdf", "plan": [call]})
    (tmp_path / "seeds" / "z.jsonl").write_text(good + "\n{oops\n", encoding="utf-8")
    (tmp_path / "skeletons" / "z.txt").write_text(
        "= open_note(name={NOTE})\nopen {NOTE}\nopen {FOLDER}\n", encoding="utf-8"
    )
    assert check.main([str(tmp_path)]) == 1
    printed = capsys.readouterr().out
    assert "FAULT z.jsonl:2" in printed
    assert "FAULT z.txt:3" in printed
    assert "2 good, 2 faults" in printed


def test_stats_prints_what_it_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "stats.json"
    assert stats.main(["--count", "200", "--json", str(out)]) == 0
    report = json.loads(out.read_text(encoding="utf-8"))
    assert json.loads(capsys.readouterr().out) == report
    assert report["examples"] == 200
    assert abs(sum(report["calls"].values()) - 1) < 0.01

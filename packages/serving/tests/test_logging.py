import io
import json
import logging
import sys

import pytest
from deskhand_serving.logging import JsonFormatter, configure_logging


@pytest.fixture
def log():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter("planner", with_messages=True))
    logger = logging.Logger("deskhand_planner.app")
    logger.addHandler(handler)
    return logger, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_record_is_one_json_line_with_its_extras(log):
    logger, entries = log
    logger.info("node %d done", 2, extra={"run": "r1", "node": 2, "path": object})
    (entry,) = entries()
    assert entry["message"] == "node 2 done"
    assert (entry["service"], entry["logger"], entry["level"]) == ("planner", "deskhand_planner.app", "INFO")
    assert (entry["run"], entry["node"]) == ("r1", 2)
    assert entry["time"].endswith("Z")
    assert not {"args", "msg", "levelno", "taskName", "process"} & entry.keys()


def test_an_extra_never_replaces_a_field(log):
    logger, entries = log
    logger.info("hello", extra={"level": "x", "time": "x", "service": "x"})
    (entry,) = entries()
    assert (entry["level"], entry["service"]) == ("INFO", "planner")


def test_an_exception_stays_on_the_line(log):
    logger, entries = log
    try:
        raise ValueError("two\nlines")
    except ValueError:
        logger.exception("failed")
    (entry,) = entries()
    assert entry["exception"].endswith("ValueError: two\nlines")


def test_an_exceptions_message_is_left_out_above_debug():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter("planner", with_messages=False))
    logger = logging.Logger("deskhand_planner.app")
    logger.addHandler(handler)
    try:
        try:
            raise KeyError("what the user said")
        except KeyError as error:
            raise ExceptionGroup("said by the user", [ValueError("what the user said")]) from error
    except ExceptionGroup:
        logger.exception("failed")
    exception = json.loads(stream.getvalue())["exception"]
    assert [name in exception for name in ("KeyError", "ValueError", "ExceptionGroup", "test_logging.py")] == [True] * 4
    assert "user said" not in exception.replace('"what the user said"', "")
    assert "by the user" not in exception.replace('"said by the user"', "")


def test_requests_of_the_clients_are_not_logged_below_warning(monkeypatch):
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.getLogger("httpx").level
    monkeypatch.setattr(sys, "stderr", stream := io.StringIO())
    try:
        configure_logging("gateway", "INFO")
        logging.getLogger("httpx").info("POST with what the user said")
        logging.getLogger("deskhand").info("ready")
    finally:
        root.handlers, level, httpx_level = before[0], before[1], before[2]
        root.setLevel(level)
        logging.getLogger("httpx").setLevel(httpx_level)
    assert [json.loads(line)["message"] for line in stream.getvalue().splitlines()] == ["ready"]

"""What is written down of runs, and read again: `runs.sqlite3` in Deskhand's home, for its owner's eyes only.

    runs      a command: what was said, how it stands, the answer
    nodes     its nodes as they were planned, with what the executor needs to take an effect back
    events    everything that happened to the nodes, as clients saw it
    turns     the completions that were given about it: which request, from which event to which, in what words

A node's state is its latest event, so there is one truth. The executor keeps a journal of its own with another task: it
knows effects, and does none twice; this one knows what the user sees.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deskhand_contract.errors import WireError
from deskhand_contract.events import NodeStatus, PlanUpdate
from deskhand_contract.openai import Usage
from deskhand_contract.plan import PlanNode
from deskhand_contract.runs import Approval, Run, RunNode, RunStatus
from deskhand_contract.services import Clock, Observation

from ..chunks import usage_of
from ..errors import ApiFailure
from ..outcome import Outcome, Saved, replan_of
from .database import Database
from .turn import Told

FILE = "runs.sqlite3"
VERSION = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    model TEXT NOT NULL,
    query TEXT NOT NULL,
    clock TEXT NOT NULL,
    approval TEXT,
    status TEXT NOT NULL,
    answer TEXT,
    confidence REAL,
    settled INTEGER
);
CREATE INDEX IF NOT EXISTS runs_by_status ON runs (status, number);
CREATE TABLE IF NOT EXISTS nodes (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    node INTEGER NOT NULL,
    plan TEXT NOT NULL,
    undo TEXT,
    PRIMARY KEY (run, node)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    node INTEGER NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS turns (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    key TEXT UNIQUE,
    request TEXT,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER,
    content TEXT,
    said TEXT,
    asked TEXT,
    usage TEXT,
    failure TEXT
);
CREATE INDEX IF NOT EXISTS turns_by_run ON turns (run);
CREATE INDEX IF NOT EXISTS turns_by_said ON turns (said) WHERE said IS NOT NULL;
"""


@dataclass(frozen=True)
class RunRow:
    """A run as `begin` wrote it. `approval` is what the request wanted besides the settings; `settled` the Unix time at
    which it last came to rest."""

    id: str
    created: int
    model: str
    query: str
    clock: Clock
    approval: Approval | None
    status: RunStatus
    settled: int | None


@dataclass(frozen=True)
class TurnRow:
    """A completion. What follows `first_seq` is None as long as it goes on; `failure` (JSON) is there instead of
    `content` when it was an error."""

    id: str
    run: str
    created: int
    request: str | None
    first_seq: int
    last_seq: int | None
    content: str | None
    usage: str | None
    failure: str | None

    def told(self) -> Told:
        usage = Usage.model_validate_json(self.usage) if self.usage else usage_of(None)
        failure = ApiFailure.from_data(json.loads(self.failure)) if self.failure else None
        return Told(self.content or "", usage, failure)


def fingerprint(answer: str) -> str:
    """Of an answer, as a conversation shows it again: clients trim and wrap."""
    return hashlib.sha256(" ".join(answer.split()).encode()).hexdigest()


class Journal:
    """Methods that return nothing only queue; `commit` waits for them. The others raise JournalUnavailable."""

    def __init__(self, home: Path) -> None:
        self._database = Database(home / FILE, _SCHEMA, VERSION)

    async def open(self) -> None:
        await self._database.open()

    async def close(self) -> None:
        await self._database.close()

    async def commit(self) -> None:
        await self._database.commit()

    def begin(self, run: RunRow) -> None:
        self._database.write(
            "INSERT INTO runs (id, created, model, query, clock, approval, status) VALUES (?, ?, ?, ?, ?, ?, ?)",
            run.id,
            run.created,
            run.model,
            run.query,
            run.clock.model_dump_json(),
            run.approval,
            run.status,
        )

    def status(self, run: str, status: RunStatus) -> None:
        self._database.write("UPDATE runs SET status = ? WHERE id = ?", status, run)

    def settle(self, run: str, status: RunStatus, answer: str | None, confidence: float | None = None) -> None:
        """The run has come to rest. `confidence` stays what it was when it is None."""
        self._database.write(
            "UPDATE runs SET status = ?, answer = ?, confidence = coalesce(?, confidence), settled = ? WHERE id = ?",
            status,
            answer,
            confidence,
            int(time.time()),
            run,
        )

    def planned(self, run: str, node: PlanNode) -> None:
        self._database.write(
            "INSERT INTO nodes (run, node, plan) VALUES (?, ?, ?)", run, node.id, node.model_dump_json()
        )

    def happened(self, update: PlanUpdate, undo: dict[str, Any] | None = None) -> None:
        """`undo` is the executor's record for taking the effect back."""
        self._database.write(
            "INSERT INTO events (run, seq, node, event) VALUES (?, ?, ?, ?)",
            update.run,
            update.seq,
            update.node,
            update.model_dump_json(exclude_unset=True),
        )
        if undo is not None:
            self._database.write(
                "UPDATE nodes SET undo = ? WHERE run = ? AND node = ?", json.dumps(undo), update.run, update.node
            )

    def open_turn(self, id: str, run: str, created: int, first_seq: int, key: str | None, request: str | None) -> None:
        self._database.write(
            "INSERT INTO turns (id, run, created, first_seq, key, request) VALUES (?, ?, ?, ?, ?, ?)",
            id,
            run,
            created,
            first_seq,
            key,
            request,
        )

    def close_turn(self, turn: str, last_seq: int, told: Told, asked: Iterable[int] = (), *, keep_key: bool) -> None:
        """`asked` are the nodes that the user is asked about."""
        content = None if told.failure else told.content
        self._database.write(
            "UPDATE turns SET last_seq = ?, content = ?, said = ?, asked = ?, usage = ?, failure = ?, "
            "key = CASE WHEN ? THEN key END WHERE id = ?",
            last_seq,
            content,
            fingerprint(content) if content else None,
            json.dumps(sorted(asked)),
            told.usage.model_dump_json(),
            json.dumps(told.failure.to_data()) if told.failure else None,
            keep_key,
            turn,
        )

    async def run(self, id: str) -> Run | None:
        return next(iter(await self._database.read(lambda c: _runs(c, "WHERE id = ?", id))), None)

    async def runs(self, limit: int, after: str | None, status: RunStatus | None) -> list[Run] | None:
        """Newest first; None when there is no run `after`."""

        def query(connection: sqlite3.Connection) -> list[Run] | None:
            conditions: list[str] = []
            values: list[Any] = []
            if after is not None:
                row = connection.execute("SELECT number FROM runs WHERE id = ?", (after,)).fetchone()
                if row is None:
                    return None
                conditions.append("number < ?")
                values.append(row["number"])
            if status is not None:
                conditions.append("status = ?")
                values.append(status)
            where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
            return _runs(connection, f"{where} ORDER BY number DESC LIMIT ?", *values, limit)

        return await self._database.read(query)

    async def row(self, run: str) -> RunRow | None:
        return await self._database.read(lambda c: _row(c, run))

    async def saved(self, run: str) -> Saved:
        """The run's nodes, for going on with it."""
        return await self._database.read(lambda c: _saved(c, run))

    async def updates(self, run: str, first_seq: int = 0, last_seq: int | None = None) -> list[PlanUpdate]:
        def query(connection: sqlite3.Connection) -> list[PlanUpdate]:
            rows = connection.execute(
                "SELECT event FROM events WHERE run = ? AND seq >= ? AND seq <= coalesce(?, seq) ORDER BY seq",
                (run, first_seq, last_seq),
            )
            return [PlanUpdate.model_validate_json(row["event"]) for row in rows]

        return await self._database.read(query)

    async def undo_records(self, run: str) -> dict[int, dict[str, Any]]:
        """By node; what was taken back is still there."""

        def query(connection: sqlite3.Connection) -> dict[int, dict[str, Any]]:
            rows = connection.execute("SELECT node, undo FROM nodes WHERE run = ? AND undo IS NOT NULL", (run,))
            return {row["node"]: json.loads(row["undo"]) for row in rows}

        return await self._database.read(query)

    async def turn(self, key: str) -> TurnRow | None:
        """The turn of an idempotency key."""

        def query(connection: sqlite3.Connection) -> TurnRow | None:
            row = connection.execute("SELECT * FROM turns WHERE key = ?", (key,)).fetchone()
            names = TurnRow.__dataclass_fields__
            return TurnRow(**{name: row[name] for name in names}) if row else None

        return await self._database.read(query)

    async def asked_in(self, answer: str) -> tuple[str, frozenset[int]] | None:
        """The run that an answer was about, and the nodes that it asked about. Where several say the same, one that
        still waits."""

        def query(connection: sqlite3.Connection) -> tuple[str, frozenset[int]] | None:
            row = connection.execute(
                "SELECT runs.id, turns.asked FROM turns JOIN runs ON runs.id = turns.run "
                "WHERE turns.said = ? AND turns.asked != '[]' ORDER BY runs.status = ? DESC, turns.number DESC LIMIT 1",
                (fingerprint(answer), RunStatus.NEEDS_APPROVAL),
            ).fetchone()
            return (row["id"], frozenset(json.loads(row["asked"]))) if row else None

        return await self._database.read(query)

    async def with_status(self, status: RunStatus, settled_before: int | None = None) -> list[str]:
        """Ids of runs, oldest first."""

        def query(connection: sqlite3.Connection) -> list[str]:
            rows = connection.execute(
                "SELECT id FROM runs WHERE status = ? AND coalesce(settled < ?, TRUE) ORDER BY number",
                (status, settled_before),
            )
            return [row["id"] for row in rows]

        return await self._database.read(query)

    async def open_turns(self, run: str) -> list[TurnRow]:
        """Turns of a run that never came to their end."""

        def query(connection: sqlite3.Connection) -> list[TurnRow]:
            names = TurnRow.__dataclass_fields__
            rows = connection.execute("SELECT * FROM turns WHERE run = ? AND last_seq IS NULL", (run,))
            return [TurnRow(**{name: row[name] for name in names}) for row in rows]

        return await self._database.read(query)

    def forget(self, created_before: int, keep: int) -> None:
        """Drop runs that are too old, and all but the newest `keep`; never one that goes on or waits for approval."""
        self._database.write(
            "DELETE FROM runs WHERE status NOT IN (?, ?) AND (created < ? OR number <= "
            "(SELECT number FROM runs ORDER BY number DESC LIMIT 1 OFFSET ?))",
            RunStatus.RUNNING,
            RunStatus.NEEDS_APPROVAL,
            created_before,
            keep,
        )


def _row(connection: sqlite3.Connection, run: str) -> RunRow | None:
    row = connection.execute("SELECT * FROM runs WHERE id = ?", (run,)).fetchone()
    if row is None:
        return None
    return RunRow(
        id=row["id"],
        created=row["created"],
        model=row["model"],
        query=row["query"],
        clock=Clock.model_validate_json(row["clock"]),
        approval=Approval(row["approval"]) if row["approval"] else None,
        status=RunStatus(row["status"]),
        settled=row["settled"],
    )


def _runs(connection: sqlite3.Connection, where: str, *values: Any) -> list[Run]:
    rows = connection.execute(f"SELECT * FROM runs {where}", values).fetchall()  # noqa: S608 - the callers' own words
    found: list[Run] = []
    for row in rows:
        nodes, last = _nodes(connection, row["id"])
        replanned = _replanned(last)
        found.append(
            Run(
                id=row["id"],
                created=row["created"],
                model=row["model"],
                status=RunStatus(row["status"]),
                query=row["query"],
                answer=row["answer"],
                confidence=row["confidence"],
                clock=Clock.model_validate_json(row["clock"]),
                nodes=[RunNode.of(node, last.get(node.id), replan_of(node.id, replanned)) for node in nodes],
            )
        )
    return found


def _nodes(connection: sqlite3.Connection, run: str) -> tuple[Sequence[PlanNode], dict[int, PlanUpdate]]:
    """The nodes, and the latest event of each that has one."""
    planned = connection.execute("SELECT plan FROM nodes WHERE run = ? ORDER BY node", (run,))
    nodes = [PlanNode.model_validate_json(row["plan"]) for row in planned]
    events = connection.execute("SELECT max(seq), node, event FROM events WHERE run = ? GROUP BY node", (run,))
    return nodes, {row["node"]: PlanUpdate.model_validate_json(row["event"]) for row in events}


def _replanned(last: Mapping[int, PlanUpdate]) -> tuple[int, ...]:
    """How many nodes there were before each replan. The first node of one never waits, so it has an event."""
    before = {update.replan: number - 1 for number, update in sorted(last.items(), reverse=True) if update.replan}
    return tuple(before[replan] for replan in sorted(before))


def _saved(connection: sqlite3.Connection, run: str) -> Saved:
    nodes, last = _nodes(connection, run)
    (next_seq,) = connection.execute("SELECT coalesce(max(seq) + 1, 0) FROM events WHERE run = ?", (run,)).fetchone()
    replanned = _replanned(last)
    return Saved(
        nodes=tuple(nodes),
        outcomes={node.id: outcome for node in nodes if (outcome := _outcome(node, last.get(node.id), replanned))},
        held=frozenset(number for number, update in last.items() if update.status is NodeStatus.NEEDS_APPROVAL),
        next_seq=next_seq,
        replanned=replanned,
    )


def _outcome(node: PlanNode, last: PlanUpdate | None, replanned: Sequence[int]) -> Outcome | None:
    """How the node ended, as far as events tell it; None when it has not."""
    if last is None or not last.status.final:
        return None
    observation = None
    if last.status is NodeStatus.DONE:
        observation = Observation(output=last.output or "", text=last.text or "")
    return Outcome(
        node,
        last.status,
        observation=observation,
        error=last.error,
        cause=_cause(last.error),
        replan=replan_of(node.id, replanned),
    )


def _cause(error: WireError | None) -> int | None:
    cause = (error.details or {}).get("cause") if error and error.code == "skipped" else None
    return cause if isinstance(cause, int) else None

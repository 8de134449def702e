"""Events as they were received, until what they ask for is done. Each is kept once, however often it comes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from harvester.event import Event, Intent
from harvester.ledger.database import fetch_rows, transaction


class EventState(StrEnum):
    """Where a received event stands."""

    WAITING = "waiting"  # something is to be done; tried when `next_try_at` has come
    DONE = "done"
    DEAD = "dead"  # given up, with a reason, until somebody sends it round again


@dataclass(frozen=True, slots=True)
class EventRow:
    """A received event as the ledger knows it; columns are explained in `harvester.ledger.schema`."""

    source: str
    digest: str
    name: str
    intent: str
    received_at: str
    happened_at: str | None
    body: str
    copies: int
    state: str
    attempts: int
    next_try_at: str | None
    last_error: str | None
    done_at: str | None
    verified: int = 1


class Inbox:
    """The ledger's memory of what it was told."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self._path = path

    def add(self, source: str, events: Iterable[Event], *, now: datetime) -> int:
        """Keep these in one durable step; gives how many were new. One that asks for nothing is done at once."""
        new = 0
        with transaction(self._db, self._path):
            for event in events:
                is_work = event.intent is not Intent.NOTE
                row = EventRow(
                    source=source,
                    digest=event.digest,
                    name=event.name,
                    intent=event.intent,
                    received_at=now.isoformat(),
                    happened_at=event.happened_at.isoformat() if event.happened_at else None,
                    body=json.dumps(event.body, ensure_ascii=False),
                    copies=1,
                    state=EventState.WAITING if is_work else EventState.DONE,
                    attempts=0,
                    next_try_at=now.isoformat() if is_work else None,
                    last_error=None,
                    done_at=None if is_work else now.isoformat(),
                    verified=int(event.is_verified),
                )
                names = list(EventRow.__dataclass_fields__)
                copies = self._db.execute(
                    f"INSERT INTO events ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
                    " ON CONFLICT (source, digest) DO UPDATE SET copies = copies + 1 RETURNING copies",
                    [getattr(row, name) for name in names],
                ).fetchone()["copies"]
                new += copies == 1
        return new

    def due(
        self, now: datetime, received_by: datetime | None = None, *, limit: int, besides: Collection[str] = ()
    ) -> list[EventRow]:
        """Events that something is owed to by now, longest waiting first; without those with these digests."""
        return self._rows(
            "SELECT * FROM events WHERE next_try_at <= ? AND received_at <= ?"
            f" AND digest NOT IN ({', '.join('?' * len(besides))})"
            " ORDER BY next_try_at, received_at, digest LIMIT ?",
            (now.isoformat(), (received_by or now).isoformat(), *besides, limit),
        )

    def next_due(self) -> datetime | None:
        """When the next one is to be tried; None when nothing waits."""
        sql = "SELECT min(next_try_at) moment FROM events WHERE next_try_at IS NOT NULL"
        moment = fetch_rows(self._db, self._path, sql)[0]["moment"]
        return datetime.fromisoformat(moment) if moment else None

    def oldest_waiting(self) -> datetime | None:
        """When the longest waiting one was received; None when none waits."""
        sql = "SELECT min(received_at) moment FROM events WHERE next_try_at IS NOT NULL"
        moment = fetch_rows(self._db, self._path, sql)[0]["moment"]
        return datetime.fromisoformat(moment) if moment else None

    def last(self, count: int, *, state: EventState | None = None) -> list[EventRow]:
        """The newest events, newest first; only those of one state if asked."""
        where, values = ("WHERE state = ?", [state]) if state else ("", [])
        return self._rows(
            f"SELECT * FROM events {where} ORDER BY received_at DESC, source, digest LIMIT ?", (*values, count)
        )

    def find(self, beginning: str) -> list[EventRow]:
        """Those whose digest begins so."""
        return self._rows("SELECT * FROM events WHERE substr(digest, 1, ?) = ?", (len(beginning), beginning))

    def counts(self) -> dict[str, int]:
        """State -> how many events stand there."""
        rows = fetch_rows(self._db, self._path, "SELECT state, count(*) n FROM events GROUP BY state ORDER BY state")
        return {row["state"]: row["n"] for row in rows}

    def count_unverified(self) -> int:
        """Events that wait and that anybody may have sent."""
        sql = "SELECT count(*) n FROM events WHERE next_try_at IS NOT NULL AND NOT verified"
        return int(fetch_rows(self._db, self._path, sql)[0]["n"])

    def serve(self, event: EventRow, *, now: datetime) -> None:
        """What it asked for is done."""
        self._move(event, EventState.DONE, error=None, next_try_at=None, done_at=now)

    def put_off(self, event: EventRow, reason: str, *, next_try_at: datetime | None) -> None:
        """It could not be done yet; without a next time it is given up."""
        state = EventState.WAITING if next_try_at else EventState.DEAD
        self._move(event, state, error=reason, next_try_at=next_try_at, done_at=None)

    def forget_done(self, before: datetime) -> None:
        """Drop what was done before then: no copy of it can be trusted any more (`harvester.zoom.signature`)."""
        with transaction(self._db, self._path):
            self._db.execute("DELETE FROM events WHERE state = 'done' AND received_at < ?", (before.isoformat(),))

    def redrive(self, event: EventRow, *, now: datetime) -> None:
        """Send it round again from the first attempt on, whatever became of it."""
        with transaction(self._db, self._path):
            self._db.execute(
                "UPDATE events SET state = 'waiting', attempts = 0, next_try_at = ?, last_error = NULL, done_at = NULL"
                " WHERE source = ? AND digest = ?",
                (now.isoformat(), event.source, event.digest),
            )

    def _move(
        self,
        event: EventRow,
        state: EventState,
        *,
        error: str | None,
        next_try_at: datetime | None,
        done_at: datetime | None,
    ) -> None:
        with transaction(self._db, self._path):
            self._db.execute(
                "UPDATE events SET state = ?, attempts = attempts + 1, last_error = ?, next_try_at = ?, done_at = ?"
                " WHERE source = ? AND digest = ?",
                (
                    state,
                    error,
                    next_try_at.isoformat() if next_try_at else None,
                    done_at.isoformat() if done_at else None,
                    event.source,
                    event.digest,
                ),
            )

    def _rows(self, sql: str, values: Sequence[object]) -> list[EventRow]:
        return [EventRow(**dict(row)) for row in fetch_rows(self._db, self._path, sql, values)]

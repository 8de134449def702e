"""The runs table: what each run was and how it ended. A run without an end was cut off."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harvester.ledger.database import database_errors, transaction


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run; `summary` is the JSON object that `--json` printed."""

    run_id: str
    command: str
    started_at: str
    finished_at: str | None
    exit_code: int | None
    summary: str | None


class Runs:
    """The ledger's memory of its runs."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self._path = path

    def start(self, run_id: str, command: str, at: datetime) -> None:
        with transaction(self._db, self._path):
            self._db.execute(
                "INSERT INTO runs (run_id, command, started_at) VALUES (?, ?, ?)", (run_id, command, at.isoformat())
            )

    def finish(self, run_id: str, *, at: datetime, exit_code: int, summary: str) -> None:
        with transaction(self._db, self._path):
            self._db.execute(
                "UPDATE runs SET finished_at = ?, exit_code = ?, summary = ? WHERE run_id = ?",
                (at.isoformat(), exit_code, summary, run_id),
            )

    def forget(self, command: str, before: datetime) -> None:
        """Drop the runs of this command that began before then."""
        with transaction(self._db, self._path):
            self._db.execute("DELETE FROM runs WHERE command = ? AND started_at < ?", (command, before.isoformat()))

    def last(self, count: int) -> list[RunRow]:
        """The newest runs, newest first."""
        with database_errors(self._path):
            rows = self._db.execute("SELECT * FROM runs ORDER BY started_at DESC, run_id LIMIT ?", (count,)).fetchall()
        return [RunRow(**dict(row)) for row in rows]

    def last_finished(self, command: str | None = None) -> list[RunRow]:
        """The newest finished run of each command, or of this one."""
        names = ", ".join(RunRow.__dataclass_fields__)
        with database_errors(self._path):
            rows = self._db.execute(
                f"SELECT {names}, max(started_at) FROM runs WHERE finished_at IS NOT NULL AND ?1 IN (command, '')"
                " GROUP BY command ORDER BY command",
                (command or "",),
            ).fetchall()
        return [RunRow(*tuple(row)[:-1]) for row in rows]

"""The ledger as `verify` sees it: read without changing a row, also when parts of it cannot be read.

Decides whether the database itself is whole. What its rows say is held against the archive elsewhere.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from harvester.errors import ConfigError
from harvester.finding import Finding, Problem
from harvester.ledger.database import BUSY_S, fetch_rows
from harvester.ledger.rows import FileRow, RecordingRow
from harvester.ledger.schema import STEPS

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class LedgerView:
    """One whole ledger, open for reading."""

    path: Path
    connection: sqlite3.Connection

    def _rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        return fetch_rows(self.connection, self.path, sql, values)

    def meta(self, name: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE name = ?", name)
        return rows[0]["value"] if rows else None

    def recording(self, key: str) -> RecordingRow | None:
        rows = self._rows("SELECT * FROM recordings WHERE recording_key = ?", key)
        return RecordingRow(**dict(rows[0])) if rows else None

    def of_day(self, day: date, source: str) -> list[RecordingRow]:
        """Rows of recordings that belong to a partition, or whose rows still lie there."""
        when = day.isoformat()
        sql = "SELECT * FROM recordings WHERE source = ? AND (date = ? OR published_date = ?) ORDER BY recording_key"
        return [RecordingRow(**dict(row)) for row in self._rows(sql, source, when, when)]

    def files(self, key: str) -> dict[str, FileRow]:
        rows = self._rows("SELECT * FROM files WHERE recording_key = ?", key)
        return {row["file_key"]: FileRow(**dict(row)) for row in rows}

    def staged_path(self, row: RecordingRow) -> Path | None:
        """Where below the staging folder the rows lie that the lake is owed, None where nothing is staged."""
        sql = "SELECT path FROM staged_files WHERE recording_key = ? AND seq = ?"
        rows = self._rows(sql, row.recording_key, row.seq)
        return Path(rows[0]["path"]) if rows else None

    def staged_paths(self) -> set[Path]:
        """All of them, below the staging folder."""
        return {Path(row["path"]) for row in self._rows("SELECT path FROM staged_files")}

    def partitions(self) -> set[tuple[date, str]]:
        """(date, source) of every recording; dates that are none are met at their recordings."""
        found = set()
        for row in self._rows("SELECT DISTINCT date, source FROM recordings"):
            with contextlib.suppress(ValueError):
                found.add((date.fromisoformat(row["date"]), row["source"]))
        return found

    def orphans(self) -> list[str]:
        """Keys of recordings that only rows of files speak of."""
        known = "SELECT recording_key FROM recordings"
        rows = self._rows(f"SELECT DISTINCT recording_key FROM files WHERE recording_key NOT IN ({known})")
        return [row["recording_key"] for row in rows]

    def run_starts(self) -> frozenset[str]:
        """When each run began: work that is still due at such a moment was begun by that run and cut off."""
        return frozenset(row["started_at"] for row in self._rows("SELECT started_at FROM runs"))


@contextlib.contextmanager
def view_ledger(path: Path) -> Iterator[LedgerView | Finding]:
    """The ledger, or what keeps it from being used. Raises ConfigError for one of another version."""
    if not path.exists():
        yield Finding(Problem.LEDGER_UNREADABLE, str(path), "it is not there")
        return
    try:
        # rw, for a reader of a WAL file would leave its helpers behind; query_only, for nothing may change
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=BUSY_S
        )
    except sqlite3.Error as error:
        yield Finding(Problem.LEDGER_UNREADABLE, str(path), f"it cannot be opened: {error}")
        return
    with contextlib.closing(connection):
        connection.row_factory = sqlite3.Row
        doubt = _check_database(connection, path)
        yield doubt or LedgerView(path, connection)


def _check_database(connection: sqlite3.Connection, path: Path) -> Finding | None:
    try:
        connection.execute("PRAGMA query_only=ON")
        broken = [row[0] for row in connection.execute("PRAGMA integrity_check").fetchall() if row[0] != "ok"]
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError as error:
        return Finding(Problem.LEDGER_UNREADABLE, str(path), f"it is damaged: {error}")
    if broken:
        return Finding(Problem.LEDGER_UNREADABLE, str(path), f"it is damaged: {'; '.join(broken[:_SHOWN])}")
    if version > len(STEPS):
        raise ConfigError(
            f"the ledger {path} has schema version {version}, this harvester knows up to {len(STEPS)}",
            hint="a newer harvester wrote it: update this one",
        )
    if version < len(STEPS):
        detail = f"its schema has version {version}, this is {len(STEPS)}: its rows were not looked at"
        return Finding(Problem.OTHER_VERSION, str(path), detail)
    return None

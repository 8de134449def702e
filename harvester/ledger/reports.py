"""The ledger at a glance, for people: counts, days, what is owed and what failed. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from harvester.ledger.database import fetch_rows, fetch_rows_of
from harvester.ledger.rows import FileRow, RecordingRow


class Reports:
    """What `harvester status` asks."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self._path = path

    def count_files(self) -> dict[tuple[str, str], tuple[int, int]]:
        """(kind, status) -> (files, bytes)."""
        rows = fetch_rows(
            self._db,
            self._path,
            "SELECT kind, status, count(*) n, coalesce(sum(size_bytes), 0) size FROM files GROUP BY kind, status",
        )
        return {(row["kind"], row["status"]): (row["n"], row["size"]) for row in rows}

    def count_files_of(self, keys: Iterable[str]) -> Iterator[tuple[str, str | None, int, int, int]]:
        """(status, rule, files, bytes, files without a size) of what is archived or left out of these recordings.

        The same status and rule may come several times.
        """
        rows = fetch_rows_of(
            self._db,
            self._path,
            "SELECT status, error, count(*), coalesce(sum(coalesce(size_bytes, listed_bytes)), 0),"
            " sum(size_bytes IS NULL AND listed_bytes IS NULL) FROM files"
            " WHERE status IN ('archived', 'skipped') AND recording_key IN",
            keys,
            "GROUP BY status, error",
        )
        yield from map(tuple, rows)

    def count_days(self) -> list[dict[str, object]]:
        """Per day and source: recordings, files listed, archived, failed, and transcripts by state."""
        rows = fetch_rows(
            self._db,
            self._path,
            "SELECT r.date, r.source, count(*) recordings, coalesce(sum(n), 0) files_listed,"
            " coalesce(sum(archived), 0) files_archived, coalesce(sum(failed), 0) files_failed,"
            " coalesce(sum(r.transcript_status = 'available'), 0) transcripts_available,"
            " coalesce(sum(r.transcript_status = 'pending'), 0) transcripts_pending FROM recordings r LEFT JOIN ("
            " SELECT recording_key, count(*) n, sum(status = 'archived') archived,"
            " sum(status IN ('failed', 'missing', 'expired')) failed FROM files GROUP BY recording_key) f"
            " ON f.recording_key = r.recording_key GROUP BY r.date, r.source ORDER BY r.date, r.source",
        )
        return [dict(row) for row in rows]

    def owed(self) -> list[RecordingRow]:
        """Recordings that something is still owed to, by the time of the next look."""
        rows = fetch_rows(
            self._db,
            self._path,
            "SELECT * FROM recordings WHERE next_try_at IS NOT NULL ORDER BY next_try_at, recording_key",
        )
        return [RecordingRow(**dict(row)) for row in rows]

    def expiring(self, by: datetime) -> list[RecordingRow]:
        """Recordings of which something is not here that their source will have deleted by then, the first first."""
        rows = fetch_rows(
            self._db,
            self._path,
            "SELECT * FROM recordings WHERE expires_at <= ? AND next_try_at IS NOT NULL"
            " ORDER BY expires_at, recording_key",
            (by.isoformat(),),
        )
        return [RecordingRow(**dict(row)) for row in rows]

    def failed_files(self) -> list[FileRow]:
        rows = fetch_rows(
            self._db,
            self._path,
            "SELECT * FROM files WHERE status IN ('failed', 'missing', 'expired') ORDER BY recording_key, file_key",
        )
        return [FileRow(**dict(row)) for row in rows]

    def schema_version(self) -> int:
        return int(fetch_rows(self._db, self._path, "PRAGMA user_version")[0][0])

    def find_problems(self) -> list[str]:
        """What SQLite finds wrong with the file, the first ten; empty when it is sound."""
        rows = [row[0] for row in fetch_rows(self._db, self._path, "PRAGMA integrity_check(10)")]
        orphans = len(fetch_rows(self._db, self._path, "PRAGMA foreign_key_check"))
        return [*(each for each in rows if each != "ok"), *([f"{orphans} files of no recording"] if orphans else [])]

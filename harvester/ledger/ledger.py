"""What the pipeline asks and tells the ledger. Every method that writes is one durable transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from harvester.errors import ConfigError
from harvester.ledger.bots import Bots
from harvester.ledger.database import BUSY_S, batch, fetch_rows, fetch_rows_of, open_database, transaction
from harvester.ledger.inbox import Inbox
from harvester.ledger.outbox import Outbox
from harvester.ledger.reports import Reports
from harvester.ledger.rows import FileRow, Known, RecordingRow
from harvester.ledger.runs import Runs
from harvester.ledger.snapshot import open_snapshot
from harvester.model import FileStatus, Kind, Receipt, Recording


class Ledger:
    """One open ledger. Use it as a context manager; not for use from several threads at once."""

    def __init__(self, path: Path, *, connection: sqlite3.Connection | None = None, busy_s: float = BUSY_S) -> None:
        self.path = path
        self._db = connection or open_database(path, busy_s)
        self.runs = Runs(self._db, path)
        self.outbox = Outbox(self._db, path)
        self.reports = Reports(self._db, path)
        self.inbox = Inbox(self._db, path)
        self.bots = Bots(self._db, path)

    @classmethod
    def snapshot(cls, path: Path) -> Self:
        """The ledger in memory as it is now, empty where there is none; what is told to it reaches no disk."""
        return cls(path, connection=open_snapshot(path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def _rows(self, sql: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        return fetch_rows(self._db, self.path, sql, values)

    def batch(self) -> AbstractContextManager[None]:
        """What is written within it becomes durable together, at its end: one flush for many small facts."""
        return batch(self._db, self.path)

    # --- the account -------------------------------------------------------------------------------------------------

    def check_account(self, source: str, account_id: str | None) -> None:
        """Refuse another account's credentials before they mix two companies; some credentials do not tell."""
        known = self.meta(f"account:{source}")
        if account_id and known not in {None, account_id}:
            raise ConfigError(
                f"{self.path} belongs to the {source} account {known}, the credentials are for {account_id}",
                hint="use another HARVESTER_HOME for another account",
            )

    def bind_account(self, source: str, account_id: str | None) -> None:
        """Remember whose ledger this is; only once the account has answered, for a mistyped id must not stick."""
        self.check_account(source, account_id)
        if account_id and self.meta(f"account:{source}") is None:
            self.set_meta(f"account:{source}", account_id)

    def meta(self, name: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE name = ?", (name,))
        return rows[0]["value"] if rows else None

    def set_meta(self, name: str, value: str) -> None:
        with transaction(self._db, self.path):
            self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def drop_meta(self, name: str) -> None:
        with transaction(self._db, self.path):
            self._db.execute("DELETE FROM meta WHERE name = ?", (name,))

    def watermark(self, source: str) -> date | None:
        """Last UTC date up to which every window was listed completely."""
        text = self.meta(f"watermark:{source}")
        return date.fromisoformat(text) if text else None

    def watermarks(self) -> dict[str, date]:
        rows = self._rows("SELECT name, value FROM meta WHERE name LIKE 'watermark:%' ORDER BY name")
        return {row["name"].partition(":")[2]: date.fromisoformat(row["value"]) for row in rows}

    def move_watermark(self, source: str, to: date) -> None:
        known = self.watermark(source)
        if known is None or to > known:
            self.set_meta(f"watermark:{source}", to.isoformat())

    # --- recordings and files ----------------------------------------------------------------------------------------

    def recording(self, key: str) -> RecordingRow | None:
        rows = self._rows("SELECT * FROM recordings WHERE recording_key = ?", (key,))
        return RecordingRow(**dict(rows[0])) if rows else None

    def recordings(self, keys: Iterable[str]) -> dict[str, RecordingRow]:
        """Those of `keys` that are known."""
        rows = fetch_rows_of(self._db, self.path, "SELECT * FROM recordings WHERE recording_key IN", keys)
        return {row["recording_key"]: RecordingRow(**dict(row)) for row in rows}

    def archived_files(self, keys: Iterable[str]) -> dict[str, dict[str, FileRow]]:
        """The archived files of each of these recordings that has any."""
        found: dict[str, dict[str, FileRow]] = {}
        for row in fetch_rows_of(
            self._db, self.path, "SELECT * FROM files WHERE status = 'archived' AND recording_key IN", keys
        ):
            found.setdefault(row["recording_key"], {})[row["file_key"]] = FileRow(**dict(row))
        return found

    def files(self, key: str) -> dict[str, FileRow]:
        rows = self._rows("SELECT * FROM files WHERE recording_key = ?", (key,))
        return {row["file_key"]: FileRow(**dict(row)) for row in rows}

    def known(self, keys: Iterable[str]) -> dict[str, Known]:
        """Those of `keys` that are known. A transcript that is not listed yet counts as an awaited file."""
        rows = fetch_rows_of(
            self._db,
            self.path,
            "SELECT r.recording_key, r.listing_fingerprint, r.selection, r.next_try_at,"
            " coalesce(sum(f.status = 'archived'), 0), coalesce(sum(f.status = 'pending'), 0)"
            " + (r.transcript_status IS 'pending'"
            "    AND NOT coalesce(max(f.status = 'pending' AND f.kind = 'transcript'), FALSE))"
            " FROM recordings r LEFT JOIN files f USING (recording_key) WHERE r.recording_key IN",
            keys,
            " GROUP BY r.recording_key",
        )
        return {row[0]: Known(*row[1:]) for row in map(tuple, rows)}

    def due(self, source: str, now: datetime, *, limit: int = -1) -> list[RecordingRow]:
        """Recordings that something is owed to by now, longest waiting first."""
        rows = self._rows(
            "SELECT * FROM recordings WHERE source = ? AND next_try_at <= ?"
            " ORDER BY next_try_at, recording_key LIMIT ?",
            (source, now.isoformat(), limit),
        )
        return [RecordingRow(**dict(row)) for row in rows]

    def open_recordings(self, listed: Iterable[tuple[Recording, str]], *, now: datetime) -> None:
        """Note (recording, folder) pairs that work begins on; should it be cut off, they are due at once."""
        with transaction(self._db, self.path):
            self._db.executemany(
                "INSERT INTO recordings (recording_key, source, native_id, date, started_at, folder, next_try_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (recording_key) DO UPDATE SET"
                " folder = excluded.folder, listing_fingerprint = NULL, next_try_at = excluded.next_try_at",
                [
                    (
                        each.key,
                        each.source,
                        each.native_id,
                        each.date.isoformat(),
                        each.started_at.isoformat(),
                        folder,
                        now.isoformat(),
                    )
                    for each, folder in listed
                ],
            )

    def note_failure(self, key: str, reason: str, *, next_try_at: datetime) -> None:
        """A recording could not be worked on at all; nothing to note for one that is not known."""
        with transaction(self._db, self.path):
            self._db.execute(
                "UPDATE recordings SET attempts = attempts + 1, last_error = ?, next_try_at = ?"
                " WHERE recording_key = ?",
                (reason, next_try_at.isoformat(), key),
            )

    def record_archived(self, key: str, file_key: str, kind: Kind, receipt: Receipt) -> None:
        """The last step of DESIGN 2.2: the file is proven, renamed and its folder fsynced."""
        with transaction(self._db, self.path):
            self._db.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?,"
                " 1 + coalesce((SELECT attempts FROM files WHERE recording_key = ? AND file_key = ?), 0), NULL)",
                (
                    key,
                    file_key,
                    kind,
                    FileStatus.ARCHIVED,
                    receipt.name,
                    receipt.listed_bytes,
                    receipt.size_bytes,
                    receipt.sha256,
                    receipt.fetched_at.isoformat(),
                    key,
                    file_key,
                ),
            )

    def forget(self, key: str) -> None:
        """Drop a recording of which nothing was ever archived."""
        with transaction(self._db, self.path):
            self._db.execute("DELETE FROM recordings WHERE recording_key = ? AND entry_sha256 IS NULL", (key,))

    def drop(self, key: str) -> None:
        """Drop everything that is said of one recording, whatever it is."""
        with transaction(self._db, self.path):
            for table in ("staged_files", "files", "recordings"):
                self._db.execute(f"DELETE FROM {table} WHERE recording_key = ?", (key,))

    def forget_recordings(self) -> None:
        """Drop everything that is known of recordings; the account, the watermark and the runs stay."""
        with transaction(self._db, self.path):
            for table in ("staged_files", "files", "recordings"):
                self._db.execute(f"DELETE FROM {table}")

    def settle(
        self,
        row: RecordingRow,
        files: Iterable[FileRow],
        *,
        staged: str | None,
    ) -> None:
        """One transaction: the recording's state, all its files, and what was staged. After it the rows are durable.

        `staged` is a path below the staging folder, so that it is found wherever a run is started from.
        """
        with transaction(self._db, self.path):
            fields = [name for name in RecordingRow.__dataclass_fields__ if not name.startswith("published_")]
            marks = ", ".join("?" * len(fields))
            updates = ", ".join(f"{name} = excluded.{name}" for name in fields)
            self._db.execute(
                f"INSERT INTO recordings ({', '.join(fields)}) VALUES ({marks})"
                f" ON CONFLICT (recording_key) DO UPDATE SET {updates}",
                [getattr(row, name) for name in fields],
            )
            self._db.execute("DELETE FROM files WHERE recording_key = ?", (row.recording_key,))
            columns = list(FileRow.__dataclass_fields__)
            self._db.executemany(
                f"INSERT INTO files ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
                [[getattr(each, name) for name in columns] for each in files],
            )
            if staged:
                self._db.execute(
                    "INSERT OR REPLACE INTO staged_files VALUES (?, ?, ?)", (staged, row.recording_key, row.seq)
                )

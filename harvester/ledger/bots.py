"""What is asked and told of a bot's recordings, of which there may be several under one id of a bot."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from pathlib import Path

from harvester.ledger.database import fetch_rows, transaction
from harvester.ledger.rows import RecordingRow


class Bots:
    """The ledger's memory of bots."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self._path = path

    def recordings_of(self, source: str, bot_id: str) -> list[RecordingRow]:
        """A bot's recordings: itself, or, where it has several, those whose ids begin with its own and a colon."""
        rows = fetch_rows(
            self._db,
            self._path,
            "SELECT * FROM recordings WHERE source = ? AND (native_id = ? OR substr(native_id, 1, ?) = ?)"
            " ORDER BY recording_key",
            (source, bot_id, len(bot_id) + 1, f"{bot_id}:"),
        )
        return [RecordingRow(**dict(row)) for row in rows]

    def asked(self) -> dict[str, datetime]:
        """When another transcript was asked for that is not there yet, by recording key."""
        sql = "SELECT recording_key, asked_at FROM recordings WHERE asked_at IS NOT NULL"
        return {key: datetime.fromisoformat(at) for key, at in fetch_rows(self._db, self._path, sql)}

    def await_transcript(self, source: str, native_id: str, *, now: datetime) -> bool:
        """Another transcript of a recording was asked for: from now on it is awaited. False if it is not known here."""
        with transaction(self._db, self._path):
            changed = self._db.execute(
                "UPDATE recordings SET asked_at = ?, next_try_at = ? WHERE source = ? AND native_id = ?",
                (now.isoformat(), now.isoformat(), source, native_id),
            )
            return changed.rowcount > 0

    def look_again(self, source: str, native_id: str, *, now: datetime) -> None:
        """Have the next run look at a recording, if it is known."""
        with transaction(self._db, self._path):
            self._db.execute(
                "UPDATE recordings SET next_try_at = ? WHERE source = ? AND native_id = ?",
                (now.isoformat(), source, native_id),
            )

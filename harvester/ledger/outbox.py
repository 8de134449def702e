"""What the lake is owed: staged recordings until they are published, and rows that must leave a partition."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from harvester.ledger.database import fetch_rows, transaction


@dataclass(frozen=True, slots=True)
class Unpublished:
    """One partition that owes the lake something: staged files to add, keys whose rows must leave."""

    date: date
    source: str
    staged: tuple[tuple[str, int, str], ...]  # (recording_key, seq, path below the staging folder)
    leaving: tuple[str, ...]


class Outbox:
    """The ledger's memory of what was staged and what was published."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self._path = path

    def unpublished(self) -> Iterator[Unpublished]:
        """Partitions that owe the lake something; a recording that moved also empties its old partition, first."""
        rows = fetch_rows(
            self._db,
            self._path,
            "SELECT r.recording_key, r.date, r.source, r.published_date, s.seq, s.path FROM recordings r"
            " JOIN staged_files s ON s.recording_key = r.recording_key AND s.seq = r.seq"
            " WHERE r.published_seq < r.seq ORDER BY r.date, r.source, r.recording_key",
        )
        leaving: dict[tuple[str, str], list[str]] = {}
        staged: dict[tuple[str, str], list[tuple[str, int, str]]] = {}
        for row in rows:
            if row["published_date"] and row["published_date"] != row["date"]:
                leaving.setdefault((row["published_date"], row["source"]), []).append(row["recording_key"])
            staged.setdefault((row["date"], row["source"]), []).append((row["recording_key"], row["seq"], row["path"]))
        for where in sorted(leaving.keys() | staged.keys(), key=lambda each: (each not in leaving, each)):
            day, source = where
            yield Unpublished(
                date.fromisoformat(day), source, tuple(staged.get(where, ())), tuple(leaving.get(where, ()))
            )

    def has_others(self, source: str) -> bool:
        """Whether any recording is of another source than this."""
        sql = "SELECT EXISTS (SELECT 1 FROM recordings WHERE source <> ?) found"
        return bool(fetch_rows(self._db, self._path, sql, (source,))[0]["found"])

    def staged_names(self) -> set[str]:
        """Staged files that somebody still needs, as paths below the staging folder."""
        return {row["path"] for row in fetch_rows(self._db, self._path, "SELECT path FROM staged_files")}

    def published_partitions(self) -> set[tuple[date, str]]:
        """(date, source) of every partition that should lie in the lake; a recording on its way out keeps none."""
        sql = "SELECT DISTINCT published_date day, source FROM recordings WHERE published_date = date"
        return {(date.fromisoformat(row["day"]), row["source"]) for row in fetch_rows(self._db, self._path, sql)}

    def published_folders(self, day: date, source: str) -> list[str]:
        """Folders in the archive of the recordings that a partition should hold."""
        sql = "SELECT folder FROM recordings WHERE published_date = ? AND source = ?"
        sql += " AND date = published_date ORDER BY folder"
        return [row["folder"] for row in fetch_rows(self._db, self._path, sql, (day.isoformat(), source))]

    def mark_published(self, partition: Unpublished) -> list[str]:
        """Note what is in the lake now; returns the staged paths that nothing needs any more."""
        done: list[str] = []
        with transaction(self._db, self._path):
            for key, seq, _ in partition.staged:
                self._db.execute(
                    "UPDATE recordings SET published_seq = ?, published_date = ?, published_sha256 = entry_sha256"
                    " WHERE recording_key = ?",
                    (seq, partition.date.isoformat(), key),
                )
                old = self._db.execute(
                    "DELETE FROM staged_files WHERE recording_key = ? AND seq <= ? RETURNING path", (key, seq)
                )
                done += [row["path"] for row in old.fetchall()]
        return done

    def mark_rebuilt(self, day: date, source: str, entries: Iterable[tuple[str, str, str | None]]) -> list[str]:
        """Note a partition written whole from (recording_key, entry_sha256, transcript_status) rows.

        Returns staged paths that nothing needs any more.
        """
        done: list[str] = []
        with transaction(self._db, self._path):
            for key, sha256, transcript_status in entries:
                self._db.execute(
                    "UPDATE recordings SET published_seq = seq, published_date = ?, entry_sha256 = ?,"
                    " published_sha256 = ?, transcript_status = ? WHERE recording_key = ? AND source = ?",
                    (day.isoformat(), sha256, sha256, transcript_status, key, source),
                )
                old = self._db.execute("DELETE FROM staged_files WHERE recording_key = ? RETURNING path", (key,))
                done += [row["path"] for row in old.fetchall()]
        return done

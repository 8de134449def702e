"""Opening the ledger's SQLite file: durable settings, schema steps, and sentences for what can be wrong with it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from harvester.errors import ConfigError, DiskFull, Failed
from harvester.files import FILE_MODE, disk_errors, make_folder
from harvester.ledger.schema import STEPS

BUSY_S = 30.0
_KEYS_AT_ONCE = 1000  # SQLite takes 32,766
_LOST = "`harvester repair` puts it aside and makes it again from the archive's receipts"


class LedgerDamaged(Failed):
    """The file is no database, or one that SQLite cannot follow."""


def open_database(path: Path, busy_s: float = BUSY_S) -> sqlite3.Connection:
    """A connection with WAL, `synchronous=FULL` and the newest schema, which waits `busy_s` for other writers.

    Raises Failed, DiskFull or ConfigError.
    """
    with disk_errors(path):
        make_folder(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE))
    with _opening(path), database_errors(path):
        connection = sqlite3.connect(path, isolation_level=None, timeout=busy_s, check_same_thread=False)
        try:
            connection.row_factory = sqlite3.Row
            # FULL: with NORMAL a power cut loses acknowledged rows (25 cuts measured: all of them)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")
            migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


@contextlib.contextmanager
def _opening(path: Path) -> Iterator[None]:
    """One process at a time: SQLite does not wait for another that is just turning a new file to WAL."""
    with disk_errors(path):
        handle = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the schema up to date. Raises ConfigError for one that a newer harvester wrote."""
    version = _version(connection)
    if version > len(STEPS):
        raise ConfigError(
            f"the ledger {path} has schema version {version}, this harvester knows up to {len(STEPS)}",
            hint="a newer harvester wrote it: update this one",
        )
    if version == len(STEPS):
        return
    with transaction(connection, path):
        # asked again under the lock: another process may have opened the new ledger at the same moment
        for number, step in enumerate(STEPS[_version(connection) :], start=_version(connection) + 1):
            for statement in step:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version={number}")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


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
        raise LedgerDamaged(f"the ledger {path} is damaged: {error}", hint=_LOST) from error


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All or nothing, durable when it returns; within a `batch`, when that ends."""
    begin, end, undo = "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK"
    if connection.in_transaction:
        begin, end, undo = "SAVEPOINT step", "RELEASE step", "ROLLBACK TO step"
    with database_errors(path):
        connection.execute(begin)
        try:
            yield
            connection.execute(end)
        except BaseException:
            if connection.in_transaction:
                connection.execute(undo)
            raise


@contextlib.contextmanager
def batch(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Several transactions in one durable step. Whatever ends it, those that were complete are kept.

    Raises Failed when SQLite has undone them: it does so by itself when the disk fails.
    """
    with database_errors(path):
        connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        if not connection.in_transaction:
            raise Failed(f"the ledger {path} could not keep what was noted", hint="check its disk, then run again")
        with database_errors(path):
            connection.execute("COMMIT")


def fetch_rows(
    connection: sqlite3.Connection, path: Path, sql: str, values: Sequence[object] = ()
) -> list[sqlite3.Row]:
    """All rows of one SELECT."""
    with database_errors(path):
        return connection.execute(sql, values).fetchall()


def fetch_rows_of(
    connection: sqlite3.Connection, path: Path, head: str, keys: Iterable[str], tail: str = ""
) -> Iterator[sqlite3.Row]:
    """Rows of `head (keys) tail` for any number of keys: a group of rows may come in several pieces."""
    every = list(keys)
    for start in range(0, len(every), _KEYS_AT_ONCE):
        some = every[start : start + _KEYS_AT_ONCE]
        yield from fetch_rows(connection, path, f"{head} ({', '.join('?' * len(some))}) {tail}", some)

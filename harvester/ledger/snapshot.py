"""A copy of the ledger in memory, for those who may change nothing on the disk.

Decides how an SQLite file in WAL mode is read without leaving a trace. What is written to the copy is lost with it,
which is what a rehearsal wants; an older schema is brought up to date in the copy alone.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from harvester.errors import Failed
from harvester.ledger.database import database_errors, migrate

_ATTEMPTS = 3
# A plain read-only connection makes -wal and -shm files and leaves them lying. Neither of these two does: `immutable`
# looks at no log, so it is for a file without one; `readonly_shm` reads the log through the index that its writer
# made, whether that one still runs or was killed.
_WITHOUT_LOG = "immutable=1"
_WITH_LOG = "mode=ro&readonly_shm=1"


def open_snapshot(path: Path) -> sqlite3.Connection:
    """The ledger as it is now, or an empty one where there is none. Raises Failed or ConfigError."""
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    try:
        memory.row_factory = sqlite3.Row
        with database_errors(path):
            if _size(path) is not None:
                _copy(path, memory)
            memory.execute("PRAGMA foreign_keys=ON")
            migrate(memory, path)
    except BaseException:
        memory.close()
        raise
    return memory


def _copy(path: Path, memory: sqlite3.Connection) -> None:
    log = path.with_name(f"{path.name}-wal")
    for _ in range(_ATTEMPTS):
        has_log = bool(_size(log))
        if has_log and _size(path.with_name(f"{path.name}-shm")) is None:
            raise Failed(
                f"the ledger {path} has a log and no index of it, as after a copy of a running harvest",
                hint="run `harvester status`, which recovers it, then this again",
            )
        before = path.stat()
        where = f"{path.resolve().as_uri()}?{_WITH_LOG if has_log else _WITHOUT_LOG}"
        with contextlib.closing(sqlite3.connect(where, uri=True)) as source:
            source.backup(memory)
        after = path.stat()
        # without its log SQLite guards nothing: a writer may have begun meanwhile
        if has_log or (not _size(log) and (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)):
            return
    raise Failed(f"the ledger {path} changes while it is read", hint="run it again")


def _size(path: Path) -> int | None:
    """Bytes of a file, None where there is none."""
    try:
        return path.stat().st_size
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise Failed(f"cannot read {path}: {error.strerror}", hint="check its owner and permissions") from error

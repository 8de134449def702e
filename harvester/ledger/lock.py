"""One run at a time. flock, so that a killed holder frees the lock with its last breath."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from harvester.errors import AlreadyRunning
from harvester.files import FILE_MODE, disk_errors, make_folder


@contextlib.contextmanager
def run_lock(state: Path) -> Iterator[None]:
    """Hold `<state>/locks/run.lock`; raises AlreadyRunning at once when another process does."""
    path = state / "locks" / "run.lock"
    with disk_errors(path):
        make_folder(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise AlreadyRunning(
                f"another run holds the lock {path} (process {holder})",
                hint="wait for it to end; `harvester runs` shows it",
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)

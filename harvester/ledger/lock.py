"""One run at a time. flock, so that a killed holder frees the lock with its last breath."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from harvester.errors import AlreadyRunning, Failed
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
            raise AlreadyRunning(
                f"another run holds the lock {path} (process {_read_holder(handle)})",
                hint="wait for it to end; `harvester runs` shows it",
            ) from None
        with disk_errors(path):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def lock_holder(state: Path) -> str | None:
    """Process id of the run that holds the lock, None when it is free. Makes no file.

    Where it is free it is held for the moment of the question, shared: two who ask do not hinder each other.
    """
    path = state / "locks" / "run.lock"
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Failed(f"cannot read {path}: {error.strerror}", hint="check its owner and permissions") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_holder(handle)
    finally:
        os.close(handle)
    return None


def _read_holder(handle: int) -> str:
    return os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"

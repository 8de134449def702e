"""One run at a time: whoever talks to the source, or writes archive and lake, holds the lock.

flock, so that a killed holder frees the lock with its last breath. Decides who waits for whom: all for the worker,
which lets go when it is asked, and nobody for anybody else.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from harvester.clock import Clock, SystemClock
from harvester.errors import AlreadyRunning, Failed
from harvester.files import FILE_MODE, disk_errors, make_folder

log = logging.getLogger(__name__)

WORKER = "work"
"""The holder that others wait for: it keeps the lock for as long as events keep it busy, and lets go when asked."""
_LOOK_S = 0.05
_LOOKS = 20


@contextlib.contextmanager
def run_lock(state: Path, holder: str = "run", *, clock: Clock = SystemClock()) -> Iterator[None]:  # noqa: B008 - stateless
    """Hold `<state>/locks/run.lock` as `holder`.

    Raises AlreadyRunning at once when another process does; but the worker is asked for it, and waited for.
    """
    path = _path(state)
    handle = _open_lock(path)
    try:
        if not _try_lock(handle):
            _wait_for_worker(state, handle, holder, clock)
        with disk_errors(path):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()} {holder}\n".encode(), 0)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # an old name only makes a wait shorter
                os.ftruncate(handle, 0)
    finally:
        os.close(handle)


def is_awaited(state: Path) -> bool:
    """Whether a run waits for the worker to let go of the lock."""
    handle = _open_lock(_path(state, "next"))
    try:
        return not _try_lock(handle)
    finally:
        os.close(handle)


def _wait_for_worker(state: Path, handle: int, holder: str, clock: Clock) -> None:
    place = _open_lock(_path(state, "next"))
    try:
        if holder == WORKER or not _is_worker(handle) or not _try_lock_soon(place, clock):
            raise _already_running(state, handle)
        log.info("lock.asked", extra={"fields": {"holder": _read_holder(handle)}})
        while not _try_lock(handle):
            if not _is_worker(handle):
                raise _already_running(state, handle)
            clock.sleep(_LOOK_S)
    finally:
        os.close(place)


def _already_running(state: Path, handle: int) -> AlreadyRunning:
    return AlreadyRunning(
        f"another run holds the lock {_path(state)} (process {_read_holder(handle)})",
        hint="wait for it to end; `harvester runs` shows it",
    )


def _try_lock(handle: int) -> bool:
    """Take the lock if it is free."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_lock_soon(handle: int, clock: Clock) -> bool:
    """Take it although the worker looks at it just now, and for that moment holds it (`is_awaited`)."""
    for _ in range(_LOOKS):
        if _try_lock(handle):
            return True
        clock.sleep(_LOOK_S)
    return False


def _is_worker(handle: int) -> bool:
    # empty: the holder has taken it this moment, and its name is not written yet
    return _read_holder(handle).partition(" ")[2] in {WORKER, ""}


def _path(state: Path, name: str = "run") -> Path:
    return state / "locks" / f"{name}.lock"


def _open_lock(path: Path) -> int:
    with disk_errors(path):
        make_folder(path.parent)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)


def lock_holder(state: Path) -> str | None:
    """Process id of the run that holds the lock, None when it is free. Makes no file.

    Where it is free it is held for the moment of the question, shared: two who ask do not hinder each other.
    """
    path = _path(state)
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

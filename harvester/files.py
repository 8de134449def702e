"""Writing so that a crash at any moment leaves the old file or the new one, never a piece.

The order is the contract (DESIGN 2.2): write, fsync(file), rename, fsync(folder).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from harvester.errors import DiskFull, Failed

FILE_MODE = 0o600
FOLDER_MODE = 0o700
_FULL = {errno.ENOSPC, errno.EDQUOT}
_HINTS = {
    errno.EMFILE: "allow more open files (`ulimit -n`) or lower HARVESTER_WORKERS",
    errno.ENFILE: "the machine has no open files left: see what holds them",
    errno.EROFS: "make its filesystem writable again; the kernel's log says why it is not",
}
_CHUNK = 1 << 20
TEMPORARY_NAME_BYTES = 100
"""How much of the target's name a temporary name begins with: a name of 255 bytes leaves no room for more."""


def fsync_folder(folder: Path) -> None:
    """Make names created, renamed or removed in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path, *, mode: int = FOLDER_MODE) -> None:
    """Create `folder` and its parents, each made durable in its own parent."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(mode=mode, exist_ok=True)
        fsync_folder(each.parent)


def nearest_existing(path: Path) -> Path:
    """The path itself, or the closest folder above it that is there."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


@contextlib.contextmanager
def scratch_folder(parent: Path) -> Iterator[Path]:
    """A folder below `parent` that leaves no trace: it goes at the end, and with it what was made to hold it.

    Raises DiskFull or Failed where it cannot be made.
    """
    made = [each for each in (parent, *parent.parents) if not each.exists()]
    folder: Path | None = None
    try:
        with disk_errors(parent):
            make_folder(parent)
            folder = Path(tempfile.mkdtemp(prefix="scratch-", dir=parent))
        yield folder
    finally:
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        for each in made:
            with contextlib.suppress(OSError):  # not ours alone any more
                each.rmdir()


def replace_durably(temporary: Path, target: Path) -> None:
    """Rename an already fsynced file over `target` and make the rename durable."""
    temporary.replace(target)
    fsync_folder(target.parent)


def write_atomically(target: Path, data: bytes, *, scratch: Path | None = None, mode: int = FILE_MODE) -> None:
    """Replace `target` by `data`.

    The temporary file lies in `scratch` (same filesystem) or beside the target.
    Raises DiskFull or Failed with the path in the sentence.
    """
    folder = scratch or target.parent
    name = target.name.encode()[:TEMPORARY_NAME_BYTES].decode(errors="ignore")
    temporary = folder / f".{name}.{secrets.token_hex(6)}.tmp"
    with disk_errors(target):
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
            with os.fdopen(handle, "wb", buffering=0) as out:
                view = memoryview(data)
                while view:
                    view = view[out.write(view) :]
                os.fsync(out.fileno())
            replace_durably(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an OSError about `path` into a sentence; whatever our own disk refuses ends the run."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(
                f"no space left while writing {path}",
                hint="free space or move HARVESTER_HOME to a larger disk, then run the same command again",
            ) from error
        raise Failed(
            f"cannot write {path}: {error.strerror or error}",
            hint=_HINTS.get(error.errno or 0, "check the owner, the permissions and the health of the disk"),
        ) from error


def sha256_of(path: Path) -> str:
    """SHA-256 of the file's bytes, as 64 lower-case hex digits."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def read_chunks(path: Path, *, from_disk: bool) -> Iterator[bytes]:
    """The file's bytes, piece by piece; `from_disk`: as the disk gives them now, not as memory remembers them.

    The kernel keeps what it once read or wrote; a disk that has since lost it would go unnoticed. Raises OSError.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "rb", buffering=0) as source:
        if from_disk:
            # pages that are not written yet stay, and rightly: they are what the disk will hold
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        while chunk := source.read(_CHUNK):
            yield chunk
        if from_disk:  # nor should a check of everything push out what others use
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)


def readable_by_others(path: Path) -> bool:
    """Whether a file that may hold secrets can be read by other users of the machine."""
    return path.is_file() and bool(path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))

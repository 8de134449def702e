"""Where one day of one source lies, and who may write it.

Decides names of files, folders and locks, and who may read them. Never reads or writes rows.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import secrets
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from harvester.errors import Failed
from harvester.files import FILE_MODE, FOLDER_MODE, disk_errors, fsync_folder, make_folder

_SOURCE = re.compile(r"[a-z0-9][a-z0-9_]{0,62}")


@dataclass(frozen=True, slots=True)
class Partition:
    """`work` must lie on the lake's filesystem: files are made there and renamed into the lake."""

    lake: Path
    work: Path
    day: date
    source: str

    def __post_init__(self) -> None:
        if not _SOURCE.fullmatch(self.source):
            raise Failed(
                f"{self.source!r} cannot name a source in the lake",
                hint="a source is named by lower-case letters, digits and underscores",
            )

    @property
    def name(self) -> str:
        return f"{self.day.isoformat()}.{self.source}"

    @property
    def scratch(self) -> Path:
        return self.work / "tmp" / self.name

    def file(self, table_name: str) -> Path:
        """One bucket, 00 of 01, until volume asks for more."""
        return self.lake / table_name / f"date={self.day.isoformat()}" / f"{self.source}-00-of-01.parquet"


def list_partitions(lake: Path, *, table: str = "*") -> set[tuple[date, str]]:
    """(date, source) of every file that lies in the lake, or in one table of it."""
    found = set()
    for path in lake.glob(f"{table}/date=????-??-??/*-??-of-??.parquet"):
        with contextlib.suppress(ValueError):  # not a folder of ours
            found.add((date.fromisoformat(path.parent.name[5:]), path.name.rsplit("-", 3)[0]))
    return found


@contextlib.contextmanager
def partition_lock(partition: Partition) -> Iterator[None]:
    """Wait for, and hold, the only right to write this partition; it ends with the process, however that ends."""
    with file_lock(partition.work / "locks" / f"{partition.name}.lock", fcntl.LOCK_EX):
        yield


@contextlib.contextmanager
def folder_lock(partition: Partition, *, removing: bool) -> Iterator[None]:
    """Sources share a day's folder: nobody may remove it as empty while another is about to rename a file into it."""
    operation = fcntl.LOCK_EX if removing else fcntl.LOCK_SH
    with file_lock(partition.work / "locks" / "folders.lock", operation):
        yield


@contextlib.contextmanager
def file_lock(path: Path, operation: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Wait for, and hold, a lock file that is made where it is not there; it ends with the process."""
    with disk_errors(path):
        make_folder(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
    try:
        with disk_errors(path):
            fcntl.flock(handle, operation)
        yield
    finally:
        os.close(handle)


def make_lake_folder(folder: Path, lake: Path) -> None:
    """Create a folder that whoever may read the lake's own folder may read too.

    It gets its name last: a kill in between would leave a day that nobody but us could ever read.
    """
    make_folder(lake)
    if folder.is_dir():
        return
    make_lake_folder(folder.parent, lake)
    temporary = lake / f".{folder.name}.{secrets.token_hex(6)}.tmp"
    temporary.mkdir(FOLDER_MODE)
    try:
        temporary.chmod(stat.S_IMODE(lake.stat().st_mode))
        temporary.rename(folder)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.rmdir()
        # another source made it meanwhile, and has a file in it
        if not (isinstance(error, OSError) and error.errno in {errno.ENOTEMPTY, errno.EEXIST} and folder.is_dir()):
            raise
    fsync_folder(folder.parent)


def share_file(path: Path, lake: Path) -> None:
    """Give a finished file the lake folder's group and read rights: the operator sets those once, on the folder."""
    like = lake.stat()
    mode = stat.S_IMODE(like.st_mode) & 0o644
    if stat.S_IMODE(path.stat().st_mode) != mode:
        path.chmod(mode)
    if path.stat().st_gid != like.st_gid:
        # a group we are no member of cannot be given; the rows are right all the same
        with contextlib.suppress(PermissionError):
            os.chown(path, -1, like.st_gid)

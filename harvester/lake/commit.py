"""A partition's new files in place of the old ones, so that a crash leaves old or new files, each whole.

Decides the order on disk: write and fsync all, compare, then rename back to back, then fsync the folders.
A file whose bytes would not change is left alone. Never decides what the rows are. The caller holds the lock.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from harvester.files import disk_errors, fsync_folder, make_folder, sha256_of
from harvester.lake.parquet import write_parquet
from harvester.lake.partition import Partition, folder_lock, make_lake_folder, share_file
from schemas.lake import PUBLISHED, TABLES


@dataclass(frozen=True, slots=True)
class Committed:
    """Rows of each table that the partition holds now, and the numbers of files changed and left alone."""

    rows: dict[str, int]
    changed: int
    unchanged: int


def commit_tables(
    partition: Partition, tables: Mapping[str, Iterable[pa.Table]], footer: Mapping[str, str], *, removal: bool
) -> Committed:
    """Make the partition hold exactly `tables`, each of which comes in pieces, in its order.

    `recordings` says what is there, so it comes last, except in a pure removal, where it goes first.
    """
    with disk_errors(partition.scratch):
        _clear(partition.scratch)
        make_folder(partition.scratch)
    paths = {name: partition.scratch / f"{name}.parquet" for name in tables}
    try:
        rows = {name: write_parquet(TABLES[name], pieces, paths[name], footer) for name, pieces in tables.items()}
        written = {name: path for name, path in paths.items() if rows[name]}
        with disk_errors(partition.lake):
            return Committed(rows, *_replace_all(partition, written, removal=removal))
    finally:
        with contextlib.suppress(OSError):
            _clear(partition.scratch)


def _replace_all(partition: Partition, written: Mapping[str, Path], *, removal: bool) -> tuple[int, int]:
    names = [name for name in PUBLISHED if name != "recordings"]
    targets = {name: partition.file(name) for name in (["recordings", *names] if removal else [*names, "recordings"])}
    replaced = {name for name in written if not _same_bytes(written[name], targets[name])}
    removed = {name for name in targets if name not in written and targets[name].exists()}
    with folder_lock(partition, removing=False):
        make_lake_folder(partition.lake, partition.lake)
        for name in replaced:
            make_lake_folder(targets[name].parent, partition.lake)
            share_file(written[name], partition.lake)
        for name, target in targets.items():
            if name in replaced:
                written[name].replace(target)
            elif name in removed:
                target.unlink()
        for name in sorted(replaced | removed):
            fsync_folder(targets[name].parent)
    # asked of every absent table and not only of those removed now: a publisher may have died in between
    if leftover := [targets[name].parent for name in targets if name not in written and targets[name].parent.is_dir()]:
        with folder_lock(partition, removing=True):
            for folder in leftover:
                _remove_if_empty(folder)
    return len(replaced) + len(removed), len(written) - len(replaced)


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno != errno.ENOTEMPTY:
            raise
        return
    fsync_folder(folder.parent)


def _same_bytes(new: Path, old: Path) -> bool:
    if not old.exists() or new.stat().st_size != old.stat().st_size:
        return False
    return sha256_of(new) == sha256_of(old)


def _clear(scratch: Path) -> None:
    """Remove what a publisher that died has left; we hold its lock, so it cannot be at work."""
    if scratch.is_dir():
        shutil.rmtree(scratch)

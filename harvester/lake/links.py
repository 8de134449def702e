"""The lake's own files of links: what the rows of recordings say, and the file that their links make.

Decides nothing of which belongs to which; a day of one source is one file, replaced whole, and gone when it is empty.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from harvester.files import disk_errors, fsync_folder, make_folder, sha256_of
from harvester.lake.parquet import build_footer, read_parquet, write_parquet
from harvester.lake.partition import Partition, folder_lock, make_lake_folder, partition_lock, share_file
from harvester.lake.rows import build_table
from schemas.lake import TABLES

LINKS = "recording_links"
VERSION = "1"
"""Of the rules that links are made by."""
_SAID = (
    "recording_key",
    "source",
    "meeting_id",
    "meeting_uuid",
    "started_at",
    "ended_at",
    "duration_ms",
    "time_base",
    "extra",
    "first_seen_at",
)


def iter_sources(lake: Path, day: date, table: str = "recordings") -> Iterator[str]:
    """Sources that have rows of a day, by name."""
    for path in sorted((lake / table / f"date={day.isoformat()}").glob("*-??-of-??.parquet")):
        yield path.name.rsplit("-", 3)[0]


def read_recordings(partition: Partition) -> list[dict[str, Any]]:
    """What links depend on, one object a recording. Raises Damaged for a file that cannot be used."""
    table = TABLES["recordings"]
    rows = read_parquet(table, partition.file(table.name))
    return [] if rows is None else rows.select(_SAID).to_pylist()


def read_links(partition: Partition) -> pa.Table | None:
    """None where there is no file."""
    return read_parquet(TABLES[LINKS], partition.file(LINKS))


def build_links(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The table of these rows, in the order of their keys."""
    ordered = sorted(rows, key=lambda each: str(each["recording_key"]))
    columns = {column.name: [each[column.name] for each in ordered] for column in TABLES[LINKS].columns}
    return build_table(LINKS, columns)


def write_links(partition: Partition, rows: pa.Table) -> bool:
    """Make the day's file hold exactly these rows; True when its bytes changed."""
    target = partition.file(LINKS)
    scratch = partition.work / "tmp" / f"{partition.name}.links"
    with partition_lock(partition), disk_errors(target):
        make_folder(scratch.parent)
        scratch.unlink(missing_ok=True)  # of a run that died
        footer = build_footer(parser_version=VERSION, fingerprint=_build_fingerprint(rows))
        try:
            written = write_parquet(TABLES[LINKS], [rows], scratch, footer)
            return _replace(partition, scratch, target) if written else _remove(partition, target)
        finally:
            scratch.unlink(missing_ok=True)


def _replace(partition: Partition, scratch: Path, target: Path) -> bool:
    if target.exists() and sha256_of(target) == sha256_of(scratch):
        return False
    with folder_lock(partition, removing=False):
        make_lake_folder(target.parent, partition.lake)
        share_file(scratch, partition.lake)
        scratch.replace(target)
        fsync_folder(target.parent)
    return True


def _remove(partition: Partition, target: Path) -> bool:
    if not target.parent.is_dir():
        return False
    with folder_lock(partition, removing=True):
        was_there = target.exists()
        target.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # another source's file is in it
            target.parent.rmdir()
        fsync_folder(target.parent.parent)
    return was_there


def _build_fingerprint(rows: pa.Table) -> str:
    return hashlib.sha256(json.dumps(rows.to_pylist(), default=str, sort_keys=True).encode()).hexdigest()


def days_around(days: Iterable[date]) -> list[date]:
    """The days whose links may depend on a change of one of these: a meeting can cross midnight."""
    ordinals = {day.toordinal() + step for day in days for step in (-1, 0, 1)}
    return [date.fromordinal(each) for each in sorted(ordinals) if 1 <= each <= date.max.toordinal()]

"""The two ways rows come into the lake: a batch of staged recordings, or a partition as a whole.

Both end in the same bytes for the same content, whatever arrived in which order. A recording lies in one partition
only: when it moves to another day, the caller removes it from the old one. Never reads archive, ledger or clock.
"""

from __future__ import annotations

import collections
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa

from harvester.errors import Damaged, Failed
from harvester.lake.commit import commit_tables
from harvester.lake.coverage import build_coverage
from harvester.lake.merge import CONTENT, Tables, check_day, check_rows, merge_rows
from harvester.lake.parquet import FINGERPRINT, build_footer, read_row_groups, row_groups
from harvester.lake.partition import Partition, partition_lock
from harvester.lake.rows import empty_table
from harvester.lake.spool import Spool
from harvester.lake.stage import Stage, open_stage, stage_seq
from schemas.lake import TABLES


@dataclass(frozen=True, slots=True)
class Published:
    """What the partition holds now: rows per table, files changed and left alone, and its fingerprint.

    `segments_staged` counts the segments that this publish brought.
    """

    rows: dict[str, int]
    files_rewritten: int
    files_unchanged: int
    fingerprint: str
    segments_staged: int = 0


def publish_partition(
    lake: Path,
    work: Path,
    *,
    date: date,
    source: str,
    remove: Collection[str],
    stages: Sequence[Path],
    parser_version: str,
) -> Published:
    """Replace the staged recordings, remove those in `remove` that are not staged, leave the others.

    However much the day holds, memory holds a few row groups of it. Doing it again after a crash ends in the same
    bytes. Raises Damaged for an unreadable stage or lake file.
    """
    partition = Partition(lake, work, date, source)
    with partition_lock(partition):
        arriving = _open_stages(stages)
        held = _whole("recordings", _read_groups(partition, "recordings"))
        # recordings is written last: a child row without its recording is the trace of an unfinished publish
        keep = set(held["recording_key"].to_pylist()) - set(remove) - arriving.keys()

        def merged(name: str) -> Iterator[pa.Table]:
            new = ((key, stage.read(name)) for key, stage in arriving.items())
            return _blame(merge_rows(_read_groups(partition, name), keep, new), partition.file(name))

        try:
            published = _commit(partition, merged, parser_version, removal=not arriving)
        except Failed:
            _check_old(partition)
            raise
        return replace(published, segments_staged=sum(stage.rows("segments") for stage in arriving.values()))


def write_partition(
    lake: Path,
    work: Path,
    *,
    date: date,
    source: str,
    recordings: Iterable[Tables],
    parser_version: str,
) -> Published:
    """Make the partition hold exactly these recordings, in any order; without any, it goes. Old files are not read.

    Memory holds one recording and a few row groups.
    """
    partition = Partition(lake, work, date, source)
    with Spool(work, recordings) as held, partition_lock(partition):
        return _commit(partition, held.pieces, parser_version, removal=held.is_empty)


def render_partition(
    recordings: Iterable[Tables], *, source: str, parser_version: str
) -> tuple[dict[str, pa.Table], dict[str, str]]:
    """What `write_partition` would write: every table's rows in order, and the footer of their files."""
    held = sorted(recordings, key=lambda each: each["recordings"]["recording_key"][0].as_py())
    rows = {name: _whole(name, (each[name] for each in held if name in each)) for name in CONTENT}
    coverage, footer = _describe(rows["recordings"], rows["files"], source, parser_version)
    return {**rows, "coverage": coverage}, footer


def build_fingerprint(recordings: pa.Table) -> str:
    """SHA-256 over each recording's key and payload hash, in key order."""
    digest = hashlib.sha256()
    pairs = zip(recordings["recording_key"].to_pylist(), recordings["payload_sha256"].to_pylist(), strict=True)
    for key, payload in sorted(pairs):
        digest.update(f"{key}\0{payload}\n".encode())
    return digest.hexdigest()


def _open_stages(stages: Sequence[Path]) -> dict[str, Stage]:
    """By recording key, in its order; of two stages of one recording the one with the higher number."""
    opened = map(open_stage, sorted(stages, key=stage_seq))
    return dict(sorted({stage.recording_key: stage for stage in opened}.items()))


def _read_groups(partition: Partition, name: str) -> Iterator[pa.Table]:
    return read_row_groups(TABLES[name], partition.file(name))


def _check_old(partition: Partition) -> None:
    """Raises Damaged where it is a file of the lake whose rows do not fit, and not what was to be published."""
    for name in CONTENT:
        groups = list(_read_groups(partition, name))
        known = {key for each in groups for key in each["recording_key"].to_pylist()}  # orphans are no damage
        try:
            collections.deque(check_rows(name, groups, recordings=known, source=partition.source), maxlen=0)
        except Failed as error:
            path = partition.file(name)
            hint = "run `harvester rebuild`"
            raise Damaged(f"cannot use {path}: {error.message}", hint=hint, subject=str(path)) from error


def _blame(merged: Iterator[pa.Table], path: Path) -> Iterator[pa.Table]:
    """Only what lies in the lake can be out of order."""
    try:
        yield from merged
    except ValueError as error:
        raise Damaged(f"cannot use {path}: {error}", hint="run `harvester rebuild`", subject=str(path)) from error


def _commit(
    partition: Partition, rows: Callable[[str], Iterator[pa.Table]], parser_version: str, *, removal: bool
) -> Published:
    """`rows` gives a table's rows in pieces, in order. Two tables are counted first, and small enough to be held."""
    recordings, files = (_whole(name, rows(name)) for name in ("recordings", "files"))
    check_day(recordings, partition.day)
    known = recordings["recording_key"].to_pylist()
    held = {"recordings": [recordings], "files": [files]}
    tables = {
        name: check_rows(name, row_groups(held.get(name) or rows(name)), recordings=known, source=partition.source)
        for name in CONTENT
    }
    coverage, footer = _describe(recordings, files, partition.source, parser_version)
    committed = commit_tables(partition, {**tables, "coverage": [coverage]}, footer, removal=removal)
    return Published(committed.rows, committed.changed, committed.unchanged, footer[FINGERPRINT])


def _whole(name: str, pieces: Iterable[pa.Table]) -> pa.Table:
    return pa.concat_tables([empty_table(name), *pieces])


def _describe(
    recordings: pa.Table, files: pa.Table, source: str, parser_version: str
) -> tuple[pa.Table, dict[str, str]]:
    coverage = build_coverage(recordings, files, source=source)
    return coverage, build_footer(parser_version=parser_version, fingerprint=build_fingerprint(recordings))

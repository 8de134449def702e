"""The two ways rows come into the lake: a batch of staged recordings, or a partition as a whole.

Both end in the same bytes for the same content, whatever arrived in which order. A recording lies in one partition
only: when it moves to another day, the caller removes it from the old one. Never reads archive, ledger or clock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pyarrow as pa

from harvester.errors import Damaged
from harvester.lake.commit import commit_tables
from harvester.lake.coverage import build_coverage
from harvester.lake.merge import CONTENT, build_spans, check_content, merge_rows, sort_rows
from harvester.lake.parquet import FINGERPRINT, build_footer, read_parquet
from harvester.lake.partition import Partition, partition_lock
from harvester.lake.rows import empty_table
from harvester.lake.stage import read_stage, stage_seq
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

    Doing it again after a crash ends in the same bytes. Raises Damaged for an unreadable stage or lake file.
    """
    partition = Partition(lake, work, date, source)
    with partition_lock(partition):
        staged = _read_stages(stages, partition)
        old = _read_partition(partition)
        # recordings is written last: a child row without its recording is the trace of an unfinished publish
        arriving = set(staged["recordings"]["recording_key"].to_pylist())
        keep = set(old["recordings"]["recording_key"].to_pylist()) - set(remove) - arriving
        tables = {name: merge_rows(old[name], keep, staged[name]) for name in CONTENT}
        published = _commit(partition, tables, parser_version, removal=not arriving)
        return replace(published, segments_staged=staged["segments"].num_rows)


def write_partition(
    lake: Path,
    work: Path,
    *,
    date: date,
    source: str,
    tables: Mapping[str, pa.Table],
    parser_version: str,
) -> Published:
    """Make the partition hold exactly these rows, in any order; without any, it goes. Old files are not read."""
    partition = Partition(lake, work, date, source)
    rows = _whole_content(tables, date=date, source=source)
    with partition_lock(partition):
        return _commit(partition, rows, parser_version, removal=not rows["recordings"].num_rows)


def render_partition(
    tables: Mapping[str, pa.Table], *, date: date, source: str, parser_version: str
) -> tuple[dict[str, pa.Table], dict[str, str]]:
    """What `write_partition` would write: every table's rows in order, and the footer of their files."""
    return _whole(_whole_content(tables, date=date, source=source), source, parser_version)


def build_fingerprint(recordings: pa.Table) -> str:
    """SHA-256 over each recording's key and payload hash, in key order."""
    digest = hashlib.sha256()
    pairs = zip(recordings["recording_key"].to_pylist(), recordings["payload_sha256"].to_pylist(), strict=True)
    for key, payload in sorted(pairs):
        digest.update(f"{key}\0{payload}\n".encode())
    return digest.hexdigest()


def _read_stages(stages: Sequence[Path], partition: Partition) -> dict[str, pa.Table]:
    """All staged rows in key order; of two stages of one recording, those with the higher number."""
    newest: dict[str, Mapping[str, pa.Table]] = {}
    for path in sorted(stages, key=stage_seq):
        tables = read_stage(path)
        newest[tables["recordings"]["recording_key"][0].as_py()] = tables
    staged = {
        name: sort_rows(
            name, pa.concat_tables([empty_table(name), *(each[name] for each in newest.values() if name in each)])
        )
        for name in CONTENT
    }
    check_content(staged, day=partition.day, source=partition.source)
    return staged


def _read_partition(partition: Partition) -> dict[str, pa.Table]:
    tables = {}
    for name in CONTENT:
        path = partition.file(name)
        rows = read_parquet(TABLES[name], path)
        tables[name] = empty_table(name) if rows is None else rows
        try:
            build_spans(tables[name])
        except ValueError as error:
            raise Damaged(f"cannot use {path}: {error}", hint="run `harvester rebuild`", subject=str(path)) from error
    return tables


def _commit(partition: Partition, tables: Mapping[str, pa.Table], parser_version: str, *, removal: bool) -> Published:
    whole, footer = _whole(tables, partition.source, parser_version)
    changed, unchanged = commit_tables(partition, whole, footer, removal=removal)
    rows = {name: table.num_rows for name, table in whole.items()}
    return Published(rows, changed, unchanged, footer[FINGERPRINT])


def _whole_content(tables: Mapping[str, pa.Table], *, date: date, source: str) -> dict[str, pa.Table]:
    rows = {name: sort_rows(name, tables.get(name, empty_table(name))) for name in CONTENT}
    check_content(rows, day=date, source=source)
    return rows


def _whole(
    tables: Mapping[str, pa.Table], source: str, parser_version: str
) -> tuple[dict[str, pa.Table], dict[str, str]]:
    coverage = build_coverage(tables["recordings"], tables["files"], source=source)
    footer = build_footer(parser_version=parser_version, fingerprint=build_fingerprint(tables["recordings"]))
    return {**tables, "coverage": coverage}, footer

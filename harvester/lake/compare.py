"""A partition's files against the rows that the archive gives: the same bytes, or else what differs.

Decides when a difference is damage and when merely another version's writing. Reads nothing; everything is handed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from harvester.finding import Finding, Problem
from harvester.lake.inspect import Held, LakeFile, partition_finding
from harvester.lake.merge import CONTENT, Tables
from harvester.lake.parquet import render_parquet
from harvester.lake.partition import Partition
from harvester.lake.publish import render_partition
from schemas.lake import TABLES


def compare_whole(
    held: Held, partition: Partition, recordings: Sequence[Tables], *, parser_version: str
) -> Iterator[Finding]:
    """The partition must hold exactly the files that a rebuild would write of these recordings."""
    expected, footer = render_partition(recordings, source=partition.source, parser_version=parser_version)
    for name, rows in expected.items():
        if name in held.damaged:
            continue
        file = held.files.get(name)
        if file is None:
            if rows.num_rows:
                yield partition_finding(Problem.LAKE_STALE, partition, "it is not there", table=name)
        elif difference := _difference(file, rows, render_parquet(TABLES[name], rows, footer)):
            yield partition_finding(difference[0], partition, difference[1], table=name)


def compare_some(
    held: Held, partition: Partition, recordings: Sequence[Tables], *, parser_version: str
) -> Iterator[Finding]:
    """The rows of these recordings must be as given; others, which cannot be judged, are left aside."""
    expected, _ = render_partition(recordings, source=partition.source, parser_version=parser_version)
    keys = expected["recordings"]["recording_key"].combine_chunks()
    for name in CONTENT:
        if name in held.damaged:
            continue
        file, rows = held.files.get(name), expected[name]
        found = file.rows.filter(pc.is_in(file.rows["recording_key"], keys)) if file else rows.slice(0, 0)
        if not found.equals(rows):
            detail = "its rows are not those that the archive gives"
            yield partition_finding(Problem.LAKE_STALE, partition, detail, table=name)


def _difference(file: LakeFile, rows: pa.Table, data: bytes) -> tuple[Problem, str] | None:
    if file.data == data and rows.num_rows:
        return None
    if not file.rows.equals(rows):
        return Problem.LAKE_STALE, "its rows are not those that the archive gives"
    if file.made_by[0] != _made_by(data):
        return Problem.OTHER_VERSION, f"{file.made_by[0]} wrote it: the rows are right, the bytes cannot be compared"
    return Problem.LAKE_STALE, "its rows are right, but its other bytes are not"


def _made_by(data: bytes) -> str:
    with pq.ParquetFile(pa.BufferReader(data)) as file:
        return cast("str", file.metadata.created_by)

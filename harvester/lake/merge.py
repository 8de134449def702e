"""What a partition holds after a change: old rows less the replaced ones, plus the new ones, in key order.

Pure. Decides order and consistency, so that the same recordings give the same rows however they arrived.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from itertools import pairwise

import pyarrow as pa
import pyarrow.compute as pc

from harvester.errors import Failed
from harvester.lake.rows import conform, empty_table
from schemas.lake import TABLES

Tables = Mapping[str, pa.Table]
Spans = dict[str, tuple[int, int]]

CHILDREN = tuple(name for name in TABLES if name not in {"recordings", "coverage"})
CONTENT = ("recordings", *CHILDREN)
"""Tables with a row per something recorded; `coverage` is counted from them."""


def build_spans(rows: pa.Table) -> Spans:
    """Recording key -> offset and length of its rows. Raises ValueError when the rows are not in key order."""
    keys = rows.column("recording_key").combine_chunks()
    if isinstance(keys, pa.ChunkedArray):  # more text than one array's 32-bit offsets can hold
        keys = pa.concat_arrays([chunk.cast(pa.large_string()) for chunk in keys.chunks])
    runs = pc.run_end_encode(keys)
    names = runs.values.to_pylist()
    if any(left >= right for left, right in pairwise(names)):
        raise ValueError("its rows are not in the order of recording_key")
    ends = runs.run_ends.to_pylist()
    return {name: (start, end - start) for name, start, end in zip(names, [0, *ends], ends, strict=False)}


def sort_rows(name: str, rows: pa.Table) -> pa.Table:
    """Rows under today's schema in the table's order. Raises Failed when a key occurs twice."""
    table = TABLES[name]
    try:
        rows = conform(name, rows)
    except ValueError as error:
        raise Failed(f"rows for {name} cannot be published: {error}") from error
    unique = rows.group_by(list(table.key)).aggregate([]).num_rows
    if unique != rows.num_rows:
        raise Failed(
            f"{rows.num_rows - unique} rows for {name} repeat the key {', '.join(table.key)}",
            hint="this is a mistake in the harvester; nothing was published",
        )
    return rows.sort_by([(column, "ascending") for column in table.sort_key])


def check_content(tables: Tables, *, day: date, source: str) -> None:
    """Raises Failed when rows belong to another source or day, or to a recording that is not among them."""
    recordings = tables.get("recordings", empty_table("recordings"))
    known = set(recordings["recording_key"].to_pylist())
    findings = []
    days = {started.date() for started in recordings["started_at"].to_pylist()}
    if days - {day}:
        findings.append(f"recordings that started on {', '.join(map(str, sorted(days - {day})))}")
    for name in CONTENT:
        if name not in tables:
            continue
        others = set(pc.unique(tables[name]["source"]).to_pylist()) - {source}
        if others:
            findings.append(f"{name} of another source: {', '.join(sorted(others))}")
        orphans = set(pc.unique(tables[name]["recording_key"]).to_pylist()) - known
        if orphans:
            findings.append(f"{name} without their recording: {', '.join(sorted(orphans)[:3])}")
    if findings:
        raise Failed(
            f"rows do not belong to {day} of {source}: {'; '.join(findings)}",
            hint="this is a mistake in the harvester; nothing was published",
        )


def merge_rows(old: pa.Table, keep: Collection[str], new: pa.Table) -> pa.Table:
    """The rows of `old` for the recordings in `keep`, and all of `new`, spliced in key order; both are sorted.

    Runs of neighbours from one side are taken as one slice, so the cost of a small change is one pass over the rows.
    """
    kept = {key: (old, span) for key, span in build_spans(old).items() if key in keep}
    added = {key: (new, span) for key, span in build_spans(new).items()}
    pieces: list[pa.Table] = [old.slice(0, 0)]
    source, start, stop = old, 0, 0
    for _, (table, (offset, length)) in sorted((kept | added).items()):
        if table is not source or offset != stop:
            pieces.append(source.slice(start, stop - start))
            source, start = table, offset
        stop = offset + length
    pieces.append(source.slice(start, stop - start))
    return pa.concat_tables(pieces)

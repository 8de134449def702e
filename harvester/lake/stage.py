"""One recording's rows, durable on disk before they are published.

Decides the staging file's form: Arrow streams back to back, one per table, then a SHA-256 of them, so that a cut or
changed file is seen. Never touches the lake and never removes a staged file: the ledger says when one is done with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import pyarrow as pa

from harvester.errors import Damaged, Failed
from harvester.files import disk_errors, make_folder, write_atomically
from harvester.lake.rows import conform, first_line
from schemas.lake import TABLES

_NAME = b"harvester.table"
_DIGEST_BYTES = 32


def stage_path(staging: Path, *, recording_key: str, seq: int, date: date, source: str) -> Path:
    digest = hashlib.sha256(recording_key.encode()).hexdigest()[:24]
    return staging / date.isoformat() / source / f"{digest}.{seq}.arrow"


def stage_seq(path: Path) -> int:
    """The sequence number in a staging file's name: of two stages of one recording the higher one counts."""
    return int(path.name.split(".")[1])


def write_stage(
    staging: Path,
    *,
    recording_key: str,
    seq: int,
    date: date,
    source: str,
    tables: Mapping[str, pa.Table],
) -> Path:
    """Write all tables of one recording; when this returns they survive a power cut."""
    held = tables["recordings"]["recording_key"].to_pylist()
    if held != [recording_key]:
        raise Failed(f"a stage of {recording_key} must hold exactly its own row in recordings, not {held}")
    sink = pa.BufferOutputStream()
    for name, table in sorted(tables.items()):
        named = pa.Table.from_arrays(table.columns, schema=_bare_schema(name))
        with pa.ipc.new_stream(sink, named.schema) as writer:
            writer.write_table(named)
    data = sink.getvalue().to_pybytes()
    path = stage_path(staging, recording_key=recording_key, seq=seq, date=date, source=source)
    with disk_errors(path):
        make_folder(path.parent)
    write_atomically(path, data + hashlib.sha256(data).digest())
    return path


@cache
def _bare_schema(name: str) -> pa.Schema:
    """The table's schema without its descriptions, which would outweigh the rows of a short meeting."""
    return pa.schema([each.remove_metadata() for each in TABLES[name].schema], metadata={_NAME: name})


def read_stage(path: Path) -> dict[str, pa.Table]:
    """The tables of one staged recording. Raises Damaged when the file is missing, cut or unreadable."""
    try:
        return _parse_stage(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Damaged(
            f"cannot read the staged rows in {path}: {first_line(error)}",
            hint="harvest this recording again, or run `harvester rebuild`; the archived files are not affected",
            subject=str(path),
        ) from error


def _parse_stage(data: bytes) -> dict[str, pa.Table]:
    """The digest is checked first: Arrow trusts offsets it reads, and flipped ones could end the process."""
    streams, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    if hashlib.sha256(streams).digest() != digest:
        raise ValueError("its bytes are not those that were written")
    source = pa.BufferReader(streams)
    tables = {}
    while source.tell() < len(streams):
        with pa.ipc.open_stream(source) as reader:
            table = reader.read_all()
        name = table.schema.metadata[_NAME].decode()
        tables[name] = conform(name, table)
    return tables

"""One recording's rows, durable on disk before they are published.

Decides the staging file's form: an Arrow stream for each table, then an index that says whose rows they are and where
each table lies with its SHA-256, so that a cut or changed file is seen and one table can be read without the others.
Never touches the lake and never removes a staged file: the ledger says when one is done with.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from harvester.errors import Damaged, Failed
from harvester.files import disk_errors, make_folder, write_atomically
from harvester.lake.rows import conform, empty_table, first_line
from schemas.lake import TABLES

_LENGTH_BYTES = 8
_DIGEST_BYTES = 32


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a table lies in the file, and what its bytes and rows must be."""

    offset: int
    length: int
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A staged file whose index is proven; each table is when it is read."""

    path: Path
    recording_key: str
    extents: Mapping[str, Extent]

    def rows(self, name: str) -> int:
        return self.extents[name].rows if name in self.extents else 0

    def read(self, name: str) -> pa.Table:
        """One table under today's schema; empty when nothing was staged for it. Raises Damaged as `open_stage`."""
        if name not in self.extents:
            return empty_table(name)
        extent = self.extents[name]
        try:
            with self.path.open("rb", buffering=0) as source:
                source.seek(extent.offset)
                data = source.read(extent.length)
            # first of all: Arrow trusts offsets it reads, and flipped ones could end the process
            _prove(data, bytes.fromhex(extent.sha256))
            return decode_rows(name, data)
        except (OSError, ValueError) as error:
            raise _damaged(self.path, error) from error


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
    path = stage_path(staging, recording_key=recording_key, seq=seq, date=date, source=source)
    with disk_errors(path):
        make_folder(path.parent)
    write_atomically(path, _render(recording_key, tables))
    return path


def _render(recording_key: str, tables: Mapping[str, pa.Table]) -> bytes:
    streams, extents, offset = [], {}, 0
    for name, table in tables.items():
        streams.append(encode_rows(name, table))
        extents[name] = [offset, len(streams[-1]), hashlib.sha256(streams[-1]).hexdigest(), table.num_rows]
        offset += len(streams[-1])
    index = json.dumps([recording_key, extents]).encode()
    index += len(index).to_bytes(_LENGTH_BYTES, "big")
    return b"".join([*streams, index, hashlib.sha256(index).digest()])


def encode_rows(name: str, rows: pa.Table) -> bytes:
    """A table's rows as an Arrow stream."""
    sink = pa.BufferOutputStream()
    named = pa.Table.from_arrays(rows.columns, schema=_bare_schema(name))
    with pa.ipc.new_stream(sink, named.schema) as writer:
        writer.write_table(named)
    return cast("bytes", sink.getvalue().to_pybytes())


def decode_rows(name: str, data: bytes) -> pa.Table:
    """The rows of such a stream, under today's schema. Raises ValueError for one that does not fit."""
    with pa.ipc.open_stream(data) as reader:
        return conform(name, reader.read_all())


@cache
def _bare_schema(name: str) -> pa.Schema:
    """The table's schema without its descriptions, which would outweigh the rows of a short meeting."""
    return pa.schema([each.remove_metadata() for each in TABLES[name].schema])


def open_stage(path: Path) -> Stage:
    """Read a staged file's index. Raises Damaged when the file is missing, cut or unreadable."""
    try:
        with path.open("rb", buffering=0) as source:
            key, extents = _read_index(source)
    except (OSError, ValueError) as error:
        raise _damaged(path, error) from error
    return Stage(path, key, {name: Extent(*each) for name, each in extents.items()})


def _read_index(source: io.RawIOBase) -> Any:  # noqa: ANN401 - whatever JSON holds
    end = source.seek(-_DIGEST_BYTES - _LENGTH_BYTES, io.SEEK_END)
    tail = source.read()
    length = min(int.from_bytes(tail[:_LENGTH_BYTES], "big"), end)
    source.seek(end - length)
    index = source.read(length + _LENGTH_BYTES)
    _prove(index, tail[_LENGTH_BYTES:])
    return json.loads(index[:length])


def _prove(data: bytes, digest: bytes) -> None:
    if hashlib.sha256(data).digest() != digest:
        raise ValueError("its bytes are not those that were written")


def _damaged(path: Path, error: Exception) -> Damaged:
    return Damaged(
        f"cannot read the staged rows in {path}: {first_line(error)}",
        hint="harvest this recording again, or run `harvester rebuild`; the archived files are not affected",
        subject=str(path),
    )

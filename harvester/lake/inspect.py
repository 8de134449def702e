"""The lake's own files: can each be read and trusted, and do those of one day and source belong together.

Decides what can be said without the archive: whole pages, our schema, each key once, one publish. Reads only.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from harvester.files import read_chunks
from harvester.finding import Finding, Problem
from harvester.lake.merge import CHILDREN, build_spans
from harvester.lake.parquet import FINGERPRINT, PARSER
from harvester.lake.partition import Partition
from harvester.lake.publish import build_fingerprint
from harvester.lake.rows import conform, first_line
from schemas.lake import PUBLISHED, TABLES

_FOLDER = re.compile(r"date=(\d{4}-\d{2}-\d{2})")
_FILE = re.compile(r"[a-z0-9][a-z0-9_]{0,62}-00-of-01\.parquet")
_SMALL_BYTES = 1 << 20  # below it, handing work to threads takes longer than the work
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")


@dataclass(frozen=True, slots=True)
class LakeFile:
    """One readable file of the lake. `made_by` names the Parquet library and the rules that wrote it."""

    rows: pa.Table
    fingerprint: str
    made_by: tuple[str, str]
    data: bytes | None  # kept only where bytes are to be compared


@dataclass(slots=True)
class Held:
    """What a partition holds: its readable files by table, and the tables whose files are damaged."""

    files: dict[str, LakeFile] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.files and not self.damaged

    def rows(self, table: str) -> pa.Table | None:
        """Rows of a table, None where there are none that can be trusted."""
        return self.files[table].rows if table in self.files and table not in self.damaged else None


def find_strays(lake: Path) -> Iterator[Finding]:
    """Whatever lies below a table's folder and is not one of its files: a reader of the folder would meet it."""
    for name in TABLES:
        for path in sorted((lake / name).rglob("*")):
            folder = _FOLDER.fullmatch(path.name if path.is_dir() else path.parent.name)
            depth = len(path.relative_to(lake).parts)
            fits = (depth == 2 and path.is_dir()) or (depth == 3 and path.is_file() and _FILE.fullmatch(path.name))  # noqa: PLR2004 - table, day, file
            if not (folder and fits and _is_date(folder[1])):
                yield Finding(Problem.LAKE_STRAY, str(path), "it is none of the lake's files")
    for path in sorted(lake.glob(".*.tmp")):
        if _TEMPORARY.fullmatch(path.name):
            yield Finding(Problem.LEFTOVER, str(path), "a run that was cut off has left it")


def inspect_partition(partition: Partition, *, deep: bool) -> Held:
    """Read every file of one day and source; `deep`: from the disk itself, keeping its bytes."""
    held = Held()
    for name in PUBLISHED:
        path = partition.file(name)
        if path.is_symlink() or path.exists():
            _read(held, partition, name, path, deep=deep)
    _check_together(held, partition)
    return held


def partition_finding(
    problem: Problem, partition: Partition, detail: str, *, table: str = "recordings", key: str | None = None
) -> Finding:
    return Finding(problem, str(partition.file(table)), detail, key, day=partition.day, source=partition.source)


def _read(held: Held, partition: Partition, name: str, path: Path, *, deep: bool) -> None:
    try:
        data = b"".join(read_chunks(path, from_disk=deep))
        with pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True) as file:
            footer = {key.decode(): value.decode() for key, value in (file.schema_arrow.metadata or {}).items()}
            made_by = (str(file.metadata.created_by), footer.get(PARSER, ""))
            rows = conform(name, file.read(use_threads=len(data) > _SMALL_BYTES))
        rows.validate(full=True)
        _check_rows(name, rows)
    except (pa.ArrowException, OSError, ValueError) as error:
        held.damaged.add(name)
        detail = f"it cannot be used: {first_line(error)}"
        held.findings.append(partition_finding(Problem.LAKE_UNREADABLE, partition, detail, table=name))
        return
    held.files[name] = LakeFile(rows, footer.get(FINGERPRINT, ""), made_by, data if deep else None)


def _check_rows(name: str, rows: pa.Table) -> None:
    table = TABLES[name]
    nulls = [column.name for column in table.columns if not column.nullable and rows[column.name].null_count]
    if nulls:
        raise ValueError(f"{', '.join(nulls)} may not be null")
    if not rows.num_rows:
        raise ValueError("it holds no row")
    twice = (
        rows.num_rows - rows.group_by(list(table.key), use_threads=rows.nbytes > _SMALL_BYTES).aggregate([]).num_rows
    )
    if twice:
        raise ValueError(f"{twice} rows repeat the key {', '.join(table.key)}")
    if name != "coverage":
        build_spans(rows)


def _check_together(held: Held, partition: Partition) -> None:
    """All files of a publish carry the same marks; one that is of another publish, or whose rows are, is named."""
    marks = {name: (file.fingerprint, *file.made_by) for name, file in held.files.items()}
    counts = Counter(marks.values())
    # where as many files say one thing as the other, the recordings' file is the one to be believed
    usual = max(marks.values(), key=lambda mark: (counts[mark], mark == marks.get("recordings")), default=None)
    for name, mark in marks.items():
        if mark != usual:
            _tear(held, partition, name, "it is of another publish than the files beside it")
    recordings = held.rows("recordings")
    if recordings is None:
        if not held.is_empty and "recordings" not in held.damaged:
            _tear(held, partition, "recordings", "it is not there, though other tables are")
        return
    if usual and build_fingerprint(recordings) != usual[0]:
        _tear(held, partition, "recordings", "its rows are not those that its footer speaks of")
        return
    known = recordings["recording_key"].combine_chunks()
    for name in CHILDREN:
        rows = held.rows(name)
        if rows is not None and not pc.all(pc.is_in(rows["recording_key"], known)).as_py():
            _tear(held, partition, name, "it has rows of recordings that are not there")
    _check_presence(held, partition, recordings)


def _check_presence(held: Held, partition: Partition, recordings: pa.Table) -> None:
    """Tables that must be there by what the others say."""
    files, transcripts, segments = held.rows("files"), held.rows("transcripts"), held.rows("segments")
    expected = {"coverage"}
    if pc.sum(recordings["n_files"]).as_py():
        expected.add("files")
    if files is not None:
        spoken = pc.is_in(files["kind"], pa.array(["transcript", "captions"]))
        read = pc.and_(spoken, pc.and_(pc.is_valid(files["sha256"]), pc.is_null(files["error"])))
        expected |= {"transcripts"} if pc.any(read).as_py() else set()
    count = pc.sum(transcripts["n_segments"]).as_py() if transcripts is not None else 0
    if count:
        expected |= {"segments", "turns"}
    for name in sorted(expected - held.files.keys() - held.damaged):
        _tear(held, partition, name, "it is not there, though the tables beside it speak of its rows")
    if transcripts is not None and segments is not None and segments.num_rows != count:
        _tear(held, partition, "segments", f"it has {segments.num_rows} rows, transcripts says {count}")


def _tear(held: Held, partition: Partition, name: str, detail: str) -> None:
    held.damaged.add(name)
    held.findings.append(partition_finding(Problem.LAKE_TORN, partition, detail, table=name))


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True

"""Days of the lake into files of the search index, through the view `transcript`.

Decides how many days DuckDB opens at once: opening a lake costs as much as indexing a small day, and more the more days
it has, so a few days are put before it as a lake of their own, made of links. Memory holds a block at a time.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import duckdb
import pyarrow as pa

from harvester.errors import Failed
from harvester.files import FILE_MODE, disk_errors, replace_durably
from harvester.lake.query import open_lake
from harvester.lake.search.block import BLOCK_ROWS, build_blocks
from harvester.lake.search.find import Watch
from harvester.lake.search.mark import LINKS, MARK, TABLES_READ, TEMPORARY, Day, State, day_file, make_mark
from schemas.handmade import CORRECTIONS_FILE

_TOGETHER_BYTES = 1 << 24
_MEMORY = "1GB"  # of DuckDB; what needs more spills to the disk
_TRANSCRIPTS = "SELECT DISTINCT transcript_key FROM transcript WHERE date = $day ORDER BY transcript_key"
_ROWS = """
SELECT t.recording_key, t.source, r.native_id, t.topic, r.host_email, r.host_id, t.transcript_key, t.kind,
    t.speaker, t.segment_index, t.start_at, t.start_ms, t.end_ms, t.text, t.is_corrected
FROM transcript t
JOIN recordings r ON r.date = t.date AND r.recording_key = t.recording_key
WHERE t.date = $day
ORDER BY t.transcript_key, t.segment_index
"""


def index_days(lake: Path, folder: Path, state: State, days: Sequence[Day], watch: Watch) -> None:
    """Write the files of `days`, the newest first. Raises Failed, DiskFull."""
    done, total = 0, sum(each.size_bytes for each in days)
    watch(done, total)
    for few in _take_together(sorted(days, key=lambda each: each.date, reverse=True)):
        with tempfile.TemporaryDirectory(prefix=LINKS, dir=folder) as scratch:
            _link(lake, Path(scratch), few)
            with open_lake(
                Path(scratch), linked=lake, memory_limit=_MEMORY, spill=Path(scratch) / "spill"
            ) as connection:
                for day in few:
                    _index_day(connection, folder, state, day)
                    done += day.size_bytes
                    watch(done, total)


def _index_day(connection: duckdb.DuckDBPyConnection, folder: Path, state: State, day: Day) -> None:
    asked = {"day": day.date}
    try:
        keys = connection.sql(_TRANSCRIPTS, params=asked).to_arrow_table()["transcript_key"].chunks
        rows = connection.sql(_ROWS, params=asked).to_arrow_reader(BLOCK_ROWS // 8)
        with _replacing(day_file(folder, day.date)) as out:
            _write(out, make_mark(state, day, keys), build_blocks(rows))
    except duckdb.Error as error:
        raise Failed(f"the lake cannot be read for {day.date}: {error}", hint="run it again") from error


def _take_together(days: Iterable[Day]) -> Iterator[list[Day]]:
    held: list[Day] = []
    for day in days:
        if held and sum(each.size_bytes for each in held) + day.size_bytes > _TOGETHER_BYTES:
            yield held
            held = []
        held.append(day)
    if held:
        yield held


def _link(lake: Path, scratch: Path, days: Iterable[Day]) -> None:
    lake = lake.resolve()
    for table in TABLES_READ:
        (scratch / table).mkdir()
        for day in days:
            name = f"date={day.date.isoformat()}"
            (scratch / table / name).symlink_to(lake / table / name)
    if (lake / CORRECTIONS_FILE).exists():
        (scratch / CORRECTIONS_FILE).symlink_to(lake / CORRECTIONS_FILE)


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    """A file that gets its name last, so that a kill leaves the old one or none."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}{TEMPORARY}")
    with disk_errors(target):
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
            with os.fdopen(handle, "wb") as out:
                yield out
                out.flush()
                os.fsync(out.fileno())
            replace_durably(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)


def _write(out: BinaryIO, mark: bytes, blocks: Iterator[pa.RecordBatch]) -> None:
    first = next(blocks, None)
    schema = (first.schema if first else pa.schema([])).with_metadata({MARK: mark})
    with pa.ipc.new_file(out, schema) as writer:
        for block in itertools.chain([first], blocks) if first else ():
            writer.write_batch(block)

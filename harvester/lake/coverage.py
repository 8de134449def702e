"""One day of one source in numbers: what was listed, and what of it is here.

Pure: counted from the partition's own recordings and files, so it can never disagree with them.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from harvester.lake.rows import build_table, empty_table
from harvester.model import FileStatus, TranscriptStatus

PENDING = TranscriptStatus.PENDING
GAP_STATUSES = (FileStatus.FAILED, FileStatus.MISSING, FileStatus.EXPIRED)
"""Listed, wanted, and not here: neither archived, nor awaited, nor left out by a rule."""


def build_coverage(recordings: pa.Table, files: pa.Table, *, source: str) -> pa.Table:
    """One row, or none when the partition holds no recording."""
    if not recordings.num_rows:
        return empty_table("coverage")
    transcripts = _count(recordings["transcript_status"])
    statuses = _count(files["status"])
    return build_table(
        "coverage",
        {
            "source": [source],
            "recordings_listed": [recordings.num_rows],
            "files_listed": [files.num_rows],
            "files_archived": [statuses[FileStatus.ARCHIVED]],
            "transcripts_available": [transcripts[TranscriptStatus.AVAILABLE]],
            "transcripts_pending": [transcripts[PENDING]],
            "gaps": [sum(statuses[status] for status in GAP_STATUSES)],
            "awaited_since": [_awaited_since(recordings)],
            "last_archived_at": [pc.max(files["archived_at"]).as_py()],
        },
    )


def _awaited_since(recordings: pa.Table) -> datetime | None:
    ends = pc.coalesce(recordings["ended_at"], recordings["started_at"])
    since: datetime | None = pc.min(ends.filter(pc.equal(recordings["transcript_status"], PENDING))).as_py()
    return since


def _count(values: pa.ChunkedArray) -> Counter[str]:
    return Counter({entry["values"]: entry["counts"] for entry in pc.value_counts(values).to_pylist()})

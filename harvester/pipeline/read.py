"""From one archived recording to its rows in every table. Pure but for reading the archive's files.

The same entry and files always give the same rows: nothing here asks the clock, the ledger or the network.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from harvester.archive import ArchivedFile, Entry
from harvester.errors import Damaged
from harvester.lake.rows import build_table
from harvester.model import Kind, Recording
from harvester.pipeline.columns import (
    Reading,
    files_columns,
    recordings_columns,
    segments_columns,
    transcripts_columns,
    turns_columns,
)
from harvester.pipeline.plan import transcript_status
from harvester.transcript import read_transcript
from harvester.transcript.roster import names_in_chat, names_in_timeline

log = logging.getLogger(__name__)

_READ = (Kind.TRANSCRIPT, Kind.CAPTIONS)
PARSED_TABLES = ("recordings", "files", "transcripts", "segments", "turns")
"""Tables whose rows come from one recording; `coverage` is computed per partition."""


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What the reader is told besides the archive."""

    merge_gap_ms: int = 3000
    limit_bytes: int = 32 * 2**20


@dataclass(frozen=True, slots=True)
class RecordingRows:
    """All rows of one recording, and why what could not be read could not: file key -> error."""

    tables: Mapping[str, pa.Table]
    unreadable: Mapping[str, Damaged]
    transcript_status: str | None
    n_segments: int


def read_recording(
    recording: Recording,
    entry: Entry,
    *,
    entry_sha256: str,
    archive_folder: str,
    read_bytes: Callable[[str], bytes],
    settings: ReadSettings,
) -> RecordingRows:
    """Build the rows of one recording; `read_bytes` gives the bytes of a file of its folder by name.

    A file that cannot be read becomes a reason in `files.error`; the others are read all the same.
    """
    files = [entry.files[key] for key in sorted(entry.files)]
    roster = _roster(files, read_bytes, settings.limit_bytes)
    read: list[Reading] = []
    unreadable: dict[str, Damaged] = {}
    for file in files:
        receipt = file.state.receipt
        if receipt is None or file.listed.kind not in _READ:
            continue
        try:
            if receipt.size_bytes > settings.limit_bytes:
                raise _too_large(receipt.name, receipt.size_bytes, settings.limit_bytes)
            transcript = read_transcript(
                read_bytes(receipt.name),
                roster=roster,
                merge_gap_ms=settings.merge_gap_ms,
                limit_bytes=settings.limit_bytes,
            )
        except Damaged as error:
            unreadable[file.listed.key] = error
            continue
        if transcript.rejected:
            fields = {"recording": recording.key, "file": file.listed.key, "cues": transcript.rejected}
            log.warning("transcript.rejected_cues", extra={"fields": fields})
        t0 = file.listed.start_at or recording.started_at
        read.append(Reading(file, transcript, f"{recording.key}/{file.listed.key}", t0))
    cues = {each.file.listed.key: len(each.transcript.segments.text) for each in read}
    status = transcript_status(files, entry.transcript, {**dict.fromkeys(unreadable), **cues})
    tables = {
        "recordings": recordings_columns(recording, entry, status, entry_sha256),
        "files": files_columns(
            recording, files, {key: each.message for key, each in unreadable.items()}, archive_folder
        ),
        "transcripts": transcripts_columns(recording, read, files),
        "segments": segments_columns(recording, read),
        "turns": turns_columns(recording, read),
    }
    built = {name: build_table(name, columns) for name, columns in tables.items()}
    return RecordingRows(built, unreadable, status, built["segments"].num_rows)


def _too_large(name: str, size: int, limit: int) -> Damaged:
    return Damaged(
        f"{name} has {size:,} bytes, more than the {limit:,} that are read as a transcript; it is archived",
        hint="raise HARVESTER_TRANSCRIPT_LIMIT and run `harvester rebuild`",
    )


def _roster(files: Sequence[ArchivedFile], read_bytes: Callable[[str], bytes], limit_bytes: int) -> frozenset[str]:
    find = {Kind.TIMELINE: names_in_timeline, Kind.CHAT: names_in_chat}
    names: set[str] = set()
    for file in files:
        receipt = file.state.receipt
        if receipt and file.listed.kind in find and receipt.size_bytes <= limit_bytes:
            with contextlib.suppress(Damaged):  # a lost roster costs a name with a colon, not the transcript
                names |= find[file.listed.kind](read_bytes(receipt.name))
    return frozenset(names)

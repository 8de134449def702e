"""From one archived recording to its rows in every table. Pure but for reading the archive's files.

The same entry and files always give the same rows: nothing here asks the clock, the ledger or the network.
"""

from __future__ import annotations

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
_NAMES = {Kind.TIMELINE: names_in_timeline, Kind.CHAT: names_in_chat}


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What the reader is told besides the archive."""

    merge_gap_ms: int = 3000
    limit_bytes: int = 32 * 2**20


@dataclass(frozen=True, slots=True)
class RecordingRows:
    """All rows of one recording, and why what could not be read could not: file key -> error.

    `lost` are those whose bytes the disk did not give: tomorrow they may be read, so that these rows are not for good.
    """

    tables: Mapping[str, pa.Table]
    unreadable: Mapping[str, Damaged]
    lost: Mapping[str, Damaged]
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
    texts, lost = _read_texts(files, read_bytes, settings.limit_bytes)
    roster = _roster(files, texts)
    read: list[Reading] = []
    unreadable: dict[str, Damaged] = {key: each for key, each in lost.items() if entry.files[key].listed.kind in _READ}
    for file in files:
        receipt = file.state.receipt
        if receipt is None or file.listed.kind not in _READ or file.listed.key in lost:
            continue
        try:
            if file.listed.key not in texts:
                raise _too_large(receipt.name, receipt.size_bytes, settings.limit_bytes)
            transcript = read_transcript(
                texts[file.listed.key],
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
    return RecordingRows(built, unreadable, lost, status, built["segments"].num_rows)


def _read_texts(
    files: Sequence[ArchivedFile], read_bytes: Callable[[str], bytes], limit_bytes: int
) -> tuple[dict[str, bytes], dict[str, Damaged]]:
    """Bytes of every file that is read and not too large, and of those that the disk did not give, why."""
    texts: dict[str, bytes] = {}
    lost: dict[str, Damaged] = {}
    for file in files:
        receipt = file.state.receipt
        if receipt is None or file.listed.kind not in {*_READ, *_NAMES} or receipt.size_bytes > limit_bytes:
            continue
        try:
            texts[file.listed.key] = read_bytes(receipt.name)
        except Damaged as error:
            lost[file.listed.key] = error
    return texts, lost


def _too_large(name: str, size: int, limit: int) -> Damaged:
    return Damaged(
        f"{name} has {size:,} bytes, more than the {limit:,} that are read as a transcript; it is archived",
        hint="raise HARVESTER_TRANSCRIPT_LIMIT and run `harvester rebuild`",
    )


def _roster(files: Sequence[ArchivedFile], texts: Mapping[str, bytes]) -> frozenset[str]:
    return frozenset[str]().union(
        *(
            _NAMES[file.listed.kind](texts[file.listed.key])
            for file in files
            if file.listed.kind in _NAMES and file.listed.key in texts
        )
    )

"""The end of a recording's way through a run: judged, written to the archive, read, staged, noted in the ledger.

In this order, each step durable before the next, so that a kill between any two leaves work that the next run
finishes and nothing that it would do twice. All but the last step run on a worker.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from harvester.archive import Entry
from harvester.archive.store import Stored, read_archived
from harvester.errors import Damaged, HarvesterError
from harvester.lake.stage import write_stage
from harvester.ledger import RecordingRow
from harvester.model import FileStatus, ListedFile, Recording, TranscriptStatus
from harvester.pipeline import merge
from harvester.pipeline.plan import awaited_since, ended_at, is_settled, judge_transcript
from harvester.pipeline.read import RecordingRows, read_recording
from harvester.pipeline.schedule import next_attempt, next_look
from harvester.pipeline.summary import Summary
from harvester.pipeline.tools import Place, Tools
from harvester.pipeline.work import Work

log = logging.getLogger(__name__)

FAILED = frozenset({FileStatus.FAILED, FileStatus.MISSING})


@dataclass(frozen=True, slots=True)
class Written:
    """A recording as it now lies in the archive, and its rows where they are new: staged under number `seq`."""

    stored: Stored
    recording: Recording
    transcript_status: str | None
    seq: int
    staged: str | None = None  # below the staging folder
    unreadable: Mapping[str, Damaged] = field(default_factory=dict)


def write_down(tools: Tools, work: Work, before: RecordingRow | None, *, now: datetime) -> Written:
    """Make durable what is known of a recording; rows are made and staged only when that has changed."""
    files = work.entry.files.values()
    fact = judge_transcript(work.recording, files, tools.selection, gone=work.entry.gone, now=now)
    work.entry = replace(work.entry, transcript=fact)
    stored = tools.archive.write(work.folder, work.entry)
    recording = tools.readers[work.entry.source].describe(work.entry.metadata)
    if before and before.entry_sha256 == stored.sha256:
        return Written(stored, recording, before.transcript_status, before.seq)
    seq = before.seq + 1 if before else 1
    rows = read_stored(tools, recording, stored)
    path = write_stage(
        tools.staging,
        recording_key=recording.key,
        seq=seq,
        date=recording.date,
        source=recording.source,
        tables=rows.tables,
    )
    staged = path.relative_to(tools.staging).as_posix()
    return Written(stored, recording, rows.transcript_status, seq, staged, rows.unreadable)


def note(tools: Tools, summary: Summary, work: Work, written: Written, *, now: datetime, final: bool) -> None:
    """Tell the ledger and the summary; not `final` while some of the recording's files are still being fetched.

    Durable with the ledger's batch, if there is one; only then may it be said (`describe_settled`).
    """
    before = tools.ledger.recording(written.recording.key)
    row = build_row(
        written.recording,
        work.entry,
        folder=tools.archive.relative(work.folder),
        entry_sha256=written.stored.sha256,
        transcript_status=written.transcript_status,
        seq=written.seq,
        attempts=before.attempts if before else 0,
        now=now,
        asked_at=before.asked() if before else None,
    )
    skipped = any(each.state.status is FileStatus.SKIPPED for each in work.entry.files.values())
    row = replace(row, selection=tools.selection.fingerprint() if skipped else None)
    if not final:
        row = replace(row, next_try_at=now.isoformat())
    elif row.last_error is None:
        # one with failures stays without: it is worked through again whenever it is listed
        row = replace(row, listing_fingerprint=work.listing_fingerprint)
    file_rows = merge.file_rows(work.entry, tools.ledger.files(row.recording_key), work.tried)
    tools.ledger.settle(row, file_rows, staged=written.staged)
    for key, error in written.unreadable.items():
        if key in work.fetched:  # said once, in the run that fetched it; the lake says it for good
            summary.add_error(error, recording_key=row.recording_key, file=key)
    if final:
        _count(summary, work)


def report_failure(summary: Summary, work: Work, file: ListedFile, error: HarvesterError) -> None:
    """Say why a file did not come; one that is merely awaited, or never was, is no error."""
    fields = {"recording": work.recording.key, "file": file.key, "kind": error.kind, "reason": error.message}
    status = work.entry.files[file.key].state.status
    if status in {FileStatus.PENDING, FileStatus.SKIPPED}:
        log.info("file.pending" if status is FileStatus.PENDING else "file.absent", extra={"fields": fields})
    else:
        log.warning("file.failed", extra={"fields": fields})
        summary.add_error(error, recording_key=work.recording.key, file=file.key)


def describe_settled(work: Work, written: Written) -> dict[str, object]:
    """Fields of the event that a recording is settled."""
    return {
        "recording": written.recording.key,
        "files": len(work.entry.files),
        "transcript": written.transcript_status,
    }


def build_row(
    recording: Recording,
    entry: Entry,
    *,
    folder: str,
    entry_sha256: str,
    transcript_status: str | None,
    seq: int,
    attempts: int,
    now: datetime,
    asked_at: datetime | None = None,
) -> RecordingRow:
    """Pure: the ledger's row of a recording, from what the archive holds of it.

    `asked_at` is when another transcript was asked for.
    """
    states = [each.state for each in entry.files.values()]
    failing = any(each.status in FAILED for each in states)
    attempts = attempts + 1 if failing else 0
    since = awaited_since(recording, entry.files.values(), asked_at)
    next_try = None
    if since or not is_settled(states, entry.transcript):
        next_try = next_look(since or ended_at(recording), now)
    if failing or (next_try is None and not is_settled(states, entry.transcript)):
        next_try = next_attempt(attempts, now)
    return RecordingRow(
        recording_key=recording.key,
        source=recording.source,
        native_id=recording.native_id,
        date=recording.date.isoformat(),
        started_at=recording.started_at.isoformat(),
        folder=folder,
        listing_fingerprint=None,
        selection=None,
        transcript_status=transcript_status,
        next_try_at=next_try.isoformat() if next_try else None,
        attempts=attempts,
        last_error=next((each.error for each in states if each.status in FAILED), None),
        entry_sha256=entry_sha256,
        seq=seq,
        published_seq=0,
        published_date=None,
        published_sha256=None,
        expires_at=recording.expires_at.isoformat() if recording.expires_at else None,
        asked_at=asked_at.isoformat() if asked_at and since else None,
    )


def read_stored(place: Place, recording: Recording, stored: Stored, *, in_part: bool = False) -> RecordingRows:
    """The rows of a recording as its entry lies in the archive; bytes that are not its receipts' are not read.

    Raises Damaged when the disk does not give a file, unless rows without it are wanted (`in_part`): published once,
    nothing would ever make them whole.
    """
    receipts = [each.state.receipt for each in stored.entry.files.values() if each.state.receipt]
    sha256 = {each.name: each.sha256 for each in receipts}
    rows = read_recording(
        place.readers[recording.source],
        recording,
        stored.entry,
        entry_sha256=stored.sha256,
        archive_folder=place.archive.relative(stored.folder),
        read_bytes=lambda name: read_archived(stored.folder / name, sha256=sha256[name]),
        settings=place.reading,
    )
    if rows.lost and not in_part:
        raise next(iter(rows.lost.values()))
    return rows


def _count(summary: Summary, work: Work) -> None:
    for key, file in work.entry.files.items():
        status = file.state.status
        if status is FileStatus.ARCHIVED and key in work.fetched:
            summary.files_archived += 1
        elif status is FileStatus.ARCHIVED:
            summary.files_already_archived += 1
        elif status is FileStatus.PENDING:
            summary.files_pending += 1
        elif status is not FileStatus.SKIPPED:
            summary.files_failed += 1
            if key not in work.tried and status in FAILED:  # no exit code without its reason
                summary.add_known_failure(work.recording.key, key, file.state.error or "no reason is known")
    fact = work.entry.transcript
    summary.files_pending += fact is not None and fact.status is TranscriptStatus.PENDING

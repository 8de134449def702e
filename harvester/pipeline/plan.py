"""What to do with each listed file, and what became of a recording's transcript. Pure: no disk, network or clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum

from harvester.archive import ArchivedFile, TranscriptFact
from harvester.model import FileState, FileStatus, Kind, ListedFile, Recording, TranscriptStatus, find_end
from harvester.pipeline.schedule import LOOKS, next_look
from harvester.pipeline.select import Selection

_VERSION = "~"
_UNASKED = "not selected: participants"
_WAIT_DAYS = LOOKS[-1].days
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_REISSUED = frozenset({Kind.TRANSCRIPT, Kind.CAPTIONS})


class Action(Enum):
    """What a run does with one file."""

    KEEP = "keep"  # in the archive already
    FETCH = "fetch"
    WAIT = "wait"  # the source is still making it
    GIVE_UP = "give up"  # the source never finished making it
    SKIP = "skip"  # not selected


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one file, under the key it has in the archive, and why."""

    file: ListedFile
    action: Action
    reason: str | None = None


def decide(
    recording: Recording,
    held: Mapping[str, ArchivedFile],
    selection: Selection,
    *,
    now: datetime,
    asked_at: datetime | None = None,
) -> list[Decision]:
    """One decision per listed file, in the source's order; `asked_at` is when another transcript was asked for."""
    skip_all = selection.skip_recording(recording)
    since = max(ended_at(recording), asked_at or _LONG_AGO)
    listed = [_decide_one(since, _version(file, held), held, skip_all, selection, now) for file in recording.files]
    return [*listed, *_decide_unasked(recording, held)]


def _decide_unasked(recording: Recording, held: Mapping[str, ArchivedFile]) -> Iterable[Decision]:
    """A list of participants that was asked for once and is no longer: kept where it came, else not owed."""
    keys = {each.key for each in recording.files}
    for file in held.values():
        if file.listed.kind is Kind.PARTICIPANTS and file.listed.key not in keys:
            is_here = file.state.status is FileStatus.ARCHIVED
            yield Decision(file.listed, Action.KEEP) if is_here else Decision(file.listed, Action.SKIP, _UNASKED)


def _decide_one(
    since: datetime,
    file: ListedFile,
    held: Mapping[str, ArchivedFile],
    skip_all: str | None,
    selection: Selection,
    now: datetime,
) -> Decision:
    known = held.get(file.key)
    if known and known.state.status is FileStatus.ARCHIVED:
        return Decision(file, Action.KEEP)
    skip = skip_all or selection.skip_file(file)
    if skip:
        return Decision(file, Action.SKIP, skip)
    if not file.ready:
        if next_look(max(since, file.made_at or since), now) is None:
            return Decision(file, Action.GIVE_UP, f"still processing {_WAIT_DAYS} days after the meeting")
        return Decision(file, Action.WAIT, "still processing at the source")
    return Decision(file, Action.FETCH)


def is_unlisted(recording: Recording) -> bool:
    """Whether the source counts files that its listing does not show: only the recording's own detail has them."""
    is_empty = all(each.is_document for each in recording.files)
    return is_empty and bool(recording.extra.get("recording_count"))


def _version(file: ListedFile, held: Mapping[str, ArchivedFile]) -> ListedFile:
    """The file under the key it has here: a transcript that was edited at the source comes again as a new version."""
    versions = [each for each in held.values() if base_key(each.listed.key) == file.key]
    if not versions:
        return file
    newest = max(versions, key=lambda each: version_of(each.listed.key))
    receipt = newest.state.receipt
    changed = (
        file.kind in _REISSUED
        and receipt is not None
        and None not in (file.listed_bytes, receipt.listed_bytes)
        and file.listed_bytes != receipt.listed_bytes
    )
    if changed:
        return replace(file, key=f"{file.key}{_VERSION}{version_of(newest.listed.key) + 1}")
    return replace(file, key=newest.listed.key)


def base_key(key: str) -> str:
    """The source's own key of a file, whatever version this is."""
    head, mark, number = key.rpartition(_VERSION)
    return head if mark and number.isdigit() else key


def version_of(key: str) -> int:
    """1 for the file as it first came, 2 and up for what replaced it at the source."""
    return 1 if base_key(key) == key else int(key.rpartition(_VERSION)[2])


def is_settled(files: Iterable[FileState], transcript: TranscriptFact | None) -> bool:
    """Whether nothing is owed any more: no file to fetch or await, no transcript to wait for."""
    awaited = transcript is not None and transcript.status is TranscriptStatus.PENDING
    owed = {FileStatus.PENDING, FileStatus.FAILED, FileStatus.MISSING}
    return not awaited and not any(each.status in owed for each in files)


def awaited_since(recording: Recording, files: Iterable[ArchivedFile], asked_at: datetime | None) -> datetime | None:
    """Since when another transcript is awaited that was asked for; None when it came, or none was."""
    if asked_at is None:
        return None
    receipts = (file.state.receipt for file in files if file.listed.kind is Kind.TRANSCRIPT)
    if any(each and each.fetched_at > asked_at for each in receipts):
        return None
    return max(asked_at, ended_at(recording))


def judge_transcript(
    recording: Recording, files: Iterable[ArchivedFile], selection: Selection, *, gone: bool, now: datetime
) -> TranscriptFact | None:
    """What the clock decides about the transcript; None where the files themselves tell, or nobody asked.

    A recording without its transcript stays pending until the last look after the meeting, then it has none.
    """
    listed = [each for each in files if each.listed.kind is Kind.TRANSCRIPT]
    if listed or not selection.wants(Kind.TRANSCRIPT) or selection.skip_recording(recording):
        return None
    if gone:
        return TranscriptFact(TranscriptStatus.EXPIRED, "the recording is gone from the source")
    if recording.transcript in {TranscriptStatus.NONE, TranscriptStatus.FAILED, TranscriptStatus.EXPIRED}:
        return TranscriptFact(recording.transcript, recording.transcript_reason or "the source says so")
    if next_look(ended_at(recording), now) is None:
        if recording.transcript is TranscriptStatus.EMPTY:
            return TranscriptFact(recording.transcript, recording.transcript_reason or "the source says so")
        return TranscriptFact(TranscriptStatus.NONE, f"not listed {_WAIT_DAYS} days after the meeting")
    return TranscriptFact(TranscriptStatus.PENDING, "not listed yet")


def transcript_status(
    files: Iterable[ArchivedFile], fact: TranscriptFact | None, cues: Mapping[str, int | None]
) -> TranscriptStatus | None:
    """Status of a recording's transcript; `cues` gives rows per archived transcript's key, None where unreadable."""
    listed = [each for each in files if each.listed.kind is Kind.TRANSCRIPT]
    if not listed:
        return fact.status if fact else None
    counts = [cues.get(each.listed.key) for each in listed if each.state.status is FileStatus.ARCHIVED]
    if any(counts):
        return TranscriptStatus.AVAILABLE
    states = {each.state.status for each in listed}
    if states & {FileStatus.PENDING}:
        return TranscriptStatus.PENDING
    if states & {FileStatus.FAILED} or None in counts:
        return TranscriptStatus.FAILED
    if counts:
        return TranscriptStatus.EMPTY
    return TranscriptStatus.EXPIRED if states & {FileStatus.EXPIRED, FileStatus.MISSING} else None


def ended_at(recording: Recording) -> datetime:
    return find_end(recording.started_at, recording.ended_at, recording.duration_ms)

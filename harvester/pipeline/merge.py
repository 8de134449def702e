"""How an archive entry changes as a recording is listed, fetched and judged. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from harvester.archive import ArchivedFile, Entry
from harvester.errors import Absent, HarvesterError, Pending, Vanished
from harvester.ledger import FileRow
from harvester.model import FileState, FileStatus, Json, Receipt, Recording
from harvester.pipeline.plan import Action, Decision, base_key

_STATUS = {
    Action.FETCH: FileStatus.PENDING,
    Action.WAIT: FileStatus.PENDING,
    Action.GIVE_UP: FileStatus.FAILED,
    Action.SKIP: FileStatus.SKIPPED,
}


def list_entry(old: Entry | None, recording: Recording, payload: Json, *, now: datetime) -> Entry:
    """The entry with the source's newest metadata; what an older answer said and this one leaves out stays."""
    if old is None:
        return Entry(recording.source, recording.native_id, first_seen_at=_to_second(now), metadata=payload)
    return replace(old, metadata={**old.metadata, **payload}, gone=False, gone_at=None, gone_by=None)


def apply_decisions(
    entry: Entry, decisions: Iterable[Decision], receipts: Mapping[str, Receipt], *, gone_at: datetime | None = None
) -> Entry:
    """Every listed file with the state its decision gives it; `receipts` are proofs found outside the entry.

    A file that failed before keeps its reason until it is tried again. With `gone_at` these are all that the source
    has, and another is gone since then, if it was there the last time; a listing leaves out what only a detail shows.
    """
    decisions = list(decisions)
    if gone_at:
        entry = _mark_gone(entry, {base_key(each.file.key) for each in decisions}, _to_second(gone_at))
    for decision in decisions:
        key = decision.file.key
        held = entry.files.get(key)
        if decision.action is Action.KEEP and held:
            state = held.state
        elif key in receipts:
            state = FileState(FileStatus.ARCHIVED, receipt=receipts[key])
        elif decision.action is Action.FETCH and held and held.state.status is FileStatus.FAILED:
            state = held.state
        else:
            state = FileState(_STATUS[decision.action], decision.reason)
        entry = entry.with_file(ArchivedFile(decision.file, state))
    return entry


def _mark_gone(entry: Entry, listed: Container[str], at: datetime) -> Entry:
    for key, file in entry.files.items():
        if base_key(key) not in listed and file.gone_at is None:
            entry = entry.with_file(replace(file, gone_at=at))
    return entry


def archived(entry: Entry, key: str, receipt: Receipt) -> Entry:
    return entry.with_file(ArchivedFile(entry.files[key].listed, FileState(FileStatus.ARCHIVED, receipt=receipt)))


def failed(entry: Entry, key: str, error: HarvesterError) -> Entry:
    """The entry with one file's failure: awaited, never made, missing at the source, or failed with its reason."""
    if isinstance(error, Pending):
        status = FileStatus.PENDING
    elif isinstance(error, Absent):
        status = FileStatus.SKIPPED
    elif isinstance(error, Vanished):
        status = FileStatus.MISSING
    else:
        status = FileStatus.FAILED
    return entry.with_file(ArchivedFile(entry.files[key].listed, FileState(status, error.message)))


def gone(entry: Entry, *, at: datetime, by: str | None = None) -> Entry:
    """The entry of a recording that the source no longer has: what was not fetched in time is expired.

    What was known of its going stays: looking again does not make it later.
    """
    lost = FileState(FileStatus.EXPIRED, "deleted at the source before it was fetched")
    owed = {FileStatus.PENDING, FileStatus.FAILED, FileStatus.MISSING}
    files = {key: replace(file, state=lost) if file.state.status in owed else file for key, file in entry.files.items()}
    return replace(entry, files=files, gone=True, gone_at=entry.gone_at or _to_second(at), gone_by=entry.gone_by or by)


def _to_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def file_rows(entry: Entry, before: Mapping[str, FileRow], tried: Iterable[str]) -> list[FileRow]:
    """The ledger's view of the entry's files; `tried` are the keys this run tried to fetch."""
    attempted = set(tried)
    rows = []
    for key, file in entry.files.items():
        receipt = file.state.receipt
        known = before.get(key)
        # an archived file's attempt was counted when its receipt was recorded
        count = (known.attempts if known else 0) + (key in attempted and receipt is None)
        rows.append(
            FileRow(
                recording_key=entry.key,
                file_key=key,
                kind=file.listed.kind,
                status=file.state.status,
                name=receipt.name if receipt else None,
                listed_bytes=receipt.listed_bytes if receipt else file.listed.listed_bytes,
                size_bytes=receipt.size_bytes if receipt else None,
                sha256=receipt.sha256 if receipt else None,
                fetched_at=receipt.fetched_at.isoformat() if receipt else None,
                attempts=count,
                error=file.state.error,
            )
        )
    return rows

"""The columns of each table for one recording. Pure; names and types are those of `schemas.lake`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from harvester.archive import ArchivedFile, Entry
from harvester.model import Person, Recording
from harvester.pipeline.reading import Columns, Reading

_SAID = ("native_id", "user_id", "name", "email", "is_host", "is_bot", "joined_at", "left_at", "device_kind")


def recordings_columns(
    recording: Recording, entry: Entry, status: str | None, entry_sha256: str, parser_version: str
) -> Columns:
    return {
        "recording_key": [recording.key],
        "source": [recording.source],
        "native_id": [recording.native_id],
        "platform": [recording.platform],
        "meeting_id": [recording.meeting_id],
        "meeting_uuid": [recording.meeting_uuid],
        "topic": [recording.topic],
        "host_id": [recording.host_id],
        "host_email": [recording.host_email],
        "started_at": [recording.started_at],
        "ended_at": [recording.ended_at],
        "duration_ms": [recording.duration_ms],
        "timezone": [recording.timezone],
        "time_base": [recording.time_base],
        "status": ["gone" if entry.gone else recording.status],
        "end_reason": [recording.end_reason],
        "transcript_status": [status],
        "n_files": [len(entry.files)],
        "extra": [json.dumps(recording.extra, ensure_ascii=False, sort_keys=True)],
        "first_seen_at": [entry.first_seen_at],
        "payload_sha256": [entry_sha256],
        "parser_version": [parser_version],
        "gone_at": [entry.gone_at],
        "gone_by": [entry.gone_by],
    }


def files_columns(
    recording: Recording, files: Sequence[ArchivedFile], unreadable: Mapping[str, str], archive_folder: str
) -> Columns:
    listed = [each.listed for each in files]
    receipts = [each.state.receipt for each in files]
    return {
        "recording_key": [recording.key] * len(files),
        "source": [recording.source] * len(files),
        "file_key": [each.key for each in listed],
        "kind": [str(each.kind) for each in listed],
        "file_type": [each.file_type for each in listed],
        "recording_type": [each.recording_type for each in listed],
        "file_extension": [each.extension for each in listed],
        "part_index": [each.part_index for each in listed],
        "recording_start_at": [each.start_at for each in listed],
        "recording_end_at": [each.end_at for each in listed],
        "listed_bytes": [each.listed_bytes for each in listed],
        "size_bytes": [each and each.size_bytes for each in receipts],
        "sha256": [each and each.sha256 for each in receipts],
        "archive_path": [each and f"{archive_folder}/{each.name}" for each in receipts],
        "status": [str(each.state.status) for each in files],
        "error": [unreadable.get(each.listed.key, each.state.error) for each in files],
        "archived_at": [each and each.fetched_at for each in receipts],
        "gone_at": [each.gone_at for each in files],
    }


def transcripts_columns(recording: Recording, read: Sequence[Reading], parser_version: str) -> Columns:
    listed = [each.file.listed for each in read]
    return {
        "transcript_key": [each.key for each in read],
        "recording_key": [recording.key] * len(read),
        "source": [recording.source] * len(read),
        "file_key": [each.key for each in listed],
        "kind": [str(each.kind) for each in listed],
        "provider": [each.provider for each in read],
        "language": [each.language for each in read],
        "t0_at": [each.t0 for each in read],
        "n_segments": [each.n_segments for each in read],
        "n_speakers": [each.n_speakers for each in read],
        "n_words": [each.n_words for each in read],
        "rejected_cues": [each.rejected for each in read],
        "is_current": [each.is_current for each in read],
        "payload_sha256": [each.file.state.receipt.sha256 for each in read if each.file.state.receipt],
        "parser_version": [parser_version] * len(read),
        "made_at": [each.made_at for each in listed],
    }


def participants_columns(recording: Recording, people: Sequence[Person]) -> Columns:
    """In the order of their keys; of two with one key, what the first left out is taken from the next."""
    known: dict[str, Person] = {}
    for each in people:
        if each.key is not None:
            known[each.key] = known[each.key].fill(each) if each.key in known else each
    held = [known[key] for key in sorted(known)]
    parents = {each.native_id: each.key for each in held if each.native_id}
    columns: Columns = {
        "recording_key": [recording.key] * len(held),
        "participant_key": [each.key for each in held],
        "source": [recording.source] * len(held),
        "parent_key": [parents.get(each.parent_id) if each.parent_id else None for each in held],
    }
    for name in _SAID:
        columns[name] = [getattr(each, name) for each in held]
    return columns

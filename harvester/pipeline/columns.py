"""The columns of each table for one recording. Pure; names and types are those of `schemas.lake`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from harvester.archive import ArchivedFile, Entry
from harvester.model import FileStatus, Recording
from harvester.pipeline.plan import base_key, version_of
from harvester.transcript import PARSER_VERSION, Transcript

Columns = dict[str, Any]  # name -> a list or a numpy array, one value per row


@dataclass(frozen=True, slots=True)
class Reading:
    """One transcript or caption file, read: its key in the lake and the moment its offsets count from."""

    file: ArchivedFile
    transcript: Transcript
    key: str
    t0: datetime


def recordings_columns(recording: Recording, entry: Entry, status: str | None, entry_sha256: str) -> Columns:
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
        "parser_version": [PARSER_VERSION],
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


def transcripts_columns(recording: Recording, read: Sequence[Reading], files: Sequence[ArchivedFile]) -> Columns:
    newest: dict[str, int] = {}
    for file in files:
        if file.state.status is FileStatus.ARCHIVED:
            base = base_key(file.listed.key)
            newest[base] = max(newest.get(base, 0), version_of(file.listed.key))
    keys = [each.file.listed.key for each in read]
    return {
        "transcript_key": [each.key for each in read],
        "recording_key": [recording.key] * len(read),
        "source": [recording.source] * len(read),
        "file_key": keys,
        "kind": [str(each.file.listed.kind) for each in read],
        "provider": [recording.source] * len(read),
        "language": [None] * len(read),
        "t0_at": [each.t0 for each in read],
        "n_segments": [len(each.transcript.segments.text) for each in read],
        "n_speakers": [each.transcript.n_speakers for each in read],
        "n_words": [each.transcript.n_words for each in read],
        "rejected_cues": [each.transcript.rejected for each in read],
        "is_current": [newest[base_key(key)] == version_of(key) for key in keys],
        "payload_sha256": [each.file.state.receipt.sha256 for each in read if each.file.state.receipt],
        "parser_version": [PARSER_VERSION] * len(read),
    }


def segments_columns(recording: Recording, read: Sequence[Reading]) -> Columns:
    parts = [(each, each.transcript.segments) for each in read]
    counts = [len(segments.text) for _, segments in parts]
    total = sum(counts)
    return {
        "transcript_key": _repeat([each.key for each in read], counts),
        "segment_index": _joined([segments.segment_index for _, segments in parts], np.int32),
        "recording_key": [recording.key] * total,
        "source": [recording.source] * total,
        "meeting_id": [recording.meeting_id] * total,
        "kind": _repeat([str(each.file.listed.kind) for each in read], counts),
        "source_segment_id": _chained([segments.source_segment_id for _, segments in parts]),
        "start_ms": _joined([segments.start_ms for _, segments in parts], np.int64),
        "end_ms": _joined([segments.end_ms for _, segments in parts], np.int64),
        "start_at": _joined([_absolute(each.t0, segments.start_ms) for each, segments in parts], "datetime64[us]"),
        "end_at": _joined([_absolute(each.t0, segments.end_ms) for each, segments in parts], "datetime64[us]"),
        "speaker_label": _chained([segments.speaker_label for _, segments in parts]),
        "speaker_name": _chained([segments.speaker_name for _, segments in parts]),
        "speaker_kind": _chained([segments.speaker_kind for _, segments in parts]),
        "speaker_source": _chained([segments.speaker_source for _, segments in parts]),
        "speaker_share": [None] * total,
        "text": _chained([segments.text for _, segments in parts]),
        "language": [None] * total,
        "confidence": [None] * total,
        "channel": [None] * total,
        "n_words": _joined([segments.n_words for _, segments in parts], np.int32),
        "time_flag": _chained([segments.time_flag for _, segments in parts]),
    }


def turns_columns(recording: Recording, read: Sequence[Reading]) -> Columns:
    parts = [(each, each.transcript.turns) for each in read]
    counts = [len(turns.text) for _, turns in parts]
    total = sum(counts)
    return {
        "transcript_key": _repeat([each.key for each in read], counts),
        "turn_index": _joined([turns.turn_index for _, turns in parts], np.int32),
        "recording_key": [recording.key] * total,
        "source": [recording.source] * total,
        "first_segment": _joined([turns.first_segment for _, turns in parts], np.int32),
        "last_segment": _joined([turns.last_segment for _, turns in parts], np.int32),
        "n_segments": _joined([turns.n_segments for _, turns in parts], np.int32),
        "start_ms": _joined([turns.start_ms for _, turns in parts], np.int64),
        "end_ms": _joined([turns.end_ms for _, turns in parts], np.int64),
        "start_at": _joined([_absolute(each.t0, turns.start_ms) for each, turns in parts], "datetime64[us]"),
        "end_at": _joined([_absolute(each.t0, turns.end_ms) for each, turns in parts], "datetime64[us]"),
        "speaker_label": _chained([turns.speaker_label for _, turns in parts]),
        "speaker_name": _chained([turns.speaker_name for _, turns in parts]),
        "text": _chained([turns.text for _, turns in parts]),
    }


def _absolute(t0: datetime, offsets_ms: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    start = np.datetime64(t0.replace(tzinfo=None), "us")
    return start + offsets_ms.astype("timedelta64[ms]")


def _joined(parts: Sequence[np.ndarray[Any, Any]], dtype: npt.DTypeLike) -> np.ndarray[Any, Any]:
    return np.concatenate([np.asarray(part, dtype) for part in parts]) if parts else np.empty(0, dtype)


def _chained(parts: Sequence[Sequence[Any]]) -> list[Any]:
    return [value for part in parts for value in part]


def _repeat(values: Sequence[str], counts: Sequence[int]) -> list[str]:
    return [value for value, count in zip(values, counts, strict=True) for _ in range(count)]

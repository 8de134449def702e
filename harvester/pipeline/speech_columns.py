"""The columns of `segments` and `turns` of Zoom's transcripts and captions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from harvester.archive import ArchivedFile
from harvester.model import Recording
from harvester.pipeline.reading import Columns
from harvester.transcript import Transcript


@dataclass(frozen=True, slots=True)
class SpokenFile:
    """One transcript or caption file, read, and what its rows are known by."""

    file: ArchivedFile
    key: str
    t0: datetime
    transcript: Transcript


def segments_columns(recording: Recording, read: Sequence[SpokenFile]) -> Columns:
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
        "speaker_share": _chained([segments.speaker_share for _, segments in parts]),
        "text": _chained([segments.text for _, segments in parts]),
        "language": [None] * total,
        "confidence": [None] * total,
        "channel": [None] * total,
        "n_words": _joined([segments.n_words for _, segments in parts], np.int32),
        "time_flag": _chained([segments.time_flag for _, segments in parts]),
    }


def turns_columns(recording: Recording, read: Sequence[SpokenFile]) -> Columns:
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

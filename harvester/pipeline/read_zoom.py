"""Zoom's files as rows: WebVTT transcripts and captions, with the names that chats and timelines know. Pure."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from harvester.archive import ArchivedFile
from harvester.errors import Damaged
from harvester.model import FileStatus, Json, Kind, ListedFile, Recording
from harvester.pipeline.plan import base_key, version_of
from harvester.pipeline.reading import Columns, Contents, Reading, ReadSettings, Texts
from harvester.transcript import PARSER_VERSION, Transcript, read_transcript
from harvester.transcript.roster import names_in_chat, names_in_timeline
from harvester.zoom.describe import describe

log = logging.getLogger(__name__)

_SPEECH = (Kind.TRANSCRIPT, Kind.CAPTIONS)
_NAMES = {Kind.TIMELINE: names_in_timeline, Kind.CHAT: names_in_chat}


@dataclass(frozen=True, slots=True)
class _Cues:
    """One file, read, and what its rows are known by."""

    file: ArchivedFile
    key: str
    t0: datetime
    transcript: Transcript


class ZoomReader:
    """See `harvester.pipeline.reading.Reader`."""

    parser_version = PARSER_VERSION

    def describe(self, metadata: Json) -> Recording:
        return describe(metadata)

    def reads(self, file: ListedFile) -> bool:
        return file.kind in {*_SPEECH, *_NAMES}

    def holds_speech(self, file: ListedFile) -> bool:
        return file.kind in _SPEECH

    def read(self, texts: Texts, settings: ReadSettings) -> Contents:
        recording = texts.recording
        roster = _find_names(texts)
        read: list[_Cues] = []
        unreadable: dict[str, Damaged] = {}
        for file in texts.files:
            key = file.listed.key
            if file.listed.kind not in _SPEECH or key not in texts.data:
                continue
            try:
                transcript = read_transcript(
                    texts.data[key],
                    roster=roster,
                    merge_gap_ms=settings.merge_gap_ms,
                    limit_bytes=settings.limit_bytes,
                )
            except Damaged as error:
                unreadable[key] = error
                continue
            if transcript.rejected:
                fields = {"recording": recording.key, "file": key, "cues": transcript.rejected}
                log.warning("transcript.rejected_cues", extra={"fields": fields})
            t0 = file.listed.start_at or recording.started_at
            read.append(_Cues(file, f"{recording.key}/{key}", t0, transcript))
        tables = {"segments": _segments(recording, read), "turns": _turns(recording, read)}
        return Contents(_describe(recording, read, texts.files), unreadable, tables)


def _find_names(texts: Texts) -> frozenset[str]:
    return frozenset[str]().union(
        *(
            _NAMES[file.listed.kind](texts.data[file.listed.key])
            for file in texts.files
            if file.listed.kind in _NAMES and file.listed.key in texts.data
        )
    )


def _describe(recording: Recording, read: Sequence[_Cues], files: Sequence[ArchivedFile]) -> list[Reading]:
    newest: dict[str, int] = {}
    for file in files:
        if file.state.status is FileStatus.ARCHIVED:
            base = base_key(file.listed.key)
            newest[base] = max(newest.get(base, 0), version_of(file.listed.key))
    return [
        Reading(
            file=each.file,
            key=each.key,
            t0=each.t0,
            provider=recording.source,
            n_segments=len(each.transcript.segments.text),
            n_speakers=each.transcript.n_speakers,
            n_words=each.transcript.n_words,
            rejected=each.transcript.rejected,
            is_current=newest[base_key(each.file.listed.key)] == version_of(each.file.listed.key),
        )
        for each in read
    ]


def _segments(recording: Recording, read: Sequence[_Cues]) -> Columns:
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


def _turns(recording: Recording, read: Sequence[_Cues]) -> Columns:
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

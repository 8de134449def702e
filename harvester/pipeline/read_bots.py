"""A bot's documents as rows: its transcript runs, their words, and who was there. Pure.

Decides which run is current and how speech becomes columns; what a document says is its provider's to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import numpy as np

from harvester.archive import ArchivedFile
from harvester.body import parse_json
from harvester.bots.canonical_json import read_lines
from harvester.bots.model import Origin, Speech, TimeBase, Utterance
from harvester.bots.provider import Interpreter
from harvester.errors import Damaged
from harvester.model import Json, Kind, ListedFile, Recording
from harvester.pipeline.reading import Columns, Contents, Reading, ReadSettings, Texts, join_columns
from harvester.speaker import classify_speaker
from harvester.transcript import Segments, build_turns

PARSER_VERSION = "1"
PARTICIPANTS = "PARTICIPANTS"
"""File type of a document that says who was there."""

_SPEECH = (Kind.TRANSCRIPT, Kind.CAPTIONS)
_CLOCKS = frozenset({TimeBase.RECORDING_START, TimeBase.JOINED_AT, TimeBase.SESSION_START, TimeBase.FILE_START})
T = TypeVar("T", int, datetime)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Run:
    """One document, read, and what its rows are known by."""

    file: ArchivedFile
    key: str
    speech: Speech


class BotReader:
    """See `harvester.pipeline.reading.Reader`."""

    parser_version = PARSER_VERSION

    def __init__(self, interpreter: Interpreter) -> None:
        self._interpreter = interpreter

    def describe(self, metadata: Json) -> Recording:
        return self._interpreter.describe(metadata)

    def reads(self, file: ListedFile) -> bool:
        return self.holds_speech(file) or file.file_type == PARTICIPANTS

    def holds_speech(self, file: ListedFile) -> bool:
        return file.kind in _SPEECH

    def read(self, texts: Texts, settings: ReadSettings) -> Contents:
        recording, origin = texts.recording, find_origin(texts.recording)
        runs: list[_Run] = []
        unreadable: dict[str, Damaged] = {}
        documents: dict[str, Any] = {}
        for file in texts.files:
            key = file.listed.key
            if key not in texts.data:
                continue
            try:
                documents[key] = _parse(file.listed, texts.data[key])
                if self.holds_speech(file.listed):
                    speech = self._interpreter.read_transcript(file.listed, documents[key], origin)
                    runs.append(_Run(file, f"{recording.key}/{key}", speech))
            except Damaged as error:
                unreadable[key] = error
        current = {kind: _find_current(each for each in runs if each.file.listed.kind is kind) for kind in _SPEECH}
        readings = [_describe(each, origin, is_current=each is current[each.file.listed.kind]) for each in runs]
        spoken: list[_Run | None] = [*runs] or [None]  # also nothing has columns
        tables = {
            "segments": join_columns([_segments(recording, each) for each in spoken]),
            "turns": join_columns([_turns(recording, each, settings.merge_gap_ms) for each in spoken]),
        }
        if any(each.words for run in runs for each in run.speech.utterances):
            tables["words"] = join_columns([_words(recording, each) for each in runs])
        return Contents(readings, unreadable, tables, self._interpreter.read_people(texts.metadata, documents))


def _parse(file: ListedFile, data: bytes) -> Any:  # noqa: ANN401 - JSON has no narrower type
    if file.extension == "json":
        return parse_json(data)
    if file.extension == "jsonl":
        return read_lines(data)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Damaged(f"it is no UTF-8 text: {error.reason} at byte {error.start}") from error


def find_origin(recording: Recording) -> Origin:
    """What a recording's offsets count from; a moment at which it was merely planned is none."""
    base = recording.time_base or TimeBase.UNKNOWN
    return Origin(recording.started_at, TimeBase(base)) if base in _CLOCKS else Origin()


def _find_current(runs: Iterable[_Run]) -> _Run | None:
    """The newest that says anything, and that the source has not replaced; older runs are kept beside it."""

    def rank(run: _Run) -> tuple[bool, bool, datetime, str]:
        receipt = run.file.state.receipt
        made_at = run.file.listed.made_at or (receipt.fetched_at if receipt else _LONG_AGO)
        return bool(run.speech.utterances), run.file.gone_at is None, made_at, run.key

    return max(runs, key=rank, default=None)


def _describe(run: _Run, origin: Origin, *, is_current: bool) -> Reading:
    said = run.speech.utterances
    labels = {each.speaker_label for each in said}
    languages = run.speech.languages
    return Reading(
        file=run.file,
        key=run.key,
        t0=origin.at,
        provider=run.speech.provider or run.file.listed.recording_type,
        language=languages[0] if len(languages) == 1 else None,
        n_segments=len(said),
        n_speakers=sum(classify_speaker(each)[0] != "unknown" for each in labels),
        n_words=sum(len(each.words) for each in said),
        rejected=run.speech.dropped,
        is_current=is_current,
    )


def _segments(recording: Recording, run: _Run | None) -> Columns:
    said = run.speech.utterances if run else ()
    speakers = {label: classify_speaker(label) for label in {each.speaker_label for each in said}}
    n_rows = len(said)
    return {
        "transcript_key": [run.key if run else ""] * n_rows,
        "segment_index": list(range(n_rows)),
        "recording_key": [recording.key] * n_rows,
        "source": [recording.source] * n_rows,
        "meeting_id": [recording.meeting_id] * n_rows,
        "kind": [str(run.file.listed.kind) if run else ""] * n_rows,
        "source_segment_id": [each.source_segment_id for each in said],
        "start_ms": [each.start_ms for each in said],
        "end_ms": [each.end_ms for each in said],
        "start_at": [each.start_at for each in said],
        "end_at": [each.end_at for each in said],
        "speaker_label": [each.speaker_label for each in said],
        "speaker_name": [speakers[each.speaker_label][1] for each in said],
        "speaker_kind": [speakers[each.speaker_label][0] for each in said],
        "speaker_source": [None if each.speaker_label is None else "provider" for each in said],
        "speaker_share": [None] * n_rows,
        "text": [each.text for each in said],
        "language": [each.language for each in said],
        "confidence": [each.confidence for each in said],
        "channel": [each.channel for each in said],
        "n_words": [len(each.words) for each in said],
        "time_flag": [None] * n_rows,
    }


def _turns(recording: Recording, run: _Run | None, merge_gap_ms: int) -> Columns:
    """By the rule of all sources; an utterance whose time nobody knows follows the one before it without a pause."""
    said = run.speech.utterances if run else ()
    turns = build_turns(_as_segments(said), merge_gap_ms=merge_gap_ms)
    spans = [
        said[first : last + 1]
        for first, last in zip(turns.first_segment.tolist(), turns.last_segment.tolist(), strict=True)
    ]
    n_rows = len(turns)
    return {
        "transcript_key": [run.key if run else ""] * n_rows,
        "turn_index": turns.turn_index.tolist(),
        "recording_key": [recording.key] * n_rows,
        "source": [recording.source] * n_rows,
        "first_segment": turns.first_segment.tolist(),
        "last_segment": turns.last_segment.tolist(),
        "n_segments": turns.n_segments.tolist(),
        "start_ms": [span[0].start_ms for span in spans],
        "end_ms": [_latest(each.end_ms for each in span) for span in spans],
        "start_at": [span[0].start_at for span in spans],
        "end_at": [_latest(each.end_at for each in span) for span in spans],
        "speaker_label": turns.speaker_label,
        "speaker_name": turns.speaker_name,
        "text": turns.text,
    }


def _as_segments(said: Sequence[Utterance]) -> Segments:
    """Only what a turn depends on."""
    start_ms, end_ms, reached_ms = [], [], 0
    for each in said:
        start = reached_ms if each.start_ms is None else each.start_ms
        reached_ms = start if each.end_ms is None else each.end_ms
        start_ms.append(start)
        end_ms.append(reached_ms)
    kinds = {label: classify_speaker(label) for label in {each.speaker_label for each in said}}
    n_rows = len(said)
    return Segments(
        segment_index=np.arange(n_rows, dtype=np.int32),
        source_segment_id=[None] * n_rows,
        start_ms=np.array(start_ms, np.int64),
        end_ms=np.array(end_ms, np.int64),
        speaker_label=[each.speaker_label for each in said],
        speaker_name=[kinds[each.speaker_label][1] for each in said],
        speaker_kind=[kinds[each.speaker_label][0] for each in said],
        speaker_source=[None] * n_rows,
        speaker_share=[None] * n_rows,
        text=[each.text for each in said],
        n_words=np.zeros(n_rows, np.int32),
        time_flag=[None] * n_rows,
    )


def _words(recording: Recording, run: _Run) -> Columns:
    said = run.speech.utterances
    words = [word for each in said for word in each.words]
    n_rows = len(words)
    return {
        "transcript_key": [run.key] * n_rows,
        "segment_index": [index for index, each in enumerate(said) for _ in each.words],
        "word_index": [index for each in said for index in range(len(each.words))],
        "recording_key": [recording.key] * n_rows,
        "source": [recording.source] * n_rows,
        "text": [each.text for each in words],
        "start_ms": [each.start_ms for each in words],
        "end_ms": [each.end_ms for each in words],
        "confidence": [each.confidence for each in words],
        "speaker_label": [each.speaker_label for each in words],
    }


def _latest(values: Iterable[T | None]) -> T | None:
    return max((each for each in values if each is not None), default=None)

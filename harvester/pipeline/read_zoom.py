"""Zoom's files as rows: WebVTT transcripts and captions, and what lies beside them. Pure.

Decides which file helps which: names in chats and timelines settle speakers' names in transcripts, and the timeline of
a part gives that part's captions their speakers.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from harvester.archive import ArchivedFile
from harvester.errors import Damaged
from harvester.model import FileStatus, Json, Kind, ListedFile, Recording
from harvester.pipeline.plan import base_key, version_of
from harvester.pipeline.read_participants import read_attendance
from harvester.pipeline.read_sidecars import SIDECARS, Sidecars, find_activity, find_names, find_people, read_sidecars
from harvester.pipeline.reading import Contents, Reading, ReadSettings, Texts
from harvester.pipeline.sidecar_columns import sidecar_tables
from harvester.pipeline.speech_columns import SpokenFile, segments_columns, turns_columns
from harvester.transcript import read_transcript
from harvester.zoom.describe import describe

log = logging.getLogger(__name__)

PARSER_VERSION = "2"
_SPEECH = (Kind.TRANSCRIPT, Kind.CAPTIONS)


class ZoomReader:
    """See `harvester.pipeline.reading.Reader`."""

    parser_version = PARSER_VERSION

    def describe(self, metadata: Json) -> Recording:
        return describe(metadata)

    def reads(self, file: ListedFile) -> bool:
        return file.kind in {*_SPEECH, *SIDECARS, Kind.PARTICIPANTS}

    def holds_speech(self, file: ListedFile) -> bool:
        return file.kind in _SPEECH

    def read(self, texts: Texts, settings: ReadSettings) -> Contents:
        recording = texts.recording
        sidecars = read_sidecars(texts, settings)
        read, unreadable = _read_speech(texts, sidecars, settings)
        tables = {
            "segments": segments_columns(recording, read),
            "turns": turns_columns(recording, read),
            **sidecar_tables(recording, sidecars, settings),
        }
        attendance, no_list = read_attendance(texts)
        people = find_people(sidecars, settings, attendance)
        readings = _describe(recording, read, texts.files)
        return Contents(readings, {**sidecars.unreadable, **no_list, **unreadable}, tables, people)


def _read_speech(
    texts: Texts, sidecars: Sidecars, settings: ReadSettings
) -> tuple[list[SpokenFile], dict[str, Damaged]]:
    recording, roster = texts.recording, find_names(sidecars)
    read: list[SpokenFile] = []
    unreadable: dict[str, Damaged] = {}
    for file in texts.files:
        listed = file.listed
        if listed.kind not in _SPEECH or listed.key not in texts.data:
            continue
        try:
            transcript = read_transcript(
                texts.data[listed.key],
                roster=roster,
                activity=find_activity(sidecars, listed.part_index) if listed.kind is Kind.CAPTIONS else None,
                merge_gap_ms=settings.merge_gap_ms,
                limit_bytes=settings.limit_bytes,
            )
        except Damaged as error:
            unreadable[listed.key] = error
            continue
        if transcript.rejected:
            fields = {"recording": recording.key, "file": listed.key, "cues": transcript.rejected}
            log.warning("transcript.rejected_cues", extra={"fields": fields})
        t0 = listed.start_at or recording.started_at
        read.append(SpokenFile(file, f"{recording.key}/{listed.key}", t0, transcript))
    return read, unreadable


def _describe(recording: Recording, read: Sequence[SpokenFile], files: Sequence[ArchivedFile]) -> list[Reading]:
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

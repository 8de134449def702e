"""The member `imported` of a payload: what was known of a recording when its payloads were imported. Pure.

Alone it is all there is, and the recording is described from it in the same way for every source. Beside the members
of a source it fills in what these leave open, and never takes anything from them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from harvester.bots.members import keep_said
from harvester.bots.model import TimeBase
from harvester.bots.validation import read_model
from harvester.errors import Damaged
from harvester.model import Json, Kind, ListedFile, Recording, TranscriptStatus
from schemas.exports import Note, NotedFile
from schemas.tolerant import read_items

MEMBER = "imported"
SAVED = "a saved payload"

_CLOCKS = frozenset({TimeBase.RECORDING_START, TimeBase.SESSION_START, TimeBase.FILE_START})
Word = TypeVar("Word", Kind, TimeBase, TranscriptStatus)


def read_note(payload: Json) -> Note:
    """What is noted in a payload; nothing, where it came from the source itself. Raises Damaged."""
    return read_model(Note, payload.get(MEMBER) or {}, what=SAVED)


def has_only_note(payload: Json) -> bool:
    return set(payload) == {MEMBER}


def has_clock(recording: Recording) -> bool:
    """Whether it is known what the offsets of its transcripts count from, a bot's mere arrival left aside."""
    return recording.time_base in _CLOCKS


def describe_note(source: str, note: Note) -> Recording:
    """A recording of which nothing but the note is there. Raises Damaged for one without an id or a moment."""
    if note.native_id is None or note.started_at is None:
        raise Damaged("an imported recording without an id or a start")
    base = _read_word(TimeBase, note.time_base) or TimeBase.UNKNOWN
    files = tuple(_build_files(note.files, None if base is TimeBase.UNKNOWN else note.started_at))
    recording = Recording(
        source=source,
        native_id=note.native_id,
        started_at=note.started_at,
        meeting_uuid=note.meeting_uuid,
        time_base=base.value,
        files=files,
        transcript=None if _has_transcript(files) else _read_word(TranscriptStatus, note.transcript),
    )
    return _fill_in(recording, note)


def add_note(recording: Recording, note: Note) -> Recording:
    """What the source says, with what was noted beside it: documents, what the user told, and a start.

    The start counts where the source says only when its bot came, or less.
    """
    began = _find_start(recording, note)
    zero_at = began or (recording.started_at if recording.time_base != TimeBase.UNKNOWN else None)
    given = {each.file for each in note.files}
    listed = [_mend(each, recording.started_at, began, is_given=each.key in given) for each in recording.files]
    known = {each.key for each in listed}
    more = _build_files((each for each in note.files if each.file not in known), zero_at)
    files = (*listed, *more)
    has_transcript = _has_transcript(files)
    if began:
        recording = replace(recording, started_at=began, time_base=note.time_base)
    status = None if has_transcript else recording.transcript or _read_word(TranscriptStatus, note.transcript)
    reason = None if has_transcript else recording.transcript_reason
    return _fill_in(replace(recording, files=files, transcript=status, transcript_reason=reason), note)


def merge_payloads(known: Json, new: Json) -> Json:
    """A recording's payload after another import, or another look at its source: nothing that was given is forgotten.

    Of the source's own members, and of what was noted, the newer ones count; documents add up.
    """
    own = {**without_note(known), **without_note(new)}
    before, after = (each.get(MEMBER) or {} for each in (known, new))
    files = {each.get("file"): each for note in (before, after) for each in read_items(note.get("files"))}
    note = {**before, **after, **({"files": list(files.values())} if files else {})}
    return {**own, MEMBER: note} if note else own


def without_note(payload: Json) -> Json:
    return {name: value for name, value in payload.items() if name != MEMBER}


def _find_start(recording: Recording, note: Note) -> datetime | None:
    return note.started_at if note.time_base in _CLOCKS and not has_clock(recording) else None


def _mend(file: ListedFile, before: datetime, began: datetime | None, *, is_given: bool) -> ListedFile:
    start_at = began if began and file.start_at in {None, before} else file.start_at
    return replace(file, start_at=start_at, ready=file.ready or is_given)


def _fill_in(recording: Recording, note: Note) -> Recording:
    is_other = recording.meeting_id is not None  # the number is the source's, and the address may be of another meeting
    extra = keep_said(meeting_url=None if is_other else note.meeting_url, caller=note.caller) | dict(recording.extra)
    return replace(
        recording,
        platform=recording.platform or note.platform,
        meeting_id=note.meeting_id if recording.meeting_id is None else recording.meeting_id,
        meeting_uuid=recording.meeting_uuid or note.meeting_uuid,
        topic=recording.topic or note.title,
        extra=extra,
    )


def _has_transcript(files: Iterable[ListedFile]) -> bool:
    return any(each.kind is Kind.TRANSCRIPT for each in files)


def _build_files(noted: Iterable[NotedFile], start_at: datetime | None) -> Iterable[ListedFile]:
    for each in noted:
        kind = _read_word(Kind, each.kind) or Kind.OTHER
        yield ListedFile(
            key=each.file,
            kind=kind,
            file_type=each.file_type or kind.upper(),
            recording_type=each.recording_type,
            extension=each.extension,
            start_at=start_at if kind in {Kind.TRANSCRIPT, Kind.TIMELINE} else None,
            is_document=True,
        )


def _read_word(words: type[Word], value: str | None) -> Word | None:
    """A word of ours; one that is unknown is of a newer version, and as good as none."""
    return next((each for each in words if each.value == value), None)

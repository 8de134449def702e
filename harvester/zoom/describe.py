"""One meeting payload as a Recording. Pure: decides kinds, keys, parts, readiness and times.

Never drops a file it does not know: new types appear every year and are kept as `other`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from pydantic import ValidationError

from harvester.errors import Damaged
from harvester.model import Json, Kind, ListedFile, Recording
from harvester.zoom.mark import is_marked, list_participants
from harvester.zoom.uuid import is_numeric_id
from schemas.zoom import Meeting, RecordingFile

_CAPTIONS = {"CC", "CLOSED_CAPTION", "CC_TRANSCRIPT"}
_TRANSCRIPTS = {"TRANSCRIPT", "AUDIO_TRANSCRIPT"}
# By file type first, then by recording type; Zoom's documents say TB where its wire says TIMELINE.
_KINDS: dict[str, Kind] = {
    "MP4": Kind.VIDEO,
    "M4A": Kind.AUDIO,
    "CHAT": Kind.CHAT,
    "TIMELINE": Kind.TIMELINE,
    "TB": Kind.TIMELINE,
    "CSV": Kind.POLL,
    "SUMMARY": Kind.SUMMARY,
    "CHAT_FILE": Kind.CHAT,
    "POLL": Kind.POLL,
    "SUMMARY_NEXT_STEPS": Kind.SUMMARY,
    "SUMMARY_SMART_CHAPTERS": Kind.SUMMARY,
    "AUDIO_ONLY": Kind.AUDIO,
    "AUDIO_INTERPRETATION": Kind.AUDIO,
    "AUDIO_ONLY_EACH_PARTICIPANT": Kind.AUDIO,
}
_EXTENSIONS: dict[Kind, str] = {
    Kind.VIDEO: "MP4",
    Kind.AUDIO: "M4A",
    Kind.TRANSCRIPT: "VTT",
    Kind.CAPTIONS: "VTT",
    Kind.CHAT: "TXT",
    Kind.TIMELINE: "JSON",
    Kind.POLL: "CSV",
    Kind.SUMMARY: "JSON",
}
_EACH_PARTICIPANT = "audio_only_each_participant"
_LONGEST_MINUTES = 60 * 24 * 366  # a longer one would leave the calendar


def find_kind(file_type: str | None, recording_type: str | None) -> Kind:
    """Either name decides: old payloads lack the recording type, newer ones may bring a new file type."""
    names = [name.upper() for name in (file_type, recording_type) if name]
    if _CAPTIONS.intersection(names):
        return Kind.CAPTIONS
    if _TRANSCRIPTS.intersection(names):
        return Kind.TRANSCRIPT
    return next((_KINDS[name] for name in names if name in _KINDS), Kind.OTHER)


def describe(payload: Json) -> Recording:
    """What Zoom says of one meeting instance, in our terms. Damaged when it has no UUID or no time at all."""
    try:
        meeting = Meeting.model_validate(payload)
    except ValidationError as error:
        fields = ", ".join(str(item["loc"][0]) for item in error.errors(include_input=False) if item["loc"])
        raise Damaged(f"a recording without a usable {fields or 'payload'}") from None
    listed = _all_files(meeting)
    starts = sorted({each.recording_start for each in meeting.recording_files if each.recording_start})
    started_at = meeting.start_time or min(starts, default=None)
    if started_at is None:
        raise Damaged(f"recording {meeting.uuid} has no start time", subject=meeting.uuid)
    minutes = meeting.duration if meeting.duration is None else min(meeting.duration, _LONGEST_MINUTES)
    keys = _build_keys(listed)
    files = tuple(_build_file(each, key, starts) for each, key in zip(listed, keys, strict=True))
    if is_marked(payload):
        files = (*files, list_participants(keys))
    return Recording(
        source="zoom",
        native_id=meeting.uuid,
        started_at=started_at,
        platform="zoom",
        meeting_id=meeting.id,
        meeting_uuid=meeting.uuid,
        topic=meeting.topic,
        host_id=meeting.host_id,
        host_email=meeting.host_email,
        ended_at=_ended_at(listed, started_at, minutes),
        duration_ms=None if minutes is None else minutes * 60_000,
        timezone=meeting.timezone,
        time_base="recording_start",
        status="completed" if all(file.ready for file in files) else "processing",
        extra=_build_extra(meeting),
        files=files,
        expires_at=_read_day(meeting.auto_delete_date),
    )


def _all_files(meeting: Meeting) -> list[RecordingFile]:
    """Files of the recording, then each participant's own audio unless it is listed among them already."""
    known = {each.id for each in meeting.recording_files if each.id}
    participants = (
        each.model_copy(
            update={
                "recording_type": each.recording_type or _EACH_PARTICIPANT,
                "file_type": each.file_type or "M4A",
            }
        )
        for each in meeting.participant_audio_files
        if each.id not in known
    )
    return [*meeting.recording_files, *participants]


def _build_keys(files: Iterable[RecordingFile]) -> list[str]:
    """Zoom's file id, else a key made of what survives re-listing; equal ones are numbered in listed order.

    `~` is kept free: the archive numbers later versions of a file with it.
    """
    taken: Counter[str] = Counter()
    keys: list[str] = []
    for each in files:
        base = (each.id or _synthetic_key(each)).replace("~", "%7E")
        taken[base] += 1
        keys.append(base if taken[base] == 1 else f"{base}#{taken[base]}")
    return keys


def _synthetic_key(each: RecordingFile) -> str:
    start = f"{each.recording_start:%Y%m%dT%H%M%SZ}" if each.recording_start else None
    return "-".join(part for part in (each.file_type, each.recording_type, start) if part).lower() or "file"


def _build_file(each: RecordingFile, key: str, starts: Sequence[datetime]) -> ListedFile:
    kind = find_kind(each.file_type, each.recording_type)
    start_at = each.recording_start
    return ListedFile(
        key=key,
        kind=kind,
        file_type=each.file_type or "",
        recording_type=each.recording_type,
        extension=each.file_extension or _EXTENSIONS.get(kind),
        # A participant who joins late starts within a part, not a new one.
        part_index=max(bisect_right(starts, start_at) - 1, 0) if start_at else 0,
        start_at=start_at,
        end_at=each.recording_end,
        listed_bytes=each.file_size,
        ready=_is_ready(each, kind),
        url=each.download_url,
    )


def _is_ready(each: RecordingFile, kind: Kind) -> bool:
    """An entry without type or end is still being recorded; an empty summary is a placeholder."""
    if not each.file_type or each.unfinished:
        return False
    if (each.status or "completed").lower() == "processing":
        return False
    return not (kind is Kind.SUMMARY and each.file_size == 0)


def _ended_at(files: Iterable[RecordingFile], started_at: datetime, minutes: int | None) -> datetime | None:
    last = max((each.recording_end for each in files if each.recording_end), default=None)
    if last is not None or minutes is None:
        return last
    try:
        return started_at + timedelta(minutes=minutes)
    except OverflowError:
        return None


def _read_day(text: str | None) -> datetime | None:
    """Midnight in UTC of a day such as Zoom deletes on; None for anything else."""
    try:
        return datetime.combine(date.fromisoformat(text or ""), time(), UTC)
    except ValueError:
        return None


def _build_extra(meeting: Meeting) -> Json:
    # recording_count and total_size are no checksums: summaries are left out of both (measured).
    fields = {
        "type": meeting.type,
        "account_id": meeting.account_id,
        "recording_count": meeting.recording_count,
        "total_size": meeting.total_size,
        "auto_delete_date": meeting.auto_delete_date,
    }
    return {name: value for name, value in fields.items() if value is not None}


def check_detail(payload: Json, native_id: str) -> Meeting:
    """The meeting that was asked for, and no other: its files will be archived under this id."""
    try:
        meeting = Meeting.model_validate(payload)
    except ValidationError:
        raise Damaged(f"Zoom describes {native_id} without a UUID", subject=native_id) from None
    expected = meeting.id if is_numeric_id(native_id) else meeting.uuid
    if expected != native_id:
        raise Damaged(f"Zoom was asked for {native_id} and answered with {expected}", subject=native_id)
    return meeting

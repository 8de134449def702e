"""What a payload of Meeting BaaS v2 says of a bot.

Pure. Decides from several words of state whether there is a transcript, is going to be one, or why there is none. One
artefact holds the result of all the recogniser's jobs, however many there were; the raw one is not listed, because the
times in it each begin anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from harvester.bots.ids import clean_key
from harvester.bots.meetingbaas import common, people
from harvester.bots.meetingbaas.common import Artefact
from harvester.bots.meetings import parse_meeting_url
from harvester.bots.members import keep_said, read_members
from harvester.bots.model import TimeBase
from harvester.bots.people import mark_bot
from harvester.bots.platforms import find_platform
from harvester.bots.provider import Place
from harvester.bots.speech import count_ms, write_moment
from harvester.bots.validation import read_model
from harvester.errors import Damaged
from harvester.model import Json, Kind, ListedFile, Person, Recording, TranscriptStatus
from harvester.people import merge_people
from schemas.meetingbaas import RecordingV2

SOURCE = "meetingbaas_v2"

_ARTEFACTS = (
    Artefact("video", Kind.VIDEO, "video", common.VIDEO_SUFFIXES),
    Artefact("audio", Kind.AUDIO, "audio", (".flac", *common.AUDIO_SUFFIXES)),
    Artefact("timeline", Kind.TIMELINE, "diarization", common.LINES_SUFFIXES, "TIMELINE"),
    Artefact("chat", Kind.CHAT, "chat_messages", (".json",), "CHAT"),
)
_VIDEO_ELSEWHERE = "mp4"  # in the prose of the documents, in place of `video`
_TRANSCRIPTION = "transcription"
_DONE = frozenset({"completed", "failed"})
_IN_WORK = frozenset({"queued", "processing"})
RULES = common.build_rules(
    addresses=(*(each.member for each in _ARTEFACTS), _VIDEO_ELSEWHERE, _TRANSCRIPTION, "raw_transcription")
)


def scrub(payload: Json) -> Json:
    return RULES.scrub(payload)


def find_id(payload: Json) -> str:
    return _find_id(read_model(RecordingV2, payload, what=common.ANSWER))


def describe(payload: Json) -> Recording:
    """Nothing is listed of a bot whose files were deleted."""
    kept = _name_video(scrub(payload))
    said = read_model(RecordingV2, kept, what=common.ANSWER)
    native_id = _find_id(said)
    start = common.find_beginning(
        native_id,
        {
            TimeBase.RECORDING_START: said.recording_started_at,
            TimeBase.JOINED_AT: said.joined_at,
            TimeBase.UNKNOWN: said.created_at,
        },
    )
    meeting = parse_meeting_url(said.meeting_url)
    is_deleted = said.artifacts_deleted is True
    transcript = [] if is_deleted else _list_transcript(said, start)
    files = [] if is_deleted else common.list_files(_ARTEFACTS, kept, ready=_has_ended(said))
    status, reason = (None, None) if transcript else _find_status(said)
    seconds = said.duration if said.duration_seconds is None else said.duration_seconds
    return Recording(
        source=SOURCE,
        native_id=native_id,
        started_at=start[0],
        platform=find_platform(meeting, said.meeting_platform),
        meeting_id=meeting.zoom_meeting_id,
        ended_at=said.exited_at or said.ended_at,
        duration_ms=count_ms(seconds),
        time_base=start[1].value,
        status=said.status,
        end_reason=said.error_code,
        extra=_build_extra(said, meeting.redacted),
        files=(*transcript, *files),
        transcript=status,
        transcript_reason=reason,
    )


def locate(payload: Json, key: str) -> Place | None:
    artefact = next((each for each in _ARTEFACTS if each.key == key), None)
    if artefact is not None:
        return common.find_address(_name_video(payload), artefact.member)
    is_listed = key == _find_key(read_model(RecordingV2, payload, what=common.ANSWER))
    return common.find_address(payload, _TRANSCRIPTION) if is_listed else None


def read_people(payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:
    said = read_model(RecordingV2, scrub(payload), what=common.ANSWER)
    mentions = list(people.read_listed((*said.participants, *said.speakers), said.bot_name))
    for _, document in sorted(documents.items()):
        result = read_members(read_members(document).get("result"))
        mentions += people.read_utterances(result.get("utterances"))
    return merge_people(mark_bot(each, said.bot_name) for each in mentions)


def _name_video(payload: Json) -> Json:
    video = payload.get("video") or payload.get(_VIDEO_ELSEWHERE)
    return {**payload, "video": video} if video else payload


def _find_id(said: RecordingV2) -> str:
    if said.bot_id is None:
        raise Damaged("a bot of Meeting BaaS v2 without an id")
    return said.bot_id


def _find_key(said: RecordingV2) -> str:
    """The recogniser's last job: another run adds to them, as far as is known."""
    return clean_key(said.transcription_ids[-1]) if said.transcription_ids else _TRANSCRIPTION


def _has_ended(said: RecordingV2) -> bool:
    return said.status in _DONE or bool(said.exited_at or said.ended_at or said.duration or said.duration_seconds)


def _is_in_work(said: RecordingV2) -> bool:
    return said.transcription_status in _IN_WORK or said.status == "transcribing"


def _list_transcript(said: RecordingV2, start: tuple[datetime, TimeBase]) -> list[ListedFile]:
    """Before it is there it is listed only if its key is known, which would be another one afterwards."""
    is_in_work = _is_in_work(said)
    if not (said.transcription_ids if is_in_work else said.transcription):
        return []
    ready = not is_in_work and _has_ended(said)
    return [common.build_transcript(_find_key(said), said.transcription_provider, start, ready=ready)]


def _find_status(said: RecordingV2) -> tuple[TranscriptStatus | None, str | None]:
    """What became of a transcript that is not listed, and why. An entry of a listing names no recogniser."""
    reason = said.error_message or said.error_code
    if said.artifacts_deleted is True:
        return TranscriptStatus.EXPIRED, None
    if _is_in_work(said):
        return TranscriptStatus.PENDING, None
    if said.transcription_status == "error" or said.error_code == "TRANSCRIPTION_FAILED":
        return TranscriptStatus.FAILED, reason
    if said.status == "failed":
        got_in = said.joined_at or said.recording_started_at
        return TranscriptStatus.FAILED if got_in else TranscriptStatus.NONE, reason
    nobody = "transcription_provider" in said.model_fields_set and said.transcription_provider is None
    if nobody or said.transcription_status == "not-applicable":
        return TranscriptStatus.NONE, None
    return None if _has_ended(said) else TranscriptStatus.PENDING, None


def _build_extra(said: RecordingV2, meeting_url: str | None) -> Json:
    return keep_said(
        meeting_url=meeting_url,
        bot_name=said.bot_name,
        caller=said.extra,
        joined_at=write_moment(said.joined_at),
        created_at=write_moment(said.created_at),
        provider=said.transcription_provider,
        transcription_ids=list(said.transcription_ids),
        event_id=said.event_id,
    )

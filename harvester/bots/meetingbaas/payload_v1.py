"""What a payload of Meeting BaaS v1 says of a bot.

Pure. Decides when a bot is done, and what is its transcript, which has no id and comes with the answer itself. There
is no sign of a transcript that is still being made, and an empty address may stand for a file that was deleted as well
as for one that never was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from harvester.bots.canonical_json import KEY_DIGITS, hash_json
from harvester.bots.meetingbaas import common, people
from harvester.bots.meetingbaas.common import Artefact
from harvester.bots.meetings import parse_meeting_url
from harvester.bots.members import keep_said, read_members
from harvester.bots.model import TimeBase
from harvester.bots.people import mark_bot
from harvester.bots.platforms import find_platform
from harvester.bots.provider import Inline, Place
from harvester.bots.speech import count_ms, write_moment
from harvester.bots.validation import read_model
from harvester.errors import Damaged
from harvester.model import Json, Kind, ListedFile, Person, Recording, TranscriptStatus
from harvester.people import merge_people
from harvester.scrub import Scrubber
from schemas.meetingbaas import BotDataV1, RecordingV1, read_digest

SOURCE = "meetingbaas_v1"

_ARTEFACTS = (
    Artefact("video", Kind.VIDEO, "mp4", common.VIDEO_SUFFIXES),
    Artefact("audio", Kind.AUDIO, "audio", common.AUDIO_SUFFIXES),
    Artefact("timeline", Kind.TIMELINE, "speaker_diarization_file", common.LINES_SUFFIXES, "TIMELINE"),
    Artefact(common.PARTICIPANTS_KEY, Kind.OTHER, "meeting_participants_file", (".json",), "PARTICIPANTS"),
)
_DIGEST = "transcripts_sha256"
_NO_SPEECH = hash_json([])


def _sort_names(value: Any) -> list[str]:  # noqa: ANN401 - JSON has no narrower type
    """They are a set, and come in another order each time."""
    return sorted({each for each in value if isinstance(each, str)}) if isinstance(value, list) else []


def _build_rules() -> Scrubber:
    rules = common.build_rules(
        addresses=(*(each.member for each in _ARTEFACTS), "speaker_diarization_file_network"),
        volatile=("access_count", "last_accessed_at"),
    )
    return replace(rules, rewrites={**rules.rewrites, "speakers": _sort_names})


RULES = _build_rules()


def scrub(payload: Json) -> Json:
    """Without the transcripts too: their hash says which they were."""
    bot_data = payload.get("bot_data")
    if not isinstance(bot_data, dict) or "transcripts" not in bot_data:
        return RULES.scrub(payload)
    kept = {name: value for name, value in bot_data.items() if name != "transcripts"}
    digest = _find_digest(payload)
    return RULES.scrub({**payload, "bot_data": {**kept, **({_DIGEST: digest} if digest else {})}})


def seal_transcripts(payload: Json) -> Json:
    """The payload of an answer with the hash of its transcripts beside them, made once, for it takes its time.

    Nobody but us says one: what the answer has in its place is not kept.
    """
    bot_data = {name: value for name, value in read_members(payload.get("bot_data")).items() if name != _DIGEST}
    transcripts = _find_transcripts(payload)
    return {**payload, "bot_data": bot_data if transcripts is None else {**bot_data, _DIGEST: hash_json(transcripts)}}


def has_ended(payload: Json) -> bool:
    """Whether a bot is in no meeting any more, from a payload in any form."""
    return _has_ended(read_model(RecordingV1, payload, what=common.ANSWER))


def find_id(payload: Json) -> str:
    return _find_id(read_model(RecordingV1, payload, what=common.ANSWER))


def describe(payload: Json) -> Recording:
    """A bot that has not ended has no transcript yet, whatever is there of it."""
    kept = scrub(payload)
    said = read_model(RecordingV1, kept, what=common.ANSWER)
    bot, native_id = said.bot_data.bot, _find_id(said)
    start = common.find_beginning(
        native_id,
        {
            TimeBase.RECORDING_START: said.recording_started_at,
            TimeBase.JOINED_AT: bot.bot_joined_at,
            TimeBase.UNKNOWN: bot.created_at or said.created_at,
        },
    )
    meeting = parse_meeting_url(bot.meeting_url or said.meeting_url)
    ready = _has_ended(said)
    transcript = _list_transcript(said, start)
    status, reason = (None, None) if transcript else _find_status(said)
    return Recording(
        source=SOURCE,
        native_id=native_id,
        started_at=start[0],
        platform=find_platform(meeting),
        meeting_id=meeting.zoom_meeting_id,
        ended_at=bot.ended_at or bot.bot_exited_at or said.ended_at,
        duration_ms=count_ms(said.duration) if ready else None,  # 0 while it runs
        time_base=start[1].value,
        end_reason=bot.errors,
        extra=_build_extra(said, meeting.redacted),
        files=(*transcript, *common.list_files(_ARTEFACTS, kept, ready=ready)),
        transcript=status,
        transcript_reason=reason,
    )


def locate(payload: Json, key: str) -> Place | None:
    artefact = next((each for each in _ARTEFACTS if each.key == key), None)
    if artefact is not None:
        return common.find_address(payload, artefact.member)
    transcripts, digest = _find_transcripts(payload), _find_digest(payload)
    if transcripts is None or digest is None or digest[:KEY_DIGITS] != key:
        return None
    bot = RULES.scrub({"bot": read_members(payload.get("bot_data")).get("bot")})
    errors = read_model(BotDataV1, bot, what=common.ANSWER).bot.errors
    return Inline({"bot_data": {"bot": {"errors": errors}, "transcripts": transcripts}})


def read_people(payload: Json, documents: Mapping[str, Any]) -> Sequence[Person]:
    said = read_model(RecordingV1, scrub(payload), what=common.ANSWER)
    mentions = list(people.read_names(said.speakers))
    for key, document in sorted(documents.items()):
        if key == common.PARTICIPANTS_KEY:
            mentions += people.read_participants_file(document)
        else:
            mentions += people.read_segments(_find_transcripts(read_members(document)))
    return merge_people(mark_bot(each, _find_name(said)) for each in mentions)


def _find_transcripts(payload: Json) -> list[Any] | None:
    """None where they were not asked for. An empty list is a result."""
    transcripts = read_members(payload.get("bot_data")).get("transcripts")
    return transcripts if isinstance(transcripts, list) else None


def _find_digest(payload: Json) -> str | None:
    """The transcripts' hash: as it was sealed, else made now."""
    transcripts = _find_transcripts(payload)
    if transcripts is None:
        return None
    return read_digest(read_members(payload["bot_data"]).get(_DIGEST)) or hash_json(transcripts)


def _find_id(said: RecordingV1) -> str:
    native_id = said.uuid or said.bot_data.bot.uuid or said.id
    if native_id is None:
        raise Damaged("a bot of Meeting BaaS v1 without an id")
    return native_id


def _find_name(said: RecordingV1) -> str | None:
    return said.bot_data.bot.bot_name or said.bot_name


def _has_ended(said: RecordingV1) -> bool:
    bot = said.bot_data.bot
    return bool(bot.ended_at or bot.bot_exited_at or said.ended_at or said.duration)


def _list_transcript(said: RecordingV1, start: tuple[datetime, TimeBase]) -> list[ListedFile]:
    digest, bot = said.bot_data.transcripts_sha256, said.bot_data.bot
    if digest is None or not _has_ended(said) or digest == _NO_SPEECH:
        return []
    return [common.build_transcript(digest[:KEY_DIGITS], bot.speech_to_text_provider, start, ready=True)]


def _find_status(said: RecordingV1) -> tuple[TranscriptStatus | None, str | None]:
    """What became of a transcript that is not listed, and why. An entry of a listing says nothing of it."""
    bot = said.bot_data.bot
    if bot.errors and said.bot_data.transcripts_sha256 == _NO_SPEECH:
        got_in = bot.bot_joined_at or said.recording_started_at or said.duration
        return TranscriptStatus.FAILED if got_in else TranscriptStatus.NONE, bot.errors
    if said.bot_data.transcripts_sha256 == _NO_SPEECH and _has_ended(said):
        return TranscriptStatus.EMPTY, "no words, which is also how one looks that is still being made"
    is_detailed = bool(bot.model_fields_set)
    return TranscriptStatus.PENDING if is_detailed and not _has_ended(said) else None, None


def _build_extra(said: RecordingV1, meeting_url: str | None) -> Json:
    bot = said.bot_data.bot
    return keep_said(
        meeting_url=meeting_url,
        bot_name=_find_name(said),
        caller=bot.extra or said.extra,
        joined_at=write_moment(bot.bot_joined_at),
        created_at=write_moment(bot.created_at or said.created_at),
        provider=bot.speech_to_text_provider,
        session_id=bot.session_id or said.session_id,
        event_id=bot.event_id,
        event_uuid=said.bot_data.event_uuid,
        scheduled_bot_id=bot.scheduled_bot_id,
    )

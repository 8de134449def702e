"""Saved answers of Meeting BaaS, both versions. Pure: decides by shape what each is.

An event is worth as much as an answer where it holds what no answer does: when the recording began, and of v1 the
transcript, of v2 the details as they were when the bot was done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from harvester.bots.canonical_json import KEY_DIGITS, hash_json
from harvester.bots.imports import shapes
from harvester.bots.imports.model import Document, Part, Role, Source
from harvester.bots.meetingbaas import MeetingBaasV1, MeetingBaasV2, find_start
from harvester.bots.meetingbaas.events import STARTED_AT
from harvester.bots.meetingbaas.payload_v1 import has_ended
from harvester.bots.members import read_members
from harvester.bots.speech import clean_label, write_moment
from harvester.errors import Damaged
from harvester.model import Json, TranscriptStatus

_V1, _V2 = MeetingBaasV1(), MeetingBaasV2()
_NAME = "Meeting BaaS"
_DATA, _BOT, _STATUS = "data", "bot", "status"


def _recognise_v1(value: Any, data: bytes) -> Part:  # noqa: ANN401 - JSON has no narrower type
    if not isinstance(value, dict):
        return _recognise_list(value, data)
    if "event" in value:
        return _read_complete(value) if value["event"] == "complete" else _read_start(value)
    bot_data = value.get("bot_data")
    if isinstance(bot_data, dict):
        bot = read_members(bot_data.get("bot"))
        transcripts = bot_data.get("transcripts")
        errors = {"errors": clean_label(bot.get("errors"))}
        # an empty list of a bot that is still at work is no silence
        is_made = isinstance(transcripts, list) and (transcripts or has_ended(value))
        document = _build_document(errors, transcripts or []) if is_made else None
        native_id = clean_label(value.get("uuid")) or clean_label(bot.get("uuid"))
        return Part({_DATA: value}, document, native_id)
    if isinstance(value.get("bots"), list) or isinstance(value.get("recent_bots"), list):
        raise shapes.refuse_listing(_NAME)
    if shapes.have(value.get("participants"), "name"):
        return shapes.hold(Role.PARTICIPANTS, value, data)
    return _recognise_line(value, data)


def _read_complete(body: Json) -> Part:
    """Without speech-to-text the transcript is left out, and none is coming."""
    said = read_members(body.get("data"))
    native_id = clean_label(said.get("bot_id"))
    caller = read_members(said.get("extra"))
    transcript = said.get("transcript")
    if transcript is None:
        return Part(native_id=native_id, caller=caller, transcript=TranscriptStatus.NONE)
    if not isinstance(transcript, list):
        raise Damaged("the transcript of Meeting BaaS's event is no list")
    return Part(document=_build_document({}, transcript), native_id=native_id, caller=caller)


def _build_document(bot: Json, transcripts: list[Any]) -> Document:
    """As the answer of `meeting_data` is kept when it comes from the API, and by the same key."""
    value = {"bot_data": {"bot": bot, "transcripts": transcripts}}
    return Document(Role.TRANSCRIPT, value, run_id=hash_json(transcripts)[:KEY_DIGITS])


def _read_start(body: Json) -> Part:
    started_at = find_start(body)
    if started_at is None:
        raise shapes.refuse_event(body, _NAME)
    said = read_members(body.get("data"))
    caller = read_members(said.get("extra")) or read_members(body.get("extra"))
    return Part(native_id=clean_label(said.get("bot_id")), started_at=started_at, caller=caller)


def _recognise_list(value: Any, data: bytes) -> Part:  # noqa: ANN401
    if shapes.have(value, "speaker", "start_time") and not shapes.have(value, "words"):
        return shapes.hold(Role.TIMELINE, value, data)
    if shapes.have(value, "message_id"):
        return shapes.hold(Role.CHAT, value, data)
    if shapes.have(value, "name"):
        return shapes.hold(Role.PARTICIPANTS, value, data)
    raise shapes.refuse_shape(value)


def _recognise_line(value: dict[str, Any], data: bytes) -> Part:
    """A file of lines that has only one."""
    if {"speaker", "start_time", "end_time"} <= value.keys() and "words" not in value:
        return shapes.hold(Role.TIMELINE, [value], data)
    return shapes.hold(Role.TRANSCRIPT, value, data)  # or nothing: its reader says so


def _recognise_v2(value: Any, data: bytes) -> Part:  # noqa: ANN401
    if not isinstance(value, dict):
        return _recognise_list(value, data)
    if "event" in value:
        return _read_completed(value) if value["event"] == "bot.completed" else _read_start(value)
    if "success" in value:
        return _open_envelope(value)
    if value.keys() & {"result", "transcriptions"}:
        return shapes.hold(Role.TRANSCRIPT, value, data, native_id=clean_label(value.get("bot_id")))
    return _recognise_answer(value) if "bot_id" in value else _recognise_line(value, data)


def _open_envelope(value: Json) -> Part:
    if value["success"] is not True:
        raise Damaged("it is a refusal of Meeting BaaS's")
    if isinstance(value.get("data"), list):
        raise shapes.refuse_listing(_NAME)
    answer = value.get("data")
    if not isinstance(answer, dict) or "bot_id" not in answer:
        raise shapes.refuse_shape(answer)
    return _recognise_answer(answer)


def _recognise_answer(answer: Json) -> Part:
    native_id = clean_label(answer.get("bot_id"))
    if answer.keys() & {"created_at", "joined_at", "meeting_url"}:
        return Part({_BOT: answer}, native_id=native_id)
    if "transcription_status" in answer:
        return Part({_STATUS: answer}, native_id=native_id)
    raise shapes.refuse_shape(answer)


def _read_completed(body: Json) -> Part:
    """The details in the event's words; what the caller attached stands inside or outside."""
    said = read_members(body.get("data"))
    bot = {
        **{name: value for name, value in said.items() if name not in {"data_deleted", "sent_at"}},
        "extra": read_members(said.get("extra")) or read_members(body.get("extra")),
        "artifacts_deleted": said.get("data_deleted"),
        "status": "completed",
    }
    return Part({_BOT: bot}, native_id=clean_label(said.get("bot_id")))


def _join_v1(native_id: str, answers: Mapping[str, Any], started_at: datetime | None) -> Sequence[Json]:
    if _DATA not in answers:
        return ()
    return (_V1.scrub(_add_start(_V1.join_details(native_id, answers), started_at)),)


def _join_v2(native_id: str, answers: Mapping[str, Any], started_at: datetime | None) -> Sequence[Json]:
    if _BOT not in answers:
        return ()
    named = {name: {"success": True, "data": value} for name, value in answers.items()}
    return (_V2.scrub(_add_start(_V2.join_details(native_id, named), started_at)),)


def _add_start(payload: Json, started_at: datetime | None) -> Json:
    return payload if started_at is None else {**payload, STARTED_AT: write_moment(started_at)}


MEETINGBAAS_V1 = Source(
    _V1,
    "an answer of meeting_data, the body of a `complete` webhook or of the change to in_call_recording, or the files of"
    " participants or speakers",
    _recognise_v1,
    _join_v1,
)
MEETINGBAAS_V2 = Source(
    _V2,
    "details of a bot, its status, the file behind its `transcription`, `diarization` or `chat_messages`, or the body"
    " of a `bot.completed` webhook or of the change to in_call_recording",
    _recognise_v2,
    _join_v2,
)

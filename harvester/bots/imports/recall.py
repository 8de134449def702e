"""Saved answers of Recall's. Pure: decides by shape what each is, and cuts a bot into its recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from harvester.bots.imports import shapes
from harvester.bots.imports.model import Part, Role, Source
from harvester.bots.members import read_members
from harvester.bots.recall import Recall
from harvester.bots.recall.sessions import split_bot
from harvester.errors import Damaged
from harvester.model import Json
from schemas.tolerant import read_items, read_text

_PROVIDER = Recall()
_BOT, _RUNS, _MEETING = "bot", "transcripts", "meeting"
_OF_A_BOT = frozenset({"recordings", "status_changes", "video_url", "media_retention_end"})
_OF_A_MEETING = frozenset({"title", "zoom_meeting_uuid"})


def _recognise(value: Any, data: bytes) -> Part:  # noqa: ANN401 - JSON has no narrower type
    if isinstance(value, dict):
        return _recognise_object(value, data)
    if shapes.have(value, "words"):
        return shapes.hold(Role.TRANSCRIPT, value, data)
    if shapes.have(value, "participant", "start_timestamp"):
        return shapes.hold(Role.TIMELINE, value, data)
    if any(shapes.have(value, "name", name) for name in ("id", "is_host", "platform")):
        return shapes.hold(Role.PARTICIPANTS, value, data)
    return shapes.hold(Role.TRANSCRIPT, value, data)  # or nothing: its reader says so


def _recognise_object(value: dict[str, Any], data: bytes) -> Part:
    if "id" in value and value.keys() & _OF_A_BOT:
        return Part({_BOT: value}, native_id=read_text(value["id"]))
    if isinstance(value.get("results"), list):
        if any(each.keys() & _OF_A_BOT for each in read_items(value["results"])):
            raise shapes.refuse_listing("Recall")
        return Part({_RUNS: value})
    content = value.get("data")
    if "event" not in value and isinstance(content, dict) and content.keys() & _OF_A_MEETING:
        title, uuid = read_text(content.get("title")), read_text(content.get("zoom_meeting_uuid"))
        return Part({_MEETING: value}, title=title, meeting_uuid=uuid)
    return shapes.hold(Role.TRANSCRIPT, value, data)


def _join(native_id: str, answers: Mapping[str, Any], started_at: datetime | None) -> Sequence[Json]:
    del native_id, started_at  # a bot names itself, and no event tells a start
    if _BOT not in answers:
        return ()
    bot = answers[_BOT]
    payloads = []
    for each in split_bot(bot):
        found = _PROVIDER.find_id(each)
        payload = _PROVIDER.join_details(found, {_BOT: bot, _RUNS: [answers.get(_RUNS)]})
        payloads.append(_PROVIDER.scrub(_add_meeting(payload, answers.get(_MEETING))))
    if not payloads:
        raise Damaged("Recall's bot has no recording, and may still get one", hint="save it again when it is done")
    return payloads


def _add_meeting(payload: Json, meeting: Any) -> Json:  # noqa: ANN401
    """What was asked for by itself is one of the recording's artifacts, unless it names another recording."""
    recordings = read_items(payload.get("recordings"))
    if not isinstance(meeting, dict) or not recordings:
        return payload
    named = read_text(read_members(meeting.get("recording")).get("id"))
    if named not in {None, read_text(recordings[0].get("id"))}:
        return payload
    known = read_members(recordings[0].get("media_shortcuts"))
    recording = {**recordings[0], "media_shortcuts": {**known, "meeting_metadata": meeting}}
    return {**payload, "recordings": [recording]}


RECALL = Source(
    _PROVIDER,
    "a bot, a list of its transcripts, its meeting's metadata, or the file of a transcript, of participants or of a"
    " speaker timeline",
    _recognise,
    _join,
)

"""What Meeting BaaS tells by itself, in either version. Pure: decides which events are worth a look at their bot.

The names of both versions differ, so one reader does for both. When a recording began is said here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable

from harvester.bots.canonical_json import hash_json
from harvester.bots.events import build_event
from harvester.bots.meetingbaas.transcript import find_start
from harvester.bots.speech import write_moment
from harvester.bots.validation import read_model
from harvester.errors import Damaged
from harvester.event import Event, Intent, Mention
from harvester.model import Json
from schemas.meetingbaas import EventBody

STARTED_AT = "recording_started_at"
"""Under this name a payload has the moment that a webhook alone says."""

_WORTH_A_LOOK = frozenset({"complete", "failed", "transcription_complete", "bot.completed", "bot.failed"})
_STATUS_CHANGE = "bot.status_change"
# After these a bot is in no meeting any more. `transcribing` follows some of them and brings nothing yet.
_ENDED = frozenset(
    {
        "call_ended",
        "recording_succeeded",
        "recording_failed",
        "bot_rejected",
        "bot_removed",
        "bot_removed_too_early",
        "waiting_room_timeout",
        "invalid_meeting_url",
        "meeting_error",
        "completed",
        "failed",
    }
)


def read_event(body: Json, scrub: Callable[[Json], Json]) -> Event:
    """An event of either version, without what was spoken. Raises Damaged."""
    said = read_model(EventBody, body, what="an event of Meeting BaaS")
    data = said.data
    start = find_start(body)
    code = data.status.code if said.event == _STATUS_CHANGE else None
    wakes = said.event in _WORTH_A_LOOK or code in _ENDED or start is not None
    mentions = []
    if wakes:
        if data.bot_id is None:
            raise Damaged(f"event {said.event} of Meeting BaaS names no bot")
        mentions.append(Mention(data.bot_id, said={STARTED_AT: write_moment(start)} if start else {}))
    return build_event(
        said.event,
        Intent.HARVEST if wakes else Intent.NOTE,
        scrub(_seal_transcript(body)),
        mentions=mentions,
        happened_at=data.sent_at or data.status.created_at or data.last_updated_ts,
    )


def _seal_transcript(body: Json) -> Json:
    """`transcript` of v1's `complete` as its hash, by which two of these events can still be told apart."""
    data = body.get("data")
    if not isinstance(data, dict) or "transcript" not in data:
        return body
    kept = {name: value for name, value in data.items() if name != "transcript"}
    return {**body, "data": {**kept, "transcript_sha256": hash_json(data["transcript"])}}

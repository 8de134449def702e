"""What a webhook of Recall's says. Pure: decides which events mean work, and of which recording.

Work begins when an artifact is made, failed or deleted: a bot that is done may still have everything to be made.
"""

from __future__ import annotations

from harvester.bots.events import build_event
from harvester.bots.recall.sessions import FAILED, SCRUBBER, build_id
from harvester.bots.validation import read_model
from harvester.errors import Damaged
from harvester.event import Event, Intent, Mention
from harvester.model import Json
from schemas.recall import EventBody, EventData

_OLD_CHANGE = "bot.status_change"  # before v1.11
_FATAL = "bot.fatal"
_ARTIFACTS = frozenset(
    {"recording", "transcript", "video_mixed", "audio_mixed", "participant_events", "meeting_metadata"}
)
_FINAL = frozenset({"done", FAILED, "deleted"})
_OLD_FINAL = frozenset({"done", "fatal"})


def read_event(body: Json) -> Event:
    """Raises Damaged for a body that names no event, or lacks the ids of what its event is about."""
    kept = SCRUBBER.scrub(body)
    said = read_model(EventBody, kept, what="an event of Recall's")
    mention = _find_mention(said.event, said.data)
    return build_event(
        said.event,
        Intent.HARVEST if mention else Intent.NOTE,
        _leave_out_speech(said.event, kept),
        mentions=(mention,) if mention else (),
        happened_at=said.data.data.updated_at or said.data.status.created_at,
    )


def _find_mention(name: str, data: EventData) -> Mention | None:
    kind, _, code = name.partition(".")
    if name == _FATAL:
        return _mention_bot(name, data.bot.id)
    if name == _OLD_CHANGE and data.status.code in _OLD_FINAL:
        if not data.bot_id or not data.status.recording_id:
            return _mention_bot(name, data.bot_id)
        return Mention(build_id(data.bot_id, data.status.recording_id))
    if kind not in _ARTIFACTS or code not in _FINAL:
        return None
    if data.bot.id is None:
        return None  # recorded by Recall's desktop app: without a bot there is no recording of ours
    if data.recording.id is None:
        raise _refuse(name, "recording")
    return Mention(build_id(data.bot.id, data.recording.id))


def _mention_bot(name: str, bot_id: str | None) -> Mention:
    """A bot that has recordings is none itself, so there need not be anything by this id."""
    if bot_id is None:
        raise _refuse(name, "bot")
    return Mention(bot_id, may_be_absent=True)


def _refuse(name: str, lacks: str) -> Damaged:
    return Damaged(f"Recall's event {name[:40]!r} names no {lacks}", hint="only Recall's webhooks are expected here")


def _leave_out_speech(name: str, body: Json) -> Json:
    """Pieces of a live transcript come as events too; what stands there in place of a status is what was said."""
    data = body.get("data")
    if not name.startswith("transcript.") or not isinstance(data, dict):
        return body
    inner = data.get("data")
    is_status = isinstance(inner, dict) and "code" in inner
    return body if is_status else {**body, "data": {member: said for member, said in data.items() if member != "data"}}

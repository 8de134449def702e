"""What the bot APIs tell by themselves: bodies of their webhooks, and the headers that say who sent them.

MeetStream signs the body with HMAC, Meeting BaaS v1 sends its key along, v2 and Recall follow Standard Webhooks. Which
event is due is up to whoever asks for it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from harvester.sandbox.account import SandboxAccount
from harvester.sandbox.bots.baas_v1 import build_meeting_data
from harvester.sandbox.bots.baas_v2 import build_detail
from harvester.sandbox.bots.model import KEY_OF, BotRecording, BotRun, SandboxBot, Source
from harvester.sandbox.bots.recall_forms import refer
from harvester.sandbox.bots.times import iso_offset, iso_seconds, iso_z
from harvester.sandbox.bots.transcripts import build_baas_v1_webhook
from harvester.sandbox.tokens import opaque
from harvester.sandbox.world import World

_MEETSTREAM: Mapping[str, tuple[str, str, int, str]] = {
    "bot.joining": ("bot_status", "Joining", 200, "Bot is joining the meeting"),
    "bot.in_waiting_room": ("bot_status", "WaitingRoom", 200, "Bot is in the waiting room"),
    "bot.inmeeting": ("bot_status", "InMeeting", 200, "Bot is in the meeting"),
    "bot.recording": ("bot_status", "Recording", 200, "Bot is recording"),
    "bot.leaving": ("bot_status", "Leaving", 200, "Bot is leaving"),
    "bot.stopped": ("bot_status", "Stopped", 200, "Meeting ended"),
    "bot.notallowed": ("bot_status", "NotAllowed", 500, "Bot was not admitted"),
    "bot.done": ("bot_status", "Done", 200, "Processing complete"),
    "audio.processed": ("audio_status", "Success", 200, "Audio processing completed successfully"),
    "video.processed": ("video_status", "Success", 200, "Video processed"),
    "transcription.processed": ("transcript_status", "Success", 200, "Transcription processed"),
    "transcription.failed": ("transcript_status", "Failed", 500, "Transcript processing error: provider 401"),
    "data_deletion": ("status", "success", 200, "Successfully deleted 7 objects"),
}
_UNDATED = frozenset({"bot.joining", "bot.in_waiting_room", "bot.inmeeting", "bot.recording", "bot.leaving"})
_COMPLETED = (
    "participants",
    "speakers",
    "duration_seconds",
    "joined_at",
    "exited_at",
    "video",
    "audio",
    "diarization",
    "raw_transcription",
    "transcription",
    "transcription_provider",
    "transcription_ids",
)
_TRANSCRIPT_FAILED = "provider_connection_failed"


def build_bot_event(world: World, name: str, bot: SandboxBot, *, part_id: str | None = None) -> bytes:
    """Body of one event about a bot, as of now.

    `part_id` names a recording or a transcript of Recall's, otherwise the first recording and its current transcript.
    Raises ValueError for an event that the API does not have.
    """
    document = _BUILDERS[bot.source](world, name, bot, part_id)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def sign_bot_event(source: Source, body: bytes, account: SandboxAccount, *, now: datetime) -> dict[str, str]:
    """Headers of a webhook request of this API."""
    headers = {"Content-Type": "application/json"}
    secret = account.bot_webhook_secrets.get(KEY_OF[source], "")
    match source:
        case "meetstream":
            digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            stamp = {"X-MeetStream-Timestamp": iso_seconds(now) or ""}
            return headers | stamp | {"X-MeetStream-Signature": f"sha256={digest}"}
        case "meetingbaas_v1":
            return headers | {"x-meeting-baas-api-key": account.bot_keys.get(KEY_OF[source], "")}
        case _:
            family = "svix" if source == "meetingbaas_v2" else "webhook"
            return headers | _sign_standard(body, secret, family, now)


def _sign_standard(body: bytes, secret: str, family: str, now: datetime) -> dict[str, str]:
    """Standard Webhooks 1.0: id, time and body joined by dots."""
    message_id, timestamp = "msg_" + opaque("webhook", body, length=24), str(int(now.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.digest(key, f"{message_id}.{timestamp}.".encode() + body, "sha256")
    return {
        f"{family}-id": message_id,
        f"{family}-timestamp": timestamp,
        f"{family}-signature": "v1," + base64.b64encode(mac).decode(),
    }


def _build_meetstream(world: World, name: str, bot: SandboxBot, _part_id: str | None) -> dict[str, Any]:
    if name not in _MEETSTREAM:
        raise ValueError(f"MeetStream has no event {name!r}; one of {', '.join(_MEETSTREAM)}")
    key, status, code, message = _MEETSTREAM[name]
    document: dict[str, Any] = {"event": name, "bot_id": bot.id, key: status, "message": message, "status_code": code}
    if name not in _UNDATED:
        document["timestamp"] = iso_offset(world.now())
    extra = {"deleted_objects": 7} if name == "data_deletion" else {"custom_attributes": dict(bot.extra)}
    return document | extra


def _build_status_change(bot: SandboxBot, code: str, now: datetime) -> dict[str, Any]:
    """The status of Meeting BaaS's `bot.status_change`, of which v1 tells t0 nowhere else."""
    status: dict[str, Any] = {"code": code, "created_at": iso_z(now)}
    if code == "in_call_recording" and bot.started_at is not None:
        status |= {"created_at": iso_z(bot.started_at), "start_time": int(bot.started_at.timestamp())}
    return status


def _build_baas_v1(world: World, name: str, bot: SandboxBot, _part_id: str | None) -> dict[str, Any]:
    """Names: complete, failed, transcription_complete, or the code of a status change."""
    now = world.now()
    match name:
        case "complete":
            data = build_meeting_data(world, bot, with_words=False)
            run = bot.recordings[0].find_current(now) if bot.recordings else None
            told: dict[str, Any] = {"bot_id": bot.id, "event_uuid": None}
            if run is not None and run.state(now) == "available":  # left out without speech-to-text
                told["transcript"] = build_baas_v1_webhook(run)
            told |= {"speakers": sorted(bot.participants), "mp4": data["mp4"], "audio": data["audio"], "event": name}
            return {"event": name, "data": told | {"extra": dict(bot.extra)}}
        case "failed":
            return {"event": name, "data": {"bot_id": bot.id, "error": "BotNotAccepted"}}
        case "transcription_complete":
            return {"event": name, "data": {"bot_id": bot.id}}
    status = _build_status_change(bot, name, now)
    return {"event": "bot.status_change", "data": {"bot_id": bot.id, "status": status}}


def _build_baas_v2(world: World, name: str, bot: SandboxBot, _part_id: str | None) -> dict[str, Any]:
    """Names: bot.completed, bot.failed, or the code of a status change."""
    detail, now = build_detail(world, bot), world.now()
    data: dict[str, Any] = {"bot_id": bot.id, "event_id": None}
    if name == "bot.completed":
        data |= {key: detail[key] for key in _COMPLETED}
        data |= {"data_deleted": detail["artifacts_deleted"], "sent_at": iso_z(now)}
    elif name == "bot.failed":
        data |= {key: detail[key] for key in ("error_message", "error_code")} | {"sent_at": iso_z(now)}
    else:
        name, data["status"] = "bot.status_change", _build_status_change(bot, name, now)
    return {"event": name, "data": data, "extra": dict(bot.extra) or None}


def _build_recall(world: World, name: str, bot: SandboxBot, part_id: str | None) -> dict[str, Any]:
    """Names: bot.CODE, recording.CODE, transcript.CODE, and those of other artefacts."""
    subject, dot, code = name.partition(".")
    if not dot:
        raise ValueError(f"an event of Recall's is OBJECT.CODE, such as transcript.done, not {name!r}")
    sub_code = _TRANSCRIPT_FAILED if name == "transcript.failed" else None
    told = {"code": code, "sub_code": sub_code, "updated_at": iso_z(world.now())}
    data: dict[str, Any] = {"data": told}
    if subject != "bot":
        recording, run = _find_part(bot, part_id, world.now())
        if subject == "transcript":
            data["transcript"] = refer(run.id if run else "")
        elif subject != "recording":
            data[subject] = refer(recording.id)
        data["recording"] = refer(recording.id)
    return {"event": name, "data": data | {"bot": refer(bot.id, bot.extra)}}


def _find_part(bot: SandboxBot, part_id: str | None, now: datetime) -> tuple[BotRecording, BotRun | None]:
    for recording in bot.recordings:
        run = next((each for each in recording.runs if each.id == part_id), None)
        if run is not None or part_id in {None, recording.id}:
            return recording, run or recording.find_current(now)
    raise ValueError(f"bot {bot.id} has no recording and no transcript {part_id}")


_BUILDERS: dict[Source, Callable[[World, str, SandboxBot, str | None], dict[str, Any]]] = {
    "meetstream": _build_meetstream,
    "meetingbaas_v1": _build_baas_v1,
    "meetingbaas_v2": _build_baas_v2,
    "recall": _build_recall,
}

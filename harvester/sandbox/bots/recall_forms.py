"""How Recall shows a bot, its recordings and their artefacts, each with a state of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from harvester.sandbox.account import SandboxFile
from harvester.sandbox.bots.addresses import sign
from harvester.sandbox.bots.model import BotRecording, BotRun, SandboxBot
from harvester.sandbox.bots.times import iso_micro_z, iso_z
from harvester.sandbox.identity import file_id
from harvester.sandbox.world import World

_RUN_STATES = {"pending": "processing", "available": "done", "failed": "failed"}


def refer(identity: str, metadata: Mapping[str, str] | None = None) -> dict[str, Any]:
    return {"id": identity, "metadata": dict(metadata or {})}


def build_bot(world: World, bot: SandboxBot) -> dict[str, Any]:
    now = world.now()
    return {
        "id": bot.id,
        "meeting_url": {
            "meeting_id": str(bot.meeting_number),
            "meeting_password": world.canary("passcode"),
            "platform": "zoom",
        },
        "bot_name": bot.name,
        "join_at": iso_z(bot.created_at),
        "metadata": dict(bot.extra),
        "status_changes": list_changes(bot, now),
        "recordings": [build_recording(world, bot, each) for each in bot.recordings if each.started_at <= now],
    }


def list_changes(bot: SandboxBot, now: datetime) -> list[dict[str, Any]]:
    """`status_changes` by now."""
    changes: list[tuple[str, str | None, datetime | None]] = [("joining_call", None, bot.joined_at or bot.created_at)]
    if bot.refused_at is not None:
        changes += [
            ("in_waiting_room", None, bot.created_at),
            ("fatal", "timeout_exceeded_waiting_room", bot.refused_at),
        ]
    else:
        why = "bot_received_leave_call" if bot.removed else "call_ended_by_host"
        ready_at = bot.recordings[-1].ready_at if bot.recordings else None
        changes.append(("in_call_not_recording", None, bot.joined_at))
        changes += [("in_call_recording", None, each.started_at) for each in bot.recordings]
        changes += [("call_ended", why, bot.ended_at), ("done", None, ready_at)]
    if gone_at := bot.gone_at(now):
        changes.append(("media_expired", None, gone_at))
    return [
        {"code": code, "sub_code": sub_code, "message": None, "created_at": iso_z(moment)}
        for code, sub_code, moment in changes
        if moment is not None and moment <= now
    ]


def find_code(bot: SandboxBot, now: datetime) -> str:
    """The code of the latest change, which filters call its status."""
    changes = list_changes(bot, now)
    return str(changes[-1]["code"]) if changes else "ready"


def build_recording(world: World, bot: SandboxBot, recording: BotRecording) -> dict[str, Any]:
    now = world.now()
    has_ended, is_gone = recording.ended_at <= now, bot.is_gone(now)
    code = "deleted" if is_gone else "done" if recording.ready_at <= now else "processing"
    run = recording.find_current(now)
    files = recording.files
    events = {
        f"{name}_download_url": sign(world, bot, files[name])
        for name in ("participants", "participant_events", "speaker_timeline")
    }
    shown = code == "done"
    return {
        "id": recording.id,
        "created_at": iso_z(bot.joined_at),
        "started_at": iso_z(recording.started_at),
        "completed_at": iso_z(recording.ended_at) if has_ended else None,
        "expires_at": iso_z(bot.expires_at),
        "status": _status(code, recording.ready_at),
        "media_shortcuts": {
            "transcript": build_transcript(world, bot, run) if run else None,
            "video_mixed": _build_media(world, bot, recording, "video", "mp4") if shown else None,
            "audio_mixed": _build_media(world, bot, recording, "audio", "mp3") if shown else None,
            "participant_events": _artefact(recording, "participant_events", events) if shown else None,
            "meeting_metadata": build_metadata(world, bot, recording),
        },
    }


def _build_media(
    world: World, bot: SandboxBot, recording: BotRecording, name: str, extension: str
) -> dict[str, Any] | None:
    file: SandboxFile | None = recording.files.get(name)
    if file is None:
        return None
    return {
        "id": file_id(recording.id, name),
        "status": _status("done", recording.ready_at),
        "data": {"download_url": sign(world, bot, file)},
        "format": extension,
    }


def build_metadata(world: World, bot: SandboxBot, recording: BotRecording) -> dict[str, Any] | None:
    """None for a meeting of another account, whose UUID Recall was not told."""
    if bot.meeting_uuid is None or not bot.is_ready(recording, world.now()):
        return None
    document = _artefact(recording, "metadata", {"title": bot.title, "zoom_meeting_uuid": bot.meeting_uuid})
    return {name: value for name, value in document.items() if name != "created_at"}


def _artefact(recording: BotRecording, name: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": file_id(recording.id, name),
        "created_at": iso_z(recording.started_at),
        "status": _status("done", recording.ready_at),
        "data": dict(data),
    }


def build_transcript(world: World, bot: SandboxBot, run: BotRun) -> dict[str, Any]:
    now = world.now()
    code = "deleted" if bot.is_gone(now) else _RUN_STATES[run.state(now)]
    sub_code = "provider_connection_failed" if code == "failed" else None
    updated_at = run.made_at if code == "processing" else run.available_at
    return {
        "id": run.id,
        "created_at": iso_micro_z(run.made_at),
        "status": _status(code, updated_at, sub_code),
        "metadata": {},
        "data": {
            "download_url": sign(world, bot, run.files["transcript"]),
            "provider_data_download_url": None,
        },
        "diarization": {"use_separate_streams_when_available": False},
        "provider": {run.recogniser: {"language_code": "en"} if code == "done" else {}},
    }


def _status(code: str, updated_at: datetime, sub_code: str | None = None) -> dict[str, Any]:
    return {"code": code, "sub_code": sub_code, "updated_at": iso_micro_z(updated_at)}

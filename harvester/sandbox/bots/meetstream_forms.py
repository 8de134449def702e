"""How MeetStream shows a bot: its entry in a listing, its detail with every stage it went through, its transcripts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from harvester.sandbox.bots.addresses import meeting_url, sign
from harvester.sandbox.bots.model import BotRun, SandboxBot
from harvester.sandbox.bots.times import iso_offset, iso_seconds
from harvester.sandbox.world import World

_STAGES = (
    "Scheduled",
    "Joining",
    "WaitingRoom",
    "InMeeting",
    "Recording",
    "Leaving",
    "Stopped",
    "BotNotAllowed",
    "BotRejected",
    "Error",
    "AudioProcessing",
    "VideoProcessing",
    "TranscriptionReady",
    "Done",
    "MediaExpired",
)
_STATUSES = {
    "scheduled": "Joining",
    "refused": "NotAllowed",
    "recording": "InMeeting",
    "processing": "Stopped",
    "done": "Done",
}
_RUN_STATES = {"pending": "Processing", "available": "Success", "failed": "Failed"}


def name_status(world: World, bot: SandboxBot) -> str:
    return _STATUSES[bot.state(world.now())]


def build_entry(world: World, bot: SandboxBot) -> dict[str, Any]:
    ended_at = _past(bot.ended_at, world.now())
    recording = bot.recordings[0] if bot.recordings else None
    return {
        "BotID": bot.id,
        "BotUsername": bot.name,
        "MeetingLink": meeting_url(world, bot),
        "Platform": "Zoom",
        "Status": name_status(world, bot),
        "StartTime": iso_seconds(_past(bot.joined_at, world.now())),
        "EndTime": iso_seconds(ended_at),
        "Duration": recording.length_ms // 1000 if recording and ended_at else None,
        "CreatedAt": iso_seconds(bot.created_at),
        "custom_attributes": dict(bot.extra),
    }


def _past(moment: datetime | None, now: datetime) -> datetime | None:
    return moment if moment is not None and moment <= now else None


def build_detail(world: World, bot: SandboxBot) -> dict[str, Any]:
    now = world.now()
    recording = bot.recordings[0] if bot.recordings else None
    runs = [run for run in recording.runs if run.made_at <= now] if recording else []
    newest = max(runs, key=lambda run: run.made_at, default=None)
    is_heard = recording is not None and recording.ready_at <= now
    return build_entry(world, bot) | {
        "LastUpdatedAt": _last_updated(bot, newest, now),
        "StatusTimeline": _build_timeline(bot, newest, now),
        "RequestPayload": {
            "meeting_link": meeting_url(world, bot),
            "bot_name": bot.name,
            "video_required": True,
            "callback_url": f"https://hooks.example.com/bots?token={world.canary('webhook')}",
            "zoom": {"obf_url": f"https://tokens.example.com/obf?k={world.canary('zoom')}"},
            "live_transcription_required": {"webhook_url": f"https://hooks.example.com/{world.canary('request')}"},
            "recording_config": {
                "transcript": {"provider": {runs[0].recogniser: {}} if runs else {}},
                "retention": {"type": "timed", "hours": 72},
            },
        },
        "caption_file": None,
        "NativeSTT": False,
        "OfferingType": "standard",
        "UserID": "user_000000",
        "transcript_id": newest.id if newest else None,
        "AudioStatus": "Success" if is_heard else None,
        "TranscriptStatus": _RUN_STATES[newest.state(now)] if newest else None,
    }


def _last_updated(bot: SandboxBot, run: BotRun | None, now: datetime) -> int:
    """Seconds since 1970, unlike all other times here."""
    reached = (each for each in _stages(bot, run).values() if each is not None and each <= now)
    return int(max(reached, default=bot.created_at).timestamp())


def _stages(bot: SandboxBot, run: BotRun | None) -> dict[str, datetime | None]:
    """When each stage is or was reached."""
    recording = bot.recordings[-1] if bot.recordings else None
    transcribed_at = run.available_at if run and not run.failed else None
    ready_at = recording.ready_at if recording else None
    return {
        "Joining": bot.joined_at - timedelta(seconds=1) if bot.joined_at else bot.created_at,
        "WaitingRoom": bot.created_at if bot.refused_at else None,
        "InMeeting": bot.joined_at,
        "Recording": bot.started_at,
        "Leaving": bot.ended_at,
        "Stopped": bot.ended_at,
        "BotNotAllowed": bot.refused_at,
        "AudioProcessing": ready_at,
        "VideoProcessing": ready_at,
        "TranscriptionReady": transcribed_at,
        "Done": max(transcribed_at, ready_at) if transcribed_at and ready_at else ready_at,
        "MediaExpired": min((each for each in (bot.expires_at, bot.deleted_at) if each), default=None),
    }


def _build_timeline(bot: SandboxBot, run: BotRun | None, now: datetime) -> dict[str, Any]:
    reached = {name: _past(moment, now) for name, moment in _stages(bot, run).items()}
    return {
        name: {
            "message": f"Bot {name}" if reached.get(name) else "",
            "status": reached.get(name) is not None,
            "timestamp": iso_offset(reached.get(name)),
        }
        for name in _STAGES
    }


def build_run(world: World, bot: SandboxBot, run: BotRun) -> dict[str, Any] | None:
    if run.made_at > world.now():
        return None
    raw, processed = (sign(world, bot, run.files[name]) for name in ("raw", "processed"))
    return {
        "transcript_id": run.id,
        "provider": run.recogniser,
        "status": _RUN_STATES[run.state(world.now())],
        "created_at": iso_seconds(run.made_at),
        "config": {},
        "download_urls": {"raw_transcript": raw, "processed_transcript": processed} if raw else None,
    }

"""What there is to be had of the bots by now, to judge a client by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harvester.sandbox.account import SandboxFile
from harvester.sandbox.bots.model import SOURCES, BotRecording, BotRun, SandboxBot
from harvester.sandbox.bots.times import iso_z
from harvester.sandbox.bots.transcripts import count
from harvester.sandbox.world import World

_KINDS = {
    "video": "video",
    "audio": "audio",
    "diarization": "timeline",
    "speaker_timeline": "timeline",
    "participants": "participants",
    "participant_events": "participants",
    "chat_messages": "chat",
    "raw_transcription": "raw_transcript",
    "raw": "raw_transcript",
    "transcription": "transcript",
    "processed": "transcript",
    "transcript": "transcript",
}
_ANSWERED: Mapping[str, tuple[tuple[str | None, str, str], ...]] = {
    "meetstream": (
        ("participants", "participants", "participants"),
        ("chats", "chat", "chats"),
        ("speaker_timeline", "timeline", "speaker_timeline"),
    )
}
"""Key, kind and name of what an API answers itself, so that it has no bytes of its own on the second origin."""


def build_truth(world: World) -> list[dict[str, Any]]:
    """A row per recording that has begun, and one per bot that was not let in (which Recall shows without any)."""
    now = world.now()
    rows = []
    for source in SOURCES:
        for bot in world.bots.list_all(source, now):
            rows += [_build_row(world, bot, each) for each in bot.recordings if each.started_at <= now]
            if bot.state(now) == "refused" and source != "recall":
                rows.append(_build_row(world, bot, None))
    return rows


def _build_row(world: World, bot: SandboxBot, recording: BotRecording | None) -> dict[str, Any]:
    now = world.now()
    native_id = f"{bot.id}:{recording.id}" if bot.source == "recall" and recording else bot.id
    ended_at = recording.ended_at if recording and recording.ended_at <= now else None
    runs = [run for run in recording.runs if run.made_at <= now] if recording else []
    return {
        "source": bot.source,
        "native_id": native_id,
        "bot_id": bot.id,
        "recording_id": recording.id if recording else None,
        "state": bot.state(now),
        "meeting_number": bot.meeting_number,
        "meeting_uuid": bot.meeting_uuid,
        "joined_at": iso_z(bot.joined_at),
        "t0": iso_z(recording.started_at) if recording else None,
        "ended_at": iso_z(ended_at),
        "transcript": _name_transcript(world, bot, recording),
        "files": _list_files(world, bot, recording, runs) if recording else [],
        "runs": [_build_run(world, bot, run) for run in runs],
    }


def _name_transcript(world: World, bot: SandboxBot, recording: BotRecording | None) -> str:
    """available, empty, pending, none, failed, expired or deleted."""
    now = world.now()
    if recording is None or not recording.runs:
        return "none"
    run = recording.find_current(now)
    if bot.is_gone(now):
        return _name_end(world, bot)
    if run is None or run.state(now) == "pending":
        return "pending"
    if run.state(now) == "failed":
        return "failed"
    return "available" if count(run)["utterances"] else "empty"


def _name_end(world: World, bot: SandboxBot) -> str:
    return "deleted" if bot.deleted_at == bot.gone_at(world.now()) else "expired"


def _build_run(world: World, bot: SandboxBot, run: BotRun) -> dict[str, Any]:
    state = _name_end(world, bot) if bot.is_gone(world.now()) else run.state(world.now())
    counted = count(run) if state == "available" else dict.fromkeys(("utterances", "words", "wrong_words"), 0)
    identity = None if bot.source == "meetingbaas_v1" else run.id
    return {"id": identity, "recogniser": run.recogniser, "made_at": iso_z(run.made_at), "state": state} | counted


def _list_files(world: World, bot: SandboxBot, recording: BotRecording, runs: list[BotRun]) -> list[dict[str, Any]]:
    """What is there now. An API that shows one transcript shows the current one only; v1's has no key."""
    shown = [run for run in runs if run.state(world.now()) == "available" and not bot.is_gone(world.now())]
    if bot.source.startswith("meetingbaas"):
        shown = [run for run in shown if run is recording.find_current(world.now())]
    rows = [_build_file(world, name, file, name) for name, file in recording.files.items()]
    rows += [_build_file(world, run.id, file, name) for run in shown for name, file in run.files.items()]
    answered = _ANSWERED.get(bot.source, ()) if bot.is_ready(recording, world.now()) else ()
    if shown and bot.source == "meetingbaas_v1":
        answered = ((None, "transcript", "transcripts"),)
    return [row for row in rows if row] + [
        {"key": key, "kind": kind, "name": name, "file_id": None, "size": None, "sha256": None}
        for key, kind, name in answered
    ]


def _build_file(world: World, key: str, file: SandboxFile, name: str) -> dict[str, Any] | None:
    if not world.bots.is_served(file.id, world.now()):
        return None
    return {
        "key": key,
        "kind": _KINDS[name],
        "name": name,
        "file_id": file.id,
        "size": world.body_of(file).size,
        "sha256": world.sha256_of(file),
    }

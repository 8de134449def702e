"""Who was there and what they wrote, as each API's documents tell it. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from harvester.sandbox.bots.hearing import listen
from harvester.sandbox.bots.model import BotRecording, SandboxBot
from harvester.sandbox.bots.times import epoch_ms, iso_z, to_seconds
from harvester.sandbox.tokens import opaque

_FIRST_NUMBER = 16_778_240
_BYTES_PER_MS = 96  # 48 kHz, 16 bits, one channel


def zoom_number(person: int) -> int:
    """What Zoom calls somebody in this one session."""
    return _FIRST_NUMBER + 1024 * person


def build_recall_person(person: int | None, names: Sequence[str]) -> dict[str, Any]:
    if person is None:
        return dict.fromkeys(("id", "name", "is_host", "platform", "extra_data", "email"))
    name = names[person]
    number = str(zoom_number(person))
    zoom = {"os": 6, "guest": person > 0, "user_guid": opaque("guid", name, length=22), "conf_user_id": number}
    return {
        "id": 100 * (person + 1),
        "name": name,
        "is_host": person == 0,
        "platform": "desktop",
        "extra_data": {"zoom": zoom},
        "email": f"{opaque('mail', name, length=10).lower()}@example.com" if person % 3 == 0 else None,
    }


def build_recall_people(bot: SandboxBot) -> list[dict[str, Any]]:
    return [build_recall_person(person, bot.participants) for person in range(len(bot.participants))]


def build_recall_events(bot: SandboxBot, recording: BotRecording) -> list[dict[str, Any]]:
    """Everybody is there when the bot comes; the last of them leaves a minute before the end."""
    stamps = [("join", 0, person) for person in build_recall_people(bot)]
    stamps += [("leave", max(recording.length_ms - 60_000, 0), person) for person in build_recall_people(bot)[-1:]]
    return [
        {"action": action, "participant": person, "timestamp": _stamp(recording, ms), "data": None}
        for action, ms, person in stamps
    ]


def build_recall_timeline(bot: SandboxBot, recording: BotRecording) -> list[dict[str, Any]]:
    return [
        {
            "participant": build_recall_person(each.person, bot.participants),
            "start_timestamp": _stamp(recording, each.start_ms),
            "end_timestamp": _stamp(recording, each.end_ms),
        }
        for each in listen(recording.hearing)
    ]


def _stamp(recording: BotRecording, ms: int) -> dict[str, Any]:
    return {"relative": to_seconds(ms), "absolute": iso_z(recording.started_at + timedelta(milliseconds=ms))}


def build_meetstream_people(bot: SandboxBot) -> list[dict[str, Any]]:
    """Everybody stayed, but for the last of three and more, who came twice."""
    ended_ms = 0 if bot.ended_at is None else epoch_ms(bot.ended_at)
    rows = []
    for number, name in bot.people():
        rows.append(_device(number, name, ended_ms, is_here=True))
    if len(rows) > 2:  # noqa: PLR2004
        number, name = bot.people()[-1]
        rows[-1] = _device(number, name, ended_ms, is_here=False)
        rows.append(_device(number + 1, name, ended_ms, is_here=True) | {"parentDeviceId": str(number)})
    return rows


def _device(number: int, name: str, updated_ms: int, *, is_here: bool) -> dict[str, Any]:
    return {
        "deviceId": str(number),
        "displayName": name,
        "fullName": name,
        "profilePicture": "",
        "status": int(is_here),
        "humanized_status": "in_meeting" if is_here else "left",
        "streamIds": [str(number % 1000)] if is_here else [],
        "lastUpdated": updated_ms,
    }


def build_meetstream_chats(bot: SandboxBot, recording: BotRecording) -> dict[str, Any]:
    numbers = {name: str(number) for number, name in bot.people()}
    messages = []
    for at, (ms, sender, text) in enumerate(bot.chat):
        stamp_ms = epoch_ms(recording.started_at) + ms
        messages.append(
            {
                "messageId": f"m-{at + 1}",
                "deviceId": numbers[sender],
                "timestamp": stamp_ms,
                "text": text,
                "speakerName": sender,
                "speakerDisplayName": sender,
                "clientTimestamp": stamp_ms,
                "sessionTimestamp": ms,
            }
        )
    senders = list(dict.fromkeys(sender for _, sender, _ in bot.chat))
    return {
        "metadata": {
            "sessionId": f"s-{bot.number}",
            "startTime": iso_z(recording.started_at),
            "lastUpdated": iso_z(recording.ended_at),
            "totalMessages": len(messages),
            "uniqueSpeakers": len(senders),
            "botId": bot.id,
            "meetingId": str(bot.meeting_number),
        },
        "speakers": senders,
        "chatMessages": messages,
    }


def build_meetstream_timeline(bot: SandboxBot, recording: BotRecording) -> dict[str, Any]:
    """Places in bytes of the sound, not in time."""
    t0_ms = epoch_ms(recording.started_at)
    chunks = [
        {
            "chunkIndex": at,
            "timestamp": t0_ms + each.start_ms,
            "sampleRate": 48_000,
            "speakerId": "" if each.person is None else str(zoom_number(each.person)),
            "speakerName": each.speaker or "NoSpeaker",
            "startByte": each.start_ms * _BYTES_PER_MS,
            "endByte": each.end_ms * _BYTES_PER_MS,
        }
        for at, each in enumerate(listen(recording.hearing))
    ]
    return {
        "chunks": chunks,
        "lastUpdated": iso_z(recording.ended_at),
        "audioFilePath": f"{bot.id}.pcm",
        "totalFileSize": recording.length_ms * _BYTES_PER_MS,
    }


def build_baas_people(bot: SandboxBot, *, with_bot: bool) -> list[dict[str, Any]]:
    """v2's people; of every third Zoom told no number, and of the first both names."""
    rows: list[dict[str, Any]] = [
        {"name": name, "id": None if at % 3 == 2 else number}  # noqa: PLR2004
        for at, (number, name) in enumerate(bot.people())
    ]
    if rows:
        rows[0]["display_name"] = rows[0]["name"]
    return [*rows, {"name": bot.name, "id": zoom_number(len(rows))}] if with_bot else rows


def build_baas_chat(bot: SandboxBot, recording: BotRecording) -> list[dict[str, Any]]:
    numbers = {name: number for number, name in bot.people()}
    return [
        {
            "message_id": f"m{at + 1}",
            "sender_name": sender,
            "sender_id": numbers[sender] if at % 2 == 0 else None,
            "text": text,
            "timestamp": iso_z(recording.started_at + timedelta(milliseconds=ms)),
        }
        for at, (ms, sender, text) in enumerate(bot.chat)
    ]


def render_diarization(recording: BotRecording) -> bytes:
    """One JSON object a line, as both versions of Meeting BaaS write it for Zoom."""
    lines = [
        {
            "speaker": each.speaker,
            "start_time": to_seconds(each.start_ms),
            "end_time": to_seconds(each.end_ms),
            "user_id": 0 if each.person is None else zoom_number(each.person),
            "lang": each.language,
        }
        for each in listen(recording.hearing)
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()

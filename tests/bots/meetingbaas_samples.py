"""Answers of Meeting BaaS as its two schemas have them, about two bots of our own, with a secret wherever there may be.

A test changes what it is about and leaves the rest.
"""

from __future__ import annotations

from typing import Any

SECRET = "hush-7f3a"
_SIGNED = f"?X-Amz-Expires=7200&X-Amz-Signature={SECRET}"
LINK = f"https://acme.zoom.us/j/92345678901?pwd={SECRET}"
V1_ID = "5d1c8c0e-0000-4000-8000-0000000000a1"
V2_ID = "5d1c8c0e-0000-4000-8000-0000000000b2"
T0 = "2026-07-01T08:30:00Z"

SEGMENTS: list[dict[str, Any]] = [
    {
        "id": 31,
        "bot_id": 7,
        "speaker": "Ines Okoro",
        "start_time": 4.0,
        "end_time": 5.5,
        "lang": "pt",
        "user_id": 501,
        "words": [{"id": 1, "bot_id": 7, "text": "Vamos.", "start_time": 4.0, "end_time": 5.5, "user_id": 501}],
    },
    {
        "id": 32,
        "bot_id": 7,
        "speaker": "Jonas Lindqvist",
        "start_time": 6.0,
        "end_time": None,
        "words": [{"id": 2, "bot_id": 7, "text": "Sim.", "start_time": 6.0, "end_time": 6.5, "user_id": 502}],
    },
    {"id": 33, "bot_id": 7, "speaker": "Speaker 3", "start_time": 7.0, "words": []},
]


def address(name: str) -> str:
    return f"https://files.example.invalid/{name}{_SIGNED}"


def entry_v1(**more: Any) -> dict[str, Any]:
    """One of `bots_with_metadata`."""
    return {
        "uuid": V1_ID,
        "id": V1_ID,
        "bot_name": "Notetaker",
        "created_at": "2026-07-01T08:28:00.250000",
        "ended_at": "2026-07-01T09:15:00",
        "duration": 2700,
        "meeting_url": LINK,
        "session_id": None,
        "speakers": ["Jonas Lindqvist", "Ines Okoro", "Notetaker"],
        "extra": {"ticket": "T-9", "audio": "mono"},
        "access_count": 4,
        "last_accessed_at": "2026-07-02T10:00:00",
    } | more


def answer_v1(*, transcripts: Any = SEGMENTS, bot: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """One of `meeting_data`; transcripts of None are left out."""
    said = {
        "uuid": V1_ID,
        "id": 7,
        "account_id": 3,
        "bot_name": "Notetaker",
        "meeting_url": LINK,
        "created_at": "2026-07-01T08:28:00.250000",
        "bot_joined_at": "2026-07-01T08:29:10",
        "bot_exited_at": "2026-07-01T09:15:00",
        "ended_at": "2026-07-01T09:15:00",
        "errors": None,
        "extra": {"ticket": "T-9", "audio": "mono"},
        "session_id": None,
        "event_id": 12,
        "mp4_s3_path": SECRET,
        "speech_to_text_provider": "Gladia",
        "speech_to_text_api_key": SECRET,
        "webhook_url": f"https://hooks.example.invalid/?k={SECRET}",
        "zoom_obf_token": SECRET,
        "zoom_obf_token_url": f"https://tokens.example.invalid/{SECRET}",
        "zoom_access_token_url": f"https://tokens.example.invalid/{SECRET}",
        "zoom_sdk_id": "own",
        "zoom_sdk_pwd": SECRET,
    }
    bot_data: dict[str, Any] = {"bot": said | (bot or {}), "event_uuid": "e-1"}
    if transcripts is not None:
        bot_data["transcripts"] = transcripts
    return {
        "mp4": address("v.mp4"),
        "audio": address("a.wav"),
        "duration": 2700,
        "meeting_participants_file": address("p.json"),
        "speaker_diarization_file": address("d.jsonl"),
        "speaker_diarization_file_network": "",
        "bot_data": bot_data,
    } | more


def entry_v2(**more: Any) -> dict[str, Any]:
    """One of `/v2/bots`."""
    return {
        "bot_id": V2_ID,
        "bot_name": "Notetaker",
        "meeting_url": LINK,
        "meeting_platform": "zoom",
        "extra": {"ticket": "T-9", "video": "no"},
        "duration": 2700,
        "created_at": "2026-07-01T08:28:00.250Z",
        "ended_at": "2026-07-01T09:15:00Z",
        "joined_at": "2026-07-01T08:29:10Z",
        "exited_at": "2026-07-01T09:15:00Z",
        "status": "completed",
        "error_code": None,
        "error_message": None,
        "tokens": {"recording": 0.75, "transcription": 0.2, "total": 0.95},
    } | more


def details_v2(**more: Any) -> dict[str, Any]:
    """`data` of `/v2/bots/{id}`."""
    kept = {name: value for name, value in entry_v2().items() if name not in {"duration", "ended_at"}}
    return {
        **kept,
        "recording_mode": "speaker_view",
        "duration_seconds": 2700,
        "participants": [
            {"name": "ines.okoro", "id": 501, "display_name": "Ines Okoro", "profile_picture": address("i.png")},
            {"name": "Jonas Lindqvist", "id": None},
            {"name": "Notetaker", "id": 503},
        ],
        "speakers": [{"name": "Jonas Lindqvist", "id": None}, {"name": "ines.okoro", "id": 501}],
        "artifacts_deleted": False,
        "video": address("v.mp4"),
        "audio": address("a.flac"),
        "diarization": address("d.jsonl"),
        "raw_transcription": address("raw.json"),
        "transcription": address("t.json"),
        "chat_messages": address("c.json"),
        "transcription_ids": ["job-1", "job-2"],
        "transcription_provider": "gladia",
        "zoom_config": {"credential_id": None, "obf_token_url": address("obf"), "zak_token_url": None},
        "callback_config": {"url": address("call"), "secret": SECRET, "method": "POST"},
    } | more


def failed_v2(**more: Any) -> dict[str, Any]:
    """A bot that was never let in: no files, no recogniser."""
    without = ("video", "audio", "diarization", "raw_transcription", "transcription", "chat_messages")
    nothing = dict.fromkeys((*without, "transcription_ids", "transcription_provider", "joined_at", "exited_at"))
    code, message = "BOT_NOT_ACCEPTED", "nobody let it in"
    said = {"status": "failed", "error_code": code, "error_message": message, "duration_seconds": None}
    return details_v2(**nothing, **said, participants=[], speakers=[]) | more


def wrap(data: Any, **more: Any) -> dict[str, Any]:
    """The envelope of v2."""
    return {"success": True, "data": data} | more


def event(name: str, *, extra: Any = None, **data: Any) -> dict[str, Any]:
    return {"event": name, "data": data, "extra": extra}


def status_change(bot_id: str, code: str, **status: Any) -> dict[str, Any]:
    told = {"code": code, "created_at": "2026-07-01T08:30:01Z"} | status
    return event("bot.status_change", bot_id=bot_id, status=told)

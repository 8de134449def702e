"""Recall's payloads of our own writing: a bot with two recordings, one that never got in, one of before v1.11."""

from __future__ import annotations

from typing import Any

BOT = "b0000000-0000-4000-8000-000000000001"
FIRST = "r0000000-0000-4000-8000-000000000001"
SECOND = "r0000000-0000-4000-8000-000000000002"
RUN = "t0000000-0000-4000-8000-000000000001"
OTHER_RUN = "t0000000-0000-4000-8000-000000000002"
ID = f"{BOT}:{FIRST}"
SIGNED = "https://store.example.invalid/{}?X-Amz-Expires=21600&X-Amz-Signature=hush"


def state(code: str | None, sub_code: str | None = None, at: str = "2026-07-01T09:31:00Z") -> dict[str, Any]:
    return {"code": code, "sub_code": sub_code, "updated_at": at}


def step(code: str, at: str, sub_code: str | None = None) -> dict[str, Any]:
    return {"code": code, "sub_code": sub_code, "message": None, "created_at": at}


def run(run_id: str = RUN, code: str = "done", *, sub_code: str | None = None, **more: Any) -> dict[str, Any]:
    """A transcript; it has an address once it is done."""
    url = SIGNED.format("t.json") if code == "done" else None
    return {
        "id": run_id,
        "created_at": "2026-07-01T09:30:30Z",
        "status": state(code, sub_code),
        "data": {"download_url": url, "provider_data_download_url": url},
        "provider": {"recallai_async": {"language_code": "pt"}},
    } | more


def media(suffix: str, code: str = "done", **more: Any) -> dict[str, Any]:
    url = SIGNED.format(f"m.{suffix}") if code == "done" else None
    return {"id": f"m-{suffix}", "status": state(code), "data": {"download_url": url}, "format": suffix} | more


def people(code: str = "done") -> dict[str, Any]:
    names = "participants_download_url", "participant_events_download_url", "speaker_timeline_download_url"
    urls = {name: SIGNED.format(f"{name}.json") if code == "done" else None for name in names}
    return {"id": "p-1", "status": state(code), "data": urls}


def recording(recording_id: str = FIRST, code: str = "done", **more: Any) -> dict[str, Any]:
    shortcuts = {
        "transcript": run(),
        "video_mixed": media("mp4"),
        "audio_mixed": media("mp3"),
        "participant_events": people(),
        "meeting_metadata": {
            "id": "mm-1",
            "status": state("done"),
            "data": {"title": "Review", "zoom_meeting_uuid": "a/b=="},
        },
    }
    return {
        "id": recording_id,
        "created_at": "2026-07-01T08:29:00Z",
        "started_at": "2026-07-01T08:30:00.5Z",
        "completed_at": "2026-07-01T09:30:00.75Z",
        "expires_at": "2026-07-08T09:30:00Z",
        "status": state(code),
        "media_shortcuts": shortcuts | more.pop("shortcuts", {}),
    } | more


STEPS = [
    step("ready", "2026-07-01T08:20:00Z"),
    step("joining_call", "2026-07-01T08:28:00Z"),
    step("in_waiting_room", "2026-07-01T08:28:30Z"),
    step("in_call_not_recording", "2026-07-01T08:29:00Z"),
    step("in_call_recording", "2026-07-01T08:30:00Z"),
    step("call_ended", "2026-07-01T09:30:10Z", "bot_kicked_from_call"),
    step("done", "2026-07-01T09:35:00Z"),
]


def bot(*recordings: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": BOT,
        "meeting_url": {"meeting_id": "91234567890", "meeting_password": "hush", "platform": "zoom"},
        "bot_name": "Scribe",
        "join_at": "2026-07-01T08:15:00Z",
        "metadata": {"deal": "D-7", "api_key": "hush", "callback": "https://app.example.invalid/?hush=1"},
        "status_changes": STEPS,
        "recordings": list(recordings or (recording(),)),
    } | more


NEVER_IN = bot() | {
    "status_changes": [*STEPS[:3], step("fatal", "2026-07-01T08:50:00Z", "timeout_exceeded_waiting_room")],
    "recordings": [],
}
_OLD = {name: value for name, value in bot().items() if name != "recordings"}
OLD = _OLD | {
    "meeting_url": "https://acme.zoom.us/j/91234567890?pwd=hush",
    "video_url": SIGNED.format("old.mp4"),
    "media_retention_end": "2026-07-08T09:30:00Z",
    "meeting_participants": [
        {
            "id": 7,
            "name": "Ines Okoro",
            "events": [
                {"code": "join", "created_at": "2026-07-01T08:31:00Z"},
                {"code": "audio_on", "created_at": "2026-07-01T08:32:00Z"},
                {"code": "leave", "created_at": "2026-07-01T09:00:00Z"},
            ],
            "is_host": True,
            "platform": "unknown",
            "extra_data": {"zoom": {"user_guid": "guid-7"}},
        },
        {"id": 8, "name": "Scribe", "events": [], "is_host": False, "platform": "desktop", "extra_data": None},
    ],
}


def person(person_id: int | None, name: str | None, **more: Any) -> dict[str, Any]:
    return {"id": person_id, "name": name, "is_host": None, "platform": None, "extra_data": None, "email": None} | more


PEOPLE = [
    person(100, "Ines Okoro", is_host=True, platform="desktop", extra_data={"zoom": {"user_guid": "guid-100"}}),
    person(200, "+1 555-***-0100", is_host=False, platform="dial-in"),
    person(300, "Scribe"),
]
PARTS = [
    {"participant": person(100, "Ines", email="ines@example.com"), "words": [{"text": "We"}]},
    {"participant": person(None, None), "words": [{"text": "ship"}]},
    {"participant": person(None, "Speaker 1"), "words": [{"text": "today."}]},
    {"participant": person(None, "ines okoro", platform="unknown"), "words": []},
    {"participant": person(None, "Ravi Holm"), "words": []},
    {"participant": person(None, "RAVI HOLM", email="ravi@example.com"), "words": []},
    {"participant": None, "words": []},
]


def event(name: str, code: str | None = None, **about: Any) -> dict[str, Any]:
    """A webhook's body about the sample bot and its first recording."""
    code = code or name.partition(".")[2]
    told = {"bot": {"id": BOT, "metadata": {}}, "recording": {"id": FIRST, "metadata": {}}} | about
    return {"event": name, "data": {"data": state(code)} | {each: value for each, value in told.items() if value}}


def old_event(code: str, *, bot_id: str | None = BOT, recording_id: str | None = None) -> dict[str, Any]:
    """The same of before v1.11."""
    status = step(code, "2026-07-01T09:35:00Z") | ({"recording_id": recording_id} if recording_id else {})
    return {"event": "bot.status_change", "data": {"bot_id": bot_id, "status": status}}

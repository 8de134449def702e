"""What MeetStream might send, made up: a bot in several states, its runs, its page, its people, and its webhooks."""

from __future__ import annotations

from typing import Any

BOT_ID = "b0a1"
SECRETS = ("hush", "X-Amz-Signature", "tk=", "pwd=")
STAGES = ("Scheduled", "Joining", "InMeeting", "Recording", "Stopped", "BotNotAllowed", "BotRejected", "Error",
          "VideoProcessing", "TranscriptionReady", "Done", "MediaExpired")  # fmt: skip


def at(clock: str) -> str:
    return f"2026-07-01T{clock}+00:00"


def timeline(**reached: str | None) -> dict[str, Any]:
    """Every stage, of which these were reached, at a time of that day or at none that is said."""
    return {
        name: {
            "message": f"Bot {name}" if name in reached else "",
            "status": name in reached,
            "timestamp": at(clock) if (clock := reached.get(name)) else None,
        }
        for name in STAGES
    }


DONE = timeline(
    Joining="08:29:40", InMeeting="08:29:50", Recording="08:30:00", Stopped="09:30:05", VideoProcessing="09:31:00",
    TranscriptionReady="09:32:00", Done="09:32:10",
)  # fmt: skip
REQUEST = {
    "meeting_link": "https://us04web.zoom.us/j/91234567890?pwd=hush",
    "join_at": "2026-07-01T08:29:00Z",
    "video_required": True,
    "zoom": {"zak_url": "https://tokens.example.org/zak?hush"},
    "recording_config": {
        "transcript": {"provider": {"assemblyai": {"language_code": "pt", "api_key": "hush"}}},
        "retention": {"type": "timed", "hours": 48},
    },
}
LISTED = {
    "BotID": BOT_ID,
    "BotUsername": "Notary",
    "MeetingLink": "https://us04web.zoom.us/j/91234567890?pwd=hush&tk=hush",
    "Platform": "Zoom",
    "Status": "Done",
    "StartTime": "2026-07-01T08:29:40Z",
    "EndTime": "2026-07-01T09:30:05Z",
    "Duration": 3605,
    "CreatedAt": "2026-06-30T12:00:00Z",
    "custom_attributes": {"case": "17", "api_token": "hush", "n": 3},
}
DETAILS = LISTED | {
    "LastUpdatedAt": 1782900000,
    "BotImageURL": "https://pictures.example.org/notary.png",
    "RequestPayload": REQUEST,
    "StatusTimeline": DONE,
    "caption_file": None,
    "UserID": "u-5",
    "transcript_id": "t2",
    "AudioStatus": "Success",
    "TranscriptStatus": "Success",
    "participant_events": "https://files.example.org/events.json?X-Amz-Signature=hush",
}
RUNS = [
    {
        "transcript_id": "t1", "provider": "sarvam", "status": "Failed", "created_at": "2026-07-01T09:31:00Z",
        "config": {"model": "saaras:v3"}, "download_urls": None, "error": "no such language",
    },
    {
        "transcript_id": "t2", "provider": "assemblyai", "status": "Success", "created_at": "2026-07-01T09:32:00",
        "config": {"language_code": "pt", "keyterms_prompt": ["Okoro"]},
        "download_urls": {"raw_transcript": "https://files.example.org/raw.json?X-Amz-Signature=hush"},
    },
    {"transcript_id": "t/3", "provider": "deepgram", "status": "Processing", "created_at": None, "config": None},
]  # fmt: skip
ANSWERS = {"detail": {"bot_details": DETAILS}, "runs": {"bot_id": BOT_ID, "transcriptions": RUNS}}
REFUSED = LISTED | {
    "Status": "NotAllowed", "StartTime": None, "EndTime": None, "Duration": None,
    "StatusTimeline": timeline(Joining="08:29:40", BotNotAllowed="08:39:40"), "RequestPayload": REQUEST,
    "transcript_id": None, "AudioStatus": None, "TranscriptStatus": None,
}  # fmt: skip
AT_WORK = DETAILS | {
    "Status": "Recording", "EndTime": None, "Duration": None, "AudioStatus": None, "TranscriptStatus": None,
    "transcript_id": None, "StatusTimeline": timeline(Joining="08:29:40", InMeeting="08:29:50", Recording="08:30:00"),
}  # fmt: skip
EXPIRED = DETAILS | {"StatusTimeline": DONE | timeline(Recording="08:30:00", MediaExpired="23:00:00")}
CAPTIONED = DETAILS | {
    "caption_file": "https://files.example.org/captions/c.json?X-Amz-Signature=hush", "transcript_id": None,
    "TranscriptStatus": None, "RequestPayload": {"recording_config": {"transcript": {"provider": {
        "meeting_captions": {}}}}},
}  # fmt: skip
PLANNED = {"BotID": "b9", "Status": "Scheduled", "CreatedAt": "2026-06-30T12:00:00Z", "StartTime": None}
PAYLOADS = {
    "listed": LISTED, "details": DETAILS, "refused": REFUSED, "at work": AT_WORK, "expired": EXPIRED,
    "captioned": CAPTIONED, "planned": PLANNED,
}  # fmt: skip
PAGE = {"bots": [LISTED, PLANNED, REFUSED], "hasNextPage": True, "nextCursor": "c2"}
PEOPLE = [
    {"deviceId": "11", "displayName": "Ines Okoro", "fullName": "Ines Maria Okoro", "status": 1},
    {"deviceId": "12", "displayName": "", "fullName": "Jun Abe", "parentDeviceId": None},
    {"deviceId": "13", "displayName": "Jun Abe", "parentDeviceId": "12", "profilePicture": "https://p.example.org/1"},
    {"deviceId": 14, "displayName": "Notary"},
    {"status": 0},
]
SPOKEN = [
    {"speaker": "Ines Okoro", "transcript": "We ship.", "start_time": 4, "end_time": 5.5},
    {"speaker": "Ada Lima", "transcript": "Aye.", "start_time": 6, "words": [{"word": "Aye.", "confidence": 0}]},
    {"speaker": "0", "transcript": "Hm.", "start_time": 7},
    {"speaker": "NoSpeaker", "transcript": "-", "start_time": 8},
]
MOVES = [
    {"event": "participant_events.join", "data": {"bot": {"id": BOT_ID}, "data": {
        "action": "join", "participant": {"id": "11"}, "timestamp": {"relative": 1.0, "absolute": at("08:31:00")}}}},
    {"action": "join", "participant": {"id": "11"}, "timestamp": {"absolute": at("08:45:00")}},
    {"action": "leave", "participant": {"id": "11"}, "timestamp": {"absolute": at("08:40:00")}},
    {"action": "leave", "participant": {"id": "11"}, "timestamp": {"absolute": at("09:29:00")}},
    {"action": "wave", "participant": {"id": "12"}, "timestamp": {"absolute": at("09:00:00")}},
    {"action": "join", "participant": "12", "timestamp": {"absolute": at("09:00:00")}},
    {"action": "join", "participant": {"id": "12"}, "timestamp": at("09:00:00")},
]  # fmt: skip
EVENT = {
    "event": "transcription.processed",
    "bot_id": BOT_ID,
    "transcript_status": "Success",
    "message": "Ready",
    "status_code": 200,
    "timestamp": "2026-07-01T09:32:00.5+00:00",
    "custom_attributes": {"case": "17", "api_token": "hush"},
    "meeting_url": "https://us04web.zoom.us/j/91234567890?pwd=hush",
    "transcript": [{"text": "We ship."}],
    "words": [{"word": "We"}],
}

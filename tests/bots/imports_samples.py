"""Saved payloads for the tests of the import, small and of every shape, and the way from them to rows."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from harvester.archive import ArchivedFile
from harvester.bots.imports import SOURCES, Importable, Saved, Told, read_saved
from harvester.model import FileState, FileStatus, Receipt
from harvester.pipeline.read_bots import BotReader
from harvester.pipeline.reading import ReadSettings, Texts

BEGAN = datetime(2026, 6, 9, 7, 30, tzinfo=UTC)
BEGAN_MS = 1_780_990_200_000
TOLD = Told(started_at=BEGAN)
ADDRESS = "https://files.invalid/f.mp4?X-Amz-Signature=feed"
LINK = "https://zoom.us/j/91234567890?pwd=hush"
SECRETS = ("X-Amz-Signature", "hush", "sesame")

MEETSTREAM_DETAIL = {
    "bot_details": {
        "BotID": "ms-7",
        "BotUsername": "Note taker",
        "MeetingLink": LINK,
        "Status": "Done",
        "StartTime": "2026-06-09T07:29:00Z",
        "EndTime": "2026-06-09T08:00:00Z",
        "StatusTimeline": {
            "Recording": {"status": True, "timestamp": "2026-06-09T07:30:00Z"},
            "VideoProcessing": {"status": True, "timestamp": "2026-06-09T08:01:00Z"},
        },
        "RequestPayload": {"zoom": {"obf_url": "sesame"}, "video_required": True},
        "transcript_id": "run-1",
        "TranscriptStatus": "Success",
        "AudioStatus": "Success",
    }
}
MEETSTREAM_RUNS = {
    "bot_id": "ms-7",
    "transcriptions": [
        {"transcript_id": "run-1", "provider": "deepgram", "status": "Success"},
        {"transcript_id": "run-2", "provider": "assemblyai", "status": "Processing"},
    ],
}
MEETSTREAM_TRANSCRIPT = [
    {"speaker": "Mia Roth", "transcript": "Hello there.", "start_time": 1.5, "end_time": 2.5},
    {"speaker": "1", "transcript": "Hi.", "start_time": 3, "end_time": 3.25},
]
MEETSTREAM_MOMENTS = [
    {"speaker": "Mia Roth", "transcript": "Hello.", "start_time": 2, "absolute_start_time": "2026-06-09T07:30:02Z"}
]
MEETSTREAM_CLOCKLESS = [{"speaker": "Mia Roth", "transcript": "Hello.", "timestamp": "2026-06-09T07:30:05"}]
MEETSTREAM_PEOPLE = [{"deviceId": "11", "displayName": "Mia Roth"}]
MEETSTREAM_CHAT = {"metadata": {"botId": "ms-7"}, "chatMessages": [{"text": "see https://a.invalid"}]}
MEETSTREAM_TIMELINE = {"chunks": [{"speakerName": "Mia Roth", "startByte": 0, "endByte": 96}]}
ASSEMBLYAI = {
    "id": "aai-5",
    "status": "completed",
    "audio_url": ADDRESS,
    "text": "Hello there.",
    "words": [{"text": "Hello", "start": 1500, "end": 1900}, {"text": "there.", "start": 1900, "end": 2500}],
    "utterances": [{"speaker": "A", "text": "Hello there.", "start": 1500, "end": 2500}],
}

V1_WORDS = [
    {"text": "Hello", "start_time": 1.5, "end_time": 2.0},
    {"text": "there.", "start_time": 2.0, "end_time": 2.5},
]
V1_SEGMENTS = [{"speaker": "Mia Roth", "start_time": 1.5, "end_time": 2.5, "words": V1_WORDS}]
V1_DATA = {
    "mp4": ADDRESS,
    "audio": "",
    "duration": 1800,
    "speaker_diarization_file": "https://files.invalid/d.jsonl?X-Amz-Signature=feed",
    "bot_data": {
        "bot": {
            "uuid": "v1-7",
            "bot_name": "Note taker",
            "meeting_url": LINK,
            "bot_joined_at": "2026-06-09T07:29:00",
            "bot_exited_at": "2026-06-09T08:00:00",
            "speech_to_text_api_key": "sesame",
        },
        "transcripts": V1_SEGMENTS,
    },
}
V1_COMPLETE = {
    "event": "complete",
    "data": {
        "bot_id": "v1-7",
        "extra": {"order": "12"},
        "speakers": ["Mia Roth"],
        "mp4": ADDRESS,
        "transcript": [{"speaker": "Mia Roth", "words": [{"word": "Hello.", "start": 1.5, "end": 2.5}]}],
    },
}
TURNS = [{"speaker": "Mia Roth", "start_time": 1.5, "end_time": 2.5, "user_id": 5}]


def begin(bot_id: str) -> dict[str, Any]:
    """Meeting BaaS's word that a bot records."""
    status = {"code": "in_call_recording", "start_time": BEGAN_MS // 1000}
    return {"event": "bot.status_change", "data": {"bot_id": bot_id, "status": status}}


V2_BOT = {
    "bot_id": "v2-7",
    "meeting_url": LINK,
    "meeting_platform": "zoom",
    "status": "completed",
    "created_at": "2026-06-09T07:28:00Z",
    "joined_at": "2026-06-09T07:29:00Z",
    "exited_at": "2026-06-09T08:00:00Z",
    "artifacts_deleted": False,
    "video": ADDRESS,
    "diarization": "https://files.invalid/d.jsonl?X-Amz-Signature=feed",
    "transcription": "https://files.invalid/t.json?X-Amz-Signature=feed",
    "transcription_ids": ["job-1"],
    "transcription_provider": "gladia",
    "zoom_config": {"obf_token_url": "https://tokens.invalid/?k=sesame"},
}
V2_DETAIL = {"success": True, "data": V2_BOT}
V2_STATUS = {"success": True, "data": {"bot_id": "v2-7", "status": "completed", "transcription_status": "done"}}
V2_TRANSCRIPT = {
    "bot_id": "v2-7",
    "provider": "gladia",
    "result": {
        "utterances": [{"text": "Hello there.", "start": 1.5, "end": 2.5, "language": "en", "speaker": "Mia Roth"}]
    },
}
V2_COMPLETED = {
    "event": "bot.completed",
    "data": {name: V2_BOT[name] for name in ("bot_id", "joined_at", "exited_at", "transcription", "transcription_ids")}
    | {"data_deleted": False, "sent_at": "2026-06-09T08:05:00Z"},
    "extra": {"order": "12"},
}
V2_CHAT = [{"message_id": "m", "sender_name": "Mia Roth", "text": "https://a.invalid"}]


def build_recall_recording(number: int) -> dict[str, Any]:
    """One that began `number` minutes after the first."""
    return {
        "id": f"rec-{number}",
        "started_at": f"2026-06-09T07:{30 + number}:00Z",
        "completed_at": f"2026-06-09T07:{40 + number}:00Z",
        "status": {"code": "done"},
        "media_shortcuts": {
            "transcript": {"id": f"tr-{number}", "status": {"code": "done"}, "data": {"download_url": ADDRESS}},
            "video_mixed": {"status": {"code": "done"}, "data": {"download_url": ADDRESS}},
            "participant_events": {"status": {"code": "done"}, "data": {"participants_download_url": ADDRESS}},
        },
    }


def build_recall_bot(*numbers: int) -> dict[str, Any]:
    return {
        "id": "bot-7",
        "meeting_url": {"meeting_id": "91234567890", "meeting_password": "hush", "platform": "zoom"},
        "status_changes": [{"code": "done", "created_at": "2026-06-09T08:00:00Z"}],
        "recordings": [build_recall_recording(each) for each in numbers],
    }


def build_recall_transcript(minute: int) -> list[dict[str, Any]]:
    """Somebody speaks one second after a recording of that minute began."""
    stamp = {"relative": 1.0, "absolute": f"2026-06-09T07:{30 + minute}:01Z"}
    return [{"participant": {"id": 3, "name": "Mia Roth"}, "words": [{"text": "Hello.", "start_timestamp": stamp}]}]


RECALL_PEOPLE = [{"id": 3, "name": "Mia Roth", "is_host": True}]
RECALL_TURNS = [{"participant": {"id": 3, "name": "Mia Roth"}, "start_timestamp": {"relative": 1.0}}]
RECALL_MEETING = {"id": "mm-1", "data": {"title": "Sync", "zoom_meeting_uuid": "u=="}, "recording": {"id": "rec-0"}}
RECALL_RUNS = {"results": [{"id": "tr-9", "recording": {"id": "rec-0"}, "status": {"code": "failed"}}]}
RECALL_OLD = [{"speaker": "Mia Roth", "words": [{"text": "Hello.", "start_timestamp": 1.5, "end_timestamp": 2.5}]}]

ATTENDEE_BOT = {
    "id": "bot_7",
    "metadata": {"order": "12"},
    "meeting_url": LINK,
    "state": "ended",
    "events": [
        {"type": "bot_joined_meeting", "sub_type": None, "created_at": "2026-06-09T07:29:00Z"},
        {"type": "meeting_ended", "sub_type": "by_host", "created_at": "2026-06-09T08:00:00Z"},
    ],
}
ATTENDEE_RECORDING = {"url": ADDRESS, "start_timestamp_ms": BEGAN_MS}
ATTENDEE_TRANSCRIPT = [
    {
        "speaker_name": "Mia Roth",
        "speaker_uuid": "u-3",
        "speaker_user_uuid": "account-3",
        "speaker_is_host": True,
        "timestamp_ms": BEGAN_MS + 1500,
        "duration_ms": 1000,
        "transcription": {"transcript": "Hello there."},
    }
]
ATTENDEE_PEOPLE = {"next": None, "results": [{"id": "p", "name": "Lev Sand", "uuid": "u-4", "is_host": False}]}

VEXA_MEETING = {
    "id": 42,
    "platform": "zoom",
    "native_meeting_id": "91234567890",
    "constructed_meeting_url": LINK,
    "status": "completed",
    "start_time": "2026-06-09T07:30:00Z",
    "end_time": "2026-06-09T08:00:00Z",
    "data": {"order": "12"},
}
VEXA_TRANSCRIPT = VEXA_MEETING | {
    "segments": [
        {"start": 1.5, "end": 2.5, "text": "Hello there.", "speaker": "Mia Roth", "completed": True},
        {"start": 3, "end": 4, "text": "Hi.", "speaker": "Speaker 2", "completed": True},
    ]
}
FIREFLIES = {
    "id": "ff-7",
    "title": "Sync",
    "date": float(BEGAN_MS),
    "duration": 30.5,
    "host_email": "mia@example.invalid",
    "meeting_link": LINK,
    "audio_url": ADDRESS,
    "is_live": False,
    "speakers": [{"id": 0, "name": "Mia Roth"}, {"id": 1, "name": "Speaker 2"}],
    "meeting_attendees": [
        {"displayName": "Mia Roth", "email": "mia@example.invalid"},
        {"email": "lev@example.invalid"},
    ],
    "participants": ["mia@example.invalid", "Lev@example.invalid", "kim@example.invalid"],
    "sentences": [
        {"index": 0, "speaker_name": "Mia Roth", "text": "Hello there.", "start_time": "1.5", "end_time": 2.5}
    ],
}
OTTER_TXT = "Mia Roth  0:01\nHello there.\n\nSpeaker 2  0:03\nHi.\n\nTranscribed by https://otter.ai\n"
OTTER_SRT = (
    "1\n00:00:01,500 --> 00:00:02,500\nMia Roth: Hello there.\n\n2\n00:00:03,000 --> 00:00:04,000\nMia Roth: Hi.\n"
)

ALL = {
    "meetstream": [
        MEETSTREAM_DETAIL, MEETSTREAM_RUNS, MEETSTREAM_TRANSCRIPT, MEETSTREAM_MOMENTS, MEETSTREAM_PEOPLE,
        MEETSTREAM_CHAT, MEETSTREAM_TIMELINE, ASSEMBLYAI,
    ],
    "meetingbaas_v1": [V1_DATA, V1_COMPLETE, begin("v1-7"), TURNS],
    "meetingbaas_v2": [V2_DETAIL, V2_STATUS, V2_TRANSCRIPT, V2_COMPLETED, begin("v2-7"), V2_CHAT, TURNS],
    "recall": [
        build_recall_bot(0, 20), build_recall_transcript(0), RECALL_PEOPLE, RECALL_TURNS, RECALL_MEETING, RECALL_RUNS,
        RECALL_OLD,
    ],
    "attendee": [ATTENDEE_BOT, ATTENDEE_RECORDING, ATTENDEE_TRANSCRIPT, ATTENDEE_PEOPLE],
    "vexa": [VEXA_MEETING, VEXA_TRANSCRIPT, {"event_type": "meeting.completed", "data": {"meeting": VEXA_MEETING}}],
    "fireflies": [FIREFLIES, {"data": {"transcript": FIREFLIES}}],
    "otter": [OTTER_TXT, OTTER_SRT],
}  # fmt: skip
"""Every shape that can be imported, by source."""


def save(value: Any, name: str = "a.json") -> Saved:
    data = value.encode() if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1).encode()
    return Saved(name, data)


def read_together(source: str, *values: Any, told: Told = TOLD) -> Any:
    """The one recording that these payloads are of."""
    (found,) = read_saved(source, [save(each, f"{at}.json") for at, each in enumerate(values)], told, together=True)
    return found


def describe(source: str, imported: Any) -> Any:
    return Importable(SOURCES[source].interpreter).describe(imported.payload)


def read_contents(source: str, imported: Any) -> Any:
    """As the lake reads it from the archive, into which every document went that was given."""
    reader = BotReader(Importable(SOURCES[source].interpreter))
    recording = reader.describe(imported.payload)
    files = sorted(recording.files, key=lambda each: each.key)
    archived = [_archive(each, imported.documents.get(each.key)) for each in files]
    assert set(imported.documents) <= {each.key for each in files}
    return reader.read(Texts(recording, imported.payload, archived, imported.documents), ReadSettings())


def _archive(file: Any, data: bytes | None) -> ArchivedFile:
    if data is None:
        return ArchivedFile(file, FileState(FileStatus.PENDING))
    receipt = Receipt(f"0-{file.key}", len(data), hashlib.sha256(data).hexdigest(), BEGAN)
    return ArchivedFile(file, FileState(FileStatus.ARCHIVED, receipt=receipt))


def read_rows(source: str, imported: Any) -> list[dict[str, Any]]:
    """Its segments, a row each."""
    contents = read_contents(source, imported)
    assert contents.unreadable == {}
    columns = contents.tables["segments"]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

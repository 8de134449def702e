"""A meeting for programs: speaker turns as JSON, segments as CSV."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from harvester.lake.cells import plain_value
from harvester.lake.export.model import Meeting, Message, Part, Turn
from harvester.lake.format import format_csv

JSON_FORMAT = "harvester.meeting.1"
"""In every file; another number where a member changes its meaning. Members may be added."""

_RECORDING = (
    "recording_key",
    "source",
    "meeting_id",
    "meeting_uuid",
    "topic",
    "host_id",
    "host_email",
    "started_at",
    "ended_at",
    "duration_ms",
    "timezone",
)
_CHAT = ("sent_at", "offset_ms", "sender", "recipient", "kind", "text", "reply_to", "reaction", "is_removed")
_CSV_TYPES = {
    "date": pa.date32(),
    "topic": pa.string(),
    "part": pa.int32(),
    "segment_index": pa.int32(),
    "start_ms": pa.int64(),
    "end_ms": pa.int64(),
    "start_at": pa.timestamp("us", tz="UTC"),
    "speaker": pa.string(),
    "text": pa.string(),
    "is_corrected": pa.bool_(),
    "kind": pa.string(),
    "source": pa.string(),
    "recording_key": pa.string(),
    "transcript_key": pa.string(),
}


def render_json(meeting: Meeting) -> str:
    """One object: what the recording is, its participants, its parts with their turns, its chat.

    Parts and turns are in the order of the recording; `start_ms` and `end_ms` count from the start of the part's media
    file, `*_at` are UTC in ISO 8601. In ASCII, so that it is safe on a terminal too.
    """
    document = {
        "format": JSON_FORMAT,
        "recording": {name: plain_value(getattr(meeting.recording, name)) for name in _RECORDING},
        "participants": list(meeting.participants),
        "parts": [_describe_part(number, part) for number, part in enumerate(meeting.parts, 1)],
        "chat": [_describe_message(each) for each in meeting.chat],
    }
    return json.dumps(document, indent=1, allow_nan=False).replace("\x7f", "\\u007f") + "\n"


def render_csv(meeting: Meeting) -> str:
    """One row per segment; an apostrophe stands before text that a spreadsheet would calculate."""
    recording = meeting.recording
    rows = [
        {
            "date": recording.date,
            "topic": recording.topic,
            "part": number,
            **{name: getattr(each, name) for name in ("segment_index", "start_ms", "end_ms", "start_at")},
            **{name: getattr(each, name) for name in ("speaker", "text", "is_corrected")},
            "kind": part.kind,
            "source": recording.source,
            "recording_key": recording.recording_key,
            "transcript_key": part.transcript_key,
        }
        for number, part in enumerate(meeting.parts, 1)
        for each in part.segments
    ]
    return format_csv(pa.Table.from_pylist(rows, schema=pa.schema(list(_CSV_TYPES.items()))))


def _describe_part(number: int, part: Part) -> dict[str, Any]:
    return {
        "part": number,
        "transcript_key": part.transcript_key,
        "kind": part.kind,
        "provider": part.provider,
        "language": part.language,
        "t0_at": plain_value(part.t0_at),
        "turns": [_describe_turn(part, each) for each in part.turns],
    }


def _describe_turn(part: Part, turn: Turn) -> dict[str, Any]:
    spoken = part.spoken(turn)
    return {
        "speaker": spoken[0].speaker,
        "start_ms": spoken[0].start_ms,
        "end_ms": max((each.end_ms for each in spoken if each.end_ms is not None), default=None),
        "start_at": plain_value(spoken[0].start_at),
        "end_at": plain_value(max((each.end_at for each in spoken if each.end_at), default=None)),
        "first_segment": spoken[0].segment_index,
        "last_segment": spoken[-1].segment_index,
        "n_segments": len(spoken),
        "is_corrected": any(each.is_corrected for each in spoken),
        "text": " ".join(each.text for each in spoken),
    }


def _describe_message(message: Message) -> dict[str, Any]:
    return {name: plain_value(getattr(message, name)) for name in _CHAT}

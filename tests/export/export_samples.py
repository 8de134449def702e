"""Meetings for the tests of the formats: what was said is given, the rest is filled in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from harvester.lake.export.model import Found, Meeting, Message, Part, Said
from harvester.pipeline.export import make_turns
from harvester.transcript import MERGE_GAP_MS, Transcript

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def said(index: int, text: str, label: str | None = "Ana Lima", start: int | None = 0, end: int | None = 0) -> Said:
    speaker = label.strip() if label and label.strip() else label
    times = [None if each is None else START + timedelta(milliseconds=each) for each in (start, end)]
    return Said(index, str(index + 1), start, end, *times, speaker, label, text, is_corrected=False)


def part(*segments: Said, t0: datetime | None = START, key: str = "zoom:a==/vtt") -> Part:
    made = Part(key, "transcript", "zoom", None, t0, segments)
    return replace(made, turns=make_turns(made, MERGE_GAP_MS))


def part_of(transcript: Transcript) -> Part:
    """What was read, as the lake gives it back."""
    rows = transcript.segments
    return part(
        *(
            replace(said(row, text, rows.speaker_label[row], start, end), source_segment_id=rows.source_segment_id[row])
            for row, (text, start, end) in enumerate(
                zip(rows.text, rows.start_ms.tolist(), rows.end_ms.tolist(), strict=True)
            )
        )
    )


def message(text: str, at_s: float | None, **values: Any) -> Message:
    usual = {"sender": "Bo Chen", "recipient": "Everyone", "kind": "message", "reply_to": None, "reaction": None}
    return Message(
        sent_at=None if at_s is None else START + timedelta(seconds=at_s),
        offset_ms=None,
        text=text,
        **{**usual, "is_removed": None, **values},
    )


def meeting(*parts: Part, chat: tuple[Message, ...] = (), **values: Any) -> Meeting:
    found = Found(
        date=START.date(),
        meeting_key="u==",
        recording_key="zoom:a==",
        source="zoom",
        native_id="a==",
        meeting_id="123456789",
        meeting_uuid="a==",
        topic="Plan",
        host_id="h1",
        host_email="ana@example.com",
        started_at=START,
        ended_at=START + timedelta(minutes=30),
        duration_ms=1_800_000,
        timezone="Europe/Lisbon",
        transcript_status="available",
        has_speech=True,
    )
    return Meeting(replace(found, **values), ("Ana Lima", "Bo Chen"), parts, chat)

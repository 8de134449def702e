"""A small lake and archive to look at: one rich meeting seen twice, a hostile one, and days in every state."""

from __future__ import annotations

import io
import math
import struct
import wave
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from harvester.lake.links import write_links
from harvester.lake.partition import Partition
from harvester.lake.publish import write_partition
from harvester.lake.rows import build_table
from schemas.lake import TABLES

DAY = date(2026, 11, 23)
KEY = "zoom:Hk3/sv+TQ2uEr7aLm0XyWg=="
BOT = "recall:bot-1"
PAUSED = "zoom:paused"
PAUSED_DAY = date(2026, 10, 14)
HOSTILE = "zoom:hostile/../..//id"
SOUND_S = 150

EVIL = "<img src=x onerror=alert(1)><script>document.title='owned'</script>"
EVIL_NAME = f'"><svg/onload=alert(1)>\u202egnp.exe {"N" * 100_000}'

TALK = (
    ("Inés Robledo", "Good morning. I share my screen: you should see the map of the harbour now."),
    ("Tomasz Wierzba", "We see it. The new layer is the one with the dots?"),
    ("Inés Robledo", "Yes. Every dot is a sensor, and its colour is the age of the last reading."),
    ("Inés Robledo", "Green is less than an hour, grey has been silent since March."),
    ("Noor Haddad", "What is the grey one near the north pier?"),
    ("Inés Robledo", "Number fourteen. It was moved in spring and nobody told the database."),
    ("Tomasz Wierzba", "Could we hide those behind a switch?"),
    ("Noor Haddad", "Please do not. Last year we lost a week because nobody could see them."),
    ("Inés Robledo", "I would rather show them, and say on a click why they are grey."),
    (None, "Mm-hmm."),
    ("Tove Lindqvist", "The budget has two days for the map this month. Is that enough?"),
    ("Tomasz Wierzba", "For the switch and the labels, yes. For the history, no."),
    ("Tove Lindqvist", "Then the history waits until January. What about the tide gauges?"),
    ("Noor Haddad", "Three of five are calibrated. The other two need the boat, and the boat needs a calm day."),
    ("Inés Robledo", "Thursday looks calm. I can come along and take the spare sensor with me."),
    ("Noor Haddad", "Thursday at seven, then, at the north pier."),
    ("Tove Lindqvist", "Good. Tomasz writes the labels, Noor takes the boat, Inés fixes number fourteen."),
    ("Tomasz Wierzba", "The labels will be there on Wednesday evening."),
)
_STEP_MS = 8_000


def fill(table: str, rows: list[dict[str, Any]]):
    """These rows in the table's order, with null for every column that is not said."""
    rows = sorted(rows, key=lambda row: [row[name] for name in TABLES[table].sort_key])
    names = [column.name for column in TABLES[table].columns]
    return build_table(table, {name: [row.get(name) for row in rows] for name in names})


def at(day: date, hour: int = 9, *, ms: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC) + timedelta(milliseconds=ms)


def recording(key: str, start: datetime, *, status: str | None = "available", **more: Any) -> dict[str, Any]:
    source, _, native_id = key.partition(":")
    return {
        "recording_key": key,
        "source": source,
        "native_id": native_id,
        "platform": "zoom",
        "started_at": start,
        "ended_at": start + timedelta(milliseconds=more.get("duration_ms", 150_000)),
        "duration_ms": 150_000,
        "time_base": "recording_start",
        "transcript_status": status,
        "n_files": 1,
        "extra": "{}",
        "payload_sha256": "ab" * 32,
        "parser_version": "1",
        **more,
    }


def speech(key: str, start: datetime, lines, *, step_ms: int = _STEP_MS, late_ms: int = 0, part: int = 0):
    """Tables of one transcript: a line begins every `step_ms` and lasts most of it."""
    source = key.partition(":")[0]
    transcript = f"{key}/t{part}"
    rows = []
    for index, (speaker, text) in enumerate(lines):
        begin = index * step_ms + late_ms
        end = begin + min(step_ms - 500, 400 * len(text.split()) + 300)
        rows.append(
            {
                "transcript_key": transcript,
                "segment_index": index,
                "recording_key": key,
                "source": source,
                "kind": "transcript",
                "start_ms": begin,
                "end_ms": end,
                "start_at": start + timedelta(milliseconds=begin),
                "end_at": start + timedelta(milliseconds=end),
                "speaker_label": speaker,
                "speaker_name": speaker,
                "speaker_kind": "named" if speaker else "unknown",
                "text": text,
                "n_words": len(text.split()),
            }
        )
    transcript_row = {
        "transcript_key": transcript,
        "recording_key": key,
        "source": source,
        "file_key": f"vtt{part}",
        "kind": "transcript",
        "t0_at": start,
        "n_segments": len(rows),
        "n_speakers": len({speaker for speaker, _ in lines}),
        "n_words": sum(row["n_words"] for row in rows),
        "rejected_cues": 0,
        "is_current": True,
        "payload_sha256": "cd" * 32,
        "parser_version": "1",
    }
    return fill("transcripts", [transcript_row]), fill("segments", rows)


def file_row(key: str, file_key: str, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "recording_key": key,
        "file_key": file_key,
        "source": key.partition(":")[0],
        "kind": kind,
        "file_type": (more.get("file_extension") or "txt").upper(),
        "part_index": 0,
        "status": "archived",
        **more,
    }


def rich_meeting(archive: Path) -> dict[str, Any]:
    start = at(DAY)
    transcripts, segments = speech(KEY, start, TALK)
    sound = archive / "zoom/2026/11/23/Hk3/0-audio_only-a1.wav"
    sound.parent.mkdir(parents=True, exist_ok=True)
    sound.write_bytes(make_sound(SOUND_S))
    files = [
        file_row(
            KEY,
            "a1",
            "audio",
            recording_type="audio_only",
            file_extension="WAV",
            size_bytes=sound.stat().st_size,
            archive_path=sound.relative_to(archive).as_posix(),
        ),
        file_row(KEY, "vtt0", "transcript", file_extension="VTT", size_bytes=900, archive_path="zoom/t.vtt"),
        file_row(KEY, "p1", "poll", file_extension="CSV", status="failed", error="answered 500 five times"),
    ]
    row = recording(
        KEY,
        start,
        topic="Harbour survey: sensor map",
        host_email="tove@harbour.example",
        meeting_id="81234567890",
        meeting_uuid=KEY[5:],
        timezone="Europe/Stockholm",
        duration_ms=SOUND_S * 1000,
    )
    return {
        "recordings": fill("recordings", [row]),
        "files": fill("files", files),
        "transcripts": transcripts,
        "segments": segments,
        "chat_messages": _chat(start),
        "speaker_activity": _activity(start),
        "summaries": _summaries(start),
        "poll_answers": fill(
            "poll_answers",
            [
                {
                    "recording_key": KEY,
                    "answer_index": 0,
                    "source": "zoom",
                    "poll": "Thursday?",
                    "question": "Boat at seven?",
                    "answer": "Yes",
                    "respondent": "Noor Haddad",
                    "raw": "{}",
                },
            ],
        ),
    }


def _chat(start: datetime):
    said = (
        (20_000, "Noor Haddad", "Everyone", "Here is the old map: https://harbour.example/map", "message", None, None),
        (37_000, "Tomasz Wierzba", "Everyone", "Thanks!\nThat helps.", "message", None, None),
        (39_000, "Tove Lindqvist", None, "", "reaction", "Here is the old map", "👍"),
        (121_000, "Inés Robledo", "Noor Haddad", "I bring the spare sensor.", "reply", "Thursday at seven", None),
    )
    rows = [
        {
            "recording_key": KEY,
            "message_index": index,
            "source": "zoom",
            "sent_at": start + timedelta(milliseconds=ms),
            "offset_ms": ms,
            "sender": sender,
            "recipient": recipient,
            "text": text,
            "kind": kind,
            "reply_to": reply_to,
            "reaction": reaction,
        }
        for index, (ms, sender, recipient, text, kind, reply_to, reaction) in enumerate(said)
    ]
    rows.append(
        {
            "recording_key": KEY,
            "message_index": 4,
            "source": "zoom",
            "sender": "Tove Lindqvist",
            "clock_time": "10:59:03",
            "text": "From another clock.",
            "kind": "message",
        }
    )
    return fill("chat_messages", rows)


def _activity(start: datetime):
    rows = []
    for index, (speaker, text) in enumerate(TALK):
        begin = index * _STEP_MS
        end = begin + min(_STEP_MS - 500, 400 * len(text.split()) + 300)
        rows.append(
            {
                "recording_key": KEY,
                "activity_index": index,
                "source": "zoom",
                "part_index": 0,
                "start_ms": begin,
                "end_ms": end,
                "start_at": start + timedelta(milliseconds=begin),
                "end_at": start + timedelta(milliseconds=end),
                "username": speaker,
                "n_active": int(speaker is not None),
                "n_entries": 1,
            }
        )
    return fill("speaker_activity", rows)


def _summaries(start: datetime):
    pieces = (
        (
            "summary",
            None,
            None,
            "The group looked at the new sensor layer, kept silent sensors visible and planned Thursday.",
        ),
        ("chapter", 0, "The new layer", "What the dots mean."),
        ("chapter", 80_000, "Budget and history", "Two days this month."),
        ("chapter", 104_000, "Tide gauges", "Thursday at seven."),
        ("next_step", None, None, "Tomasz: labels for the map by Wednesday evening."),
        ("next_step", None, None, "Noor: calibrate the last two gauges on Thursday."),
    )
    rows = [
        {
            "recording_key": KEY,
            "summary_index": index,
            "source": "zoom",
            "kind": kind,
            "start_ms": ms,
            "start_at": None if ms is None else start + timedelta(milliseconds=ms),
            "title": title,
            "text": text,
            "raw": "{}",
        }
        for index, (kind, ms, title, text) in enumerate(pieces)
    ]
    return fill("summaries", rows)


def bot_meeting() -> dict[str, Any]:
    """The same words by a clock that is 400 ms late, one of them heard wrong."""
    lines = [(speaker or "Tomasz Wierzba", text.replace("north pier", "north peer")) for speaker, text in TALK]
    transcripts, segments = speech(BOT, at(DAY), lines, late_ms=400)
    return {
        "recordings": fill("recordings", [recording(BOT, at(DAY, ms=400), meeting_uuid=None)]),
        "files": fill("files", []),
        "transcripts": transcripts,
        "segments": segments,
    }


def bot_meeting_of_tomorrow() -> dict[str, Any]:
    day = DAY + timedelta(days=1)
    return {"recordings": fill("recordings", [recording("recall:late", at(day), status="pending")])}


def hostile_meeting() -> dict[str, Any]:
    start = at(DAY, 14)
    transcripts, segments = speech(HOSTILE, start, [(EVIL_NAME, EVIL), ("\u202eAna\x00\x1b[2J", "</p></main>{{7*7}}")])
    row = recording(HOSTILE, start, topic=EVIL, host_email=EVIL, meeting_uuid="hostile", timezone="../../etc/passwd")
    files = [
        file_row(HOSTILE, "up", "audio", file_extension="MP4", archive_path="../lake/secret.mp4"),
        file_row(HOSTILE, "abs", "audio", file_extension="MP4", archive_path="/etc/passwd"),
        file_row(HOSTILE, "link", "video", file_extension="MP4", archive_path="zoom/link/a.mp4"),
        file_row(HOSTILE, "text", "chat", file_extension="MP4", archive_path="zoom/chat.txt"),
        file_row(HOSTILE, "html", "video", file_extension="HTML", archive_path="zoom/page.html"),
        file_row(HOSTILE, "gone", "video", file_extension="MP4", archive_path="zoom/gone.mp4"),
        file_row(HOSTILE, "fail", "video", file_extension="MP4", status="failed", error=EVIL),
    ]
    message = {
        "recording_key": HOSTILE,
        "message_index": 0,
        "source": "zoom",
        "sent_at": start,
        "sender": EVIL,
        "recipient": EVIL,
        "text": EVIL,
        "kind": "message",
    }
    return {
        "recordings": fill("recordings", [row]),
        "files": fill("files", files),
        "transcripts": transcripts,
        "segments": segments,
        "chat_messages": fill("chat_messages", [message]),
    }


def paused_meeting() -> dict[str, Any]:
    """Two parts of two cues each, the second a quarter of an hour later; its time counts anew."""
    start = at(PAUSED_DAY, 8)
    lines = [("Ann", "Before the break."), ("Bo", "A break, then.")], [("Bo", "Back again."), ("Ann", "Go on.")]
    parts = [speech(PAUSED, start + timedelta(minutes=15 * part), each, part=part) for part, each in enumerate(lines)]
    files = [
        file_row(PAUSED, f"{kind}{part}", name, part_index=part, file_extension=extension, archive_path=f"zoom/{part}")
        for part in (0, 1)
        for kind, name, extension in (("vtt", "transcript", "VTT"), ("m", "audio", "M4A"))
    ]
    return {
        "recordings": fill("recordings", [recording(PAUSED, start, topic="Quiet 40", host_id="h1")]),
        "files": fill("files", files),
        "transcripts": pa.concat_tables([transcripts for transcripts, _ in parts]),
        "segments": pa.concat_tables([segments for _, segments in parts]),
        "participants": fill("participants", [person("p1", "Ann", is_host=True), person("p2", "Bo", is_host=False)]),
    }


def person(key: str, name: str, **more: Any) -> dict[str, Any]:
    return {"recording_key": PAUSED, "participant_key": key, "source": "zoom", "name": name, **more}


def quiet_meeting(key: str, day: date, status: str | None, **more: Any) -> dict[str, Any]:
    """A recording without words."""
    return {
        "recordings": fill("recordings", [recording(key, at(day, 8), status=status, **more)]),
        "files": fill("files", [file_row(key, "v", "video", file_extension="MP4", status="skipped")]),
    }


def write_day(home: Path, day: date, source: str, recordings: list[dict[str, Any]]) -> None:
    write_partition(home / "lake", home / "work", date=day, source=source, recordings=recordings, parser_version="1")


def write_home(home: Path) -> Path:
    """Archive and lake below `home`."""
    archive = home / "archive"
    write_day(home, DAY, "zoom", [rich_meeting(archive), hostile_meeting()])
    write_day(home, DAY, "recall", [bot_meeting()])
    link = {
        "recording_key": BOT,
        "source": "recall",
        "meeting_uuid": KEY[5:],
        "match_method": "explicit_uuid",
        "match_overlap_ms": 150_000,
        "candidates": 1,
        "zoom_recording_key": KEY,
    }
    write_links(Partition(home / "lake", home / "work", DAY, "recall"), fill("recording_links", [link]))
    write_day(home, PAUSED_DAY, "zoom", [paused_meeting()])
    for days, status in ((1, "pending"), (2, "failed"), (3, "none")):
        day = DAY - timedelta(days=days)
        write_day(home, day, "zoom", [quiet_meeting(f"zoom:q{days}", day, status, topic=f"Quiet {days}", host_id="h1")])
    (home / "lake" / "corrections.csv").write_text(
        "correction_index,transcript_key,segment_index,speaker_was,speaker,text_was,text,note\n"
        f'"0","{KEY}/t0","9","","Tove Lindqvist","Mm-hmm.","Mm-hmm, agreed.",""\n'
    )
    return home


def make_sound(seconds: int, *, rate: int = 8_000) -> bytes:
    """A tone that rises through the scale, as WAV."""
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(rate)
        second = [
            struct.pack(
                f"{rate}B", *(128 + int(40 * math.sin(2 * math.pi * (220 + 20 * tone) * i / rate)) for i in range(rate))
            )
            for tone in range(8)
        ]
        sound.writeframes(b"".join(second[each % 8] for each in range(seconds)))
    return out.getvalue()

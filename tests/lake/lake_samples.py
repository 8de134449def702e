"""Recordings for the lake's tests: small, whole, and the same for the same arguments."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from harvester.lake.publish import Published, publish_partition, write_partition
from harvester.lake.rows import build_table
from harvester.lake.stage import write_stage

DAY = date(2026, 3, 2)
PARSER = "1"
_WORDS = ("so", "we", "ship", "the plan", "on", "friday", "ask", "everyone", "王小明", "naïve", "=cost", "\x1b[2J")
_PEOPLE = ["Ana Lima", "Bo Chen", "Speaker 3", None]

Tables = dict[str, pa.Table]


def recording(number: int, *, revision: int = 0, n_segments: int = 7, day: date = DAY, source: str = "zoom") -> Tables:
    """All tables of one recording; the key order of numbers is not their numeric order, on purpose."""
    rng = random.Random(f"{number}.{revision}")
    key = f"{source}:{hashlib.sha256(str(number).encode()).hexdigest()[:12]}=="
    start = datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(minutes=number)
    transcript = f"{key}/vtt"
    return {
        "recordings": build_table("recordings", _recording_row(key, source, start, number, revision)),
        "files": build_table("files", _file_rows(key, source, start)),
        "transcripts": build_table(
            "transcripts", _transcript_row(key, transcript, source, start, n_segments, revision)
        ),
        "segments": build_table("segments", _segment_rows(rng, key, transcript, source, start, n_segments)),
        "turns": build_table("turns", _turn_rows(key, transcript, source, start)),
    }


def key_of(tables: Tables) -> str:
    return tables["recordings"]["recording_key"][0].as_py()


def stage(home: Path, tables: Tables, *, seq: int = 1, day: date = DAY, source: str = "zoom") -> Path:
    return write_stage(
        home / "work" / "staging", recording_key=key_of(tables), seq=seq, date=day, source=source, tables=tables
    )


def publish(home: Path, stages=(), *, remove=(), day: date = DAY, source: str = "zoom") -> Published:
    return publish_partition(
        home / "lake",
        home / "work",
        date=day,
        source=source,
        remove=remove,
        stages=stages,
        parser_version=PARSER,
    )


def rebuild(home: Path, recordings: list[Tables], *, day: date = DAY, source: str = "zoom") -> Published:
    return write_partition(
        home / "lake",
        home / "work",
        date=day,
        source=source,
        recordings=recordings,
        parser_version=PARSER,
    )


def snapshot(home: Path) -> dict[str, str]:
    """Every file and folder of the lake, with its hash."""
    lake = home / "lake"
    return {
        str(path.relative_to(lake)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(lake.rglob("*"))
        if path.is_file() or path.name.startswith("date=")
    }


def _recording_row(key, source, start, number, revision):
    values = {
        "recording_key": key,
        "source": source,
        "native_id": key.split(":")[1],
        "platform": "zoom",
        "meeting_id": "123456789",
        "meeting_uuid": None,
        "topic": f"=Budget {number}",
        "host_id": "h1",
        "host_email": "ana@example.com",
        "started_at": start,
        "ended_at": start + timedelta(minutes=30),
        "duration_ms": 1_800_000,
        "timezone": "Europe/Lisbon",
        "time_base": "recording_start",
        "status": None,
        "end_reason": None,
        "transcript_status": "available",
        "n_files": 2,
        "extra": "{}",
        "first_seen_at": None,
        "payload_sha256": hashlib.sha256(f"{key}{revision}".encode()).hexdigest(),
        "parser_version": PARSER,
        "gone_at": None,
        "gone_by": None,
    }
    return {name: [value] for name, value in values.items()}


def _file_rows(key, source, start):
    end = start + timedelta(minutes=30)
    return {
        "recording_key": [key] * 2,
        "file_key": ["f1", "f2"],
        "source": [source] * 2,
        "kind": ["video", "transcript"],
        "file_type": ["MP4", "TRANSCRIPT"],
        "recording_type": ["shared_screen", None],
        "file_extension": ["MP4", "VTT"],
        "part_index": [0, 0],
        "recording_start_at": [start, start],
        "recording_end_at": [end, end],
        "listed_bytes": [5_000_000_000, 900],
        "size_bytes": [None, 900],
        "sha256": [None, "ab" * 32],
        "archive_path": [None, "zoom/2026/03/02/x/00-transcript.vtt"],
        "status": ["failed", "archived"],
        "error": ["cut off", None],
        "archived_at": [None, start],
        "gone_at": [None, None],
    }


def _transcript_row(key, transcript, source, start, n_segments, revision):
    values = {
        "transcript_key": transcript,
        "recording_key": key,
        "source": source,
        "file_key": "f2",
        "kind": "transcript",
        "provider": "zoom",
        "language": None,
        "t0_at": start,
        "n_segments": n_segments,
        "n_speakers": 3,
        "n_words": n_segments * 5,
        "rejected_cues": 0,
        "is_current": True,
        "made_at": None,
        "payload_sha256": hashlib.sha256(f"{transcript}{revision}".encode()).hexdigest(),
        "parser_version": PARSER,
    }
    return {name: [value] for name, value in values.items()}


def _segment_rows(rng, key, transcript, source, start, count):
    starts = [3_000 * index for index in range(count)]
    people = [rng.choice(_PEOPLE) for _ in starts]
    named = [person if person and not person.startswith("Speaker") else None for person in people]
    return {
        "transcript_key": [transcript] * count,
        "segment_index": list(range(count)),
        "recording_key": [key] * count,
        "source": [source] * count,
        "meeting_id": ["123456789"] * count,
        "kind": ["transcript"] * count,
        "source_segment_id": [str(index + 1) for index in range(count)],
        "start_ms": starts,
        "end_ms": [begin + 2_500 for begin in starts],
        "start_at": [start + timedelta(milliseconds=begin) for begin in starts],
        "end_at": [start + timedelta(milliseconds=begin + 2_500) for begin in starts],
        "speaker_label": people,
        "speaker_name": named,
        "speaker_kind": [
            "named" if name else "generic" if label else "unknown" for name, label in zip(named, people, strict=True)
        ],
        "speaker_source": ["prefix" if label else None for label in people],
        "speaker_share": [None] * count,
        "text": [" ".join(rng.choices(_WORDS, k=5)) for _ in starts],
        "language": [None] * count,
        "confidence": [None] * count,
        "channel": [None] * count,
        "n_words": [5] * count,
        "time_flag": [None] * count,
    }


def _turn_rows(key, transcript, source, start):
    return {
        "transcript_key": [transcript],
        "turn_index": [0],
        "recording_key": [key],
        "source": [source],
        "first_segment": [0],
        "last_segment": [6],
        "n_segments": [7],
        "start_ms": [0],
        "end_ms": [20_500],
        "start_at": [start],
        "end_at": [start + timedelta(milliseconds=20_500)],
        "speaker_label": ["Ana Lima"],
        "speaker_name": ["Ana Lima"],
        "text": ["so we ship"],
    }

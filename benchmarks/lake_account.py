"""A lake of one account for the questions of analysts: speech, chat, participants, activity and files in proportion.

Decides what such an account holds: meetings of some 67 minutes and 800 cues, three to a turn, and one in twelve asks
something; eight participants of 40 people and some guests, 30 chat messages, a stretch of activity a cue. All of it
is random and the same each time. Days are alike: the first is made, the others are its rows so many days later.
"""

from __future__ import annotations

import itertools
import operator
import random
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.bench_lake import DAY, PEOPLE, build_recording, build_sentence
from harvester.lake.publish import write_partition
from harvester.lake.rows import build_table
from schemas.cookbook import ME
from schemas.lake import TABLES

MEETINGS_A_DAY = 500
CUES = 800
MESSAGES = 30
LISTENERS = 3


def build_account(home: Path, segments: int) -> int:
    """Write the lake of so many segments or a few more below `home`; gives the number of days."""
    recordings = [_build_meeting(number) for number in range(MEETINGS_A_DAY)]
    days = -(-segments // (MEETINGS_A_DAY * CUES))
    for number in range(days):
        moved = [{name: move_rows(rows, number) for name, rows in each.items()} for each in recordings]
        day = DAY + timedelta(days=number)
        write_partition(home / "lake", home / "work", date=day, source="zoom", recordings=moved, parser_version="1")
    return days


def move_rows(rows: pa.Table, days: int) -> pa.Table:
    """The same rows, so many days later, under keys of their own."""
    if not days:
        return rows
    for index, field in enumerate(rows.schema):
        if field.name in {"recording_key", "transcript_key"}:
            key = pc.replace_substring(rows[field.name], "zoom:", f"zoom:d{days}")
            rows = rows.set_column(index, field, key)
        elif field.name == "meeting_uuid":
            rows = rows.set_column(index, field, pc.binary_join_element_wise(f"d{days}", rows[field.name], ""))
        elif pa.types.is_timestamp(field.type):
            rows = rows.set_column(index, field, pc.add(rows[field.name], pa.scalar(timedelta(days=days))))
    return rows


def _build_meeting(number: int) -> dict[str, pa.Table]:
    rng = random.Random(f"meeting {number}")
    tables = build_recording(number, CUES)
    recording = tables["recordings"].to_pylist()[0]
    has_transcript = number % 25 != 0
    host = ME if number % PEOPLE == 0 else f"u{number % PEOPLE}"
    recording |= {"meeting_uuid": recording["native_id"], "host_id": host, "host_email": _email(number % PEOPLE)}
    recording |= {"topic": f"Plan {number % 60}", "transcript_status": "available" if has_transcript else "none"}
    speech = _retell(rng, tables["segments"])
    speech = speech if has_transcript else speech.slice(0, 0)
    people = sorted(set(tables["segments"]["speaker_name"].to_pylist()))
    people += [f"Person {rng.randrange(PEOPLE)}" for _ in range(LISTENERS)]
    made = {
        "recordings": _build("recordings", [recording]),
        "participants": _build("participants", _list_participants(recording, sorted(set(people)))),
        "chat_messages": _build("chat_messages", _list_messages(rng, recording, people)),
        "speaker_activity": _build("speaker_activity", _list_activity(tables["segments"])),
        "files": _build("files", [_describe_file(rng, recording)] if has_transcript else []),
        "segments": speech,
        "turns": _build("turns", _list_turns(speech)),
    }
    return made | ({"transcripts": tables["transcripts"]} if has_transcript else {})


def _retell(rng: random.Random, segments: pa.Table) -> pa.Table:
    """The same cues, of which one in twelve ends in a question mark; who speaks goes on for three on the average."""
    text = [f"{each}?" if rng.randrange(12) == 0 else each for each in segments["text"].to_pylist()]
    speakers = segments["speaker_name"].to_pylist()
    for place in range(1, len(speakers)):
        if rng.randrange(3):
            speakers[place] = speakers[place - 1]
    for name, values in (("text", text), ("speaker_name", speakers), ("speaker_label", speakers)):
        position = segments.schema.get_field_index(name)
        segments = segments.set_column(position, segments.schema.field(name), pa.array(values, pa.string()))
    return segments


def _list_participants(recording: dict[str, Any], names: Sequence[str]) -> list[dict[str, Any]]:
    """Of the people of the account every eighth is a guest, whom nobody knows by more than the name."""
    numbers = [int(name.split()[1]) for name in names]
    return [
        {
            "participant_key": str(16_778_240 + place),
            "native_id": str(16_778_240 + place),
            "user_id": f"u{number}" if number % 8 else None,
            "email": _email(number) if number % 8 else None,
            "name": name,
            "joined_at": recording["started_at"] + timedelta(seconds=place),
            "left_at": recording["ended_at"] - timedelta(minutes=place),
        }
        | _whose(recording)
        for place, (name, number) in enumerate(zip(names, numbers, strict=True))
    ]


def _list_messages(rng: random.Random, recording: dict[str, Any], people: Sequence[str]) -> list[dict[str, Any]]:
    offsets = sorted(rng.randrange(recording["duration_ms"]) for _ in range(MESSAGES))
    rows: list[dict[str, Any]] = []
    for place, offset in enumerate(offsets):
        row = {"message_index": place, "offset_ms": offset, "sender": rng.choice(people), "recipient": "Everyone"}
        row |= {"sent_at": recording["started_at"] + timedelta(milliseconds=offset), "kind": "message"}
        row["text"] = build_sentence(rng) + ("?" if place % 4 == 0 else "")
        if place % 8 == 1:
            row |= {"kind": "reply", "reply_to": rows[-1]["text"]}
        rows.append(row | _whose(recording))
    return rows


def _list_turns(segments: pa.Table) -> list[dict[str, Any]]:
    """Runs of one speaker; pauses are not looked at, so there are somewhat fewer than in a lake of the harvester's."""
    names = ("transcript_key", "recording_key", "source", "start_ms", "start_at", "speaker_label", "speaker_name")
    runs = itertools.groupby(segments.to_pylist(), key=operator.itemgetter("speaker_name"))
    rows: list[dict[str, Any]] = []
    for place, (_, run) in enumerate(runs):
        first, *_ = lines = list(run)
        row = {name: first[name] for name in names} | {"turn_index": place, "first_segment": first["segment_index"]}
        row |= {"last_segment": lines[-1]["segment_index"], "n_segments": len(lines)}
        row |= {name: max(each[name] for each in lines) for name in ("end_ms", "end_at")}
        rows.append(row | {"text": " ".join(each["text"] for each in lines)})
    return rows


def _list_activity(segments: pa.Table) -> list[dict[str, Any]]:
    names = ("recording_key", "source", "start_ms", "end_ms", "start_at", "end_at")
    return [
        {name: row[name] for name in names}
        | {"activity_index": place, "part_index": 0, "n_active": 1, "n_entries": 2}
        | {"user_id": str(16_778_240), "username": row["speaker_name"]}
        for place, row in enumerate(segments.to_pylist())
    ]


def _describe_file(rng: random.Random, recording: dict[str, Any]) -> dict[str, Any]:
    arrived = recording["ended_at"] + timedelta(minutes=rng.randrange(5, 300))
    row = {"file_key": "f1", "kind": "transcript", "file_type": "TRANSCRIPT", "part_index": 0, "status": "archived"}
    return row | {"archived_at": arrived} | _whose(recording)


def _whose(recording: dict[str, Any]) -> dict[str, Any]:
    return {"recording_key": recording["recording_key"], "source": recording["source"]}


def _email(number: int) -> str:
    return f"person{number}@example.com"


def _build(table: str, rows: Sequence[dict[str, Any]]) -> pa.Table:
    return build_table(table, {column.name: [row.get(column.name) for row in rows] for column in TABLES[table].columns})

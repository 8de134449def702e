"""Meetings with speech, turns, people and chat, small enough to count, and what people wrote by hand of them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from lake_samples import DAY, Tables, key_of
from views_samples import Line, capture, change

from harvester.lake.rows import build_table
from harvester.speaker import classify_speaker
from harvester.transcript.model import Segments
from harvester.transcript.turns import build_turns
from schemas.handmade import ALIAS_COLUMNS, ALIASES_FILE, CORRECTION_COLUMNS, CORRECTIONS_FILE
from schemas.lake import TABLES

START = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=UTC)

# Ana 0-4 s, Bo 5-9, Ana 8-12 over him, Cy 10-11 in between, Ana on, a pause of 5.5 s, nobody known, Bo twice
COUNTED = [
    Line(0, "shall we ship on friday?", "Ana Lima", 4_000),
    Line(5_000, "no", "Bo Chen", 4_000),
    Line(8_000, "why not, I ask", "Ana Lima", 4_000),
    Line(10_000, "mhm", "Cy Dee", 1_000),
    Line(12_500, "it is done", "Ana Lima", 2_000),
    Line(20_000, "well", "Ana Lima", 1_000),
    Line(21_000, "hello", None, 1_000),
    Line(22_000, "so be it", "Bo Chen", 1_000),
    Line(23_000, "then", "Bo Chen", -500),
]


class Guest(NamedTuple):
    """One row of a recording's participants; times are minutes after its start."""

    name: str
    user_id: str | None = None
    email: str | None = None
    native_id: str | None = None
    key: str | None = None
    parent: str | None = None
    is_bot: bool | None = None
    joined: int | None = None
    left: int | None = None


class Message(NamedTuple):
    """One row of chat, by the clock of the meeting."""

    at_ms: int | None
    sender: str
    text: str
    kind: str = "message"
    reply_to: str | None = None


def meeting(
    number: int, lines: Sequence[Line], *, guests: Sequence[Guest] = (), chat: Sequence[Message] = (), **capture_as: Any
) -> Tables:
    """What `capture` gives, with the turns that the harvester cuts, participants and chat."""
    tables = capture(number, lines, **capture_as)
    tables["turns"] = _cut_turns(tables, lines)
    tables["participants"] = _build(
        "participants",
        tables,
        [
            {
                "participant_key": each.key or str(place),
                "native_id": each.native_id,
                "user_id": each.user_id,
                "name": each.name,
                "email": each.email,
                "is_bot": each.is_bot,
                "joined_at": _after(tables, each.joined),
                "left_at": _after(tables, each.left),
                "parent_key": each.parent,
            }
            for place, each in enumerate(guests)
        ],
    )
    tables["chat_messages"] = _build(
        "chat_messages",
        tables,
        [
            {
                "message_index": place,
                "sent_at": None if each.at_ms is None else START + timedelta(milliseconds=each.at_ms),
                "sender": each.sender,
                "text": each.text,
                "kind": each.kind,
                "reply_to": each.reply_to,
            }
            for place, each in enumerate(chat)
        ],
    )
    return tables


def describe(tables: Tables, **values: object) -> Tables:
    """The same recording with other values in its row of `recordings`."""
    return tables | {"recordings": change(tables["recordings"], **values)}


def write_corrections(lake: Path, rows: Iterable[dict[str, object]]) -> None:
    """What lies in the lake when people have corrected something; they count up from 0."""
    numbered = [{"correction_index": index} | row for index, row in enumerate(rows)]
    _write_sheet(lake / CORRECTIONS_FILE, CORRECTION_COLUMNS, numbered)


def write_aliases(lake: Path, rows: Iterable[dict[str, object]]) -> None:
    _write_sheet(lake / ALIASES_FILE, ALIAS_COLUMNS, rows)


def _write_sheet(path: Path, columns: Sequence[str], rows: Iterable[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.DictWriter(file, columns, lineterminator="\n")
        sheet.writeheader()
        sheet.writerows(rows)


def _build(table: str, tables: Tables, rows: Sequence[dict[str, Any]]) -> Any:
    whose = {"recording_key": key_of(tables), "source": tables["recordings"]["source"][0].as_py()}
    return build_table(
        table, {column.name: [(whose | row).get(column.name) for row in rows] for column in TABLES[table].columns}
    )


def _after(tables: Tables, minutes: int | None) -> datetime | None:
    start: datetime = tables["recordings"]["started_at"][0].as_py()
    return None if minutes is None else start + timedelta(minutes=minutes)


def _cut_turns(tables: Tables, lines: Sequence[Line]) -> Any:
    """By the harvester's own rule, to which what has no end ends where it starts."""
    kinds = [classify_speaker(each.speaker) for each in lines]
    count = len(lines)
    turns = build_turns(
        Segments(
            segment_index=np.arange(count, dtype=np.int32),
            source_segment_id=[None] * count,
            start_ms=np.array([each.at_ms or 0 for each in lines], np.int64),
            end_ms=np.array([(each.at_ms or 0) + (each.length_ms or 0) for each in lines], np.int64),
            speaker_label=[each.speaker for each in lines],
            speaker_name=[name for _, name in kinds],
            speaker_kind=[kind for kind, _ in kinds],
            speaker_source=[None] * count,
            speaker_share=[None] * count,
            text=[each.text for each in lines],
            n_words=np.zeros(count, np.int32),
            time_flag=[None] * count,
        )
    )
    rows = []
    for place, (first, last) in enumerate(zip(turns.first_segment.tolist(), turns.last_segment.tolist(), strict=True)):
        said = lines[first : last + 1]
        ends = [each.at_ms + each.length_ms for each in said if None not in {each.at_ms, each.length_ms}]
        start_ms, end_ms = said[0].at_ms, max(ends, default=None)
        rows.append(
            {
                "transcript_key": tables["transcripts"]["transcript_key"][0].as_py(),
                "turn_index": place,
                "first_segment": first,
                "last_segment": last,
                "n_segments": last - first + 1,
                "start_ms": start_ms,
                "end_ms": end_ms,
                "start_at": None if start_ms is None else START + timedelta(milliseconds=start_ms),
                "end_at": None if end_ms is None else START + timedelta(milliseconds=end_ms),
                "speaker_label": said[0].speaker,
                "speaker_name": kinds[first][1],
                "text": " ".join(each.text for each in said),
            }
        )
    return _build("turns", tables, rows)

"""One meeting as several sources saw it, for the tests of the views: what was said is given, the rest is filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from lake_samples import DAY, Tables, key_of, rebuild, recording

from harvester.lake.links import build_links, write_links
from harvester.lake.partition import Partition
from harvester.lake.query import open_lake, run_query
from harvester.lake.rows import build_table
from harvester.speaker import classify_speaker


class Line(NamedTuple):
    """One segment, by the clock of the meeting; `at_ms` None is what a source without a clock says."""

    at_ms: int | None
    text: str
    speaker: str | None = "Ana Lima"
    length_ms: int | None = 2_000


def capture(
    number: int,
    lines: Sequence[Line],
    *,
    source: str = "zoom",
    kind: str = "transcript",
    meeting_uuid: str | None = None,
    clock_ms: int = 0,
    has_words: bool = False,
    is_current: bool = True,
    day: date = DAY,
) -> Tables:
    """A recording of one transcript, of a source whose clock is `clock_ms` late."""
    tables = recording(number, n_segments=len(lines), day=day, source=source)
    key, transcript = key_of(tables), f"{key_of(tables)}/{kind}"
    start = datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(milliseconds=clock_ms)
    counts = [len(each.text.split()) if has_words or source == "zoom" else 0 for each in lines]
    tables["recordings"] = change(
        tables["recordings"], meeting_uuid=meeting_uuid, topic=f"Plan {number}" if source == "zoom" else None
    )
    tables["transcripts"] = change(
        tables["transcripts"],
        transcript_key=transcript,
        kind=kind,
        n_segments=len(lines),
        n_words=sum(counts),
        is_current=is_current,
    )
    kinds = [classify_speaker(each.speaker) for each in lines]
    tables["segments"] = change(
        tables["segments"],
        transcript_key=transcript,
        kind=kind,
        start_ms=[each.at_ms for each in lines],
        end_ms=[_end_of(each) for each in lines],
        start_at=[_at(start, each.at_ms) for each in lines],
        end_at=[_at(start, _end_of(each)) for each in lines],
        speaker_label=[each.speaker for each in lines],
        speaker_name=[name for _, name in kinds],
        speaker_kind=[speaker_kind for speaker_kind, _ in kinds],
        text=[each.text for each in lines],
        n_words=counts,
    )
    if has_words:
        tables["words"] = _build_words(key, transcript, source, lines)
    return tables


def add_transcript(tables: Tables, other: Tables) -> Tables:
    """The same recording with the transcript of another one beside its own."""
    key, merged = key_of(tables), dict(tables)
    for name in ("transcripts", "segments"):
        moved = change(other[name], recording_key=key)
        keys = [text.replace(key_of(other), key) + "2" for text in moved["transcript_key"].to_pylist()]
        merged[name] = pa.concat_tables([tables[name], change(moved, transcript_key=keys)])
    return merged


def write_lake(home: Path, captures: Iterable[Tables], links: Iterable[tuple[Tables, str | None]] = ()) -> Path:
    """The lake of these recordings, each in its own day and source; a link without a UUID is an ambiguous one."""
    parts: dict[tuple[date, str], list[Tables]] = {}
    for each in captures:
        parts.setdefault(_part_of(each), []).append(each)
    for (day, source), recordings in parts.items():
        rebuild(home, recordings, day=day, source=source)
    rows: dict[tuple[date, str], list[dict[str, object]]] = {}
    for tables, uuid in links:
        rows.setdefault(_part_of(tables), []).append(_build_link(tables, uuid))
    for (day, source), linked in rows.items():
        write_links(Partition(home / "lake", home / "work", day, source), build_links(linked))
    return home / "lake"


def ask(lake: Path, sql: str) -> list[tuple[Any, ...]]:
    """What `harvester query` answers, row by row."""
    return [tuple(row.values()) for row in run_query(lake, sql).to_pylist()]


def opened(lake: Path) -> Callable[[str], list[tuple[Any, ...]]]:
    """The lake as it is now, for many questions: opening it costs more than most of them."""
    connection = open_lake(lake)

    def answer(sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in connection.sql(sql).to_arrow_table().to_pylist()]

    return answer


def change(table: pa.Table, **values: object) -> pa.Table:
    """The same rows with other values; one that is no list is everybody's."""
    for name, value in values.items():
        column = value if isinstance(value, list) else [value] * table.num_rows
        position = table.column_names.index(name)
        table = table.set_column(position, table.schema.field(name), pa.array(column, table.schema.field(name).type))
    return table


def _part_of(tables: Tables) -> tuple[date, str]:
    (row,) = tables["recordings"].select(["started_at", "source"]).to_pylist()
    return row["started_at"].date(), row["source"]


def _build_link(tables: Tables, uuid: str | None) -> dict[str, object]:
    return {
        "recording_key": key_of(tables),
        "source": tables["recordings"]["source"][0].as_py(),
        "meeting_uuid": uuid,
        "match_method": "id_overlap" if uuid else None,
        "match_overlap_ms": 1_800_000 if uuid else None,
        "candidates": 1,
        "matched_at": None,
        "reason": None if uuid else "ambiguous",
        "zoom_recording_key": None,
    }


def _build_words(key: str, transcript: str, source: str, lines: Sequence[Line]) -> pa.Table:
    """Each word as long as the others of its segment."""
    words = [
        (index, place, text, each.at_ms + place * 200)
        for index, each in enumerate(lines)
        if each.at_ms is not None
        for place, text in enumerate(each.text.split())
    ]
    indexes, places, texts, starts = (list(column) for column in zip(*words, strict=True))
    n_rows = len(words)
    return build_table(
        "words",
        {
            "transcript_key": [transcript] * n_rows,
            "segment_index": indexes,
            "word_index": places,
            "recording_key": [key] * n_rows,
            "source": [source] * n_rows,
            "text": texts,
            "start_ms": starts,
            "end_ms": [start + 200 for start in starts],
            "confidence": [None] * n_rows,
            "speaker_label": [None] * n_rows,
        },
    )


def _end_of(line: Line) -> int | None:
    return None if line.at_ms is None or line.length_ms is None else line.at_ms + line.length_ms


def _at(start: datetime, offset_ms: int | None) -> datetime | None:
    return None if offset_ms is None else start + timedelta(milliseconds=offset_ms)

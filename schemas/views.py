"""The DuckDB views over the lake, as one SQL text: one per table, those people ask for first, and those over meetings.

Decides how the lake is read by name. Never runs SQL. Needs DuckDB 1.2 or newer.
"""

from __future__ import annotations

import pyarrow as pa

from schemas.lake import TABLES
from schemas.meeting_views import MEETING_VIEWS, render_meeting_views
from schemas.table import Table

VIEWS = {
    "transcript": "what was said in each recording, readable, from the current transcript only "
    "(captions where there is no transcript)",
    "talk_time": "milliseconds, segments and words per recording and speaker",
    **MEETING_VIEWS,
}

_DUCKDB_TYPES = {
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float32(): "FLOAT",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
}

_HEAD = """\
-- Views over the lake, for DuckDB. In the lake's folder: duckdb -init views.sql
-- From elsewhere: SET VARIABLE lake = '/path/to/lake'; and then read this file.
SET TimeZone = 'UTC';
SET VARIABLE lake = coalesce(getvariable('lake'), '.');
"""

# read_parquet refuses a pattern that matches nothing, so whether a table has files is asked first. The typed empty
# SELECT gives every column its type and place, also where all files are older than the column.
_TABLE_VIEW = """\
SET VARIABLE has_{name} = (
    SELECT count(*) > 0 FROM glob(getvariable('lake') || '/{name}/*/*.parquet'));
CREATE OR REPLACE TEMP VIEW {name} AS SELECT
    {columns}
FROM query('SELECT {typed} WHERE false'
    || CASE WHEN getvariable('has_{name}') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/{name}/*/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {{''date'': DATE}})' ELSE '' END);
"""

_READABLE = """\
CREATE OR REPLACE TEMP VIEW transcript AS
WITH chosen AS (
    SELECT date, recording_key, transcript_key FROM transcripts WHERE is_current AND n_segments > 0
    QUALIFY kind = 'transcript' OR NOT bool_or(kind = 'transcript') OVER (PARTITION BY date, recording_key))
SELECT s.date, s.source, r.topic, r.started_at, s.start_at, s.start_ms, s.end_ms,
    coalesce(s.speaker_name, s.speaker_label) AS speaker, s.text, s.language, s.n_words, s.kind,
    s.recording_key, s.transcript_key, s.segment_index
FROM segments s
JOIN chosen c ON c.date = s.date AND c.transcript_key = s.transcript_key
JOIN recordings r ON r.date = s.date AND r.recording_key = s.recording_key;

CREATE OR REPLACE TEMP VIEW talk_time AS
SELECT date, source, recording_key, topic, speaker,
    sum(greatest(end_ms - start_ms, 0))::BIGINT AS talk_ms,
    count(*) AS n_segments, sum(n_words)::BIGINT AS n_words
FROM transcript
GROUP BY date, source, recording_key, topic, speaker;
"""


def render_sql() -> str:
    """The whole text: safe to run twice, and on a lake in which some tables have no file yet."""
    return "\n".join([_HEAD, *(_render_view(table) for table in TABLES.values()), _READABLE, render_meeting_views()])


def _render_view(table: Table) -> str:
    names = ["date", *(column.name for column in table.columns)]
    types = ["DATE", *(_DUCKDB_TYPES[column.type] for column in table.columns)]
    return _TABLE_VIEW.format(
        name=table.name,
        columns=_fill(names, "    "),
        typed=_fill([f"NULL::{type_} AS {name}" for name, type_ in zip(names, types, strict=True)], "        "),
    )


def _fill(items: list[str], indent: str, width: int = 110) -> str:
    lines = [""]
    for position, item in enumerate(items):
        piece = item + ("," if position < len(items) - 1 else "")
        if lines[-1] and len(indent) + len(lines[-1]) + 1 + len(piece) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {piece}".strip()
    return f"\n{indent}".join(lines)

"""The DuckDB views over the lake, as one SQL text: one per table, those over what people wrote by hand, and the others.

Decides how the lake is read by name. Never runs SQL. Needs DuckDB 1.2 or newer.
"""

from __future__ import annotations

from schemas.agreement_views import AGREEMENT_VIEWS
from schemas.chat_views import CHAT_VIEWS
from schemas.correction_views import CORRECTION_VIEWS
from schemas.coverage_views import COVERAGE_VIEWS
from schemas.handmade import ALIASES_FILE, CORRECTIONS_FILE
from schemas.lake import TABLES
from schemas.meeting_views import MEETING_VIEWS
from schemas.people_views import PEOPLE_VIEWS
from schemas.silence_views import SILENCE_VIEWS
from schemas.speech_views import SPEECH_VIEWS
from schemas.table import Table
from schemas.view import DAY, View, fill, render_typed, render_view

ALL_VIEWS: tuple[View, ...] = (
    *SPEECH_VIEWS,
    *SILENCE_VIEWS,
    *CHAT_VIEWS,
    *PEOPLE_VIEWS,
    *COVERAGE_VIEWS,
    *MEETING_VIEWS,
    *AGREEMENT_VIEWS,
    *CORRECTION_VIEWS,
)
VIEWS = {view.name: view.explain() for view in ALL_VIEWS}
"""Name -> what it shows, with a query to begin with."""

_HEAD = """\
-- Views over the lake, for DuckDB. In the lake's folder: duckdb -init views.sql
-- From elsewhere: SET VARIABLE lake = '/path/to/lake'; and then read this file.
-- Of years of files only some days: SET VARIABLE days = 'date=2026-11-2*'; and then read this file, again for others.
SET TimeZone = 'UTC';
SET VARIABLE lake = coalesce(getvariable('lake'), '.');
SET VARIABLE days = coalesce(getvariable('days'), '*');
"""

# read_parquet refuses a pattern that matches nothing, so whether a table has files is asked. The typed empty
# SELECT gives every column its type and place, also where all files are older than the column.
_TABLE_VIEW = """\
CREATE OR REPLACE TEMP VIEW {name} AS SELECT
    {columns}
FROM query('SELECT {typed} WHERE false'
    || CASE WHEN getvariable('has_{name}') THEN ' UNION ALL BY NAME SELECT * FROM read_parquet('
    || 'getvariable(''lake'') || ''/{name}/'' || getvariable(''days'') || ''/*.parquet'', '
    || 'hive_partitioning = true, union_by_name = true, hive_types = {{''date'': DATE}})' ELSE '' END);
"""

_FILES = {
    **{name: f"'/{name}/' || getvariable('days') || '/*.parquet'" for name in TABLES},
    "corrections": f"'/{CORRECTIONS_FILE}'",
    "aliases": f"'/{ALIASES_FILE}'",
}


def render_sql() -> str:
    """The whole text: safe to run twice, and on a lake in which some tables have no file yet.

    A view that is created looks into every file of its tables, which takes seconds over a year; so the views are
    created as if there were no file, and what there is is asked at the end.
    """
    # in the order in which they need each other: what people wrote, speech, turns and the others on top
    views = [*CORRECTION_VIEWS, *(view for view in ALL_VIEWS if view not in CORRECTION_VIEWS)]
    return "\n".join(
        [
            _HEAD + "".join(f"SET VARIABLE has_{name} = false;\n" for name in _FILES),
            *(_render_table(table) for table in TABLES.values()),
            *map(render_view, views),
            "".join(_ask_for(name, pattern) for name, pattern in _FILES.items()),
        ]
    )


def _ask_for(name: str, pattern: str) -> str:
    return f"SET VARIABLE has_{name} = (\n    SELECT count(*) > 0 FROM glob(getvariable('lake') || {pattern}));\n"


def _render_table(table: Table) -> str:
    names = ["date", *(column.name for column in table.columns)]
    typed = render_typed([DAY, *table.columns])
    return _TABLE_VIEW.format(name=table.name, columns=fill(names, "    "), typed=fill(typed, "        "))

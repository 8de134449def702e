"""The data dictionary, made from the table definitions: JSON, text and a README for the lake folder.

Decides wording and layout only. Never touches the disk; tests keep the committed copies in step.
"""

from __future__ import annotations

import json

from schemas.cookbook import COOKBOOK
from schemas.lake import TABLES
from schemas.table import SCHEMA_VERSION, Column, Disguise, Table
from schemas.view import View
from schemas.views import ALL_VIEWS, VIEWS, render_sql

__all__ = ["render_json", "render_readme", "render_sql", "render_text"]

_PARTITION = "date: UTC date of the recording's start, in the folder name only (date=YYYY-MM-DD)"

_README = """\
# The lake

Parquet files, one folder per table, one per UTC day below it: `<table>/date=YYYY-MM-DD/<source>-00-of-01.parquet`.
`date` is the UTC date on which the recording started; it stands in the folder name only.
Each file is replaced as a whole by a rename: a reader sees the old one or the new one, never a piece.
Null means that the source did not say. `*_ms` are milliseconds, `*_at` are UTC, `*_bytes` are bytes, ids are text.
All of this is made from the archive and can be made again from it (`harvester rebuild`): do not edit it.
`corrections.csv` and `aliases.csv` are copies of what people put right: change it with `harvester correct`.

## Reading it

DuckDB, in this folder: `duckdb -init views.sql`, then `SELECT * FROM talk_time;` (or `harvester query "..."` anywhere).
Start again after the first harvest: a view over a table without files stays empty for the session.

```python
import pandas as pd
pd.read_parquet("segments", filters=[("date", "==", "2026-03-02")], columns=["recording_key", "text"])
# pandas and pyarrow compare `date` as text: a datetime.date is refused.

import polars as pl
pl.scan_parquet("segments/*/*.parquet", hive_partitioning=True)

spark.read.parquet("segments")  # PySpark
```

Segments are what was said; `turns` is the same text by run of one speaker, so use one of the two.
Older runs of a transcript are kept: join `transcripts` on `is_current`, or use the view `transcript`.
Of years of days only some: `SET VARIABLE days = 'date=2026-11-*';` before `views.sql` is read.
A query that fails because a file vanished met a replacement: run it again.

## Tables

{tables}

## Views in views.sql

{views}

## Questions to begin with

{questions}
"""


def render_json() -> str:
    """All tables and views as one JSON document, for programs."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "partition": _PARTITION,
        "tables": [_describe_table(table) for table in TABLES.values()],
        "views": [_describe_view(view) for view in ALL_VIEWS],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def render_text() -> str:
    """All tables and views as text, one line per column, for a terminal."""
    marks = "* key, ! not null, @ personal data, # not in a lake of pseudonyms"
    head = f"Lake schema {SCHEMA_VERSION}. {marks}\nPartition {_PARTITION}\n"
    tables = [_render_columns(f"{table.name}: {table.description}", table.columns) for table in TABLES.values()]
    views = [_render_columns(f"view {view.name}: {view.explain()}", view.columns) for view in ALL_VIEWS]
    return "\n".join([head, *tables, *views])


def render_readme() -> str:
    """What lies in the lake folder and how to read it, for whoever finds it there."""
    return _README.format(
        tables="\n".join(f"- `{table.name}`: {table.description}." for table in TABLES.values()),
        views="\n".join(f"- `{name}`: {description}." for name, description in VIEWS.items()),
        questions="\n".join(f"- {question} `{sql}`" for question, sql in COOKBOOK.items()),
    )


def _describe_table(table: Table) -> dict[str, object]:
    return {
        "name": table.name,
        "description": table.description,
        "key": ["date", *table.key] if table.name == "coverage" else list(table.key),
        "sort_key": list(table.sort_key),
        "columns": [_describe_column(column) for column in table.columns],
    }


def _describe_view(view: View) -> dict[str, object]:
    return {
        "name": view.name,
        "description": view.description,
        "example": view.example,
        "columns": [_describe_column(column) for column in view.columns],
    }


def _describe_column(column: Column) -> dict[str, object]:
    return {
        "name": column.name,
        "type": str(column.type),
        "nullable": column.nullable,
        "unit": column.unit,
        "key": column.key,
        "personal": column.personal,
        "pseudonymised": column.disguise,
        "description": column.description,
    }


def _render_columns(title: str, columns: tuple[Column, ...]) -> str:
    lines = [title]
    for column in columns:
        marks = ("*" if column.key else "") + ("" if column.nullable else "!") + ("@" * column.personal)
        marks += "#" * (column.disguise is not Disguise.KEPT)
        lines.append(f"  {column.name:<22}{column.type!s:<24}{marks:<4}{column.description}")
    return "\n".join(lines) + "\n"

"""What a view of the lake is made of: a name, what it shows, a query to begin with, its columns, and its SQL.

Decides how views are described and how lists of columns are written in SQL. Never runs any.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from schemas.lake import TABLES
from schemas.table import Column, Disguise, maybe, personal

DATE = pa.date32()
NUMBER = pa.float64()

DUCKDB_TYPES = {
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float32(): "FLOAT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.timestamp("us", tz="UTC"): "TIMESTAMPTZ",
}

DAY = maybe("date", DATE, "UTC date of the recording's start; a condition on it reaches the files")


@dataclass(frozen=True, slots=True)
class View:
    """One view; `sql` is what follows CREATE VIEW ... AS and gives `columns`, in this order and of these types."""

    name: str
    description: str
    example: str
    columns: tuple[Column, ...]
    sql: str

    def explain(self) -> str:
        """Description and example in one line of Markdown."""
        return f"{self.description}. Example: `{self.example}`"


def borrow(table: str, *names: str) -> tuple[Column, ...]:
    """Columns that mean in a view what they mean in that table."""
    columns = {column.name: column for column in TABLES[table].columns}
    return tuple(columns[name] for name in names)


def shown(name: str, description: str, disguise: Disguise = Disguise.LABEL) -> Column:
    """Text in which people may be named, as a rule a speaker's label."""
    return personal(name, description, disguise)


def render_view(view: View) -> str:
    return f"CREATE OR REPLACE TEMP VIEW {view.name} AS\n{view.sql.strip()};\n"


def render_typed(columns: Iterable[Column]) -> list[str]:
    """`NULL::TYPE AS name` of each: a SELECT of these and no row gives every column its type and place."""
    return [f"NULL::{DUCKDB_TYPES[column.type]} AS {column.name}" for column in columns]


def fill(items: list[str], indent: str, width: int = 110) -> str:
    """The items with commas between them, on lines of that width below one another."""
    lines = [""]
    for position, item in enumerate(items):
        piece = item + ("," if position < len(items) - 1 else "")
        if lines[-1] and len(indent) + len(lines[-1]) + 1 + len(piece) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {piece}".strip()
    return f"\n{indent}".join(lines)

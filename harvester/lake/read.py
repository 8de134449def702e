"""The analysts' door from Python: a table, or one day of it, as a pandas frame with the right types.

The only place that meets pandas. Integers stay integers where a value is missing, times are UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date as Date  # noqa: N812 - `date` is the column and the argument
from pathlib import Path

import pandas as pd
import pyarrow as pa

from harvester.errors import ConfigError, Failed
from harvester.lake.parquet import read_parquet
from harvester.lake.rows import empty_table
from schemas.lake import TABLES

_TYPES = {
    pa.string(): pd.StringDtype(na_value=pd.NA),
    pa.bool_(): pd.BooleanDtype(),
    pa.int32(): pd.Int32Dtype(),
    pa.int64(): pd.Int64Dtype(),
    pa.float32(): pd.Float32Dtype(),
}


def read_table(
    lake: Path, table: str, *, date: Date | None = None, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Rows of `table`, of one UTC day if `date` is given, with the partition's `date` as first column.

    A day or a table without rows gives an empty frame of the same types. Raises Damaged for an unreadable file.
    """
    if table not in TABLES:
        raise Failed(f"there is no table {table}", hint=f"there are {', '.join(TABLES)}")
    known = ["date", *(column.name for column in TABLES[table].columns)]
    chosen = list(columns) if columns is not None else known
    unknown = [name for name in chosen if name not in known]
    if unknown:
        raise Failed(f"{table} has no column {', '.join(unknown)}", hint=f"it has {', '.join(known)}")
    if not lake.is_dir():
        raise ConfigError(f"there is no lake at {lake}", hint="`harvester nightly` writes it")
    folders = sorted((lake / table).glob(f"date={date.isoformat() if date else '*'}"))
    parts = [_read_day(path, table) for folder in folders for path in sorted(folder.glob("*.parquet"))]
    whole = pa.concat_tables([_add_date(empty_table(table), Date.min), *parts])
    frame: pd.DataFrame = whole.select(chosen).to_pandas(types_mapper=_TYPES.get, date_as_object=False)
    return frame


def _read_day(path: Path, table: str) -> pa.Table:
    rows = read_parquet(TABLES[table], path)
    day = Date.fromisoformat(path.parent.name.removeprefix("date="))
    return _add_date(empty_table(table) if rows is None else rows, day)


def _add_date(rows: pa.Table, day: Date) -> pa.Table:
    days = pa.repeat(pa.scalar(day, pa.date32()), rows.num_rows)
    return rows.replace_schema_metadata(None).add_column(0, pa.field("date", pa.date32()), days)

"""Columns into an Arrow table under the published schema.

Decides what fits: names, lengths, nulls and types, reporting everything that is wrong at once. Never repairs a value;
what does not fit is a mistake of the caller. Nothing here touches the disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from harvester.errors import Failed
from schemas.lake import TABLES
from schemas.table import Column

_BUG_HINT = "this is a mistake in the harvester, not in the recording; please report it with this message"


def build_table(table_name: str, columns: Mapping[str, Sequence[Any]]) -> pa.Table:
    """All columns of `table_name`, each as a list, NumPy array or Arrow array of one common length.

    Times are aware datetimes, datetime64 in UTC, or whole microseconds since 1970.
    Raises Failed with every finding in one message.
    """
    table = TABLES[table_name]
    findings = _check_names({column.name for column in table.columns}, columns)
    arrays = []
    for column in table.columns:
        if column.name in columns:
            array, problems = _build_array(column, columns[column.name])
            arrays.append(array)
            findings += problems
    if findings:
        raise Failed(f"rows do not fit the table {table_name}: {'; '.join(findings)}", hint=_BUG_HINT)
    return pa.Table.from_arrays(arrays, schema=table.schema)


def empty_table(table_name: str) -> pa.Table:
    return TABLES[table_name].schema.empty_table()


def conform(table_name: str, rows: pa.Table) -> pa.Table:
    """Rows of an older schema, with the columns added since as nulls. Raises ValueError where that cannot be."""
    table = TABLES[table_name]
    today = table.schema
    if rows.schema.equals(today):
        return pa.Table.from_arrays(rows.columns, schema=today)
    unknown = set(rows.column_names) - {column.name for column in table.columns}
    if unknown:
        raise ValueError(f"it has columns of a newer version: {', '.join(sorted(unknown))}")
    arrays = []
    for column in table.columns:
        if column.name not in rows.column_names:
            if not column.nullable:
                raise ValueError(f"it lacks the column {column.name}")
            arrays.append(pa.nulls(rows.num_rows, column.type))
            continue
        values = rows.column(column.name)
        if values.type != column.type:
            raise ValueError(f"its column {column.name} is {values.type}, not {column.type}")
        arrays.append(values)
    return pa.Table.from_arrays(arrays, schema=today)


def first_line(error: Exception) -> str:
    """What Arrow said, without the stack that may follow it."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def _check_names(known: set[str], columns: Mapping[str, Sequence[Any]]) -> list[str]:
    findings = [f"unknown column {name}" for name in columns if name not in known]
    findings += [f"missing column {name}" for name in sorted(known - set(columns))]
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        usual = max(set(lengths.values()), key=list(lengths.values()).count)
        findings += [
            f"column {name} has {length} values, not {usual}" for name, length in lengths.items() if length != usual
        ]
    return findings


def _build_array(column: Column, values: Sequence[Any]) -> tuple[pa.Array | None, list[str]]:
    try:
        array = _convert(column.type, values)
    # a lone surrogate cannot be UTF-8, hence UnicodeError; OverflowError comes from dates beyond int64
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        kind = "text is not valid Unicode" if isinstance(error, UnicodeError) else first_line(error)
        return None, [f"column {column.name} is not {column.type}: {kind}"]
    if array.null_count and not column.nullable:
        return array, [f"column {column.name} has {array.null_count} nulls and may have none"]
    return array, []


def _convert(type_: pa.DataType, values: Sequence[Any]) -> pa.Array:
    if isinstance(values, list) and _is_exactly(type_, values):
        # a list inside a scalar takes a third of the time of `pa.array`, which first looks for pandas everywhere
        return pa.scalar(values, pa.list_(type_)).values
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if pa.types.is_integer(type_):
        # asked for integers directly, Arrow cuts 1.5 down to 1 without a word
        array = values if isinstance(values, pa.Array) else pa.array(values)
        if not (pa.types.is_integer(array.type) or pa.types.is_null(array.type)):
            raise TypeError(f"values are {array.type}")
        return array if array.type == type_ else array.cast(type_)
    if pa.types.is_timestamp(type_) and not isinstance(values, (np.ndarray, pa.Array)):
        array = pa.array(values)
        if pa.types.is_timestamp(array.type) and array.type.tz is None:
            raise TypeError("times without a time zone")
        return array.cast(type_)
    if isinstance(values, pa.Array):
        return values.cast(type_)
    return pa.array(values, type_)


def _is_exactly(type_: pa.DataType, values: Sequence[Any]) -> bool:
    """Whether the values are of the one Python type that Arrow turns into `type_` without a choice of its own."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {datetime}:
        return bool(pa.types.is_timestamp(type_)) and all(each is None or each.tzinfo for each in values)
    return not kinds or kinds == {str if pa.types.is_string(type_) else int if pa.types.is_integer(type_) else object}

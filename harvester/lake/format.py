"""A query's result for people and programs: a table for the terminal, CSV, JSON or Parquet.

Decides layout only; what is safe to show is decided in `cells`. Never writes anywhere; the caller prints what it gets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from harvester.lake.cells import guard_formula, make_safe, plain_value, text_width

MAX_WIDTH = 60
_QUOTED = re.compile('[",\r\n\0]')


def format_table(table: pa.Table, *, max_width: int = MAX_WIDTH) -> str:
    """Aligned columns. Control and direction characters are shown as escapes, long cells are cut at `max_width`."""
    heads = [_cut(name, max_width) for name in table.column_names]
    columns = [[_cut(_show(value), max_width) for value in column.to_pylist()] for column in table.columns]
    right = [_is_number(field.type) for field in table.schema]
    widths = [max(map(text_width, [head, *cells])) for head, cells in zip(heads, columns, strict=True)]
    lines = [_line(heads, widths, right), _line(["-" * width for width in widths], widths, right)]
    lines += [_line(row, widths, right) for row in zip(*columns, strict=True)]
    return "\n".join(lines) + "\n"


def format_csv(table: pa.Table) -> str:
    """RFC 4180 with a header line; an apostrophe stands before text that a spreadsheet would calculate."""
    columns = [[_csv_value(value) for value in column.to_pylist()] for column in table.columns]
    rows = [[guard_formula(name) for name in table.column_names], *map(list, zip(*columns, strict=True))]
    return "".join(f"{csv_line(row)}\n" for row in rows)


def format_json(table: pa.Table) -> str:
    """One array of objects, in ASCII, so that it is safe on a terminal too; times are ISO 8601 in UTC."""
    rows = [{name: plain_value(value) for name, value in row.items()} for row in table.to_pylist()]
    lines = ",\n".join(json.dumps(row, allow_nan=False) for row in rows).replace("\x7f", "\\u007f")
    return f"[\n{lines}\n]\n" if rows else "[]\n"


def format_parquet(table: pa.Table) -> bytes:
    """The result with its types, for whatever reads Parquet."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _cut(text: str, max_width: int) -> str:
    """A cell of a million characters must not cost a million look-ups, so it is cut before it is measured."""
    safe = make_safe(text[: 4 * max_width])
    if text_width(safe) <= max_width and len(text) <= 4 * max_width:
        return safe
    while text_width(safe) > max_width - 1:
        safe = safe[:-1]
    return safe + "…"


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = []
    for cell, width, to_right in zip(cells, widths, right, strict=True):
        blanks = " " * (width - text_width(cell))
        padded.append(blanks + cell if to_right else cell + blanks)
    return "  ".join(padded).rstrip()


def _is_number(type_: pa.DataType) -> bool:
    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_))


def _csv_value(value: object) -> str:
    """Only text is guarded: a negative number must stay one."""
    return guard_formula(value) if isinstance(value, str) else _show(value)


def csv_line(cells: Sequence[str]) -> str:
    """One row of RFC 4180, without its line end.

    The csv module leaves a lone carriage return unquoted when lines end in a line feed, which splits the row.
    """
    if list(cells) == [""]:
        return '""'  # an empty line would be no row at all
    return ",".join('"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell for cell in cells)


def _show(value: object) -> str:
    plain = plain_value(value)
    if value is None or isinstance(plain, str):
        return plain if isinstance(plain, str) else ""
    if plain is None:  # NaN and the infinities, for which JSON has no word
        return str(value)
    return json.dumps(plain, ensure_ascii=False)

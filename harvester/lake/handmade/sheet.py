"""A small CSV that a person wrote or a spreadsheet saved: bytes to rows with their lines, and rows to bytes.

Decides what spreadsheets do to a CSV and may be forgiven: `;` or a tab for the comma, a mark of UTF-8 in front, CRLF,
empty columns and rows at the end, an apostrophe before what would be calculated. Nothing else is guessed: what cannot
be read is named by its line. Knows nothing of what the columns mean.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from harvester.csvs import open_csv
from harvester.errors import ExitCode, HarvesterError
from harvester.lake.cells import guard_formula, strip_guard
from harvester.lake.format import csv_line

_SAVE_AS = "save the file as CSV in UTF-8"


class BadSheet(HarvesterError):
    """Rows that cannot be taken; `problems` has a sentence for each, with its line."""

    exit_code = ExitCode.USAGE

    def __init__(self, where: str, problems: Sequence[str]) -> None:
        more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
        super().__init__(f"{where}: {problems[0]}{more}", hint="nothing was taken; put it right and try again")
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: the line on which it begins, and its cells by column, "" where it has none."""

    line: int
    cells: dict[str, str]


def read_sheet(
    data: bytes, where: str, *, columns: Sequence[str], needed: str, ignored: Sequence[str] = ()
) -> list[SheetRow]:
    """Rows that are not empty. The header names `needed`, and otherwise only `columns` and those to be `ignored`.

    Raises BadSheet for what is no such CSV.
    """
    text = _decode(data, where)
    head = text.lstrip("\r\n").splitlines()[:1]
    if not head:
        raise BadSheet(where, [f"it is empty: its first line must name the columns, {', '.join(columns)}"])
    header, *records = _split(text, where, delimiter=max(",;\t", key=head[0].count))
    names = [each.strip().lower() for each in header[1]]
    if problems := list(_check_header(names, columns, needed, ignored)):
        raise BadSheet(where, problems)
    filled = [(line, cells) for line, cells in records if any(each.strip() for each in cells)]
    if problems := [problem for line, cells in filled if (problem := _check_cells(names, line, cells))]:
        raise BadSheet(where, problems)
    return [SheetRow(line, _name(names, cells, columns)) for line, cells in filled]


def write_sheet(columns: Sequence[str], rows: Iterable[Sequence[str]], *, guarded: bool) -> bytes:
    """The same as bytes; `guarded` for a file that a spreadsheet may open, not for one that a program reads."""
    lines = [list(columns)]
    lines += [[guard_formula(cell) if guarded else cell for cell in row] for row in rows]
    return "".join(f"{csv_line(each)}\n" for each in lines).encode()


def _decode(data: bytes, where: str) -> str:
    body = data.removeprefix(codecs.BOM_UTF8)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadSheet(where, [f"it is UTF-16: {_SAVE_AS}"])
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        line = body[: error.start].count(b"\n") + 1
        raise BadSheet(where, [f"line {line} is not UTF-8: {_SAVE_AS}"]) from None


def _split(text: str, where: str, *, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each record; a cell in quotes may go over several lines."""
    reader = open_csv(text, delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        problem = f"from line {line} on it is no CSV ({error})"
        raise BadSheet(where, [f'{problem}: put a cell that holds a " into quotes, and double the "']) from None


def _check_header(names: Sequence[str], columns: Sequence[str], needed: str, ignored: Sequence[str]) -> Iterator[str]:
    """What is wrong with the first line; columns without a name are a spreadsheet's way."""
    known = ", ".join(columns)
    if needed not in names:
        yield f"line 1 names no column {needed}: the columns are {known}"
    for each in dict.fromkeys(filter(None, names)):
        if each not in {*columns, *ignored}:
            yield f"line 1 names a column {each!r} that is not known: remove it; the columns are {known}"
        elif names.count(each) > 1:
            yield f"line 1 names {each} twice"


def _check_cells(names: Sequence[str], line: int, cells: Sequence[str]) -> str | None:
    if any("\0" in each for each in cells):
        return f"line {line} holds a NUL character: remove it"
    if any(cell.strip() for name, cell in zip_longest(names, cells, fillvalue="") if not name):
        return f'line {line} has more cells than the header has columns: put a cell that holds a comma into "quotes"'
    return None


def _name(names: Sequence[str], cells: Sequence[str], columns: Sequence[str]) -> dict[str, str]:
    """The cells by column; columns and cells that are not there are empty."""
    return dict.fromkeys(columns, "") | {
        name: strip_guard(cell) for name, cell in zip(names, cells, strict=False) if name in columns
    }

"""Polls as CSV: who answered what.

The form is not documented and was not seen, so that every column is optional. The header is the first row that names
known columns; lines before it are the report's own. Questions stand in a column `Question` beside their `Answer`, or
as columns of their own, or in pairs behind the last named column. Rows are kept whole beside what was understood.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest

from harvester.csvs import open_csv
from harvester.sidecars.model import Answer
from harvester.sidecars.text import as_text, decode, refuse

_NUMBER = re.compile(r"\s{0,9}#?[0-9]{1,3}$")
_COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("#", "no", "no.", "nr", "id"), "number"),
    **dict.fromkeys(("name", "user name", "username", "participant", "respondent", "attendee"), "respondent"),
    **dict.fromkeys(("email", "e-mail", "user email", "email address", "user email address"), "email"),
    **dict.fromkeys(("question", "poll question", "questions"), "question"),
    **dict.fromkeys(("answer", "answers", "response", "responses"), "answer"),
    **dict.fromkeys(("poll", "poll name", "poll title"), "poll"),
    **dict.fromkeys(
        (
            "submitted date/time",
            "submitted date and time",
            "submission time",
            "answered at",
            "date",
            "time",
            "date/time",
        ),
        "answered_at",
    ),
}
_UNMISTAKABLE = frozenset({"user name", "user email"})
_Pair = tuple[str | None, str | None]
_PAIRED = frozenset({"question", "answer"})
_MOST_NAMED_CHARS = 1 << 28  # of the columns' names, which are kept with every row


def read_polls(data: bytes, *, keep_emails: bool = False) -> list[Answer]:
    """A row per answer, in the order of the file; one of which nothing is understood is kept as it stands.

    Mail addresses stay out of the rows as well unless `keep_emails`. Raises Damaged for what no CSV reader takes.
    """
    text = decode(data)
    try:
        rows = [row for row in open_csv(text, delimiter=_find_delimiter(text)) if any(row)]
    except csv.Error as error:
        raise refuse("poll", f"it is no CSV: {error}") from error
    if len(rows) * max((sum(map(len, row)) for row in rows if _is_header(row)), default=0) > _MOST_NAMED_CHARS:
        raise refuse("poll", f"its {len(rows):,} rows and the names of its columns are too many to be told row by row")
    return list(_read_rows(rows, keep_emails=keep_emails))


def _find_delimiter(text: str) -> str:
    """The one that parts the first line with known columns; a comma where there is none."""
    for line in io.StringIO(text):
        for delimiter in ",;\t":
            if _is_header(line.rstrip("\r\n").replace('"', "").split(delimiter)):
                return delimiter
    return ","


def _is_header(row: list[str]) -> bool:
    """Two columns are known and one of them says who or what, or one is whose name is nothing else."""
    names = [_fold(cell) for cell in row]
    known = [_COLUMNS[name] for name in names if name in _COLUMNS]
    is_known = len(known) > 1 and bool({"respondent", "email", "question"} & {*known})
    return is_known or (len(row) > 1 and not _UNMISTAKABLE.isdisjoint(names))


def _fold(cell: str) -> str:
    return _NUMBER.sub("", cell.strip()).casefold() if cell.strip() != "#" else "#"


@dataclass(frozen=True, slots=True)
class _Header:
    """The names of a table's columns and what each is for, as far as it is known."""

    names: tuple[str, ...] = ()
    roles: tuple[str | None, ...] = ()
    is_paired: bool = False

    @classmethod
    def of(cls, row: list[str]) -> _Header:
        roles = tuple(_COLUMNS.get(_fold(name)) for name in row)
        return cls(tuple(map(str.strip, row)), roles, is_paired=not _PAIRED.isdisjoint(roles))


def _read_rows(rows: list[list[str]], *, keep_emails: bool) -> Iterator[Answer]:
    header = None if any(map(_is_header, rows)) else _Header()
    poll: str | None = None
    for row in rows:
        if _is_header(row):
            header = _Header.of(row)
        elif header is None:
            poll = _find_poll(row) or poll
        else:
            yield from _read_row(header, [as_text(cell) for cell in row], poll, keep_emails=keep_emails)


def _find_poll(row: list[str]) -> str | None:
    """The name of a poll that a line before the header gives."""
    is_named = len(row) > 1 and _COLUMNS.get(_fold(row[0].strip().rstrip(":"))) == "poll"
    return as_text(row[1]) if is_named else None


def _read_row(header: _Header, cells: list[str | None], poll: str | None, *, keep_emails: bool) -> Iterator[Answer]:
    """The answers of a row; the first carries the row, so that many do not repeat it."""
    said: dict[str, str | None] = {}
    for cell, role in zip(cells, header.roles, strict=False):
        if role and role not in _PAIRED:
            said.setdefault(role, cell)
    whole = _name_cells(header, cells)
    if not keep_emails:
        whole = {name: None if _is_email(cell) else cell for name, cell in whole.items()}
    for index, (question, answer) in enumerate(_find_answers(header, cells) or [(None, None)]):
        yield Answer(
            row=whole if index == 0 else None,
            poll=said.get("poll") or poll,
            answered_at=_read_moment(said.get("answered_at")),
            respondent=said.get("respondent"),
            email=said.get("email") if keep_emails else None,
            question=question,
            answer=answer,
        )


def _name_cells(header: _Header, cells: list[str | None]) -> dict[str, str | None]:
    """Column -> value; what has no name, or the name of another, is named by its place."""
    named: dict[str, str | None] = {}
    for index, cell in enumerate(cells):
        name = header.names[index] if index < len(header.names) else ""
        named[name if name and name not in named else f"{name or 'column'} ({index + 1})"] = cell
    return named


def _find_answers(header: _Header, cells: list[str | None]) -> list[_Pair]:
    """(question, answer) of a row: from its named pairs, else its unknown columns; then from what has no column."""
    pairs: list[_Pair] = []
    for cell, role, name in zip(cells, header.roles, header.names, strict=False):
        if role == "question":
            pairs.append((cell, None))
        elif role == "answer":
            question = pairs.pop()[0] if pairs and pairs[-1][1] is None else None
            pairs.append((question, cell))
        elif role is None and name and cell and not header.is_paired:
            pairs.append((name, cell))
    beyond = iter(cells[len(header.names) :] if header.names else ())
    pairs += zip_longest(beyond, beyond)
    return [each for each in pairs if any(each)]


def _is_email(cell: str | None) -> bool:
    name, _, host = (cell or "").partition("@")
    return bool(name and "." in host and len(host.split()) == 1 == len(name.split()))


def _read_moment(text: str | None) -> datetime | None:
    """Only one that says its zone; the reports' usual dates do not."""
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None

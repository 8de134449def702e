"""A file of rows that people write: read with every bad row named, held to its rules where it is kept, written.

Decides what the two kinds of such files have in common; what a row says and means is decided in `entries`. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from harvester.lake.handmade.sheet import BadSheet, SheetRow, read_sheet, write_sheet
from harvester.pseudonyms import Pseudonyms


class Handmade(Protocol):
    """A row that a person wrote."""

    @property
    def marks(self) -> Sequence[tuple[str, object]]:
        """What no other row of the file has, by name: among them what it is about."""

    def cells(self) -> Sequence[str]: ...

    def disguise(self, pseudonyms: Pseudonyms) -> Self:
        """The same with nobody's name, for a lake that has none; a pseudonym taken from there stays."""
        ...


T = TypeVar("T", bound=Handmade)


@dataclass(frozen=True, slots=True)
class Handfile(Generic[T]):
    """One of the two files: its name, columns, the column without which no row is about anything, and its rows."""

    name: str
    columns: Sequence[str]
    needed: str
    parse: Callable[[SheetRow], T]  # raises ValueError with what is wrong
    merge: Callable[[Sequence[T], Iterable[T]], list[T]]
    check: Callable[[T], str | None]  # what is wrong with a row that should lie in the archive

    def read(self, data: bytes, where: str, *, ignored: Sequence[str] = ()) -> list[tuple[int, T]]:
        """(line, row) of all rows. Raises BadSheet, naming every bad row by its line."""
        rows, problems = [], []
        for each in read_sheet(data, where, columns=self.columns, needed=self.needed, ignored=ignored):
            try:
                rows.append((each.line, self.parse(each)))
            except ValueError as error:
                problems.append(f"line {each.line}: {error}")
        if problems:
            raise BadSheet(where, problems)
        return rows

    def read_kept(self, data: bytes, where: str) -> list[T]:
        """Rows of the archive's own file, which may have been edited by hand. Raises BadSheet."""
        rows = self.read(data, where)
        problems = [f"line {line} {problem}" for line, each in rows if (problem := self.check(each))]
        if problems := [*problems, *_find_twins(rows)]:
            raise BadSheet(where, problems)
        return self.merge([row for _, row in rows], ())

    def write(self, rows: Iterable[T], *, guarded: bool) -> bytes | None:
        """The file's bytes, None where there is no row."""
        cells = [each.cells() for each in rows]
        return write_sheet(self.columns, cells, guarded=guarded) if cells else None


def _find_twins(rows: Sequence[tuple[int, Handmade]]) -> Iterator[str]:
    first: dict[object, int] = {}
    for line, each in rows:
        for mark in each.marks:
            if first.setdefault(mark, line) != line:
                yield f"line {line} has the {mark[0]} of line {first[mark]}: leave one of them"

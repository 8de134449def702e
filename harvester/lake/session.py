"""One open lake for many questions, as a page of several tables needs it.

Decides two things. A DuckDB is kept, as opening one costs more than most questions, and used by one thread at a time;
which tables have files at all is looked up again whenever it is lent. And who knows the days that are asked for sees
their files alone: DuckDB opens every file that a view could read before it asks for rows, and years have thousands.
"""

from __future__ import annotations

import contextlib
import queue
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from harvester.errors import Failed, HarvesterError
from harvester.lake.query import execute_statement, open_lake
from schemas.handmade import ALIASES_FILE, CORRECTIONS_FILE
from schemas.lake import TABLES

T = TypeVar("T")

Days = tuple[date, date]
"""The first and the last, both included."""

_ATTEMPTS = 3
_A_DAY = timedelta(days=1)
_MOST_DAYS = timedelta(days=400)
"""More are like any others, letter by letter."""
_MEMORY = "1GB"
"""For each of the connections; what needs more spills to the disk."""


@dataclass(slots=True)
class Session:
    """An open lake; `ask` gives rows as dictionaries, times with their zone (UTC)."""

    connection: duckdb.DuckDBPyConnection
    lake: Path
    spill: Path
    timeout_s: float | None
    variables: dict[str, str] = field(default_factory=dict)

    def ask(self, sql: str, **parameters: object) -> list[dict[str, Any]]:
        """Rows of one statement of our own.

        Raises QueryRefused for a pattern RE2 does not take, QueryStopped at a limit of time or memory.
        """
        rows: list[dict[str, Any]] = execute_statement(
            self.connection, sql, parameters or None, self.timeout_s
        ).to_pylist()
        return rows

    def look_at(self, days: Days | None) -> None:
        """Read the files of these days from now on, those of all days with None, as far as there are any now.

        Of more days some may be read: a question still has to say which it means.
        """
        for name, value in find_files(self.lake, days).items():
            if self.variables.get(name) != value:
                self.connection.execute(f"SET VARIABLE {name} = {value}")
                self.variables[name] = value

    def close(self) -> None:
        self.connection.close()
        shutil.rmtree(self.spill, ignore_errors=True)


@dataclass(slots=True)
class Sessions:
    """At most `most` open lakes at once; `timeout_s` is for each question, None for as long as it takes."""

    lake: Path
    timeout_s: float | None = None
    most: int = 2
    _free: queue.LifoQueue[Session | None] = field(init=False)

    def __post_init__(self) -> None:
        self._free = queue.LifoQueue()
        for _ in range(self.most):
            self._free.put(None)

    def run(self, work: Callable[[Session], T], *, day: date | None = None) -> T:
        """What `work` makes of an open lake, waiting for one where all are in use.

        With `day` it sees the days around it alone: the day of a bot's recording need not be that of Zoom's.

        A file that was replaced while being read fails the question, never falsifies it; the whole of `work` is then
        run again, twice at most. Raises Failed where there is no lake or it cannot be read.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._borrow(day) as session:
                    return work(session)
            except duckdb.IOException as error:
                if attempt == _ATTEMPTS:
                    raise Failed(
                        f"the lake cannot be read: {str(error).strip()}",
                        hint="try again if a harvest is publishing, else run `harvester rebuild`",
                    ) from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close those that nobody uses."""
        with contextlib.suppress(queue.Empty):
            while True:
                if session := self._free.get_nowait():
                    session.close()

    @contextlib.contextmanager
    def _borrow(self, day: date | None) -> Iterator[Session]:
        session = self._free.get()
        try:
            session = session or self._open()
            session.look_at((day - _A_DAY, day + _A_DAY) if day else None)
            yield session
        except HarvesterError:
            raise  # of the question or its answer; the connection is as good as before
        except BaseException:
            if session:
                session.close()
            session = None
            raise
        finally:
            self._free.put(session)

    def _open(self) -> Session:
        spill = Path(tempfile.mkdtemp(prefix="harvester-explore-"))
        try:
            connection = open_lake(self.lake, memory_limit=_MEMORY, spill=spill)
        except BaseException:
            shutil.rmtree(spill, ignore_errors=True)
            raise
        return Session(connection, self.lake, spill, self.timeout_s)


def find_files(lake: Path, days: Days | None) -> dict[str, str]:
    """The variables that the views read, as SQL: which days, and what there is of each table on them."""
    pattern = "*" if days is None or days[1] - days[0] > _MOST_DAYS else _cover(*days)
    has = {name: next((lake / name).glob(f"{pattern}/*.parquet"), None) is not None for name in TABLES}
    has |= {"corrections": (lake / CORRECTIONS_FILE).exists(), "aliases": (lake / ALIASES_FILE).exists()}
    return {"days": f"'{pattern}'", **{f"has_{name}": str(value).lower() for name, value in has.items()}}


def _cover(first: date, last: date) -> str:
    """A pattern for the folders of these days, and for others that are like them letter by letter."""
    folders = [f"date={first + timedelta(days=each)}" for each in range((last - first).days + 1)]
    return "".join(_any_of(sorted(set(letters))) for letters in zip(*folders, strict=True))


def _any_of(letters: list[str]) -> str:
    return letters[0] if len(letters) == 1 else f"[{''.join(letters)}]"

"""Analysts who read the lake all the while: pandas, pyarrow and DuckDB, each over the folder as the README shows.

A file that is replaced under a reader may cost it the query, never its truth: an error must be one of a file that has
gone, and what is read must be whole. Run as a program it reads until its input ends, and says how that went as JSON.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

TABLES = {
    "recordings": ["recording_key"],
    "segments": ["transcript_key", "segment_index"],
    "words": ["transcript_key", "segment_index", "word_index"],
    "recording_links": ["recording_key"],
}
# a name that was there when the folder was listed; DuckDB also says so when a name stands for another file than before
GONE = re.compile(r"No such file|No files found|does not exist|changed|cannot be found", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Readings:
    """How often each reader got an answer, met a replaced file, and got something wrong."""

    answers: dict[str, int]
    gone: dict[str, int]
    wrong: list[str]


class Readers:
    """The readers' process; they end with the block, and then `readings` says what they met."""

    def __init__(self, lake: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(lake)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.readings = Readings({}, {}, [])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        said, _ = self._process.communicate()
        self.readings = Readings(**json.loads(said))


def _read_with_pandas(table: Path) -> list[tuple[Any, ...]]:
    import pandas as pd

    frame = pd.read_parquet(table)
    # a table's folder is there a moment before its first file: then pandas knows no columns either
    return [] if frame.empty else list(frame[TABLES[table.name]].itertuples(index=False, name=None))


def _read_with_pyarrow(table: Path) -> list[tuple[Any, ...]]:
    import pyarrow.parquet as pq

    rows = pq.read_table(table).select(TABLES[table.name])
    return list(zip(*(rows[name].to_pylist() for name in TABLES[table.name]), strict=True))


def _read_with_duckdb(table: Path) -> list[tuple[Any, ...]]:
    import duckdb

    with duckdb.connect() as connection:
        names = ", ".join(TABLES[table.name])
        return connection.execute(f"SELECT {names} FROM read_parquet('{table}/*/*.parquet')").fetchall()


READERS: dict[str, Callable[[Path], list[tuple[Any, ...]]]] = {
    "pandas": _read_with_pandas,
    "pyarrow": _read_with_pyarrow,
    "duckdb": _read_with_duckdb,
}


def _read_on(lake: Path, ended: threading.Event) -> dict[str, Any]:
    answers, gone = Counter[str](), Counter[str]()
    wrong: list[str] = []
    while not ended.wait(0.05):
        for name, read in READERS.items():
            for table in (lake / each for each in TABLES if (lake / each).is_dir()):
                try:
                    keys = read(table)
                except Exception as error:  # noqa: BLE001 - every error of every reader is what is judged here
                    if isinstance(error, FileNotFoundError) or GONE.search(str(error)):
                        gone[name] += 1
                    else:
                        wrong.append(f"{name}, {table.name}: {type(error).__name__}: {error}"[:500])
                    continue
                answers[name] += 1
                if len(set(keys)) != len(keys):
                    wrong.append(f"{name}, {table.name}: {len(keys) - len(set(keys))} keys are there twice")
    return {"answers": answers, "gone": gone, "wrong": wrong}


def _main() -> None:
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    sys.stdout.write(json.dumps(_read_on(Path(sys.argv[1]), ended)))


if __name__ == "__main__":
    _main()

"""Of what the index file of a day was made, and whether the lake still is so. Reads only.

Decides by size, time and inode of the day's files, by the corrections of its transcripts, and by the SQL of the views
of speech and of corrections: whatever the view `transcript` is made of.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from harvester.errors import Failed
from harvester.lake.search.arrays import to_strings
from schemas.correction_views import CORRECTION_VIEWS
from schemas.handmade import CORRECTIONS_FILE
from schemas.speech_views import SPEECH_VIEWS

TABLES_READ = ("segments", "transcripts", "recordings")
MARK = b"harvester.search"
SUFFIX = ".arrow"
TEMPORARY = ".tmp"
LINKS = "links-"
_FOLDER = re.compile(r"date=\d{4}-\d\d-\d\d")
_LAYOUT = 1
"""To be raised when blocks are laid out otherwise."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the lake: (path below the lake, bytes, mtime in ns, inode) of each file that search reads."""

    date: date
    files: tuple[tuple[str, int, int, int], ...]

    @property
    def size_bytes(self) -> int:
        """Of its segments, which are most of the work."""
        return sum(size for path, size, *_ in self.files if path.startswith("segments/"))


@dataclass(frozen=True, slots=True)
class State:
    """The lake as it is now. `corrections`: transcript key -> digest of what people corrected in it."""

    days: Mapping[date, Day]
    corrections: Mapping[str, str]
    views: str


def read_state(lake: Path) -> State:
    """Raises OSError, and Failed for corrections that are no table of them."""
    sql = "\n".join(view.sql for view in (*SPEECH_VIEWS, *CORRECTION_VIEWS))
    views = hashlib.sha256(f"{_LAYOUT}\n{sql}".encode()).hexdigest()
    return State(_list_days(lake), _read_corrections(lake / CORRECTIONS_FILE), views)


def day_file(folder: Path, day: date) -> Path:
    """Where the index of one day lies."""
    return folder / f"{day.isoformat()}{SUFFIX}"


def _list_days(lake: Path) -> dict[date, Day]:
    """Every day with segments."""
    files = defaultdict(list)
    for table in TABLES_READ:
        for folder in _scan(lake / table):
            for each in _scan(Path(folder.path)) if _FOLDER.fullmatch(folder.name) else []:
                if each.name.endswith(".parquet"):
                    stat = each.stat()
                    path = f"{table}/{folder.name}/{each.name}"
                    files[folder.name].append((path, stat.st_size, stat.st_mtime_ns, stat.st_ino))
    days = (Day(date.fromisoformat(name[5:]), tuple(sorted(found))) for name, found in files.items())
    return {each.date: each for each in days if each.size_bytes}


def _scan(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:  # no such table, or a day that goes just now
        return []


def _read_corrections(path: Path) -> dict[str, str]:
    told = defaultdict(list)
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            rows = csv.reader(source)
            place = next(rows, []).index("transcript_key")
            for row in rows:
                told[row[place] if len(row) > place else ""].append(repr(row))
    except FileNotFoundError:
        return {}
    except (ValueError, csv.Error) as error:
        raise Failed(f"cannot use {path}: {error}", hint="`harvester correct` writes it anew") from error
    return {key: hashlib.sha256("\n".join(lines).encode()).hexdigest() for key, lines in told.items()}


def make_mark(state: State, day: Day, transcripts: Iterable[pa.Array]) -> bytes:
    """What stands in the head of the file of `day`, which has these transcripts."""
    corrections: dict[str, str] = {}
    if state.corrections:  # else nobody need look at the transcripts
        keys = to_strings(list(state.corrections))
        for each in transcripts:
            known = each.cast(keys.type)
            corrections |= {key: state.corrections[key] for key in known.filter(pc.is_in(known, keys)).to_pylist()}
    mark = {"views": state.views, "files": day.files, "corrections": corrections}
    return json.dumps(mark, sort_keys=True).encode()

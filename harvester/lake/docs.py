"""What lies beside the data: the text of what it is, the views over it, and copies of what people put right.

Written only when they differ, so that a run with nothing new changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harvester.files import disk_errors, fsync_folder, write_atomically
from harvester.lake.partition import make_lake_folder, share_file
from schemas.dictionary import render_readme, render_sql

Copies = Mapping[str, bytes | None]
"""What files of the lake's root hold, by name; None where there must be no such file."""


def write_lake_docs(lake: Path, copies: Copies | None = None) -> bool:
    """Bring `README.md`, `views.sql` and these `copies` in the lake folder up to date; True when something changed."""
    with disk_errors(lake):
        make_lake_folder(lake, lake)
        stale = stale_docs(lake, copies)
        for target, data in _docs(lake, copies).items():
            if data is not None:
                if target in stale:
                    write_atomically(target, data)
                share_file(target, lake)  # also one that a kill left unshared
            elif target in stale:
                target.unlink()
                fsync_folder(lake)
    return bool(stale)


def stale_docs(lake: Path, copies: Copies | None = None) -> list[Path]:
    """Those that are missing, differ, or should not be there."""
    return [path for path, data in _docs(lake, copies).items() if data != _read(path)]


def _docs(lake: Path, copies: Copies | None) -> dict[Path, bytes | None]:
    texts = {"README.md": render_readme().encode(), "views.sql": render_sql().encode()}
    return {lake / name: data for name, data in {**texts, **(copies or {})}.items()}


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        return None

"""The two texts that lie beside the data: what it is, and the views over it.

Written only when they differ, so that a run with nothing new changes nothing.
"""

from __future__ import annotations

from pathlib import Path

from harvester.files import disk_errors, write_atomically
from harvester.lake.partition import make_lake_folder, share_file
from schemas.dictionary import render_readme, render_sql


def write_lake_docs(lake: Path) -> bool:
    """Bring `README.md` and `views.sql` in the lake folder up to date; True when something changed."""
    with disk_errors(lake):
        make_lake_folder(lake, lake)
        texts = lake_docs(lake)
        stale = stale_docs(lake)
        for target in texts:
            if target in stale:
                write_atomically(target, texts[target])
            share_file(target, lake)  # also one that a kill left unshared
    return bool(stale)


def lake_docs(lake: Path) -> dict[Path, bytes]:
    """The texts by where they lie."""
    return {lake / "README.md": render_readme().encode(), lake / "views.sql": render_sql().encode()}


def stale_docs(lake: Path) -> list[Path]:
    """Those that are missing or differ."""
    return [path for path, data in lake_docs(lake).items() if not (path.is_file() and path.read_bytes() == data)]

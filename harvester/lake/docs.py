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
        stale = stale_docs(lake)
        for target, data in stale.items():
            write_atomically(target, data)
            share_file(target, lake)
    return bool(stale)


def stale_docs(lake: Path) -> dict[Path, bytes]:
    """The texts that are missing or differ, and what should be in them."""
    texts = {lake / "README.md": render_readme().encode(), lake / "views.sql": render_sql().encode()}
    return {path: data for path, data in texts.items() if not (path.is_file() and path.read_bytes() == data)}

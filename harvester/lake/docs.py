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
    changed = False
    with disk_errors(lake):
        make_lake_folder(lake, lake)
        for name, text in (("README.md", render_readme()), ("views.sql", render_sql())):
            target, data = lake / name, text.encode()
            if not target.is_file() or target.read_bytes() != data:
                write_atomically(target, data)
                share_file(target, lake)
                changed = True
    return changed

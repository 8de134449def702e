"""Saved payloads become recordings: from files as they were given to what the archive holds of them. Pure.

Of sources with an API as well as of those without one. Decides by the shape of what is in a file, and never by its
name. `read_saved` makes payloads and documents; `Importable` describes them again from the archive.
A recording that is there already gets its payload from `merge_payloads`.
"""

from __future__ import annotations

from harvester.bots.imports.importable import Importable
from harvester.bots.imports.model import Saved, Told
from harvester.bots.imports.note import merge_payloads
from harvester.bots.imports.saved import SOURCES, read_saved

__all__ = [
    "SOURCES",
    "Importable",
    "Saved",
    "Told",
    "merge_payloads",
    "read_saved",
]

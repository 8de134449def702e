"""CSV files as people and other programs write them, with cells as long as a file may be.

The limit of Python's reader is one for the whole process, and low; it is set here, to one value, and nowhere else.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _csv import Reader

LONGEST_CELL = 1 << 28


def open_csv(text: str, *, delimiter: str, strict: bool = False) -> Reader:
    """A reader over the records of `text`; it raises csv.Error, with `strict` also for quotes that do not fit."""
    csv.field_size_limit(LONGEST_CELL)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)

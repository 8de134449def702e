"""Two sources of one meeting in rows of the same time. Pure.

Decides which cues stand beside each other: those that begin within the same ten seconds by the absolute clock. No
time is moved, so where two clocks differ the words do too; the page says by how much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from harvester.explore.talk import Cue

WINDOW_S = 10


@dataclass(slots=True)
class Row:
    """What both said within the ten seconds from `at`; `at` is None for cues without an absolute time."""

    at: datetime | None
    left: list[Cue] = field(default_factory=list)
    right: list[Cue] = field(default_factory=list)


def build_rows(left: Sequence[Cue], right: Sequence[Cue]) -> list[Row]:
    """In the order of time, cues without one last; windows in which neither says anything are left out."""
    rows: dict[int | None, Row] = {}
    for is_left, cues in ((True, left), (False, right)):
        for cue in cues:
            window = int(cue.start_at.timestamp()) // WINDOW_S * WINDOW_S if cue.start_at else None
            at = None if window is None else datetime.fromtimestamp(window, UTC)
            row = rows.setdefault(window, Row(at))
            (row.left if is_left else row.right).append(cue)
    return [rows[window] for window in sorted(rows, key=lambda each: (each is None, each or 0))]

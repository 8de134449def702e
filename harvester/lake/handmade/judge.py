"""Whether corrections fit what the lake holds: applied, stale, or of a transcript that is not there.

Decides by the raw rows alone, as the views do. Reads only.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from harvester.lake.handmade.entries import Correction
from harvester.lake.session import Sessions

Said = Mapping[int, tuple[str | None, str]]
"""(speaker, text) of a transcript's raw segments, by segment_index."""

_DAYS = """
SELECT min(date) AS first_day, max(date) AS last_day FROM transcripts WHERE list_contains($keys, transcript_key)
"""
_SAID = """
SELECT transcript_key, segment_index, coalesce(speaker_name, speaker_label) AS speaker, text FROM segments
WHERE date BETWEEN $first_day AND $last_day AND list_contains($keys, transcript_key)
"""


class State(StrEnum):
    """What becomes of a correction."""

    APPLIED = "applied"
    STALE = "stale"
    UNKNOWN = "unknown transcript"


@dataclass(frozen=True, slots=True)
class Judged:
    """A correction, what becomes of it, why (where it is not applied), and how many segments it is about."""

    correction: Correction
    state: State
    reason: str | None
    n_segments: int


def read_said(lake: Path, transcript_keys: Iterable[str]) -> dict[str, Said]:
    """Raw segments of those transcripts that the lake has, {} where there is no lake."""
    keys = sorted(set(transcript_keys))
    if not keys or not lake.is_dir():
        return {}
    said: dict[str, dict[int, tuple[str | None, str]]] = {}
    with contextlib.closing(Sessions(lake, most=1)) as sessions:
        rows = sessions.run(lambda session: session.ask(_SAID, keys=keys, **session.ask(_DAYS, keys=keys)[0]))
    for row in rows:
        said.setdefault(row["transcript_key"], {})[row["segment_index"]] = (row["speaker"], row["text"])
    return dict(said)


def judge(corrections: Sequence[Correction], said: Mapping[str, Said]) -> list[Judged]:
    """One verdict each."""
    return [_judge(each, said.get(each.transcript_key)) for each in corrections]


def _judge(correction: Correction, said: Said | None) -> Judged:
    if said is None:
        reason = f"the lake has no segment of a transcript {correction.transcript_key}"
        return Judged(correction, State.UNKNOWN, reason, 0)
    if correction.segment_index is None:
        count = sum(speaker == correction.speaker_was for speaker, _ in said.values())
        missing = None if count else f"the transcript names nobody {correction.speaker_was!r}"
        return Judged(correction, State.APPLIED if count else State.STALE, missing, count)
    if correction.segment_index not in said:
        reason = f"the transcript has no segment {correction.segment_index}"
        return Judged(correction, State.STALE, reason, 0)
    for name, was, now in zip(
        ("speaker_was", "text_was"),
        (correction.speaker_was, correction.text_was),
        said[correction.segment_index],
        strict=True,
    ):
        if was and was != now:
            reason = f"{name} is {was[:60]!r}, and the transcript has {(now or '')[:60]!r}"
            return Judged(correction, State.STALE, reason, 0)
    return Judged(correction, State.APPLIED, None, 1)

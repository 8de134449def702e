"""Cues to segments: which dialect, who speaks, which times deserve doubt, how many words.

Rows keep the order of the file and their times as written: a broken time is flagged, never repaired, because sorting or
repairing moves speech to where it was not said.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import numpy as np

from harvester.speaker import classify_speaker
from harvester.transcript.attribution import Activity, attribute
from harvester.transcript.cues import DEFAULT_LIMIT_BYTES, read_cues
from harvester.transcript.model import Cues, Dialect, Int32s, Int64s, Segments, TimeFlag, Transcript
from harvester.transcript.speakers import build_roster, split_speakers
from harvester.transcript.turns import MERGE_GAP_MS, build_turns
from harvester.transcript.voices import is_voiced, split_voices

_FLAGS: tuple[TimeFlag | None, ...] = (None, "out_of_order", "zero", "negative")
_SECOND_MS = 1000
_BLANK = ord(" ")


def read_transcript(
    data: bytes,
    *,
    roster: Collection[str] = (),
    activity: Activity | None = None,
    merge_gap_ms: int = MERGE_GAP_MS,
    limit_bytes: int = DEFAULT_LIMIT_BYTES,
) -> Transcript:
    """Everything a transcript or caption file says; Damaged when it is no WebVTT.

    `roster`: names known from elsewhere; they settle names that hold a colon and one-off names that read like speech.
    `activity`: who was active when; it gives captions, which name nobody, their speakers.
    """
    cues = read_cues(data, limit_bytes=limit_bytes)
    dialect: Dialect = "voice" if b"<v" in data and is_voiced(cues.text) else detect_dialect(cues)
    segments, warnings = _build_segments(cues, dialect, roster)
    if activity is not None and dialect == "captions":
        segments = attribute(segments, activity)
    return Transcript(
        dialect=dialect,
        segments=segments,
        turns=build_turns(segments, merge_gap_ms=merge_gap_ms),
        n_cues=len(cues),
        arrows=cues.arrows,
        rejected=cues.rejected,
        warnings=cues.warnings + warnings,
        n_speakers=_count_speakers(segments.speaker_label),
        n_words=int(segments.n_words.sum()),
    )


def detect_dialect(cues: Cues) -> Dialect:
    """Zoom's captions have no numbers, whole seconds and no speakers, so a colon there is speech.

    This gate alone removes 23 of the 25 false names that splitting at the colon invents in 157,561 cues.
    A file without cues says nothing; it counts as a transcript.
    """
    if not len(cues) or any(cues.ids):
        return "transcript"
    has_fractions = (cues.start_ms % _SECOND_MS).any() or (cues.end_ms % _SECOND_MS).any()
    return "transcript" if has_fractions else "captions"


def _build_segments(cues: Cues, dialect: Dialect, roster: Collection[str]) -> tuple[Segments, tuple[str, ...]]:
    n_cues = len(cues)
    warnings: tuple[str, ...] = ()
    labels: list[str | None] = [None] * n_cues
    text = cues.text
    if dialect == "transcript":
        labels, text = split_speakers(cues.text, build_roster(roster))
    elif dialect == "voice":
        labels, text, is_shared = split_voices(cues.text)
        warnings = ("several_voices",) if is_shared else ()
    source: Literal["voice", "prefix"] = "voice" if dialect == "voice" else "prefix"
    distinct = set(labels)
    kinds = {label: classify_speaker(label)[0] for label in distinct}
    names = {label: classify_speaker(label)[1] for label in distinct}
    sources = {label: None if label is None else source for label in distinct}
    segments = Segments(
        segment_index=np.arange(n_cues, dtype=np.int32),
        source_segment_id=cues.ids,
        start_ms=cues.start_ms,
        end_ms=cues.end_ms,
        speaker_label=labels,
        speaker_name=list(map(names.__getitem__, labels)),
        speaker_kind=list(map(kinds.__getitem__, labels)),
        speaker_source=list(map(sources.__getitem__, labels)),
        speaker_share=[None] * n_cues,
        text=text,
        n_words=count_words(text),
        time_flag=flag_times(cues.start_ms, cues.end_ms),
    )
    return segments, warnings


def _count_speakers(labels: list[str | None]) -> int:
    return len({label.strip() for label in set(labels) if label and classify_speaker(label)[0] != "unknown"})


def flag_times(start_ms: Int64s, end_ms: Int64s) -> list[TimeFlag | None]:
    """What is wrong with each row's times: ends before it starts, lasts 0 ms, or starts before an earlier row did."""
    if (end_ms > start_ms).all() and (start_ms[1:] >= start_ms[:-1]).all():
        return [None] * len(start_ms)
    latest_ms = np.maximum.accumulate(start_ms)
    grades = np.select([end_ms < start_ms, end_ms == start_ms, start_ms < latest_ms], [3, 2, 1], 0)
    return [_FLAGS[grade] for grade in grades.tolist()]


def count_words(texts: list[str]) -> Int32s:
    """Runs of characters above the ASCII blank; a no-break space joins, and Chinese counts as one run."""
    if not texts:
        return np.zeros(0, np.int32)
    # Counted on the bytes of all rows at once; NUL parts the rows because no reader lets one through.
    joined = np.frombuffer("\0".join(["", *texts, ""]).encode(), np.uint8)
    is_blank = joined <= _BLANK
    starts_word = is_blank[:-1] > is_blank[1:]
    return np.add.reduceat(starts_word, np.flatnonzero(joined == 0)[:-1], dtype=np.int32)

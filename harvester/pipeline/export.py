"""Meetings out of the lake, with their turns: runs of one speaker, by the rule of all sources, as corrected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from harvester.lake.export.model import Found, Meeting, Part, Turn, fill_times
from harvester.lake.export.read import iter_meetings
from harvester.lake.session import Sessions
from harvester.speaker import classify_speaker
from harvester.transcript import Segments, build_turns


def export_meetings(sessions: Sessions, recordings: Iterable[Found], *, merge_gap_ms: int) -> Iterator[Meeting]:
    """All that is said of each recording; pauses of more than `merge_gap_ms` end a turn."""
    for each in iter_meetings(sessions, recordings):
        yield replace(each, parts=tuple(replace(part, turns=make_turns(part, merge_gap_ms)) for part in each.parts))


def make_turns(part: Part, merge_gap_ms: int) -> tuple[Turn, ...]:
    """Where the turns of a part begin and end."""
    turns = build_turns(_as_segments(part), merge_gap_ms=merge_gap_ms)
    return tuple(
        Turn(first, last) for first, last in zip(turns.first_segment.tolist(), turns.last_segment.tolist(), strict=True)
    )


def _as_segments(part: Part) -> Segments:
    """Only what a turn depends on."""
    times = np.array(fill_times(part.segments), np.int64).reshape(-1, 2)
    n_rows = len(part.segments)
    kinds = {speaker: classify_speaker(speaker) for speaker in {each.speaker for each in part.segments}}
    return Segments(
        segment_index=np.arange(n_rows, dtype=np.int32),
        source_segment_id=[None] * n_rows,
        start_ms=times[:, 0],
        end_ms=times[:, 1],
        speaker_label=[each.speaker for each in part.segments],
        speaker_name=[kinds[each.speaker][1] for each in part.segments],
        speaker_kind=[kinds[each.speaker][0] for each in part.segments],
        speaker_source=[None] * n_rows,
        speaker_share=[None] * n_rows,
        text=[each.text for each in part.segments],
        n_words=np.zeros(n_rows, np.int32),
        time_flag=[None] * n_rows,
    )

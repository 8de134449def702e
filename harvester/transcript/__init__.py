"""Reading transcripts: bytes to columns, pure.

Decides what is a cue, who speaks, and where a turn ends. Never opens a file, never asks the clock,
never builds a table: the caller adds identity and absolute times.
"""

from __future__ import annotations

from harvester.transcript.attribution import Activity
from harvester.transcript.cues import DEFAULT_LIMIT_BYTES, read_cues
from harvester.transcript.model import Cues, Dialect, Segments, TimeFlag, Transcript, Turns
from harvester.transcript.segments import read_transcript
from harvester.transcript.turns import MERGE_GAP_MS, build_turns

__all__ = [
    "DEFAULT_LIMIT_BYTES",
    "MERGE_GAP_MS",
    "Activity",
    "Cues",
    "Dialect",
    "Segments",
    "TimeFlag",
    "Transcript",
    "Turns",
    "build_turns",
    "read_cues",
    "read_transcript",
]

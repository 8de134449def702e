"""What reading a transcript yields: parallel columns, in the order of the file.

Columns rather than row objects: a night can bring a million cues, and the lake wants columns anyway.
Compared column by column, so equality of the whole is left undefined (`eq=False`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from harvester.speaker import SpeakerKind

Int32s: TypeAlias = npt.NDArray[np.int32]
Int64s: TypeAlias = npt.NDArray[np.int64]
Dialect = Literal["transcript", "captions", "voice"]
SpeakerSource = Literal["prefix", "voice", "timeline"]
TimeFlag = Literal["negative", "zero", "out_of_order"]


@dataclass(frozen=True, slots=True, eq=False)
class Cues:
    """The cues of a WebVTT file as they stand there. Always: `arrows == len(cues) + rejected`."""

    ids: list[str | None]
    start_ms: Int64s
    end_ms: Int64s
    text: list[str]  # payload verbatim, lines joined with "\n"
    arrows: int  # lines holding "-->", the only sign of a cue that survives damage
    rejected: int  # arrows that gave no cue: broken times, or "-->" inside speech
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.text)


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """The `segments` table without identity and absolute times; one row per cue."""

    segment_index: Int32s
    source_segment_id: list[str | None]
    start_ms: Int64s
    end_ms: Int64s
    speaker_label: list[str | None]  # as written, blanks included
    speaker_name: list[str | None]  # stripped; None unless the label names somebody
    speaker_kind: list[SpeakerKind]
    speaker_source: list[SpeakerSource | None]
    speaker_share: list[float | None]  # known only where a timeline attributes speech
    text: list[str]
    n_words: Int32s
    time_flag: list[TimeFlag | None]

    def __len__(self) -> int:
        return len(self.text)


@dataclass(frozen=True, slots=True, eq=False)
class Turns:
    """The `turns` table without identity and absolute times; one row per run of one speaker."""

    turn_index: Int32s
    first_segment: Int32s
    last_segment: Int32s
    n_segments: Int32s
    start_ms: Int64s
    end_ms: Int64s  # the latest end in the run, not the last one
    speaker_label: list[str | None]
    speaker_name: list[str | None]
    text: list[str]

    def __len__(self) -> int:
        return len(self.text)


@dataclass(frozen=True, slots=True, eq=False)
class Transcript:
    """One file, read."""

    dialect: Dialect
    segments: Segments
    turns: Turns
    n_cues: int
    arrows: int
    rejected: int
    warnings: tuple[str, ...]
    n_speakers: int
    n_words: int

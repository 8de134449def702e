"""Whether captions get the right speakers: real pairs of captions and transcripts, timelines simulated in between.

The truth is the speaker of the transcript's words that a caption's words are aligned with (difflib). Of a meeting with
captions and a transcript no TIMELINE is public, so that one is made from the transcript as Zoom would have seen it: on
a grid of 250 ms, everybody noticed up to a second late and let go up to a second late. Needs the files beside the
checkout; says so where they are absent.
"""

from __future__ import annotations

import difflib
import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.settings import Settings
from benchmarks.table import Row, at_least, not_measured
from harvester.model import Kind, ListedFile
from harvester.pipeline.read_sidecars import ReadFile, Sidecars, find_activity
from harvester.sidecars import read_timeline
from harvester.transcript import Activity, Segments, read_transcript
from harvester.transcript.attribution import LEAST_SHARE, attribute

REAL = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "transcripts"
PAIRS = ("aries_20221020", "tsc_20221020", "tsc_20230112", "zse_20240124")
TARGET = 0.95
_SEEDS = 5
_WHAT = "caption cues given the right speaker"
_GRID_MS = 250
_LATE_MS = 1000
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Score:
    """Cues whose speaker the transcript tells, those that got one, those that got that one; the same of their words."""

    cues: int = 0
    attributed: int = 0
    right: int = 0
    words: int = 0
    words_attributed: int = 0
    words_right: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def share_right(self) -> float:
        """Of the cues that got a speaker."""
        return self.right / max(self.attributed, 1)

    def __str__(self) -> str:
        return (
            f"{self.right:5} of {self.attributed:5} cues right ({self.share_right:6.1%}), "
            f"{self.attributed / max(self.cues, 1):5.1%} of {self.cues} attributed; "
            f"words {self.words_right / max(self.words_attributed, 1):6.1%} right, "
            f"{self.words_attributed / max(self.words, 1):5.1%} attributed"
        )


class Pair:
    """Captions and transcript of one meeting, and who says each caption cue by the transcript's words."""

    def __init__(self, name: str) -> None:
        captions = (REAL / f"cc_{name}.vtt").read_bytes()
        spoken = (REAL / f"transcript_{name}.vtt").read_bytes()
        self.captions = read_transcript(captions).segments
        self.spoken = read_transcript(spoken).segments
        self.truth = _align(self.captions, self.spoken)

    def simulate(self, seed: int) -> Activity:
        """The activity that a TIMELINE of the meeting would have shown."""
        listed = ListedFile("t", Kind.TIMELINE, "TIMELINE")
        timeline = read_timeline(_render_timeline(self.spoken, random.Random(seed)))
        activity = find_activity(
            Sidecars(timelines=[ReadFile(listed, datetime(2026, 1, 1, tzinfo=UTC), timeline)]), part_index=0
        )
        assert activity is not None
        return activity

    def score(self, activity: Activity, *, least_share: float = LEAST_SHARE, most_share: float = 1.1) -> Score:
        """Of the cues that got their speaker by at least one share and less than another."""
        told = attribute(self.captions, activity, least_share=least_share)
        score = Score()
        for cue, (name, n_words) in self.truth.items():
            share = told.speaker_share[cue]
            is_told = share is not None and share < most_share
            is_right = is_told and told.speaker_name[cue] == name
            score += Score(1, is_told, is_right, n_words, is_told * n_words, is_right * n_words)
        return score


def _align(captions: Segments, spoken: Segments) -> dict[int, tuple[str, int]]:
    """Caption cue -> whose words most of its aligned words are, and how many are aligned."""
    ours, theirs = list(_words(captions)), list(_words(spoken))
    matcher = difflib.SequenceMatcher(None, [word for _, word in ours], [word for _, word in theirs])
    votes: dict[int, Counter[str]] = {}
    for block in matcher.get_matching_blocks():
        for offset in range(block.size):
            name = spoken.speaker_name[theirs[block.b + offset][0]]
            if name:
                votes.setdefault(ours[block.a + offset][0], Counter())[name] += 1
    return {cue: (found.most_common(1)[0][0], found.total()) for cue, found in votes.items()}


def _words(segments: Segments) -> Iterator[tuple[int, str]]:
    for row, text in enumerate(segments.text):
        for word in _WORD.findall(text.lower()):
            yield row, word


def _render_timeline(spoken: Segments, chance: random.Random) -> bytes:
    """Who is active at each tick of the grid, told whenever it changes."""
    active: dict[int, set[str]] = {}
    for start_ms, end_ms, name in zip(
        spoken.start_ms.tolist(), spoken.end_ms.tolist(), spoken.speaker_name, strict=True
    ):
        if name:
            first, last = start_ms + chance.randrange(_LATE_MS), end_ms + chance.randrange(_LATE_MS)
            for tick in range(first // _GRID_MS, last // _GRID_MS + 1):
                active.setdefault(tick, set()).add(name)
    entries, before = [], set[str]()
    for tick in range(max(active) + 2):
        now = active.get(tick, set())
        if now != before:
            users = [{"username": each, "zoom_userid": each} for each in sorted(now)]
            entries.append({"ts": _stamp(tick * _GRID_MS), "users": users})
        before = now
    return json.dumps({"timeline": entries}).encode()


def _stamp(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def main(_settings: Settings) -> list[Row]:
    if not (REAL / f"cc_{PAIRS[0]}.vtt").exists():
        return [not_measured(_WHAT, f">= {TARGET:.0%}", f"the files are not in {REAL}")]
    whole, thin = Score(), Score()
    for name in PAIRS:
        pair = Pair(name)
        found = Score()
        for seed in range(_SEEDS):
            activity = pair.simulate(seed)
            found += pair.score(activity)
            thin += pair.score(activity, least_share=0.0, most_share=LEAST_SHARE)
        print(f"  {name:<16} {found}", flush=True)
        whole += found
    print(f"  {'all':<16} {whole}")
    print(f"  {'left without':<16} {thin}")
    return [at_least(_WHAT, whole.share_right * 100, TARGET * 100, unit="%", note=f"{whole.cues // _SEEDS} cues")]

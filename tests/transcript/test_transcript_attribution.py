"""Captions take their speaker from activity, and only where there is evidence."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import bench_captions
from harvester.transcript import Activity, read_transcript

NAMES = ("Ada", "Bo", None, "Speaker 2")
ADA, BO, NOBODY, GENERIC = range(4)
NEVER = 10**9
SILENT = (None, None, None)


def activity(*rows):
    """Of (start s, end s, active at once, user)."""
    columns = np.array(rows, np.int64).reshape(-1, 4).T
    return Activity(columns[0] * 1000, columns[1] * 1000, columns[2], columns[3], NAMES)


def stamp(seconds):
    return f"00:{seconds // 60:02}:{seconds % 60:02}.000"


def captions(*spans):
    """A caption file with a cue for each (start s, end s)."""
    cues = "".join(f"{stamp(start)} --> {stamp(end)}\r\nso it is\r\n\r\n" for start, end in spans)
    return f"WEBVTT\r\n\r\n{cues}".encode()


def speakers(data, *rows):
    """(name, source, share) of each cue."""
    segments = read_transcript(data, activity=activity(*rows)).segments
    share = [None if each is None else round(each, 3) for each in segments.speaker_share]
    return list(zip(segments.speaker_name, segments.speaker_source, share, strict=True))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, 10, 1, ADA)], ("Ada", "timeline", 1.0)),
        ([(2, 8, 1, ADA), (8, 9, 1, BO)], ("Ada", "timeline", 0.6)),
        ([(0, 5, 1, ADA), (5, 6, 1, BO)], ("Ada", "timeline", 0.5)),
        ([(0, 4, 1, ADA), (5, 6, 1, BO)], SILENT),
        ([(0, 3, 1, ADA), (3, 6, 1, BO), (6, 9, 1, ADA)], ("Ada", "timeline", 0.6)),
        ([(0, 4, 1, ADA), (4, 10, 2, ADA), (4, 10, 2, BO)], ("Ada", "timeline", 0.7)),
        ([(0, 10, 2, ADA), (0, 10, 2, BO)], SILENT),
        ([(0, 5, 1, ADA), (5, 10, 1, BO)], SILENT),
        ([(0, 10, 1, NOBODY)], SILENT),
        ([(0, 10, 1, GENERIC)], (None, "timeline", 1.0)),
        ([(20, 30, 1, ADA)], SILENT),
        ([(0, NEVER, 1, ADA)], ("Ada", "timeline", 1.0)),
        ([], SILENT),
    ],
    ids=[
        "all",
        "most",
        "half",
        "less",
        "twice",
        "shared",
        "equal",
        "halves",
        "unnamed",
        "generic",
        "later",
        "open",
        "no",
    ],
)
def test_the_winner_of_a_cue(rows, expected):
    """Of a cue of ten seconds the user with the most time is its speaker, if it is half of it and nobody equals it."""
    assert speakers(captions((0, 10)), *rows) == [expected]


def test_a_cue_counts_to_its_end_the_next_start_or_thirty_seconds():
    """What was said after that is no evidence for it, though captions stay on the screen."""
    rows = [(0, 4, 1, ADA), (4, 40, 1, BO), (40, 70, 1, ADA), (70, 200, 1, BO)]
    found = speakers(captions((0, 20), (4, 10), (40, 120)), *rows)
    assert found == [("Ada", "timeline", 1.0), ("Bo", "timeline", 1.0), ("Ada", "timeline", 1.0)]


def test_a_cue_with_broken_times_has_no_speaker():
    """It was said at another time than it says; those around it have theirs."""
    data = captions((0, 5), (600, 0), (0, 0), (0, 30), (605, 610))
    found = speakers(data, (0, 300, 1, ADA), (300, 700, 1, BO))
    assert found == [("Ada", "timeline", 1.0), SILENT, SILENT, SILENT, ("Bo", "timeline", 1.0)]


def test_turns_of_captions_follow_their_speakers():
    """Neighbours of one speaker are one turn, those of nobody are their own, and speakers are counted."""
    rows = [(0, 10, 1, ADA), (10, 20, 1, BO)]
    read = read_transcript(captions((0, 5), (5, 10), (10, 20), (20, 25), (25, 30)), activity=activity(*rows))
    assert read.turns.first_segment.tolist() == [0, 2, 3, 4]
    assert read.turns.speaker_name == ["Ada", "Bo", None, None]
    assert (read.n_speakers, read.dialect) == (2, "captions")


def test_a_transcript_keeps_its_own_speakers():
    """Its cues say who speaks; one that does not stays without."""
    data = b"WEBVTT\n\n1\n00:00:00.000 --> 00:00:05.000\nBo: yes\n\n2\n00:00:05.000 --> 00:00:09.000\nno\n"
    assert speakers(data, (0, 10, 1, ADA)) == [("Bo", "prefix", None), SILENT]


def test_many_stretches_and_cues_cost_little():
    """Each cue is held against the stretches that it overlaps, also where all cues claim the same time."""
    rows = [(tick, tick + 1, 1, tick % 2) for tick in range(3_000)]
    assert len(speakers(captions(*((0, 3_000) for _ in range(3_000))), *rows)) == 3_000


def test_captions_get_the_right_speakers():
    """On the public pairs of captions and transcripts at least 95 % of the attributed cues are right; most are."""
    if not bench_captions.REAL.is_dir():
        pytest.skip(f"needs {bench_captions.REAL}")
    for name in bench_captions.PAIRS:
        pair = bench_captions.Pair(name)
        score = pair.score(pair.simulate(seed=1))
        assert score.share_right >= bench_captions.TARGET, f"{name}: {score}"
        assert score.attributed >= 0.85 * score.cues, f"{name}: {score}"

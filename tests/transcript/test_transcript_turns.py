"""Where turns and doubt about times begin."""

from __future__ import annotations

import pytest

from harvester.transcript import build_turns, read_transcript
from harvester.transcript.segments import count_words


def read(*cues: tuple[int, int, str], **options: int):
    def stamp(ms: int) -> str:
        return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"

    blocks = [f"{row}\n{stamp(start)} --> {stamp(end)}\n{text}\n" for row, (start, end, text) in enumerate(cues, 1)]
    return read_transcript("\n".join(["WEBVTT\n", *blocks]).encode(), **options)


@pytest.mark.parametrize(
    ("gap_ms", "options", "n_turns"),
    [
        (2999, {}, 1),
        (3000, {}, 1),
        (3001, {}, 2),
        (-500, {}, 1),
        (0, {"merge_gap_ms": 0}, 1),
        (1, {"merge_gap_ms": 0}, 2),
        (60_000, {"merge_gap_ms": 60_000}, 1),
    ],
)
def test_a_pause_ends_a_turn(gap_ms: int, options: dict[str, int], n_turns: int):
    """One speaker's cues join over a gap up to the limit, three seconds unless told otherwise, and over overlaps."""
    transcript = read((1000, 2000, "Ada: one"), (2000 + gap_ms, 9000 + gap_ms, "Ada: two"), **options)
    assert len(transcript.turns) == n_turns
    assert len(build_turns(transcript.segments, merge_gap_ms=60_000)) == 1


def test_a_turn_ends_at_its_latest_end_and_keeps_all_words():
    """The end is the latest of the run, the start the first, the text joined by one blank."""
    turns = read((1000, 9000, "Ada : long"), (2000, 3000, "Ada: inside"), (3500, 4000, "Bo: me")).turns
    assert turns.start_ms.tolist() == [1000, 3500]
    assert turns.end_ms.tolist() == [9000, 4000]
    assert turns.text == ["long inside", "me"]
    assert (turns.speaker_label, turns.speaker_name) == (["Ada ", "Bo"], ["Ada", "Bo"])


def test_nobody_is_never_joined_and_ends_a_run():
    """Cues without a name stay alone, and the same speaker before and after them has two turns."""
    turns = read((1000, 2000, "Ada: one"), (2000, 2500, "Yes."), (2500, 2600, "Right."), (2600, 3000, "Ada: two")).turns
    assert turns.speaker_name == ["Ada", None, None, "Ada"]
    assert turns.n_segments.tolist() == [1, 1, 1, 1]


def test_a_cue_that_ends_before_it_starts_opens_no_gap():
    """The pause after a negative cue counts from its start, so its speaker's turn goes on."""
    turns = read((60_000, 1000, "Ada: back"), (61_000, 62_000, "Ada: forth")).turns
    assert turns.text == ["back forth"]
    assert (turns.start_ms.tolist(), turns.end_ms.tolist()) == ([60_000], [62_000])


def test_broken_times_are_flagged_and_kept_in_place():
    """Rows keep the order and the times of the file; the flag says what to distrust."""
    segments = read(
        (5000, 6000, "Ada: a"),
        (7000, 1000, "Ada: b"),
        (0, 0, "Ada: c"),
        (0, 500, "Ada: d"),
        (7000, 7100, "Ada: e"),
    ).segments
    assert segments.time_flag == [None, "negative", "zero", "out_of_order", None]
    assert segments.start_ms.tolist() == [5000, 7000, 0, 0, 7000]
    assert segments.text == ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    ("text", "n_words"),
    [
        ("", 0),
        (" ", 0),
        ("one", 1),
        (" one  two\nthree\t", 3),
        ("100\u00a0ms", 1),
        ("é è", 2),
        ("王小明 好", 2),
        ("🚲", 1),
    ],
)
def test_words_are_runs_between_ascii_blanks(text: str, n_words: int):
    """Counting all rows at once gives each row its own count, whatever its neighbours hold."""
    assert count_words([text]).tolist() == [n_words]
    assert count_words(["", "a b", text, text, ""]).tolist() == [0, 2, n_words, n_words, 0]
    assert count_words([]).tolist() == []

"""Who spoke how long, who follows, interrupts and is silent: a meeting counted by hand, and times that are odd."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path

import pytest
from lake_samples import DAY, key_of
from talk_samples import COUNTED, START, meeting, write_corrections
from views_samples import Line, add_transcript, capture, opened, write_lake

SILENCE = "SELECT span_ms, talk_ms, silence_ms, longest_silence_ms, overlap_ms FROM meeting_talk"


def test_talk_time_counted_by_hand(tmp_path):
    """Time, share, segments, words, turns, the longest turn and words per minute of everybody, and of nobody known."""
    ask = opened(write_lake(tmp_path, [meeting(1, COUNTED)]))
    rows = ask("SELECT * EXCLUDE (date, source, recording_key, topic) FROM talk_time ORDER BY speaker NULLS LAST")
    assert rows == [
        ("Ana Lima", 11_000, 4, 13, 11 / 18, 4, 4_000, 60 * 13 / 11, "transcript"),
        ("Bo Chen", 5_000, 3, 5, 5 / 18, 2, 4_000, 60.0, "transcript"),
        ("Cy Dee", 1_000, 1, 1, 1 / 18, 1, 1_000, 60.0, "transcript"),
        (None, 1_000, 1, 1, 1 / 18, 1, 1_000, 60.0, "transcript"),
    ]


def test_meeting_and_its_silences_counted_by_hand(tmp_path):
    """What is not covered by any segment between the first and the last word is silence, each stretch and in all."""
    ask = opened(write_lake(tmp_path, [meeting(1, COUNTED)]))
    assert ask(SILENCE) == [(23_000, 18_000, 7_000, 5_500, 2_000)]
    others = ask("SELECT silence_share, n_segments, n_words, words_per_minute FROM meeting_talk")
    assert others == [(7 / 23, 9, 20, 60 * 20 / 18)]
    stretches = ask("SELECT start_ms, end_ms, start_at, end_at, silence_ms FROM silences ORDER BY start_ms")
    at = [START + timedelta(milliseconds=each) for each in (4_000, 5_000, 12_000, 12_500, 14_500, 20_000)]
    assert stretches == [
        (4_000, 5_000, at[0], at[1], 1_000),
        (12_000, 12_500, at[2], at[3], 500),
        (14_500, 20_000, at[4], at[5], 5_500),
    ]


def test_interruptions_counted_by_hand(tmp_path):
    """Ana takes over from Bo; Cy only speaks in between; what ends before it starts interrupts nobody."""
    ask = opened(write_lake(tmp_path, [meeting(1, COUNTED)]))
    found = "SELECT segment_index, speaker, other_speaker, overlap_ms, is_takeover FROM interruptions ORDER BY ALL"
    assert ask(found) == [(2, "Ana Lima", "Bo Chen", 1_000, True), (3, "Cy Dee", "Ana Lima", 1_000, False)]


def test_who_is_interrupted(tmp_path):
    """One millisecond is no overlap, nor is one's own; of several who speak, the one who ends last is meant."""
    lines = [
        Line(0, "a", "Ana Lima", 20_000),
        Line(1_000, "b", "Bo Chen", 1_000),
        Line(5_000, "c", "Cy Dee", 2_000),
        Line(6_999, "d", "Bo Chen", 500),
        Line(8_000, "e", "Ana Lima", 500),
        Line(9_000, "f", None, 500),
        Line(19_999, "g", "Bo Chen", 3_000),
        Line(22_997, "h", "Cy Dee", None),
    ]
    ask = opened(write_lake(tmp_path, [meeting(1, lines)]))
    found = "SELECT speaker, other_speaker, overlap_ms, is_takeover FROM interruptions ORDER BY start_ms"
    assert ask(found) == [
        ("Bo Chen", "Ana Lima", 1_000, False),
        ("Cy Dee", "Ana Lima", 2_000, False),
        ("Bo Chen", "Ana Lima", 500, False),
        ("Cy Dee", "Bo Chen", 2, None),
    ]


def test_who_follows_whom_counted_by_hand(tmp_path):
    """A change of speaker counts once, a pause of one's own does not, and what nobody is named for parts two."""
    ask = opened(write_lake(tmp_path, [meeting(1, COUNTED)]))
    assert ask("SELECT speaker, next_speaker, n_times FROM who_follows_whom ORDER BY ALL") == [
        ("Ana Lima", "Bo Chen", 1),
        ("Ana Lima", "Cy Dee", 1),
        ("Bo Chen", "Ana Lima", 1),
        ("Cy Dee", "Ana Lima", 1),
    ]


def test_captions_tell_nothing_of_silence(tmp_path):
    """A caption lasts until the next one: no silence, no overlap and no interruption is made of them."""
    ask = opened(write_lake(tmp_path, [meeting(1, COUNTED, kind="captions")]))
    assert ask(SILENCE) == [(23_000, 18_000, None, None, None)]
    assert ask("FROM silences") == []
    assert ask("FROM interruptions") == []
    assert ask("SELECT DISTINCT kind, sum(talk_ms) OVER () FROM talk_time") == [("captions", 18_000)]


def test_parts_are_counted_apart(tmp_path):
    """Of a meeting that was paused the pause is no silence, and each part's own clock starts at 0."""
    one, two = meeting(1, COUNTED), capture(2, [Line(0, "and on", length_ms=1_000), Line(3_000, "we go", "Bo Chen")])
    ask = opened(write_lake(tmp_path, [add_transcript(one, two)]))
    assert ask(SILENCE) == [(23_000 + 5_000, 18_000 + 3_000, 7_000 + 2_000, 5_500, 2_000)]
    assert ask("SELECT count(*) FROM interruptions") == [(2,)]


def test_what_has_no_end_lasts_until_the_next(tmp_path):
    """A bot's segment without an end makes no silence and no time of its own; one without a clock is not placed."""
    lines = [Line(0, "a", length_ms=None), Line(9_000, "b", "Bo Chen"), Line(15_000, "c", "Bo Chen", length_ms=None)]
    bots = [capture(1, lines, source="recall"), capture(2, [Line(None, "a b", length_ms=None)], source="vexa")]
    ask = opened(write_lake(tmp_path, bots))
    assert ask(SILENCE) == [(15_000, 2_000, 4_000, 4_000, 0)]
    assert ask("SELECT speaker, talk_ms, words_per_minute FROM talk_time WHERE source = 'vexa'") == [
        ("Ana Lima", 0, None)
    ]


def test_odd_times_give_no_absurd_durations(tmp_path):
    """Whatever the times are, nothing is negative and silence, speech and span add up."""
    rng = random.Random(3)
    captures = []
    for number in range(40):
        names = rng.choices(["Ana Lima", "Bo Chen", "Speaker 3", None], k=12)
        lines = [
            Line(rng.randrange(0, 40_000), "so", name, rng.choice([None, 0, 1, -3_000, rng.randrange(9_000)]))
            for name in names
        ]
        captures.append(meeting(number, lines))
    ask = opened(write_lake(tmp_path, captures))
    lowest = ask(
        "SELECT min(span_ms), min(talk_ms), min(silence_ms), min(overlap_ms), min(silence_share), max(silence_share), "
        "min(span_ms - silence_ms) FROM meeting_talk",
    )[0]
    assert min(lowest) >= 0
    assert lowest[5] <= 1
    assert ask("SELECT min(silence_ms) > 1 FROM silences") == [(True,)]
    assert ask("SELECT min(overlap_ms) >= 1 FROM interruptions") == [(True,)]
    assert ask("SELECT min(talk_ms) >= 0, min(longest_turn_ms) >= 0, max(talk_share) <= 1 FROM talk_time") == [
        (True, True, True)
    ]


@pytest.mark.parametrize("is_corrected", [False, True])
def test_views_of_one_day_read_that_day(tmp_path, is_corrected):
    """A condition on the date gives what it gives among all days, and no other day's segments or turns are read."""
    next_day = DAY + timedelta(days=1)
    captures = [meeting(1, COUNTED), meeting(2, [*COUNTED, *COUNTED], day=next_day)]
    lake = write_lake(tmp_path, captures)
    if is_corrected:
        keys = [each["transcripts"]["transcript_key"][0].as_py() for each in captures]
        write_corrections(lake, [{"transcript_key": key, "speaker_was": "Bo Chen", "speaker": "Bo"} for key in keys])
    ask = opened(lake)
    views = ("transcript", "talk_time", "meeting_talk", "silences", "interruptions", "who_follows_whom", "people")
    for view in (*views, "questions", "meeting_stream"):
        sql = f"SELECT * FROM {view} WHERE date = '{DAY}'"
        assert ask(f"SELECT DISTINCT recording_key FROM ({sql})") == [(key_of(captures[0]),)], view
        plan = json.loads(ask(f"EXPLAIN (ANALYZE, FORMAT json) {sql}")[0][1])
        scanned = [rows for table, rows in _find_scans(plan) if table in {"segments", "turns"}]
        assert scanned, view
        assert max(scanned) <= len(COUNTED), view


def _find_scans(node):
    """(table, rows read) of every scan of the lake in a plan that was run."""
    if isinstance(node, list):
        return [each for child in node for each in _find_scans(child)]
    if not isinstance(node, dict):
        return []
    files = str(node.get("extra_info", {}).get("Filename(s)", "")) if node.get("type") == "TABLE_SCAN" else ""
    here = (
        [(Path(files.split(",")[0]).parts[-3], node["intermediate_rows"])]
        if "/date=" in files or "/*/" in files
        else []
    )
    return here + [each for child in node.values() for each in _find_scans(child)]

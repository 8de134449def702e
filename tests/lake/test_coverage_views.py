"""What has a transcript, how late it came, and why the others have none."""

from __future__ import annotations

import pytest
from lake_samples import key_of
from talk_samples import COUNTED, describe, meeting
from views_samples import add_transcript, capture, change, opened, write_lake

HALF_HOUR_MS = 1_800_000


def with_file(tables, **values):
    """The recording's transcript file, otherwise archived when the recording began, which lasts half an hour."""
    files = {name: [tables["files"][name][0].as_py(), value] for name, value in values.items()}
    return tables | {"files": change(tables["files"], **files)}


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    start = meeting(0, COUNTED)["recordings"]["started_at"][0].as_py()
    late = start.replace(hour=12)
    captures = [
        with_file(meeting(0, COUNTED), archived_at=late),
        with_file(meeting(30, COUNTED), archived_at=late),
        meeting(31, COUNTED, kind="captions"),
        describe(meeting(32, []), transcript_status="pending"),
        describe(meeting(33, []), transcript_status="none", host_email="bo@example.com"),
        with_file(meeting(34, []), status="failed", error="cut off"),
        describe(meeting(35, []), transcript_status=None, ended_at=None),
        capture(1, COUNTED, source="recall"),
    ]
    captures[-1]["transcripts"] = change(captures[-1]["transcripts"], file_key=None)
    return opened(write_lake(tmp_path_factory.mktemp("coverage"), captures))


def test_a_day_counted_by_hand(ask):
    """Recordings, transcripts, captions alone, awaited, and the lag from the end to the file in the archive."""
    columns = "source, n_recordings, n_transcripts, n_captions_only, n_awaited, transcript_share"
    assert ask(f"SELECT {columns} FROM transcript_coverage ORDER BY source") == [
        ("recall", 1, 1, 0, 0, 1.0),
        ("zoom", 7, 2, 1, 1, 2 / 7),
    ]
    lags = "SELECT source, median_lag_ms, longest_lag_ms FROM transcript_coverage ORDER BY source"
    first, second = 5 * HALF_HOUR_MS, 4 * HALF_HOUR_MS
    assert ask(lags) == [("recall", None, None), ("zoom", (first + second) // 2, first)]


def test_the_last_of_several_parts_counts(tmp_path):
    """A meeting of two files has its transcript when both are there."""
    both = add_transcript(meeting(0, COUNTED), capture(1, COUNTED))
    start = both["recordings"]["started_at"][0].as_py()
    both["transcripts"] = change(both["transcripts"], file_key=["f1", "f2"])
    both["files"] = change(both["files"], archived_at=[start.replace(hour=10), start.replace(hour=11)])
    ask = opened(write_lake(tmp_path, [both]))
    assert ask("SELECT n_transcripts, median_lag_ms FROM transcript_coverage") == [(1, 3 * HALF_HOUR_MS)]


def test_what_has_no_transcript_and_why(ask):
    """Every recording without one, by the file's error or else by its status; captions are named."""
    reasons = "SELECT strftime(started_at, '%H:%M') AS started, host_email, transcript_status, reason, has_captions "
    rows = ask(f"{reasons} FROM missing_transcripts ORDER BY started")
    ana = "ana@example.com"
    assert rows == [
        ("09:31", ana, "available", "it is there, and nothing in it could be read", True),
        ("09:32", ana, "pending", "it is awaited", False),
        ("09:33", "bo@example.com", "none", "the source made none", False),
        ("09:34", ana, "available", "cut off", False),
        ("09:35", ana, None, "there is no sign of one", False),
    ]


def test_nothing_is_counted_twice(ask):
    """With a transcript or without: together they are all recordings."""
    missing, coverage, all_of_them = (
        ask(f"SELECT {what}")[0][0]
        for what in (
            "count(*) FROM missing_transcripts",
            "sum(n_transcripts)::BIGINT FROM transcript_coverage",
            "count(*) FROM recordings",
        )
    )
    assert missing + coverage == all_of_them
    assert key_of(meeting(31, COUNTED)) in {key for (key,) in ask("SELECT recording_key FROM missing_transcripts")}

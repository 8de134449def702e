"""From one archived recording to its rows."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from pipeline_samples import START, TWINS, entry, listed, recording, standing
from reading_samples import column, read

from harvester.archive import TranscriptFact
from harvester.model import FileStatus, Kind, TranscriptStatus
from harvester.pipeline.read import read_recording
from harvester.pipeline.read_zoom import ZoomReader
from harvester.pipeline.reading import ReadSettings
from harvester.zoom.describe import describe

VTT = b"""WEBVTT

1
00:00:01.000 --> 00:00:03.500
Ana Lima: Good morning.

2
00:00:04.000 --> 00:00:06.000
Ana Lima: Shall we begin?

3
00:00:07.000 --> 00:00:09.000
Bo Chen: Yes.
"""
COLON = b"""WEBVTT

1
00:00:01.000 --> 00:00:03.500
Team: Support: Good morning.

2
00:00:04.000 --> 00:00:06.000
Ana Lima: Shall we begin?
"""
TIMELINE = b'{"timeline": [{"ts": "00:00:01.000", "users": [{"username": "Team: Support"}, {"username": "Ana Lima"}]}]}'
CHAT = b"09:00:05\tTeam: Support:\tHello\r\n"
OF_ZOOM = ("recordings", "files", "transcripts", "segments", "turns")  # bots fill the others


def transcript(key="t1", **changes):
    return listed(key, Kind.TRANSCRIPT, **changes)


def test_every_cue_is_a_row_with_its_keys():
    """Segments, turns, the transcript and the recording are joined by keys that begin with the recording's."""
    rows = read((transcript(), VTT))
    assert set(rows.tables) == set(OF_ZOOM)
    assert (rows.n_segments, rows.unreadable) == (3, {})
    assert column(rows, "segments", "text") == ["Good morning.", "Shall we begin?", "Yes."]
    assert column(rows, "segments", "segment_index") == [0, 1, 2]
    assert column(rows, "segments", "speaker_name") == ["Ana Lima", "Ana Lima", "Bo Chen"]
    assert column(rows, "turns", "first_segment") == [0, 2]
    assert column(rows, "turns", "last_segment") == [1, 2]
    for table in ("transcripts", "segments", "turns"):
        assert set(column(rows, table, "transcript_key")) == {"zoom:abc==/t1"}
    for table in OF_ZOOM:
        assert set(column(rows, table, "recording_key")) == {"zoom:abc=="}
        assert set(column(rows, table, "source")) == {"zoom"}
    assert column(rows, "transcripts", "n_segments") == [3]
    assert column(rows, "transcripts", "n_speakers") == [2]
    assert column(rows, "recordings", "transcript_status") == ["available"]
    assert column(rows, "recordings", "payload_sha256") == ["e" * 64]


def test_times_count_from_the_file_and_not_from_the_meeting():
    """The second part of a paused recording starts at its own zero; absolute times say when it was."""
    later = START + timedelta(minutes=20)
    rows = read((transcript("a"), VTT), (transcript("b", start_at=later, part_index=1), VTT))
    assert column(rows, "segments", "start_ms") == [1000, 4000, 7000] * 2
    starts = column(rows, "segments", "start_at")
    assert starts[0] == START + timedelta(seconds=1)
    assert starts[3] == later + timedelta(seconds=1)
    assert column(rows, "turns", "end_at")[-1] == later + timedelta(seconds=9)
    assert column(rows, "transcripts", "t0_at") == [START, later]


@pytest.mark.parametrize(
    ("helper", "speaker"),
    [
        (None, "Team"),
        ((listed("x", Kind.TIMELINE), TIMELINE), "Team: Support"),
        ((listed("x", Kind.CHAT), CHAT), "Team: Support"),
        ((listed("x", Kind.TIMELINE), b"<html>"), "Team"),
        (standing(listed("x", Kind.TIMELINE), FileStatus.FAILED), "Team"),
    ],
    ids=["alone", "timeline", "chat", "broken timeline", "failed timeline"],
)
def test_a_name_with_a_colon(helper, speaker):
    """A display name that holds a colon is known from the recording's other files, and only from them."""
    rows = read((transcript(), COLON), *([helper] if helper else []))
    assert column(rows, "segments", "speaker_name")[0] == speaker
    assert column(rows, "recordings", "transcript_status") == ["available"]


def test_a_roster_that_is_gone_costs_no_row():
    """A chat file that the disk lost takes a name with it, not the transcript."""
    rows = read((transcript(), COLON), (listed("x", Kind.CHAT), CHAT), gone={"0-chat-x"})
    assert rows.n_segments == 2


@pytest.mark.parametrize(
    ("data", "gone", "limit", "reason"),
    [
        (b"<html>Sign in</html>", (), 10_000, ""),
        (b"", (), 10_000, ""),
        (VTT, {"0-transcript-t1"}, 10_000, "cannot be read"),
        (VTT, (), 50, "more than the 50 that are read"),
    ],
    ids=["html", "empty", "missing", "too large"],
)
def test_a_transcript_that_cannot_be_read_is_a_reason(data, gone, limit, reason):
    """It stays archived, its row says why it has no segments, and the other files are read all the same."""
    other = (listed("c1", Kind.CAPTIONS), VTT[:40])
    rows = read((transcript(), data), other, gone=gone, settings=ReadSettings(limit_bytes=limit))
    assert list(rows.unreadable) == ["t1"]
    assert reason in rows.unreadable["t1"].message
    errors = dict(zip(column(rows, "files", "file_key"), column(rows, "files", "error"), strict=True))
    assert errors == {"c1": None, "t1": rows.unreadable["t1"].message}
    assert column(rows, "files", "status") == ["archived", "archived"]
    assert column(rows, "recordings", "transcript_status") == ["failed"]
    assert column(rows, "transcripts", "file_key") == ["c1"]


def test_a_transcript_without_a_cue_is_empty():
    """A meeting in which nobody spoke has a transcript, and it says so."""
    rows = read((transcript(), b"WEBVTT\n"))
    assert column(rows, "recordings", "transcript_status") == ["empty"]
    assert column(rows, "transcripts", "n_segments") == [0]
    assert rows.tables["segments"].num_rows == 0


def test_files_as_the_archive_knows_them():
    """Every listed file is a row, archived or not, with its path where it is and its reason where it is not."""
    failed = standing(listed("v1", start_at=START, listed_bytes=900), FileStatus.FAILED, "cut off")
    rows = read((transcript(), VTT), failed, gone=())
    assert column(rows, "files", "file_key") == ["t1", "v1"]
    assert column(rows, "files", "archive_path") == ["zoom/2026/03/02/abc/0-transcript-t1", None]
    assert column(rows, "files", "error") == [None, "cut off"]
    assert column(rows, "files", "listed_bytes") == [None, 900]
    assert column(rows, "files", "size_bytes") == [len(VTT), None]
    assert column(rows, "recordings", "n_files") == [2]


def test_the_newest_version_is_current():
    """An edited transcript's first version is kept beside it and marked as older, also while a third is awaited."""
    third = standing(transcript("t1~3"), FileStatus.PENDING)
    rows = read((transcript("t1"), VTT), (transcript("t1~2"), VTT), (listed("c1", Kind.CAPTIONS), VTT), third)
    current = dict(zip(column(rows, "transcripts", "file_key"), column(rows, "transcripts", "is_current"), strict=True))
    assert current == {"c1": True, "t1": False, "t1~2": True}


def test_two_transcripts_that_the_source_numbers_are_both_current():
    """Of two parts that the source lists without an id neither replaces the other."""
    rows = read(*((each, VTT) for each in describe(TWINS).files))
    assert column(rows, "transcripts", "is_current") == [True, True]


def test_nothing_but_the_recording():
    """A recording without any file is a row all the same, with what the clock decided about its transcript."""
    rows = read(transcript=TranscriptFact(TranscriptStatus.NONE, "not listed"))
    assert column(rows, "recordings", "transcript_status") == ["none"]
    assert [rows.tables[each].num_rows for each in OF_ZOOM] == [1, 0, 0, 0, 0]


def test_a_recording_gone_from_its_source():
    """What the lake shows of it says that the source has it no more."""
    assert column(read(gone=(), changes={"status": "completed"}), "recordings", "status") == ["completed"]
    rows = read_recording(
        ZoomReader(),
        recording(status="completed"),
        entry(gone=True),
        entry_sha256="e",
        archive_folder="x",
        read_bytes=lambda _name: b"",
        settings=ReadSettings(),
    )
    assert column(rows, "recordings", "status") == ["gone"]


def test_the_same_archive_gives_the_same_rows():
    """Whatever the order in which files came, the rows are equal: the lake is a function of the archive."""
    one, two = (transcript("a"), VTT), (listed("b", Kind.CAPTIONS), COLON)
    first, second = read(one, two), read(two, one)
    assert all(first.tables[each].equals(second.tables[each]) for each in OF_ZOOM)


def test_cues_that_were_rejected_are_counted_and_said(caplog):
    """A broken cue is missing from the segments and present in the count."""
    caplog.set_level(logging.WARNING)
    rows = read((transcript(), VTT.replace(b"00:00:04.000 -->", b"00:0x:04.000 -->")))
    assert column(rows, "transcripts", "rejected_cues") == [1]
    assert [each.message for each in caplog.records] == ["transcript.rejected_cues"]

"""From what lies beside a recording's media to its rows."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from pipeline_samples import END, START, listed
from reading_samples import column, read

from harvester.model import Kind
from harvester.pipeline.reading import ReadSettings

VTT = b"WEBVTT\r\n\r\n1\r\n00:00:01.000 --> 00:00:03.500\r\nAna Lima: Good morning.\r\n\r\n"
CAPTIONS = (
    b"WEBVTT\r\n\r\n00:00:01.000 --> 00:00:03.000\r\nGood morning.\r\n\r\n00:00:03.000 --> 00:00:09.000\r\nYes.\r\n"
)
ANA = {"username": "Ana Lima", "user_id": 7, "zoom_userid": "z1", "email_address": "ana@example.com"}
BO = {"username": "Bo Chen", "user_id": 8}
CHAT = b'00:00:05\tBo Chen:\tHello\nall\r\n00:00:06\tAna Lima:\tReacted to "Hello" with \xf0\x9f\x91\x8d\r\n'
SAVED = b"11:30:00 From Cem to Everyone:\r\n\thi\r\n"


def timeline(*entries):
    return json.dumps({"timeline": [{"ts": f"00:00:{ts}", "users": users} for ts, *users in entries]}).encode()


TIMELINE = timeline(("01.000", ANA), ("02.000", ANA), ("03.000",), ("04.000", ANA, BO))


def of(kind, key="x", **changes):
    return listed(key, kind, **{"start_at": START, "end_at": END} | changes)


def rows_of(rows, table, *names):
    return list(zip(*(column(rows, table, name) for name in names), strict=True))


def test_a_timeline_becomes_activity():
    """A row per stretch and user, silence is one, the last ends with the part; mail addresses stay in the archive."""
    rows = read((of(Kind.TIMELINE, part_index=1), TIMELINE))
    names = ("activity_index", "start_ms", "end_ms", "username", "n_active", "n_entries")
    assert rows_of(rows, "speaker_activity", *names) == [
        (0, 1000, 3000, "Ana Lima", 1, 2),
        (1, 3000, 4000, None, 0, 1),
        (2, 4000, 1_800_000, "Ana Lima", 2, 1),
        (3, 4000, 1_800_000, "Bo Chen", 2, 1),
    ]
    assert rows_of(rows, "speaker_activity", "user_id", "zoom_user_id")[2:] == [("7", "z1"), ("8", None)]
    assert column(rows, "speaker_activity", "start_at")[0] == START + timedelta(seconds=1)
    assert column(rows, "speaker_activity", "end_at")[3] == END
    assert set(column(rows, "speaker_activity", "part_index")) == {1}
    assert set(column(rows, "speaker_activity", "email")) == {None}


def test_mail_addresses_are_kept_where_they_are_wanted():
    """With the setting they are in the activity, the participants and the polls, and without in none of them."""
    files = (
        (of(Kind.TIMELINE), TIMELINE),
        (of(Kind.POLL, "p"), b"Name,Email,Question,Answer\nAna,ana@example.com,So?,Yes\n"),
    )
    tables = ("speaker_activity", "participants", "poll_answers")
    for keep, expected in ((False, set()), (True, {"ana@example.com"})):
        rows = read(*files, settings=ReadSettings(keep_emails=keep))
        for table in tables:
            assert set(column(rows, table, "email")) - {None} == expected
            assert ("ana@example.com" in str(rows.tables[table].to_pylist())) is keep


def test_a_chat_becomes_messages():
    """In order, with the moment of each; a saved chat knows only a clock, which is no moment."""
    rows = read((of(Kind.CHAT, "a"), CHAT), (of(Kind.CHAT, "b", start_at=None), SAVED))
    names = ("message_index", "sent_at", "offset_ms", "clock_time", "sender", "recipient", "kind", "text", "reaction")
    assert rows_of(rows, "chat_messages", *names) == [
        (0, START + timedelta(seconds=5), 5000, None, "Bo Chen", None, "message", "Hello\nall", None),
        (1, START + timedelta(seconds=6), 6000, None, "Ana Lima", None, "reaction", "", "👍"),
        (2, None, None, "11:30:00", "Cem", "Everyone", "message", "hi", None),
    ]
    assert column(rows, "chat_messages", "file_key") == ["a", "a", "b"]
    assert (rows.transcript_status, rows.unreadable) == (None, {})


def test_summaries_and_polls_become_rows():
    """Each piece and each answer with what it stands for; the times of a section count from its part."""
    summary = {
        "overall_summary": "All.",
        "items": [{"label": "Tides", "start_time": "00:01:00.000", "summary": "High."}],
    }
    rows = read(
        (of(Kind.SUMMARY, "s", recording_type="summary"), json.dumps(summary).encode()),
        (of(Kind.SUMMARY, "t", recording_type="summary_next_steps"), b'["Bo: ask."]'),
        (of(Kind.POLL, "p"), b"Name,Question,Answer\nBo,Tea?,Yes\n"),
    )
    assert rows_of(rows, "summaries", "summary_index", "kind", "title", "text", "start_at") == [
        (0, "summary", None, "All.", None),
        (1, "section", "Tides", "High.", START + timedelta(minutes=1)),
        (2, "next_step", None, "Bo: ask.", None),
    ]
    assert json.loads(column(rows, "summaries", "raw")[1]) == summary["items"][0]
    assert rows_of(rows, "poll_answers", "respondent", "question", "answer") == [("Bo", "Tea?", "Yes")]
    assert json.loads(column(rows, "poll_answers", "raw")[0]) == {"Name": "Bo", "Question": "Tea?", "Answer": "Yes"}


def test_captions_take_their_speakers_from_the_timeline_of_their_part():
    """Also beside a transcript, whose speakers stay its own; another part's timeline says nothing about them."""
    captions, later = of(Kind.CAPTIONS, "c"), START + timedelta(minutes=40)
    rows = read((captions, CAPTIONS), (of(Kind.TIMELINE), TIMELINE), (of(Kind.TRANSCRIPT, "t"), VTT))
    names = ("kind", "speaker_name", "speaker_source", "speaker_share")
    assert rows_of(rows, "segments", *names) == [
        ("captions", "Ana Lima", "timeline", 1.0),
        ("captions", None, None, None),
        ("transcript", "Ana Lima", "prefix", None),
    ]
    assert column(rows, "turns", "speaker_name") == ["Ana Lima", None, "Ana Lima"]
    assert column(rows, "transcripts", "n_speakers") == [1, 1]
    other = (of(Kind.TIMELINE, start_at=later, part_index=1), TIMELINE)
    assert set(column(read((captions, CAPTIONS), other), "segments", "speaker_name")) == {None}


def test_people_come_from_timelines_and_chats():
    """With ids from the timeline; a sender is the only user of that name, or somebody of that name."""
    chat = b"00:00:05\tana lima:\tHello\r\n00:00:06\tCem:\thi\r\n00:00:07\tSpeaker 1:\tno\r\n00:00:08\tEve:\tme?\r\n"
    two = timeline(
        ("01.000", ANA, BO), ("02.000", {"username": "Eve", "user_id": 1}, {"username": "Eve", "user_id": 2})
    )
    rows = read((of(Kind.TIMELINE), two), (of(Kind.CHAT, "y"), chat))
    assert rows_of(rows, "participants", "participant_key", "native_id", "user_id", "name") == [
        ("1", "1", None, "Eve"),
        ("2", "2", None, "Eve"),
        ("7", "7", "z1", "Ana Lima"),
        ("8", "8", None, "Bo Chen"),
        ("name:cem", None, None, "Cem"),
    ]


@pytest.mark.parametrize(
    ("kind", "data", "gone", "limit", "reason"),
    [
        (Kind.TIMELINE, b"<html>", False, 10_000, "not a timeline"),
        (Kind.CHAT, b"<html>\nSign in", False, 10_000, "not a chat"),
        (Kind.CHAT, CHAT, True, 10_000, "cannot be read"),
        (Kind.CHAT, CHAT * 99, False, 1_000, "more than the 1,000 that are read"),
    ],
)
def test_a_sidecar_that_cannot_be_read_is_a_reason(kind, data, gone, limit, reason):
    """Its row says why; the transcript is read all the same, and is as available as it was."""
    file = of(kind)
    rows = read(
        (of(Kind.TRANSCRIPT, "t"), VTT),
        (file, data),
        gone={f"0-{kind}-x"} if gone else (),
        settings=ReadSettings(limit_bytes=limit),
    )
    errors = dict(rows_of(rows, "files", "file_key", "error"))
    assert (list(rows.unreadable), errors["t"]) == (["x"], None)
    assert reason in errors["x"] == rows.unreadable["x"].message
    assert column(rows, "recordings", "transcript_status") == ["available"]


def test_a_damaged_timeline_still_settles_names():
    """It gives no activity; the names it holds tell where a name with a colon ends."""
    spoken = VTT.replace(b"Ana Lima", b"Team: Support")
    rows = read(
        (of(Kind.TRANSCRIPT, "t"), spoken), (of(Kind.TIMELINE), b'{"timeline":[{"users":[{"username":"Team: Support"')
    )
    assert column(rows, "segments", "speaker_name") == ["Team: Support"]
    assert "speaker_activity" not in rows.tables


def test_only_the_newest_version_of_a_sidecar_counts():
    """What it replaced is in the archive."""
    rows = read((of(Kind.CHAT, "y"), CHAT), (of(Kind.CHAT, "y~2"), CHAT.replace(b"Hello\n", b"Hey\n")))
    assert column(rows, "chat_messages", "text") == ["Hey\nall", ""]
    assert set(column(rows, "chat_messages", "file_key")) == {"y~2"}


def test_what_is_passed_over_is_counted_and_said(caplog):
    """An entry without a time and a line before the first message are in the log."""
    caplog.set_level(logging.WARNING)
    read((of(Kind.TIMELINE), b'{"timeline":[{"ts":"x"}]}'), (of(Kind.CHAT, "y"), b"hello\r\n" + CHAT))
    said = {each.message: each.fields for each in caplog.records}
    assert (said["timeline.unread_entries"]["entries"], said["chat.unread_lines"]["lines"]) == (1, 1)

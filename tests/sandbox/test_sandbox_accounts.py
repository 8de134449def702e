from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime

import pytest

from harvester.sandbox import account_from_dir, demo_account, describe_account, generate_account
from harvester.sandbox.bodies import sha256_of_body
from harvester.sandbox.fromdir import classify_vtt
from harvester.sandbox.parts import read_talk

TODAY = date(2026, 3, 20)


def read(file) -> bytes:
    return file.body.read(0, file.body.size)


def files_of(account, file_type):
    return [f for m in account.meetings for f in m.all_files if f.file_type == file_type]


def test_the_demo_account_holds_what_real_accounts_do_to_a_harvester():
    """Every oddity that the demo promises is in it, once made."""
    account = demo_account(today=TODAY)
    uuids = [m.uuid for m in account.meetings]
    assert any(u.startswith("/") for u in uuids)
    assert any("//" in u for u in uuids)
    assert any("+" in u for u in uuids)
    assert len({m.id for m in account.meetings}) == len(account.meetings) - 2
    assert [u.status for u in account.users].count("inactive") == 1
    assert sum(m.files is None for m in account.meetings) == 1
    assert sum(f.available_at is not None for f in files_of(account, "TRANSCRIPT")) == 1
    assert {f.file_type for m in account.meetings for f in m.all_files} >= {"WHITEBOARD", "CC", "CSV", "SUMMARY"}
    assert all(datetime(2026, 3, 7, tzinfo=UTC) < m.start_at < account.anchor for m in account.meetings)


def test_the_demo_is_the_same_for_the_same_day():
    """Two demo accounts of one day are equal, file by file."""
    one, two = (demo_account(today=TODAY) for _ in range(2))
    assert one == two
    assert [m.uuid for m in one.meetings] != [m.uuid for m in demo_account(today=date(2026, 3, 21)).meetings]


def test_demo_transcripts_are_canonical():
    """Transcripts are CRLF, numbered and in milliseconds; captions have neither numbers nor parts of a second."""
    account = demo_account(today=TODAY)
    for file in files_of(account, "TRANSCRIPT"):
        text = read(file).decode()
        assert text.startswith("WEBVTT\r\n\r\n")
        assert "\n" not in text.replace("\r\n", "")
        assert classify_vtt(read(file)) == "TRANSCRIPT"
    captions = [read(f) for f in files_of(account, "CC")]
    assert [classify_vtt(data) for data in captions] == ["CC", "CC"]
    assert any(b"--> 00:00:00.000" in data for data in captions)


def test_demo_names_are_as_awkward_as_real_ones():
    """Pipes, brackets, emoji, a trailing blank, a colon inside and no name at all occur among the speakers."""
    account = demo_account(today=TODAY)
    text = b"".join(read(f) for f in files_of(account, "TRANSCRIPT")).decode()
    for name in (
        "Piet | Deck 2:",
        "[Kite/Harbour]:",
        "🚲:",
        "Tablet :",
        "Host: Sable Quay:",
        "佐藤 由紀:",
        "أمل حداد:",
    ):
        assert f"\r\n{name}" in text or f"{name} " in text
    assert "" in {speaker for speaker, _ in read_talk("standup_monday")}


def test_demo_chats_and_timelines_have_zooms_shape():
    """Chat messages end in CRLF and hold LF; timelines rise strictly."""
    account = demo_account(today=TODAY)
    chat = max((read(f) for f in files_of(account, "CHAT")), key=len)
    messages = chat.decode().split("\r\n")[:-1]
    assert all(re.match(r"\d\d:\d\d:\d\d\t[^\t]+:\t", message) for message in messages)
    assert any("\n" in message for message in messages)
    for file in files_of(account, "TIMELINE"):
        stamps = [entry["ts"] for entry in json.loads(read(file))["timeline"]]
        assert stamps == sorted(set(stamps))


def test_a_generated_account_is_a_function_of_its_seed():
    """The same seed gives the same account and the same bytes, another seed another."""
    one, two, other = (generate_account(meetings=40, seed=s, cues=5, today=TODAY) for s in (1, 1, 2))

    def digest(account):
        return [(m.uuid, f.id, sha256_of_body(f.body)) for m in account.meetings for f in m.all_files]

    assert digest(one) == digest(two) != digest(other)


def test_a_generated_account_has_every_shape():
    """Ids are unique, UUIDs are awkward, numbers repeat, some meetings have two parts and one has no files."""
    account = generate_account(meetings=200, seed=3, cues=4, today=TODAY)
    uuids = [m.uuid for m in account.meetings]
    ids = [f.id for m in account.meetings for f in m.all_files]
    assert len(set(uuids)) == 200
    assert len(set(ids)) == len(ids)
    assert len({m.id for m in account.meetings}) < 200
    assert any("//" in u for u in uuids)
    assert any(u.startswith("/") for u in uuids)
    assert any(m.files is None for m in account.meetings)
    assert any(len({f.start_at for f in m.all_files}) == 2 for m in account.meetings)
    span = [m.start_at for m in account.meetings]
    assert (max(span) - min(span)).days in range(22, 26)


def test_a_folder_is_served_unchanged(visit, tmp_path):
    """Every byte of the folder's files comes back, each VTT as a meeting named after its file."""
    talk = b"WEBVTT\r\n\r\n1\r\n00:00:01.500 --> 00:00:02.000\r\nA: b\r\n\r\n"
    captions = b"WEBVTT\r\n\r\n00:00:01.000 --> 00:00:02.000\r\nb\r\n\r\n"
    texts = {
        "transcript_one.vtt": talk,
        "chat_one.txt": b"00:00:01\tA:\thi\r\n",
        "timeline_one.json": b'{"timeline":[]}',
        "deep/two.txt": b"\xef\xbb\xbf" + captions,
        "three.cc.vtt": captions,
        "chat_alone.txt": b"",
        "notes.md": b"ignored",
    }
    for name, data in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    account = account_from_dir(tmp_path, today=TODAY)
    with visit(account) as visitor:
        served = {}
        for meeting in visitor.list_all():
            for file in meeting["recording_files"]:
                data = visitor.session.get(file["download_url"], timeout=5).content
                served[meeting["topic"], file["file_type"]] = data
    assert served == {
        ("transcript_one.vtt", "TRANSCRIPT"): talk,
        ("transcript_one.vtt", "CHAT"): texts["chat_one.txt"],
        ("transcript_one.vtt", "TIMELINE"): texts["timeline_one.json"],
        ("two.txt", "CC"): texts["deep/two.txt"],
        ("three.cc.vtt", "CC"): captions,
        ("chat_alone.txt", "CHAT"): b"",
    }


def test_an_empty_folder_is_refused(tmp_path):
    """A folder without anything to serve is an error that says what was looked for."""
    with pytest.raises(ValueError, match="no transcripts, chats or timelines"):
        account_from_dir(tmp_path)


def test_an_account_describes_itself():
    """The description counts users, meetings and files, and what is still to come."""
    text = describe_account(demo_account(today=TODAY))
    assert "4 users (1 deactivated), 16 meetings, 65 files" in text
    assert "2 of the files appear later" in text

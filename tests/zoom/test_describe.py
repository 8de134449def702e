"""What a meeting payload becomes, and what of it may be kept."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import Damaged
from harvester.model import Kind
from harvester.zoom.describe import describe, find_kind
from harvester.zoom.scrub import scrub

START, END = "2026-11-05T10:00:00Z", "2026-11-05T10:30:00Z"


def a_file(**more):
    fields = {
        "id": "f1",
        "recording_start": START,
        "recording_end": END,
        "file_type": "MP4",
        "file_extension": "MP4",
        "file_size": 10,
        "status": "completed",
        "recording_type": "gallery_view",
        "download_url": "https://us06web.zoom.us/rec/download/canary-download",
        "play_url": "https://us06web.zoom.us/rec/play/canary-play",
    }
    return {name: value for name, value in (fields | more).items() if value is not ...}


def a_meeting(*files, **more):
    fields = {
        "uuid": "vdS61Oa8T3qGIEAMRIoHpg==",
        "id": 82400944973,
        "account_id": "acc",
        "host_id": "host",
        "topic": "Weekly",
        "type": 2,
        "start_time": START,
        "timezone": "",
        "duration": 44,
        "total_size": 100,
        "recording_count": 1,
        "recording_files": list(files),
    }
    return {name: value for name, value in (fields | more).items() if value is not ...}


@pytest.mark.parametrize(
    ("file_type", "recording_type", "kind"),
    [
        ("MP4", "shared_screen_with_speaker_view(CC)", Kind.VIDEO),
        ("MP4", "production_studio", Kind.VIDEO),
        ("mp4", None, Kind.VIDEO),
        ("M4A", "audio_only", Kind.AUDIO),
        ("M4A", "audio_interpretation", Kind.AUDIO),
        ("TRANSCRIPT", "audio_transcript", Kind.TRANSCRIPT),
        ("TRANSCRIPT", None, Kind.TRANSCRIPT),
        ("VTT", "AUDIO_TRANSCRIPT", Kind.TRANSCRIPT),
        ("CC", None, Kind.CAPTIONS),
        ("CC", "closed_caption", Kind.CAPTIONS),
        ("TRANSCRIPT", "cc_transcript", Kind.CAPTIONS),
        ("CHAT", "chat_file", Kind.CHAT),
        ("TIMELINE", None, Kind.TIMELINE),
        ("TB", "timeline", Kind.TIMELINE),
        ("CSV", "poll", Kind.POLL),
        ("SUMMARY", "summary_next_steps", Kind.SUMMARY),
        ("JPG", "thumbnail", Kind.OTHER),
        ("CHAT_MESSAGE", None, Kind.OTHER),
        ("XYZ", "tomorrows_type", Kind.OTHER),
        (None, None, Kind.OTHER),
        ("", "", Kind.OTHER),
    ],
)
def test_kinds(file_type, recording_type, kind):
    """Either name decides, in any case; the unknown is kept as other."""
    assert find_kind(file_type, recording_type) is kind


def test_a_meeting_in_our_terms():
    """Ids become strings, minutes milliseconds, empty strings nothing, and the end is the last file's."""
    found = describe(a_meeting(a_file(), host_email="h@x.example"))
    assert found.key == "zoom:vdS61Oa8T3qGIEAMRIoHpg=="
    assert (found.meeting_id, found.meeting_uuid) == ("82400944973", "vdS61Oa8T3qGIEAMRIoHpg==")
    assert (found.platform, found.time_base, found.timezone) == ("zoom", "recording_start", None)
    assert found.duration_ms == 44 * 60_000
    assert found.ended_at == datetime(2026, 11, 5, 10, 30, tzinfo=UTC)
    assert (found.host_email, found.status) == ("h@x.example", "completed")
    assert found.extra == {"type": "2", "account_id": "acc", "recording_count": 1, "total_size": 100}


def test_timeline_without_its_keys():
    """A file without id, size, type or extension gets a key that survives re-listing, and defaults."""
    bare = a_file(id=..., file_type="TIMELINE", file_extension=..., file_size=..., status=..., recording_type=...)
    [file] = describe(a_meeting(bare)).files
    assert (file.key, file.kind, file.extension) == ("timeline-20261105T100000Z".lower(), Kind.TIMELINE, "JSON")
    assert (file.listed_bytes, file.ready) == (None, True)
    assert describe(a_meeting(bare, a_file())).files[0].key == file.key


def test_files_without_id_never_share_a_key():
    """Two captions of one start are two files."""
    bare = a_file(id=..., file_type="CC", recording_type="closed_caption")
    keys = [file.key for file in describe(a_meeting(bare, bare, a_file(), a_file())).files]
    assert keys == [
        "cc-closed_caption-20261105t100000z",
        "cc-closed_caption-20261105t100000z#2",
        "f1",
        "f1#2",
    ]


def test_parts_follow_their_starts():
    """Each pause begins a part for all its files; a participant who joined late belongs to the part running."""
    later = "2026-11-05T10:20:00Z"
    found = describe(
        a_meeting(
            a_file(id="v2", recording_start=later),
            a_file(id="a1", file_type="M4A"),
            a_file(id="a2", file_type="M4A", recording_start=later),
            a_file(id="v1"),
            a_file(id="none", recording_start=...),
            participant_audio_files=[
                a_file(id="p1", file_type="M4A", recording_type=..., recording_start="2026-11-05T10:05:00Z"),
                a_file(id="p2", file_type=..., recording_type=..., recording_start="2026-11-05T10:25:00Z"),
            ],
        )
    )
    parts = {file.key: file.part_index for file in found.files}
    assert parts == {"v2": 1, "a1": 0, "a2": 1, "v1": 0, "none": 0, "p1": 0, "p2": 1}
    participants = [file for file in found.files if file.key.startswith("p")]
    assert {file.recording_type for file in participants} == {"audio_only_each_participant"}
    assert {file.kind for file in participants} == {Kind.AUDIO}


def test_participant_audio_listed_twice_is_one():
    """Some payloads name a participant's audio in both lists."""
    each = a_file(id="p1", file_type="M4A")
    assert len(describe(a_meeting(each, participant_audio_files=[each])).files) == 1


@pytest.mark.parametrize(
    ("changes", "ready"),
    [
        ({}, True),
        ({"status": "processing"}, False),
        ({"status": "PROCESSING"}, False),
        ({"status": "failed"}, True),
        ({"file_type": ""}, False),
        ({"recording_end": ""}, False),
        ({"recording_end": None}, False),
        ({"recording_end": ...}, True),
        ({"recording_end": "not a time"}, True),
        ({"file_size": 0}, True),
        ({"file_size": 0, "file_type": "SUMMARY", "recording_type": "summary_next_steps"}, False),
        ({"file_size": "5", "file_type": "SUMMARY"}, True),
    ],
)
def test_readiness(changes, ready):
    """What is still recorded, processed or a placeholder is awaited, not fetched."""
    found = describe(a_meeting(a_file(**changes)))
    assert found.files[0].ready is ready
    assert found.status == ("completed" if ready else "processing")


@pytest.mark.parametrize(
    ("changes", "ended_at"),
    [
        ({}, "2026-11-05 10:44:00+00:00"),
        ({"duration": ...}, "None"),
        ({"duration": 10**18}, "2027-11-06 10:00:00+00:00"),
    ],
)
def test_end_without_files(changes, ended_at):
    """Without files the end is start and length, if there is one."""
    assert str(describe(a_meeting(**changes)).ended_at) == ended_at


@pytest.mark.parametrize("files", [None, ..., [], "x", [None, 5]])
def test_missing_files_are_none(files):
    """A recording too short for files is a recording."""
    assert describe(a_meeting(recording_files=files)).files == ()


def test_start_falls_back_to_the_files():
    """A payload without start time begins with its first file."""
    assert describe(a_meeting(a_file(), start_time="")).started_at == datetime(2026, 11, 5, 10, tzinfo=UTC)


@pytest.mark.parametrize("payload", [{}, {"uuid": ""}, {"uuid": None}, {"uuid": "x"}, {"uuid": [1]}])
def test_nothing_to_hold_on_to_is_damaged(payload):
    """Without UUID or time there is no place for it in archive or lake."""
    with pytest.raises(Damaged):
        describe(payload)


def without_urls(recording):
    return replace(recording, files=tuple(replace(file, url=None) for file in recording.files))


SECRETS = {
    "password": "canary-password",
    "recording_play_passcode": "canary-passcode",
    "download_access_token": "canary-token",
    "share_url": "https://us06web.zoom.us/rec/share/canary-share?pwd=x",
    "Some_PWD": "canary-pwd",
    "external_storage_addr": "https://storage.example/canary-storage",
    "nested": {"deep": [{"client_secret": "canary-nested"}, "https://x.example/canary-list", "eyJhbGciOiJI.canary"]},
}


def test_scrub_removes_every_secret():
    """At any depth, by name and by shape; what describe reads stays the same."""
    payload = a_meeting(a_file(), participant_audio_files=[a_file(id="p")], **SECRETS, tomorrows_field=[1, None])
    kept = scrub(payload)
    assert "canary" not in json.dumps(kept)
    assert kept["tomorrows_field"] == [1, None]
    assert without_urls(describe(kept)) == without_urls(describe(payload))
    assert scrub(kept) == kept


def test_scrub_keeps_a_topic_that_is_an_address():
    """People name meetings after pages."""
    assert scrub(a_meeting(topic="https://wiki.example/agenda"))["topic"] == "https://wiki.example/agenda"


TEXTS = st.text(max_size=20)
FILES = st.fixed_dictionaries(
    {},
    optional={
        "id": st.uuids().map(str),
        "file_type": st.sampled_from(["MP4", "M4A", "TRANSCRIPT", "CC", "TIMELINE", "", "XYZ"]),
        "recording_type": st.sampled_from(["gallery_view", "audio_transcript", "timeline", ""]),
        "recording_start": st.datetimes().map(lambda at: f"{at.isoformat()}Z"),
        "recording_end": st.one_of(st.just(""), st.datetimes().map(lambda at: f"{at.isoformat()}Z")),
        "file_size": st.one_of(st.none(), st.integers(), st.text(max_size=5), st.floats()),
        "status": st.sampled_from(["completed", "processing", ""]),
        "download_url": st.just("https://us06web.zoom.us/rec/download/x"),
    },
)


@given(st.lists(FILES, max_size=6), TEXTS, st.one_of(st.none(), st.integers(), st.floats(), TEXTS))
def test_describe_of_scrubbed_is_describe(files, topic, duration):
    """The lake made from the archive equals the lake made from the wire, and every file has its own key."""
    payload = a_meeting(*files, topic=topic, duration=duration, password="x")
    found = describe(payload)
    assert len({file.key for file in found.files}) == len(found.files) == len(files)
    assert without_urls(describe(scrub(payload))) == without_urls(found)


def test_observed_payloads(zoom_fixtures):
    """Payloads as Zoom sent them are described whole, before and after scrubbing."""
    observed = json.loads((zoom_fixtures / "recordings-observed.json").read_text(encoding="utf-8"))
    paused = observed["paused_and_resumed_last_page"]["response"]["meetings"][0]
    assert [file.part_index for file in describe(paused).files] == [0, 0, 1, 1, 0, 1]
    summary = describe(observed["transcript_and_ai_summary"]["meeting"])
    assert {file.kind for file in summary.files} >= {Kind.TRANSCRIPT, Kind.SUMMARY, Kind.TIMELINE}
    assert describe(observed["meeting_without_recording_files"]["meeting"]).files == ()
    for payload in (paused, observed["transcript_and_ai_summary"]["meeting"]):
        assert "zoom.us" not in json.dumps(scrub(payload))
        assert without_urls(describe(scrub(payload))) == without_urls(describe(payload))
    for name in ("timeline_without_keys_2019", "still_processing"):
        [file] = describe(a_meeting(observed[name]["recording_file"])).files
        assert file.ready is (name != "still_processing")

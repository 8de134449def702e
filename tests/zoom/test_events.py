"""What a webhook body says in our terms: whose recordings, what to do, and which bodies are the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from harvester.errors import Damaged
from harvester.event import Intent, Mention
from harvester.zoom.events import read_event

UUID = "4444AAAiAAAAAiAiAiiAii=="
FILE = {"id": "f1", "file_type": "TRANSCRIPT", "download_url": "https://zoom.us/rec/webhook_download/a"}
OBJECT = {"uuid": UUID, "id": 123, "topic": "Plan", "recording_files": [FILE], "password": "hush-hush"}
TOKEN = "eyJhbGciOiJIUzUxMiJ9.body.sign"


def body(event="recording.completed", subject=OBJECT, **more):
    said = {"event": event, "event_ts": 1626230691572, "payload": {"account_id": "acc", "object": subject}}
    return json.dumps(said | {"download_token": TOKEN} | more).encode()


def test_an_event_says_which_recording_and_when():
    """Name, time in milliseconds, account, recording and files; the order of members does not matter."""
    found = read_event(body())
    assert (found.name, found.intent, found.account_id) == ("recording.completed", Intent.HARVEST, "acc")
    assert found.happened_at == datetime(2021, 7, 14, 2, 44, 51, 572000, tzinfo=UTC)
    assert found.mentions == (Mention(UUID, frozenset({"f1"})),)
    turned = dict(reversed(json.loads(body()).items()))
    assert read_event(json.dumps(turned).encode()) == found


def test_its_secrets_are_only_where_they_are_used():
    """The token is held apart and not shown; addresses and passcodes are nowhere."""
    found = read_event(body())
    assert found.ticket.token == TOKEN
    assert TOKEN not in repr(found)
    assert not {"hush-hush", "webhook_download"} & set(json.dumps(found.body).replace('"', "/").split("/"))


@pytest.mark.parametrize(
    ("event", "subject", "mentions"),
    [
        ("recording.batch_trashed", {"meeting_uuids": ["u1", " u2 ", "u1", 7, ""]}, [Mention("u1"), Mention("u2")]),
        (
            "recording.batch_deleted",
            {
                "meetings": [
                    {"meeting_uuid": "u1", "recording_file_ids": ["f1", None]},
                    {"meeting_uuid": "u2", "recording_file_ids": None},
                    {"recording_file_ids": ["f3"]},
                ]
            },
            [Mention("u1", frozenset({"f1"})), Mention("u2")],
        ),
        ("recording.deleted", {"uuid": "u1"}, [Mention("u1")]),
    ],
)
def test_what_is_gone_is_named_each_once(event, subject, mentions):
    """Single and batch events; what names nobody is passed over."""
    found = read_event(body(event, subject))
    assert (found.intent, list(found.mentions)) == (Intent.GONE, mentions)


def test_the_names_of_ai_companion_are_understood():
    """Its events call a recording's uuid `meeting_uuid`."""
    found = read_event(body("meeting.aic_transcript_completed", {"meeting_uuid": "u1", "meeting_id": 9}))
    assert (found.intent, found.mentions) == (Intent.HARVEST, (Mention("u1", may_be_absent=True),))


@pytest.mark.parametrize(
    ("event", "subject"),
    [
        ("recording.started", OBJECT),
        ("something.of_tomorrow", OBJECT),
        ("recording.completed", {"uuid": None}),
        ("recording.completed", None),
        ("recording.completed", []),
        ("recording.cloud_storage_usage_updated", {"free_storage": "1 GB"}),
    ],
)
def test_whatever_means_no_work_is_kept_all_the_same(event, subject):
    """Unknown events, those of no use, and those that name no recording are notes, not errors."""
    assert read_event(body(event, subject)).intent is Intent.NOTE


def test_copies_are_the_same_and_news_is_not():
    """A repeat under other addresses and another token is one event; another time or file is another."""
    digest = read_event(body()).digest
    other = OBJECT | {"recording_files": [FILE | {"download_url": "https://zoom.us/rec/webhook_download/b"}]}
    assert read_event(body(subject=other, download_token="another")).digest == digest
    more = OBJECT | {"recording_files": [FILE, FILE | {"id": "f2"}]}
    assert len({digest, read_event(body(subject=more)).digest, read_event(body(event_ts=1)).digest}) == 3


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"{}", b'{"event":""}', b'{"event":[]}', b"\xff", b"<html>", b'{"event":NaN}', b"[" * 9000],
)
def test_what_is_no_event_is_damaged(data):
    """Nothing that cannot be read or names nothing gets further."""
    with pytest.raises(Damaged):
        read_event(data)


@pytest.mark.parametrize("event_ts", [None, "1626230691572", -1, 10**30, 1e300, "soon", []])
def test_a_time_may_be_missing_or_absurd(event_ts):
    """It orders nothing that matters, so that it never stands in the way."""
    assert read_event(body(event_ts=event_ts)).mentions


def test_every_official_example_and_the_observed_event_are_understood(zoom_fixtures):
    """Each is read, says its own name, and those about recordings name theirs."""
    examples = json.loads((zoom_fixtures / "webhook-examples.json").read_text())["events"]
    examples["observed"] = json.loads((zoom_fixtures / "webhook-observed.json").read_text())["recording.completed"]
    work = {}
    for name, example in examples.items():
        found = read_event(json.dumps(example).encode())
        assert found.name == example["event"]
        assert found.happened_at
        assert found.account_id
        work[name] = found.intent
    assert {name for name, intent in work.items() if intent is Intent.GONE} == {
        "recording.trashed", "recording.deleted", "recording.batch_trashed", "recording.batch_deleted",
    }  # fmt: skip
    assert work["observed"] is work["recording.transcript_completed"] is Intent.HARVEST

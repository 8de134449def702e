"""What bot providers send: transcripts of any provider, addresses of meetings, exports as text, webhook headers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from fuzz_model import Source, Target

from harvester.body import parse_object
from harvester.bots import attendee, fireflies, otter, vexa
from harvester.bots.meetingbaas.transcript import read_v1, read_v2
from harvester.bots.meetings import parse_meeting_url
from harvester.bots.meetstream.transcript import read_transcript as read_meetstream
from harvester.bots.model import Origin, RunStatus, Speech, TimeBase
from harvester.bots.recall.transcript import read_transcript as read_recall
from harvester.bots.signatures import verify
from harvester.errors import Damaged

T0 = Origin(datetime(2026, 5, 4, 9, tzinfo=UTC), TimeBase.RECORDING_START)
READERS = {
    "meetstream": read_meetstream,
    "meetingbaas_v1": read_v1,
    "meetingbaas_v2": read_v2,
    "recall": read_recall,
    "attendee": attendee.read_transcript,
    "vexa": vexa.read_transcript,
    "fireflies": fireflies.read_transcript,
}
_WORDS = [
    {"text": "Hi", "start": 0.5, "end": 1, "start_timestamp": {"relative": 0.5, "absolute": "2026-05-04T09:00:00Z"}}
]
_SEEDS: tuple[Any, ...] = (
    [{"speaker": "Ann", "transcript": "Hi all", "start_time": 1.5, "end_time": 2, "words": _WORDS}],
    {"message": [{"participant": {"name": "Ann"}, "words": _WORDS}]},
    {"id": "x", "status": "completed", "text": "Hi", "words": [], "utterances": [{"text": "Hi", "start": 5, "end": 9}]},
    {"bot_data": {"transcripts": [{"speaker": "B", "start_time": 1, "words": [{"text": "Hi", "start_time": 1}]}]}},
    {"event": "complete", "data": {"transcript": [{"speaker": "B", "words": [{"word": "Hi", "start": 1, "end": 2}]}]}},
    {"result": {"utterances": [{"text": "Hi", "start": 1, "end": 2, "confidence": 0.5, "channel": 0, "words": []}]}},
    [{"participant": {"id": 1, "name": "Ann"}, "words": _WORDS}],
    [{"speaker_name": "Ann", "timestamp_ms": 1777885200000, "duration_ms": 5, "transcription": {"transcript": "Hi"}}],
    {
        "status": "active",
        "start_time": "2026-05-04T09:00:00",
        "segments": [{"start": 1, "text": "Hi", "completed": False}],
    },
    {"date": 1777885200000, "sentences": [{"index": 0, "text": "Hi", "start_time": "1.5", "end_time": 2}]},
)
_OTTER = (
    b"Ann  0:05\nHello there.\n\nSpeaker 2  1:02:03\nYes.\nMore.\n\nTranscribed by https://otter.ai\n",
    b"1\n00:00:01,000 --> 00:00:02,500\nAnn: Hi\n\n2\n00:00:03,000 --> 00:00:04,000\nBob: Yes\n",
)


def check_bots(data: bytes) -> None:
    """Any JSON is a transcript or Damaged to each reader; utterances stand in order and none is empty."""
    try:
        payload = parse_object(b'{"it": ' + data + b"}")["it"]
    except (Damaged, KeyError):
        return
    for name, read in READERS.items():
        try:
            speech = read(payload, T0)
        except Damaged as error:
            assert error.message, name
            assert len(error.message) < 600, name
        else:
            _check_speech(speech, name)


def check_otter(data: bytes) -> None:
    """Any text is an export or Damaged."""
    try:
        speech = otter.read_transcript(data.decode("utf-8", "replace"), T0)
    except Damaged as error:
        assert error.message
    else:
        _check_speech(speech, "otter")


def check_meeting_url(data: bytes) -> None:
    """Whatever stands for an address, a number has 9 to 11 digits, and what is kept has no query."""
    found = parse_meeting_url(data.decode("utf-8", "replace"))
    assert found.zoom_meeting_id is None or (found.zoom_meeting_id.isdigit() and 9 <= len(found.zoom_meeting_id) <= 11)
    assert found.redacted is None or not set("?#@") & set(found.redacted.partition("//")[2].partition("/")[0])
    assert found.redacted is None or "?" not in found.redacted


def check_signature(data: bytes) -> None:
    """No header that was not signed is ever taken for signed, and none breaks the check."""
    source = Source(data)
    name = source.choose((*READERS, "nobody"))
    headers = {
        each: source.take(source.byte()).decode("latin-1")
        for each in ("x-meetstream-signature", "webhook-id", "webhook-timestamp", "webhook-signature", "x-mb-secret",
                     "x-webhook-signature", "x-webhook-timestamp", "x-hub-signature", "x-meeting-baas-api-key")
    }  # fmt: skip
    verdict = verify(
        name, data, headers, ["whsec_MDEyMzQ1Njc4OWFiY2RlZg==", "s3cret-key"], now=T0.at or datetime.now(UTC)
    )
    assert verdict is not True or "s3cret-key" in headers.values()


def _check_speech(speech: Speech, name: str) -> None:
    starts = [each.start_ms for each in speech.utterances if each.start_ms is not None]
    assert starts == sorted(starts), name
    assert all(each.text.strip() for each in speech.utterances), name
    assert all(each.speaker_label is None or each.speaker_label.strip() for each in speech.utterances), name
    assert bool(speech.utterances) == (speech.status is RunStatus.AVAILABLE), name


_PIECES = tuple(
    json.dumps(each).encode()
    for each in (
        "speaker",
        "words",
        "start",
        "end",
        "start_time",
        "utterances",
        "relative",
        "absolute",
        "segments",
        None,
    )
)
TARGETS = (
    Target("bots", check_bots, tuple(json.dumps(each).encode() for each in _SEEDS), _PIECES),
    Target("otter", check_otter, _OTTER, (b"  0:05\n", b" --> ", b"Speaker 1", b"\n\n", b"00:00:01,000")),
    Target(
        "meeting_url",
        check_meeting_url,
        (
            b"https://us02web.zoom.us/j/85012345678?pwd=abc",
            b"zoommtg://zoom.us/join?confno=85012345678",
            b"850 1234 5678",
        ),
        (b"https://", b"zoom.us", b"/j/", b"/my/", b"?q=", b"google.com/url", b"%2F", b"@", b"\\"),
    ),
    Target(
        "bot_signature", check_signature, (bytes(range(256)), b"\x03" + b"\x09" * 40), (b"sha256=", b"v1,", b"whsec_")
    ),
)

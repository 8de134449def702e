"""Vexa's transcripts: which segments are final, what times count from, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from exports_samples import HOSTILE, NOWHERE, ORIGIN, brief, json_values, read_or_refuse
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import rows

from harvester.bots.model import RunStatus
from harvester.bots.vexa import read_transcript
from harvester.errors import Damaged

FINAL = {
    "start": 1.5,
    "end": 2.25,
    "text": "Shall we?",
    "speaker": "Ines Okoro",
    "language": "pt-BR",
    "completed": True,
}
DRAFT = {"start": 3.0, "end": 4.0, "text": "we sha", "speaker": "Ines Okoro", "completed": False}
TOP_FIELDS = ["status", "start_time", "end_time", "segments"]
FIELDS = [
    "start", "end", "text", "language", "speaker", "completed", "absolute_start_time", "absolute_end_time",
    "segment_id",
]  # fmt: skip


def payload(*segments, **more):
    return {"id": 7, "platform": "zoom", "status": "completed", "segments": list(segments)} | more


def test_the_shared_transcript_gives_its_rows(shared, expected, bot_t0):
    """Rows equal those of every other source; the argument's origin is another than the payload's and is not used."""
    speech = read_transcript(shared("vexa/transcript.json"), bot_t0)
    assert rows(speech) == expected("vexa/transcript.json")
    assert (speech.status, speech.languages, speech.dropped) == (RunStatus.AVAILABLE, ("en", "zh"), 0)
    assert speech.utterances[0].source_segment_id == "sess:ch-0:0:14870"


def test_a_meeting_under_way_is_awaited(shared, bot_t0):
    """Its only segment is a draft, which is counted and not read."""
    speech = read_transcript(shared("vexa/transcript.live.json"), bot_t0)
    assert (speech.utterances, speech.dropped, speech.status) == ((), 1, RunStatus.PENDING)


@pytest.mark.parametrize("name", ["error.401", "meetings", "webhook.meeting_completed"])
def test_other_answers_are_no_transcripts(shared, name):
    """An error, a list and a webhook are refused, and not taken for silence."""
    with pytest.raises(Damaged, match="segments"):
        read_transcript(shared(f"vexa/{name}.json"), NOWHERE)


@pytest.mark.parametrize(
    ("said", "texts", "dropped"),
    [
        ({"status": "active"}, ["Shall we?"], 1),
        ({"status": "active", "end_time": None}, ["Shall we?"], 1),
        ({"status": "active", "end_time": ""}, ["Shall we?"], 1),
        ({"status": "stopping"}, ["Shall we?"], 1),
        ({"status": None}, ["Shall we?"], 1),
        ({"status": "of_tomorrow"}, ["Shall we?"], 1),
        ({"status": "completed"}, ["Shall we?", "we sha"], 0),
        ({"status": "failed"}, ["Shall we?", "we sha"], 0),
        ({"status": "active", "end_time": "2026-05-04T10:00:00Z"}, ["Shall we?", "we sha"], 0),
    ],
)
def test_drafts_are_speech_once_the_meeting_is_over(said, texts, dropped):
    """An end or a final status says that nobody will complete them."""
    speech = read_transcript(payload(FINAL, DRAFT, **said), NOWHERE)
    assert [each.text for each in speech.utterances] == texts
    assert (speech.dropped, speech.status) == (dropped, RunStatus.AVAILABLE)


@pytest.mark.parametrize(
    ("segments", "said", "status"),
    [
        ([], {"status": "active"}, RunStatus.PENDING),
        (None, {"status": "active"}, RunStatus.PENDING),
        ([], {"status": "awaiting_admission"}, RunStatus.PENDING),
        ([DRAFT], {"status": None}, RunStatus.PENDING),
        ([], {"status": "active", "end_time": "2026-05-04T10:00:00Z"}, RunStatus.EMPTY),
        ([], {"status": "completed"}, RunStatus.EMPTY),
        (None, {"status": "completed"}, RunStatus.EMPTY),
        ([], {"status": None}, RunStatus.EMPTY),
        ([], {"status": "failed"}, RunStatus.FAILED),
        ([FINAL | {"text": " "}], {}, RunStatus.EMPTY),
    ],
)
def test_without_speech_the_status_says_why(segments, said, status):
    """Silence, a wait and a failure are three things."""
    speech = read_transcript(payload() | {"segments": segments} | said, NOWHERE)
    assert (speech.utterances, speech.status) == ((), status)


def test_a_segment_that_does_not_say_is_final():
    """Older servers have no `completed`."""
    silent = {name: value for name, value in DRAFT.items() if name != "completed"}
    speech = read_transcript(payload(silent, DRAFT | {"completed": None}, status="active"), NOWHERE)
    assert (len(speech.utterances), speech.dropped) == (2, 0)


def test_the_own_start_goes_before_the_argument():
    """Offsets count from the session; only without its start from where the caller says."""
    own = read_transcript(payload(FINAL, start_time="2026-04-02T16:00:00.500+02:00"), ORIGIN)
    assert own.utterances[0].start_at == datetime(2026, 4, 2, 14, 0, 2, tzinfo=UTC)
    for start in (None, ""):
        lent = read_transcript(payload(FINAL, start_time=start), ORIGIN)
        assert lent.utterances[0].start_at == ORIGIN.at + timedelta(seconds=1.5)
    unknown = read_transcript(payload(FINAL), NOWHERE).utterances[0]
    assert (unknown.start_ms, unknown.end_ms, unknown.start_at, unknown.end_at) == (1500, 2250, None, None)


def test_absolute_times_of_a_segment_go_before_all():
    """They are the server's own; one without a zone is UTC."""
    segment = FINAL | {"absolute_start_time": "2026-01-01T00:00:01", "absolute_end_time": "2026-01-01T01:00:02+01:00"}
    found = read_transcript(payload(segment, start_time="2026-04-02T14:00:00Z"), ORIGIN).utterances[0]
    assert (found.start_at.isoformat(), found.end_at.isoformat()) == (
        "2026-01-01T00:00:01+00:00",
        "2026-01-01T00:00:02+00:00",
    )


def test_order_labels_and_languages():
    """By start, those without one last; an empty label or language is none, and text is stripped."""
    segments = (
        FINAL | {"start": None, "end": None, "text": " later "},
        FINAL | {"start": 9, "speaker": " ", "language": ""},
        FINAL | {"start": 4, "speaker": None, "language": "UND"},
    )
    speech = read_transcript(payload(*segments), NOWHERE)
    assert brief(speech) == [(4000, None, "Shall we?"), (9000, None, "Shall we?"), (None, "Ines Okoro", "later")]
    assert (speech.languages, [each.language for each in speech.utterances]) == (("pt-BR",), [None, None, "pt-BR"])


@pytest.mark.parametrize("value", [None, [], "x", 1, {"segments": "x"}, {"segments": [1]}, {"segments": {}}, {}])
def test_what_is_no_transcript_is_damaged(value):
    """Neither another type nor an object without a list of segments is silence."""
    with pytest.raises(Damaged):
        read_transcript(value, NOWHERE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("start", True), ("start", "soon"), ("end", float("nan")), ("text", 5), ("text", ["a"]), ("language", 1),
        ("absolute_start_time", 1775138505), ("absolute_end_time", "noon"),
    ],
)  # fmt: skip
def test_a_field_of_another_kind_is_damaged(field, value):
    """A boolean is no time and a number no text, whatever Python makes of them."""
    with pytest.raises(Damaged):
        read_transcript(payload(FINAL | {field: value}), NOWHERE)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_hostile_values_end_in_a_result_or_damaged(value):
    """In every field of the transcript and of a segment, one after the other."""
    for field in FIELDS:
        read_or_refuse(read_transcript, payload(FINAL | {field: value}))
    for field in TOP_FIELDS:
        read_or_refuse(read_transcript, payload(FINAL, DRAFT) | {field: value})


@given(json_values([*TOP_FIELDS, *FIELDS]), st.lists(st.dictionaries(st.sampled_from(FIELDS), json_values(FIELDS))))
def test_whatever_is_sent_is_read_or_damaged(value, segments):
    """No input makes the reader fail in another way."""
    read_or_refuse(read_transcript, value)
    read_or_refuse(read_transcript, payload(*segments))

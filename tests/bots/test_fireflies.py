"""Fireflies' transcripts: the answers of its GraphQL API, three units of time, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from exports_samples import HOSTILE, NOWHERE, ORIGIN, brief, json_values, read_or_refuse
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import rows

from harvester.bots.fireflies import read_transcript
from harvester.bots.model import RunStatus
from harvester.errors import Damaged

SENTENCE = {"index": 3, "speaker_name": "Ravi Holm", "text": "It ships.", "start_time": 1.2345, "end_time": "2.5"}
TOP_FIELDS = ["data", "errors", "transcript", "date", "is_live", "sentences"]
FIELDS = ["index", "speaker_name", "speaker_id", "text", "raw_text", "start_time", "end_time", "ai_filters"]


def transcript(*sentences, **more):
    return {"id": "t1", "date": None, "is_live": False, "sentences": list(sentences)} | more


def test_the_shared_transcript_gives_its_rows(shared, expected):
    """Rows equal those of every other source, from the payload's own date, in its envelope or out of it."""
    payload = shared("fireflies/transcript.json")
    for each in (payload, payload["data"]["transcript"]):
        speech = read_transcript(each, ORIGIN)
        assert rows(speech) == expected("fireflies/transcript.json")
        assert (speech.status, speech.dropped) == (RunStatus.AVAILABLE, 0)
    assert [each.source_segment_id for each in speech.utterances] == ["0", "1", "2", "3", "4"]


def test_null_sentences_are_empty_or_awaited(shared):
    """What is still being recorded is awaited; what is not is silent."""
    payload = shared("fireflies/transcript.null_sentences.json")
    assert read_transcript(payload, NOWHERE).status is RunStatus.EMPTY
    payload["data"]["transcript"]["is_live"] = True
    speech = read_transcript(payload, NOWHERE)
    assert (speech.utterances, speech.status) == ((), RunStatus.PENDING)


def test_what_was_not_found_is_expired(shared):
    """The API answers 200 and names the error."""
    speech = read_transcript(shared("fireflies/error.object_not_found.json"), NOWHERE)
    assert (speech.utterances, speech.status) == ((), RunStatus.EXPIRED)


def test_another_error_is_damaged_and_named(shared):
    """A limit that was met is no transcript without sentences."""
    with pytest.raises(Damaged, match="too_many_requests"):
        read_transcript(shared("fireflies/error.too_many_requests.json"), NOWHERE)


@pytest.mark.parametrize("name", ["transcripts.page", "transcripts.empty", "webhook.v1", "webhook.v2"])
def test_other_answers_are_no_transcripts(shared, name):
    """Lists and webhooks are refused, and not taken for silence."""
    with pytest.raises(Damaged):
        read_transcript(shared(f"fireflies/{name}.json"), NOWHERE)


def test_an_entry_of_a_list_is_no_transcript(shared):
    """Nobody asked for its sentences, which says nothing of whether there are any."""
    entry = shared("fireflies/transcripts.page.json")["data"]["transcripts"][0]
    with pytest.raises(Damaged, match="sentences"):
        read_transcript(entry, NOWHERE)


@pytest.mark.parametrize(
    ("errors", "match"),
    [
        ([{"code": "forbidden"}], "'forbidden'"),
        ([{"extensions": {"code": "invalid_argument"}}], "'invalid_argument'"),
        ([{"code": None, "extensions": {"code": 5}}], "without a code"),
        ([{"code": "object_not_found"}, {"code": "forbidden"}], "error"),
        ([{"extensions": []}], "without a code"),
        (["forbidden"], "without a code"),
        ({"code": "forbidden"}, "'forbidden'"),
        ("forbidden", "without a code"),
        ([{"code": "x" * 1000 + "secret"}], "x'$"),
    ],
)
def test_errors_are_named_by_their_code(errors, match):
    """Both places of the code are known, and an error without one is an error, even beside data."""
    with pytest.raises(Damaged, match=match):
        read_transcript({"data": {"transcript": transcript(SENTENCE)}, "errors": errors}, NOWHERE)


@pytest.mark.parametrize("errors", [None, []])
def test_no_errors_are_none(errors):
    """Some servers always send the member."""
    assert read_transcript({"data": {"transcript": transcript(SENTENCE)}, "errors": errors}, NOWHERE).utterances


def test_a_null_transcript_is_none():
    """Without an error there is nothing to wait for."""
    assert read_transcript({"data": {"transcript": None}}, NOWHERE).status is RunStatus.NONE


def test_three_units_and_text_for_a_number():
    """The date is milliseconds, sentences are seconds, and both spellings of seconds are read."""
    found = read_transcript(transcript(SENTENCE, date=1_775_138_505_250), ORIGIN).utterances[0]
    assert (found.start_ms, found.end_ms) == (1235, 2500)
    assert found.start_at == datetime(2026, 4, 2, 14, 1, 46, 485_000, tzinfo=UTC)
    assert found.end_at == datetime(2026, 4, 2, 14, 1, 47, 750_000, tzinfo=UTC)


def test_the_argument_stands_in_for_a_missing_date():
    """Without either there are only offsets."""
    assert read_transcript(transcript(SENTENCE), ORIGIN).utterances[0].end_at == ORIGIN.at + timedelta(seconds=2.5)
    assert read_transcript(transcript(SENTENCE), NOWHERE).utterances[0].end_at is None


def test_times_may_be_missing():
    """Empty text, null and no member are the same, and such a sentence stands last."""
    bare = {"text": "Anyway."}
    sentences = (bare, SENTENCE | {"start_time": "", "end_time": None}, SENTENCE)
    assert brief(read_transcript(transcript(*sentences), NOWHERE)) == [
        (1235, "Ravi Holm", "It ships."),
        (None, None, "Anyway."),
        (None, "Ravi Holm", "It ships."),
    ]


def test_the_text_shown_goes_before_the_machines():
    """A correction counts, one to nothing as well; the machine's text is for where no other was sent."""
    sentences = (
        {"text": "Corrected.", "raw_text": "corected"},
        {"text": None, "raw_text": " raw "},
        {"text": "", "raw_text": "struck out"},
        {"text": None, "raw_text": None},
    )
    speech = read_transcript(transcript(*sentences), NOWHERE)
    assert [each.text for each in speech.utterances] == ["Corrected.", "raw"]
    assert speech.dropped == 2


def test_a_live_meeting_with_speech_is_available():
    """Only what has nothing to show is awaited."""
    assert read_transcript(transcript(SENTENCE, is_live=True), NOWHERE).status is RunStatus.AVAILABLE
    assert read_transcript(transcript(is_live=True), NOWHERE).status is RunStatus.PENDING
    assert read_transcript(transcript(), NOWHERE).status is RunStatus.EMPTY


@pytest.mark.parametrize(
    "value",
    [None, [], "x", {}, {"data": None}, {"data": []}, {"data": {}}, {"data": {"transcript": []}}, {"sentences": {}},
     {"sentences": [[]]}],
)  # fmt: skip
def test_what_is_no_transcript_is_damaged(value):
    """Neither another type nor an object without sentences is silence."""
    with pytest.raises(Damaged):
        read_transcript(value, NOWHERE)


@pytest.mark.parametrize(
    ("field", "value"),
    [("text", 1), ("text", ["a"]), ("start_time", True), ("start_time", "1:02"), ("end_time", "nan"), ("end_time", {})],
)
def test_a_field_of_another_kind_is_damaged(field, value):
    """A boolean is no time, and a clock no number of seconds."""
    with pytest.raises(Damaged):
        read_transcript(transcript(SENTENCE | {field: value}), NOWHERE)


@pytest.mark.parametrize("value", [True, "1775138505250", "2026-04-02", 1e300, float("nan"), 10**400, -(10**400), [1]])
def test_a_date_is_a_number_of_milliseconds(value):
    """Anything else, and whatever no calendar has, is damaged."""
    with pytest.raises(Damaged):
        read_transcript(transcript(SENTENCE, date=value), NOWHERE)


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_hostile_values_end_in_a_result_or_damaged(value):
    """In every field of the answer and of a sentence, one after the other."""
    for field in FIELDS:
        read_or_refuse(read_transcript, transcript(SENTENCE | {field: value}))
    for field in TOP_FIELDS:
        read_or_refuse(read_transcript, transcript(SENTENCE) | {field: value})
        read_or_refuse(read_transcript, {"data": {"transcript": transcript(SENTENCE) | {field: value}}})
    read_or_refuse(read_transcript, {"errors": [{"code": value, "extensions": value}]})


@given(json_values([*TOP_FIELDS, *FIELDS]), st.lists(st.dictionaries(st.sampled_from(FIELDS), json_values(FIELDS))))
def test_whatever_is_sent_is_read_or_damaged(value, sentences):
    """No input makes the reader fail in another way."""
    read_or_refuse(read_transcript, value)
    read_or_refuse(read_transcript, {"data": {"transcript": transcript(*sentences)}})

"""Meeting BaaS's transcripts: both spellings of v1, the right artefact of v2, and where the recording's start is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import BEGAN, NOWHERE, ODD, anything, deep, is_read, rows, spoil

from harvester.bots.meetingbaas.transcript import find_start, read_v1, read_v2
from harvester.bots.model import RunStatus, Word
from harvester.errors import Damaged

API_WORDS = [
    {"id": 1, "text": "We", "start_time": 4.0005, "end_time": 4.2, "user_id": 77},
    {"id": 2, "text": " ship.", "start_time": 4.25, "end_time": 4.9, "user_id": None},
]
HOOK_WORDS = [{"word": "We", "start": 4.0005, "end": 4.2}, {"word": " ship.", "start": 4.25, "end": 4.9}]
SEGMENT = {"id": 31, "speaker": " Ines Okoro ", "start_time": 4, "end_time": 5.5, "lang": "pt-BR", "words": API_WORDS}
UTTERANCE = {
    "text": " We ship. ",
    "language": "pt",
    "start": 4,
    "end": 5.5,
    "confidence": 0.75,
    "channel": 1,
    "words": [
        {"word": "We", "start": 4, "end": 4.2, "confidence": 0.5},
        {"word": " ship.", "start": 4.25, "end": 4.9, "confidence": 1},
    ],
    "speaker": "Ines Okoro",
}
STATUS = {"code": "in_call_recording", "created_at": "2026-07-01T08:30:01Z", "start_time": 1782894600}
NAMES = {"event", "data", "transcript", "bot_data", "transcripts", "result", "utterances", "status", "start_time"}


def meeting(*segments, **bot):
    return {"mp4": "", "bot_data": {"bot": {"errors": None} | bot, "transcripts": list(segments)}}


def hook(*segments):
    return {"event": "complete", "data": {"bot_id": "b1", "transcript": list(segments)}}


def artefact(*utterances):
    return {"bot_id": "b1", "provider": "gladia", "result": {"utterances": list(utterances), "languages": ["en"]}}


def status_change(**status):
    return {"event": "bot.status_change", "data": {"bot_id": "b1", "status": STATUS | status}}


def start_or_none(payload):
    try:
        return find_start(payload)
    except Damaged:
        return None


def only(speech):
    (found,) = speech.utterances
    return found


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (read_v1, "meetingbaas_v1/meeting_data.json"),
        (read_v1, "meetingbaas_v1/webhook.complete.json"),
        (read_v2, "meetingbaas_v2/transcription.json"),
    ],
)
def test_the_shared_transcripts_give_their_rows(shared, expected, bot_t0, read, name):
    """The same conversation in three forms gives the rows of every other source, in milliseconds and moments."""
    speech = read(shared(name), bot_t0)
    assert rows(speech) == expected(name)
    assert (speech.status, speech.dropped) == (RunStatus.AVAILABLE, 0)


def test_the_shared_silent_ones_are_told_from_those_without_transcript(shared, bot_t0):
    """An empty list is silence; a `complete` event without the member means that nobody asked for text."""
    silent = read_v1(shared("meetingbaas_v1/meeting_data.no_transcript.json"), bot_t0)
    assert (silent.utterances, silent.status) == ((), RunStatus.EMPTY)
    empty = read_v2(shared("meetingbaas_v2/transcription.empty.json"), bot_t0)
    assert (empty.utterances, empty.status, empty.provider) == ((), RunStatus.EMPTY, "gladia")
    never = read_v1(shared("meetingbaas_v1/webhook.complete.no_stt.json"), bot_t0)
    assert (never.utterances, never.status) == ((), RunStatus.NONE)


@pytest.mark.parametrize(
    "name",
    [
        "bots_with_metadata.page1", "bots_with_metadata.page2", "delete_data.deleted", "delete_data.partially",
        "error.401", "join.response", "leave.response", "screenshots", "webhook.calendar_sync_events",
        "webhook.failed.pascal", "webhook.failed.snake", "webhook.status_change", "webhook.status_change.meeting_error",
        "webhook.status_change.recording", "webhook.transcription_complete",
    ],
)  # fmt: skip
def test_whatever_else_v1_sends_is_no_transcript(shared, name):
    """Lists, errors and other events are refused, and not taken for silence."""
    with pytest.raises(Damaged, match=r"v1: it is an? ") as raised:
        read_v1(shared(f"meetingbaas_v1/{name}.json"), NOWHERE)
    assert "include_transcripts" in raised.value.hint


@pytest.mark.parametrize(
    "name",
    [
        "bot_details", "bot_details.deleted", "bot_details.failed", "bot_details.no_stt", "bot_status.transcribing",
        "chat_messages", "delete_data.response", "diarization_lines", "error.404", "error.409_not_finished",
        "error.429", "list_bots.page1", "list_bots.page2", "webhook.bot_completed.data_deleted",
        "webhook.bot_completed.openapi", "webhook.bot_failed", "webhook.chat_message",
        "webhook.status_change.recording", "webhook.status_change.retrying",
    ],
)  # fmt: skip
def test_whatever_else_v2_sends_is_no_transcript(shared, name):
    """Other answers, artefacts and events are refused, and not taken for silence."""
    with pytest.raises(Damaged, match=r"v2: it is an? ") as raised:
        read_v2(shared(f"meetingbaas_v2/{name}.json"), NOWHERE)
    assert "`transcription`" in raised.value.hint


@pytest.mark.parametrize("more", [{}, {"result": {"utterances": []}}])
def test_a_raw_transcription_is_refused_for_its_clocks(shared, more):
    """The sentence says why, so that nobody feeds it to the harvester again."""
    with pytest.raises(Damaged, match="chunks each begin anew at 0"):
        read_v2(shared("meetingbaas_v2/raw_transcription.json") | more, NOWHERE)


def test_a_refusal_names_members_and_never_what_they_hold():
    """An answer of Meeting BaaS holds keys and passwords."""
    with pytest.raises(Damaged) as raised:
        read_v1({"speech_to_text_api_key": "hush", "b\ud800": 1, **{f"m{at}": 0 for at in range(99)}}, NOWHERE)
    assert raised.value.message.endswith("'speech_to_text_api_key', 'b\\ud800', 'm0', 'm1', 'm2', 'm3'")


def test_a_segment_of_v1_as_its_api_spells_it():
    """Its own times, the words joined, the language, and both kinds of id."""
    found = only(read_v1(meeting(SEGMENT), BEGAN))
    assert (found.text, found.start_ms, found.end_ms, found.language) == ("We ship.", 4000, 5500, "pt-BR")
    assert (found.speaker_label, found.source_segment_id) == ("Ines Okoro", "31")
    assert (found.start_at, found.end_at) == (BEGAN.at + timedelta(seconds=4), BEGAN.at + timedelta(seconds=5.5))
    assert found.words == (Word("We", 4001, 4200, None, "77"), Word("ship.", 4250, 4900))


def test_a_segment_of_v1_as_its_webhook_spells_it():
    """The other names of the same words; `offset` is one more name of the start, and not needed."""
    segment = {"speaker": "Ines Okoro", "offset": 4, "start_time": 4, "end_time": 5.5, "words": HOOK_WORDS}
    found = only(read_v1(hook(segment), NOWHERE))
    assert (found.text, found.start_ms, found.end_ms, found.start_at) == ("We ship.", 4000, 5500, None)
    assert (found.language, found.source_segment_id) == (None, None)
    assert found.words == (Word("We", 4001, 4200), Word("ship.", 4250, 4900))


def test_the_short_form_of_the_webhook_takes_its_times_from_the_words():
    """A segment of speaker and words begins with the first word that has a start, and ends with the last."""
    words = [{"word": "Well"}, *HOOK_WORDS]
    found = only(read_v1(hook({"speaker": "Ines Okoro", "words": words}), NOWHERE))
    assert (found.text, found.start_ms, found.end_ms) == ("Well We ship.", 4001, 4900)


def test_words_that_mix_the_spellings_are_read():
    """Each member is known by both of its names."""
    found = only(read_v1(meeting(SEGMENT | {"words": [{"text": "We", "start": 1, "end_time": 2}]}), NOWHERE))
    assert found.words == (Word("We", 1000, 2000),)


@pytest.mark.parametrize(
    ("last", "end_ms"), [({"end_time": 4.9}, 4900), ({"end_time": None}, None), ({}, None)]
)  # fmt: skip
@pytest.mark.parametrize("form", ["null", "absent"])
def test_an_end_that_is_missing_is_the_last_words(last, end_ms, form):
    """And stays unknown where the last word has none: an earlier word's would be an invention."""
    segment = SEGMENT | {"end_time": None, "words": [API_WORDS[0], {"text": "ship."} | last]}
    if form == "absent":
        del segment["end_time"]
    assert only(read_v1(meeting(segment), BEGAN)).end_ms == end_ms


def test_a_segment_without_words_is_dropped_and_counted():
    """No words, and words of nothing but blanks, are no speech."""
    segments = [SEGMENT | {"words": []}, SEGMENT | {"words": None}, SEGMENT | {"words": [{"text": " "}]}, SEGMENT]
    speech = read_v1(meeting(*segments), BEGAN)
    assert (len(speech.utterances), speech.dropped, speech.status) == (1, 3, RunStatus.AVAILABLE)
    assert read_v1(meeting(*segments[:3]), BEGAN).status is RunStatus.EMPTY


def test_words_without_text_are_none():
    """They neither count nor lend the segment their times."""
    words = [{"word": "", "start": 1}, *HOOK_WORDS, {"word": None, "end": 9}]
    found = only(read_v1(hook({"speaker": "Ines Okoro", "words": words}), NOWHERE))
    assert (found.start_ms, found.end_ms, len(found.words)) == (4001, 4900, 2)


def test_scripts_without_blanks_stay_without():
    """Chinese words are joined as they are written."""
    words = [{"text": each} for each in ("我们", "发货。", "Good", "。")]
    assert only(read_v1(meeting(SEGMENT | {"words": words}), BEGAN)).text == "我们发货。 Good 。"


@pytest.mark.parametrize(
    ("speaker", "label"),
    [("", None), (None, None), (0, "0"), (" Unknown ", "Unknown"), (10**400, None), (float("nan"), None), ([], None)],
)
def test_a_speaker_without_name_keeps_the_speech(speaker, label):
    """The label is as sent, and none where none was."""
    assert only(read_v1(meeting(SEGMENT | {"speaker": speaker}), BEGAN)).speaker_label == label
    assert only(read_v2(artefact(UTTERANCE | {"speaker": speaker}), BEGAN)).speaker_label == label


@pytest.mark.parametrize(("said", "language"), [("", None), ("und", None), (None, None), (" zh ", "zh"), (5, None)])
def test_an_unknown_language_is_none(said, language):
    """Neither the empty text nor `und` names one."""
    speech = read_v1(meeting(SEGMENT | {"lang": said}), BEGAN)
    assert (only(speech).language, speech.languages) == (language, (language,) if language else ())
    assert only(read_v2(artefact(UTTERANCE | {"language": said}), BEGAN)).language == language


def test_segments_stand_in_order_of_their_starts():
    """Those without any start come last; overlaps stay."""
    late, early = SEGMENT | {"start_time": 9}, SEGMENT | {"start_time": -1, "end_time": 99}
    bare = {"speaker": "Ravi Holm", "words": [{"text": "Yes."}]}
    found = read_v1(meeting(bare, late, early), BEGAN).utterances
    assert [(each.start_ms, each.end_ms) for each in found] == [(-1000, 99_000), (9000, 5500), (None, None)]


def test_a_null_transcript_is_none_in_both_forms():
    """Null is what the source did not say, and only a list can be silent."""
    assert read_v1({"event": "complete", "data": {"transcript": None}}, BEGAN).status is RunStatus.NONE
    assert read_v1({"bot_data": {"transcripts": None}}, BEGAN).status is RunStatus.NONE


def test_meeting_data_without_its_transcripts_is_no_silence():
    """They are left out where nobody asked for them."""
    with pytest.raises(Damaged, match="without transcripts") as raised:
        read_v1({"bot_data": {"bot": {}}}, BEGAN)
    assert "include_transcripts=true" in raised.value.hint


@pytest.mark.parametrize(
    ("errors", "status"),
    [("BotNotAccepted", RunStatus.FAILED), ("", RunStatus.EMPTY), (None, RunStatus.EMPTY), ([], RunStatus.EMPTY)],
)
def test_a_bot_that_failed_heard_no_silence(errors, status):
    """Its errors say why there is nothing, and take nothing from what there is."""
    assert read_v1(meeting(errors=errors), BEGAN).status is status
    assert read_v1(meeting(SEGMENT, errors=errors), BEGAN).status is RunStatus.AVAILABLE


def test_an_utterance_of_v2():
    """Text, language, confidence and channel as sent; the words lose their leading blanks and keep their confidence."""
    speech = read_v2(artefact(UTTERANCE), BEGAN)
    found = only(speech)
    assert (found.text, found.start_ms, found.end_ms, found.speaker_label) == ("We ship.", 4000, 5500, "Ines Okoro")
    assert (found.language, found.confidence, found.channel, found.source_segment_id) == ("pt", 0.75, 1, None)
    assert found.words == (Word("We", 4000, 4200, 0.5), Word("ship.", 4250, 4900, 1.0))
    assert (speech.provider, speech.languages) == ("gladia", ("pt",))


@pytest.mark.parametrize("text", [None, " ", ...])
def test_an_utterance_of_v2_without_text_is_its_words(text):
    """Their blanks are not doubled, and their times stand in for missing ones."""
    utterance = {"words": UTTERANCE["words"]} | ({} if text is ... else {"text": text})
    found = only(read_v2(artefact(utterance), NOWHERE))
    assert (found.text, found.start_ms, found.end_ms) == ("We ship.", 4000, 4900)


def test_an_utterance_of_v2_may_lack_its_words():
    """Its text is enough."""
    found = only(read_v2(artefact({"text": "Aye.", "start": 1.5}), NOWHERE))
    assert (found.text, found.start_ms, found.end_ms, found.words) == ("Aye.", 1500, None, ())


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("confidence", 0, 0.0), ("confidence", 1.5, None), ("confidence", True, None), ("confidence", "0.5", None),
        ("confidence", float("nan"), None), ("channel", 0, 0), ("channel", False, None), ("channel", -1, None),
        ("channel", 1 << 15, None), ("channel", "0", None), ("channel", 1.0, None),
    ],
)  # fmt: skip
def test_a_measure_that_is_none_is_left_out(field, value, kept):
    """Confidence 0 is one; a boolean and what lies outside the range are not, and cost nobody the speech."""
    found = getattr(only(read_v2(artefact(UTTERANCE | {field: value}), BEGAN)), field)
    assert (found, type(found)) == (kept, type(kept))


@pytest.mark.parametrize(
    "segment",
    [
        {"speaker": "A", "text": "We ship."},
        {"words": [{"token": "We"}]},
        {"words": ["We"]},
        {"words": {"text": "We"}},
        {"words": [{"text": 5}]},
        {"words": [{"text": ["We"]}]},
        SEGMENT | {"start_time": True},
        SEGMENT | {"start_time": "4 s"},
        SEGMENT | {"end_time": float("inf")},
        SEGMENT | {"end_time": 10**5000},
        SEGMENT | {"words": [{"text": "We", "start_time": deep()}]},
        5,
        None,
    ],
)
def test_a_segment_of_another_shape_is_damaged(segment):
    """Text that is not where it should be must not pass for silence, nor a boolean for a second."""
    for payload in (meeting(SEGMENT, segment), hook(segment)):
        with pytest.raises(Damaged):
            read_v1(payload, BEGAN)


@pytest.mark.parametrize(
    "utterance",
    [{"transcript": "We ship."}, {"text": 5}, {"words": [{"text": "We"}]}, UTTERANCE | {"start": False}, "We ship."],
)
def test_an_utterance_of_another_shape_is_damaged(utterance):
    """As for v1: nothing is guessed."""
    with pytest.raises(Damaged):
        read_v2(artefact(utterance), BEGAN)


@pytest.mark.parametrize(
    "value",
    [None, [], "complete", 7, {}, {"event": "complete"}, {"event": "complete", "data": []}, {"bot_data": []},
     {"bot_data": {"transcripts": {}}}, {"result": []}, {"result": {}}, {"result": {"utterances": "x"}}, deep()],
)  # fmt: skip
def test_what_is_no_transcript_is_damaged(value):
    """Neither another type nor an object without a transcript is silence, in either version."""
    for read in (read_v1, read_v2):
        with pytest.raises(Damaged):
            read(value, NOWHERE)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_start_is_in_one_shared_event(shared, version):
    """Unix seconds of the recording's start, in the same place in both versions."""
    event = shared(f"meetingbaas_{version}/webhook.status_change.recording.json")
    assert find_start(event) == datetime(2026, 4, 2, 14, 1, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    [
        "v1/webhook.status_change", "v1/webhook.status_change.meeting_error", "v1/webhook.complete",
        "v1/webhook.calendar_sync_events", "v1/meeting_data", "v1/screenshots", "v2/webhook.status_change.retrying",
        "v2/webhook.bot_completed.openapi", "v2/bot_details",
    ],
)  # fmt: skip
def test_no_other_shared_payload_says_a_start(shared, name):
    """Other states, events and answers are no start, an unknown state included."""
    assert find_start(shared(f"meetingbaas_{name}.json")) is None


@pytest.mark.parametrize(
    ("start_time", "found"),
    [(1782894600, BEGAN.at), (1782894600.25, BEGAN.at + timedelta(seconds=0.25)), (None, None)],
)
def test_a_start_is_seconds_since_1970(start_time, found):
    """Whole or not; an event that does not say it says nothing."""
    assert find_start(status_change(start_time=start_time)) == found


@pytest.mark.parametrize(
    "event",
    [status_change(code="recording_resumed"), status_change(code=None), status_change() | {"event": "complete"},
     {"event": "bot.status_change", "data": {"status": []}}, {"event": "bot.status_change"}, [], None, "x", deep()],
)  # fmt: skip
def test_another_event_has_no_start(event):
    """Only the state in which the recording began has one."""
    assert find_start(event) is None


@pytest.mark.parametrize(
    "start_time", [True, "1782894600", 1782894600000, 10**400, 1e300, float("nan"), [1], {"s": 1}, deep()]
)
def test_a_start_that_is_no_time_is_damaged(start_time):
    """Text, booleans, milliseconds and what no calendar has are not made into a moment."""
    with pytest.raises(Damaged):
        find_start(status_change(start_time=start_time))


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_values_anywhere_are_read_or_damaged(odd):
    """In the place of every value of every form, one after the other."""
    short = {"speaker": "A", "words": HOOK_WORDS}
    for payload in (meeting(SEGMENT), hook(SEGMENT, short)):
        assert is_read(read_v1, payload)
        for spoilt in spoil(payload, odd):
            is_read(read_v1, spoilt)
    assert is_read(read_v2, artefact(UTTERANCE))
    for spoilt in spoil(artefact(UTTERANCE), odd):
        is_read(read_v2, spoilt)
    for spoilt in spoil(status_change(), odd):
        assert isinstance(start_or_none(spoilt), datetime | None)


SEGMENTS = st.lists(st.dictionaries(st.sampled_from(sorted(SEGMENT)), anything(API_WORDS[0])), max_size=3)
UTTERANCES = st.lists(st.dictionaries(st.sampled_from(sorted(UTTERANCE)), anything(HOOK_WORDS[0])), max_size=3)


@given(anything(NAMES), SEGMENTS, UTTERANCES)
def test_whatever_is_sent_is_read_or_damaged(value, segments, utterances):
    """No input ends in another error, whether it looks like Meeting BaaS's or not."""
    for payload in (
        value,
        meeting(*segments),
        hook(*segments),
        {"bot_data": value},
        {"event": "complete", "data": value},
    ):
        is_read(read_v1, payload)
    for payload in (value, {"result": value}, artefact(*utterances)):
        is_read(read_v2, payload)
    for payload in (value, status_change(start_time=value)):
        assert isinstance(start_or_none(payload), datetime | None)

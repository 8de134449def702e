"""attendee's transcripts: moments since 1970, words since their utterance began, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import BEGAN, NOWHERE, ODD, anything, deep, is_read, rows, spoil

from harvester.bots.attendee import read_transcript
from harvester.bots.model import Origin, RunStatus, TimeBase, Word
from harvester.errors import Damaged

BEGAN_MS = 1_782_894_600_000
WORDS = [
    {"word": "we", "punctuated_word": "We", "start": 0.0, "end": 0.2, "confidence": 0},
    {"word": "ship", "punctuated_word": " ship. ", "start": 0.2505, "end": 0.9, "confidence": 1, "speaker": 2},
]
SAID = {"transcript": " We ship. ", "words": WORDS, "language": "pt"}
UTTERANCE = {
    "speaker_name": " Ines Okoro ",
    "speaker_uuid": "77",
    "speaker_user_uuid": None,
    "speaker_is_host": True,
    "timestamp_ms": BEGAN_MS + 4000,
    "duration_ms": 1500,
    "transcription": SAID,
}


def only(speech):
    (found,) = speech.utterances
    return found


def said(**more):
    return UTTERANCE | {"transcription": SAID | more}


def test_the_shared_transcript_gives_its_rows(shared, expected, bot_t0):
    """With the recording's start, its moments become the offsets of every other source."""
    speech = read_transcript(shared("attendee/transcript.json"), bot_t0)
    assert rows(speech) == expected("attendee/transcript.json")
    assert (speech.status, speech.dropped, speech.languages) == (RunStatus.AVAILABLE, 0, ("en", "zh"))


def test_the_shared_transcript_has_its_moments_without_an_origin(shared, expected):
    """Only the offsets are missing, the words' too."""
    speech = read_transcript(shared("attendee/transcript.json"), NOWHERE)
    bare = {"start_ms": None, "end_ms": None}
    assert rows(speech) == [row | bare for row in expected("attendee/transcript.json")]
    assert {(word.start_ms, word.end_ms) for each in speech.utterances for word in each.words} == {(None, None)}


def test_the_shared_silent_one_is_empty(shared, bot_t0):
    """Silence is a result."""
    speech = read_transcript(shared("attendee/transcript.empty.json"), bot_t0)
    assert (speech.utterances, speech.dropped, speech.status) == ((), 0, RunStatus.EMPTY)


@pytest.mark.parametrize(
    "name",
    [
        "bots_list.page1", "bots_list.page2", "error.404", "participants.page1", "recording", "webhook.state_change",
        "webhook.transcript_update",
    ],
)  # fmt: skip
def test_whatever_else_is_sent_is_no_transcript(shared, name):
    """Other answers, errors and events are refused, and not taken for silence."""
    with pytest.raises(Damaged, match=r"it is an object with '") as raised:
        read_transcript(shared(f"attendee/{name}.json"), NOWHERE)
    assert "/transcript" in raised.value.hint


def test_an_utterance():
    """Its moment and how long it took, label, language and text as sent, and no id or confidence of its own."""
    speech = read_transcript([UTTERANCE], BEGAN)
    found = only(speech)
    assert (found.text, found.start_ms, found.end_ms, found.speaker_label) == ("We ship.", 4000, 5500, "Ines Okoro")
    assert (found.start_at, found.end_at) == (BEGAN.at + timedelta(seconds=4), BEGAN.at + timedelta(seconds=5.5))
    assert (found.language, found.confidence, found.source_segment_id) == ("pt", None, None)
    assert (speech.provider, speech.languages) == (None, ("pt",))


def test_words_count_from_the_start_of_their_utterance():
    """In the end all of them count from the origin; confidence 0 is as sent, for no provider is known to stream."""
    words = only(read_transcript([UTTERANCE], BEGAN)).words
    assert words == (Word("We", 4000, 4200, 0.0), Word("ship.", 4251, 4900, 1.0, "2"))


def test_words_have_no_offset_where_the_utterance_has_none():
    """What they count from is then not known."""
    for utterance, origin in ((UTTERANCE, NOWHERE), (UTTERANCE | {"timestamp_ms": None}, BEGAN)):
        words = only(read_transcript([utterance], origin)).words
        assert words == (Word("We", None, None, 0.0), Word("ship.", None, None, 1.0, "2"))


def test_offsets_may_lie_before_the_origin():
    """They are not clamped, and the origin's own fractions are rounded once."""
    origin = Origin(BEGAN.at + timedelta(seconds=10, microseconds=500), TimeBase.RECORDING_START)
    found = only(read_transcript([UTTERANCE], origin))
    assert (found.start_ms, found.end_ms, found.words[0].start_ms) == (-6000, -4500, -6000)


@pytest.mark.parametrize("form", ["null", "absent"])
def test_times_may_be_missing(form):
    """Without a duration there is no end, and without a moment neither, nor any offset."""
    for name, times in (("duration_ms", (4000, None)), ("timestamp_ms", (None, None))):
        utterance = {member: value for member, value in UTTERANCE.items() if member != name}
        if form == "null":
            utterance[name] = None
        found = only(read_transcript([utterance], BEGAN))
        assert (found.start_ms, found.end_ms) == times
        assert (found.start_at is None, found.end_at) == (times[0] is None, None)


def test_a_number_is_milliseconds_since_1970_however_small_it_is():
    """Nothing is guessed from its size."""
    found = only(read_transcript([UTTERANCE | {"timestamp_ms": 1_782_894}], NOWHERE))
    assert found.start_at == datetime(1970, 1, 1, 0, 29, 42, 894_000, tzinfo=UTC)
    assert found.end_at == found.start_at + timedelta(seconds=1.5)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ({"word": "we", "punctuated_word": "We,"}, "We,"), ({"word": " we "}, "we"),
        ({"word": "we", "punctuated_word": None}, "we"), ({"word": "we", "punctuated_word": " "}, "we"),
    ],
)  # fmt: skip
def test_a_word_is_punctuated_where_it_can_be(word, text):
    """As it came where it cannot, and one without text is none."""
    assert only(read_transcript([said(words=[word, {"word": ""}])], BEGAN)).words == (Word(text),)


@pytest.mark.parametrize("text", [None, " ", ...])
def test_an_utterance_without_text_is_its_words(text):
    """Joined as they are written."""
    transcription = {"words": WORDS} | ({} if text is ... else {"transcript": text})
    assert only(read_transcript([UTTERANCE | {"transcription": transcription}], BEGAN)).text == "We ship."
    chinese = {"words": [{"word": "我们"}, {"word": "发货。"}]}
    assert only(read_transcript([UTTERANCE | {"transcription": chinese}], BEGAN)).text == "我们发货。"


@pytest.mark.parametrize("words", [None, [], ...])
def test_an_utterance_may_lack_its_words(words):
    """As those of captions do."""
    transcription = {"transcript": "Aye."} | ({} if words is ... else {"words": words})
    found = only(read_transcript([UTTERANCE | {"transcription": transcription}], BEGAN))
    assert (found.text, found.words, found.language) == ("Aye.", (), None)


def test_utterances_without_any_text_are_dropped_and_counted():
    """Blanks and a transcription that is null are no speech."""
    silent = [UTTERANCE | {"transcription": each} for each in (None, {"transcript": " "}, {"words": [{"word": None}]})]
    speech = read_transcript([*silent, UTTERANCE], BEGAN)
    assert (len(speech.utterances), speech.dropped, speech.status) == (1, 3, RunStatus.AVAILABLE)
    assert read_transcript(silent, BEGAN).status is RunStatus.EMPTY


@pytest.mark.parametrize(
    ("speaker", "label"),
    [("", None), (None, None), (" Unknown ", "Unknown"), (0, "0"), (True, None), (10**400, None), ([], None)],
)
def test_a_speaker_without_name_keeps_the_speech(speaker, label):
    """The label is as sent, and none where none was."""
    assert only(read_transcript([UTTERANCE | {"speaker_name": speaker}], BEGAN)).speaker_label == label


@pytest.mark.parametrize(("sent", "language"), [("", None), ("und", None), (None, None), (" zh ", "zh"), (5, None)])
def test_an_unknown_language_is_none(sent, language):
    """Neither the empty text nor `und` names one."""
    assert only(read_transcript([said(language=sent)], BEGAN)).language == language


@pytest.mark.parametrize("value", [True, -0.5, 2, "0.5", float("nan"), 10**400, [], None])
def test_a_confidence_that_is_none_is_left_out(value):
    """It costs nobody the word."""
    assert only(read_transcript([said(words=[WORDS[0] | {"confidence": value}])], BEGAN)).words[0].confidence is None


def test_utterances_stand_in_order_of_their_starts():
    """Those without a moment come last; overlaps stay."""
    late, early = UTTERANCE | {"timestamp_ms": BEGAN_MS + 9000}, UTTERANCE | {"duration_ms": 99_000}
    found = read_transcript([UTTERANCE | {"timestamp_ms": None}, late, early], BEGAN).utterances
    assert [(each.start_ms, each.end_ms) for each in found] == [(4000, 103_000), (9000, 10_500), (None, None)]


@pytest.mark.parametrize(
    "utterance",
    [
        {}, {"speaker_name": "Ines Okoro"}, 5, None, "We ship.", [UTTERANCE], UTTERANCE | {"transcription": "We ship."},
        UTTERANCE | {"transcription": {}}, UTTERANCE | {"transcription": {"text": "We ship."}},
        UTTERANCE | {"transcription": [SAID]}, said(transcript=5), said(transcript=["We"]), said(words={"word": "We"}),
        said(words=["We"]), said(words=[{"text": "We"}]), said(words=[{"word": 5}]),
        said(words=[{"word": "We", "punctuated_word": []}]), said(words=[{"word": "We", "start": True}]),
        said(words=[{"word": "We", "end": "soon"}]), said(words=[{"word": "We", "start": deep()}]),
        UTTERANCE | {"timestamp_ms": True}, UTTERANCE | {"timestamp_ms": "1782894600000"},
        UTTERANCE | {"timestamp_ms": float("nan")}, UTTERANCE | {"timestamp_ms": 10**400},
        UTTERANCE | {"timestamp_ms": 1e300}, UTTERANCE | {"timestamp_ms": []}, UTTERANCE | {"timestamp_ms": 0},
        UTTERANCE | {"timestamp_ms": 253_402_300_799_999}, UTTERANCE | {"duration_ms": False},
        UTTERANCE | {"duration_ms": "1500"}, UTTERANCE | {"duration_ms": float("inf")},
        UTTERANCE | {"duration_ms": 10**13}, UTTERANCE | {"duration_ms": {}},
    ],
)  # fmt: skip
def test_an_utterance_of_another_shape_is_damaged(utterance):
    """Text that is not where it should be must not pass for silence, nor a boolean or a text for a time."""
    with pytest.raises(Damaged):
        read_transcript([UTTERANCE, utterance], BEGAN)


def test_an_end_beyond_the_calendar_is_damaged():
    """Where the moment itself is still within."""
    with pytest.raises(Damaged):
        read_transcript([UTTERANCE | {"timestamp_ms": 253_402_300_799_999}], NOWHERE)


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        (None, "null"), (7, "a int"), ("[]", "a str"), ({}, "an empty object"), ({"results": []}, "'results'"),
        ({"error": "hush"}, "'error'"), ([{"id": "par_1", "name": "Ines Okoro"}], "'id', 'name'"), ([[]], "a list"),
        ([UTTERANCE | {"transcription": {"text": "hush"}}], "'text'"), ({"\ud800": "hush"}, "'\\ud800'"),
    ],
)  # fmt: skip
def test_what_is_no_transcript_is_damaged(payload, named):
    """The sentence names what came instead, but nothing that it held, and the hint what should have come."""
    with pytest.raises(Damaged) as raised:
        read_transcript(payload, NOWHERE)
    assert named in raised.value.message
    assert "hush" not in raised.value.message
    assert raised.value.hint


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_values_anywhere_are_read_or_damaged(odd):
    """In the place of every value, one after the other."""
    assert is_read(read_transcript, [UTTERANCE])
    for spoilt in spoil([UTTERANCE, said(words=WORDS[:1])], odd):
        is_read(read_transcript, spoilt)


NAMES = {*UTTERANCE, *SAID, *WORDS[1]}
UTTERANCES = st.lists(st.dictionaries(st.sampled_from(sorted(UTTERANCE)), anything(NAMES)), max_size=3)


@given(anything(NAMES) | UTTERANCES | st.lists(st.builds(said, words=anything(NAMES)), max_size=2))
def test_no_json_is_more_than_damaged(payload):
    """Whatever it holds, it is read or Damaged."""
    is_read(read_transcript, payload)

"""MeetStream's transcripts: every documented shape told apart by members and types, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import BEGAN, NOWHERE, ODD, anything, deep, is_read, rows, spoil

from harvester.bots.meetstream.transcript import read_transcript
from harvester.bots.model import RunStatus, Word
from harvester.errors import Damaged

WORDS = [
    {"word": "we", "punctuated_word": "We", "start": 4.0005, "end": 4.2, "confidence": 0, "speaker": 3},
    {"word": "ship", "punctuated_word": " ship. ", "start": 4.25, "end": 4.9, "confidence": 1, "speaker": None},
]
S1 = {
    "speaker": " Ines Okoro ",
    "transcript": " We ship. ",
    "start_time": 4,
    "end_time": 5.5,
    "absolute_start_time": "2026-07-01T11:00:00.5+02:00",
    "absolute_end_time": "2026-07-01T09:00:02",
    "words": WORDS,
}
S3 = {
    "participant": {"name": "Ines Okoro"},
    "words": [
        {"text": "We", "start_timestamp": {"relative": 4.0005}},
        {"text": "ship.", "start_timestamp": {"relative": 4.25}},
    ],
}
S3_TEXT = {"speaker": "Ines Okoro", "text": "We ship.", "start_time": 4}
S4 = {"speaker": "Ines Okoro", "text": "We ship.", "start": 4, "end": 5.5}
S5 = {"speaker": "Ines Okoro", "transcript": "We ship.", "words": WORDS, "timestamp": "2026-07-01T08:30:04.25"}
RAW_WORDS = [
    {"text": "We", "start": 4000, "end": 4200, "confidence": 0, "speaker": "A"},
    {"text": "ship.", "start": 4250, "end": 4900, "confidence": 0.5, "speaker": "A"},
]
TURN = {"speaker": "A", "text": "We ship.", "start": 4000, "end": 4900, "confidence": 0.75}
RAW = {
    "id": "r1",
    "status": "completed",
    "text": "We ship.",
    "language_code": "pt",
    "audio_duration": 9,
    "words": RAW_WORDS,
    "utterances": [TURN],
}
SHAPES = {
    "S1": [S1],
    "S2": {"message": [S1]},
    "S3": {"message": [S3]},
    "S3 text": {"transcript": [S3_TEXT]},
    "S3 data": {"data": [S3, S3_TEXT]},
    "S4": {"segments": [S4]},
    "S5": [S5],
    "RAW": RAW,
    "RAW with words": RAW | {"utterances": [TURN | {"words": RAW_WORDS}]},
    "RAW without speakers": RAW | {"utterances": None},
}


def only(speech):
    (found,) = speech.utterances
    return found


def without(holder, *names):
    return {name: value for name, value in holder.items() if name not in names}


@pytest.mark.parametrize("name", ["s1_array", "s2_message_wrapped", "s3_participant_words", "s4_segments_text"])
def test_the_shared_transcripts_give_their_rows(shared, expected, bot_t0, name):
    """The same conversation in four shapes gives the rows of every other source, and empty segments are counted."""
    speech = read_transcript(shared(f"meetstream/transcript.{name}.json"), bot_t0)
    assert rows(speech) == expected(f"meetstream/transcript.{name}.json")
    assert (speech.status, speech.dropped) == (RunStatus.AVAILABLE, 2 if name == "s4_segments_text" else 0)


def test_the_shared_raw_transcript_agrees_with_the_others(shared, expected, bot_t0):
    """Its milliseconds are the others' seconds, its words find their turns, and letters stand for the speakers."""
    speech = read_transcript(shared("meetstream/transcript.raw_assemblyai.json"), bot_t0)
    own = {"speaker_label": None, "speaker_kind": "generic", "speaker_name": None, "language": "en"}
    letters, shares = "ABCZA", (0.91, 0.92, 0.93, 0.94, 0.95)
    assert rows(speech) == [
        row | own | {"speaker_label": letter, "confidence": share}
        for row, letter, share in zip(
            expected("meetstream/transcript.s1_array.json"), letters, shares, strict=True
        )
    ]  # fmt: skip
    assert {word.speaker_label for word in speech.utterances[2].words} == {"C"}
    assert speech.languages == ("en",)


@pytest.mark.parametrize("name", ["empty", "empty_message"])
def test_the_shared_silent_ones_are_empty(shared, bot_t0, name):
    """Silence is a result."""
    speech = read_transcript(shared(f"meetstream/transcript.{name}.json"), bot_t0)
    assert (speech.utterances, speech.dropped, speech.status) == ((), 0, RunStatus.EMPTY)


@pytest.mark.parametrize("payload", [[], *({name: []} for name in ("message", "transcript", "data", "segments"))])
def test_every_empty_form_is_empty(payload):
    """An empty list is silence under whatever name it comes."""
    speech = read_transcript(payload, NOWHERE)
    assert (speech.utterances, speech.status) == ((), RunStatus.EMPTY)


@pytest.mark.parametrize("name", ["pending_202", "not_found_404"])
def test_the_shared_pending_answer_is_pending(shared, name):
    """A message that is a text is no list of segments; whether one will come, the HTTP status must have said before."""
    speech = read_transcript(shared(f"meetstream/transcript.{name}.json"), NOWHERE)
    assert (speech.utterances, speech.status) == ((), RunStatus.PENDING)


@pytest.mark.parametrize(
    "name",
    [
        "bot_detail", "bot_detail.captions", "bot_detail.not_admitted", "bot_status", "create_bot.response.201",
        "create_bot.response.captions", "delete.response", "error.507_idempotent_replay", "get_audio", "get_chats",
        "get_participants", "get_speaker_timeline", "get_video", "list_bots.empty", "list_bots.page1",
        "list_bots.page2", "live_transcript_chunk", "transcriptions", "webhook.audio_processed", "webhook.bot_done",
        "webhook.bot_error.streaming", "webhook.bot_joining.live", "webhook.bot_joining.seed",
        "webhook.bot_stopped.bot_event_only", "webhook.bot_stopped.seed", "webhook.data_deletion",
        "webhook.manifest_completed", "webhook.participant_leave", "webhook.transcription_failed",
        "webhook.transcription_processed.live", "webhook.transcription_processed.seed", "webhook.video_processed",
    ],
)  # fmt: skip
def test_whatever_else_is_sent_is_no_transcript(shared, name):
    """Other answers and events are refused, and taken neither for silence nor for a transcript that will come."""
    with pytest.raises(Damaged, match=r"it is an object with '") as raised:
        read_transcript(shared(f"meetstream/{name}.json"), NOWHERE)
    assert "get_transcript" in raised.value.hint


def test_a_refusal_names_members_and_never_what_they_hold():
    """A bot's detail holds keys and passwords."""
    with pytest.raises(Damaged) as raised:
        read_transcript({"RequestPayload": "hush", "b\ud800": 1}, NOWHERE)
    assert raised.value.message.endswith("it is an object with 'RequestPayload', 'b\\ud800'")


def test_a_segment_of_s1():
    """Seconds become milliseconds, the moments are its own in UTC, and words are punctuated where they can be."""
    found = only(read_transcript([S1], BEGAN))
    assert (found.text, found.start_ms, found.end_ms, found.speaker_label) == ("We ship.", 4000, 5500, "Ines Okoro")
    assert found.start_at == datetime(2026, 7, 1, 9, 0, 0, 500_000, tzinfo=UTC)
    assert found.end_at == datetime(2026, 7, 1, 9, 0, 2, tzinfo=UTC)
    assert (found.language, found.confidence, found.source_segment_id) == (None, None, None)
    assert found.words == (Word("We", 4001, 4200, 0.0, "3"), Word("ship.", 4250, 4900, 1.0))
    assert read_transcript({"message": [S1]}, BEGAN) == read_transcript([S1], BEGAN)


def test_moments_that_s1_does_not_say_count_from_the_origin():
    """Where there is one."""
    bare = without(S1, "absolute_start_time") | {"absolute_end_time": None}
    found = only(read_transcript([bare], BEGAN))
    assert (found.start_at, found.end_at) == (BEGAN.at + timedelta(seconds=4), BEGAN.at + timedelta(seconds=5.5))
    assert only(read_transcript([bare], NOWHERE)).start_at is None


def test_offsets_that_s1_does_not_say_are_the_words_then_the_moments():
    """Neither is invented: both are in the segment."""
    bare = without(S1, "start_time", "end_time")
    found = only(read_transcript([bare], BEGAN))
    assert (found.start_ms, found.end_ms) == (4001, 4900)
    found = only(read_transcript([bare | {"words": []}], BEGAN))
    assert (found.start_ms, found.end_ms) == (1_800_500, 1_802_000)
    found = only(read_transcript([bare | {"words": []}], NOWHERE))
    assert (found.start_ms, found.end_ms) == (None, None)


def test_a_segment_of_s3_is_its_words():
    """Text and start are the words', there is no end, and the name is the participant's."""
    found = only(read_transcript({"message": [S3]}, BEGAN))
    assert (found.text, found.start_ms, found.end_ms) == ("We ship.", 4001, None)
    assert (found.speaker_label, found.end_at) == ("Ines Okoro", None)
    assert found.start_at == BEGAN.at + timedelta(milliseconds=4001)
    assert found.words == (Word("We", 4001), Word("ship.", 4250))
    ended = S3 | {"words": [*S3["words"], {"text": "Now.", "end_timestamp": {"relative": 6}}]}
    assert only(read_transcript([ended], BEGAN)).end_ms == 6000


def test_the_other_forms_of_s3():
    """A list of texts under `transcript`, and either kind of segment under `data`."""
    found = only(read_transcript({"transcript": [S3_TEXT]}, BEGAN))
    assert (found.text, found.start_ms, found.end_ms, found.words) == ("We ship.", 4000, None, ())
    assert only(read_transcript({"data": [S3]}, BEGAN)) == only(read_transcript({"message": [S3]}, BEGAN))
    assert only(read_transcript({"data": [S3_TEXT]}, BEGAN)) == found


def test_a_segment_of_s4():
    """The text stands in `text`, and the times in `start` and `end`."""
    found = only(read_transcript({"segments": [S4]}, BEGAN))
    assert (found.text, found.start_ms, found.end_ms, found.speaker_label) == ("We ship.", 4000, 5500, "Ines Okoro")


def test_a_segment_of_s5():
    """Its moment is in UTC, its offset the distance from the origin, and the times of its words count for nothing."""
    found = only(read_transcript([S5], BEGAN))
    assert found.start_at == datetime(2026, 7, 1, 8, 30, 4, 250_000, tzinfo=UTC)
    assert (found.start_ms, found.end_ms, found.end_at) == (4250, None, None)
    assert found.words == (Word("We", None, None, 0.0, "3"), Word("ship.", None, None, 1.0))


def test_a_segment_of_s5_has_no_offset_without_an_origin():
    """Not even its words'."""
    found = only(read_transcript([S5], NOWHERE))
    assert (found.start_ms, found.end_ms) == (None, None)
    assert found.start_at == datetime(2026, 7, 1, 8, 30, 4, 250_000, tzinfo=UTC)


@pytest.mark.parametrize("timestamp", [None, ""])
def test_a_segment_of_s5_may_lack_its_moment(timestamp):
    """The speech stays, without any time, and behind those that have one."""
    found = read_transcript([S5 | {"timestamp": timestamp, "transcript": "First."}, S5], BEGAN).utterances
    assert [(each.text, each.start_ms) for each in found] == [("We ship.", 4250), ("First.", None)]
    assert found[1].start_at is None


def test_a_segment_with_both_kinds_of_time_is_not_s5():
    """With an offset of its own its words count from the same moment."""
    found = only(read_transcript([S1 | {"timestamp": "2020-01-01T00:00:00"}], BEGAN))
    assert found == only(read_transcript([S1], BEGAN))
    found = only(read_transcript([S1 | {"start_time": None, "timestamp": "2020-01-01T00:00:00"}], BEGAN))
    assert (found.start_ms, found.start_at.year, found.words[0].start_ms) == (1_800_500, 2026, None)


def test_a_segment_may_lack_all_of_its_times():
    """It is kept, last."""
    found = read_transcript([{"transcript": "Late.", "speaker": "0"}, S1], BEGAN).utterances
    assert [(each.text, each.start_ms, each.start_at is None) for each in found] == [
        ("We ship.", 4000, False), ("Late.", None, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "text"),
    [
        ({"transcript": "a", "text": "b"}, "a"), ({"transcript": " ", "text": " b "}, "b"),
        ({"transcript": None, "text": "b"}, "b"), ({"transcript": ""}, "We ship."), ({}, "We ship."),
    ],
)  # fmt: skip
def test_text_is_looked_for_in_three_places(texts, text):
    """`transcript` before `text`, and the words where neither says anything."""
    assert only(read_transcript([without(S1, "transcript") | texts], BEGAN)).text == text


def test_segments_without_text_are_dropped_and_counted():
    """Blanks are no text, and a transcript of nothing else is empty."""
    silent = [{"transcript": " \n"}, {"text": None}, {"words": []}, {"words": [{"word": ""}], "transcript": ""}]
    speech = read_transcript([*silent, S1], BEGAN)
    assert (len(speech.utterances), speech.dropped, speech.status) == (1, 4, RunStatus.AVAILABLE)
    assert read_transcript(silent, BEGAN).status is RunStatus.EMPTY


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ({"word": "we", "punctuated_word": "We,"}, "We,"), ({"word": "we"}, "we"),
        ({"word": "we", "punctuated_word": None}, "we"), ({"word": "we", "punctuated_word": ""}, "we"),
        ({"text": " We "}, "We"),
    ],
)  # fmt: skip
def test_a_word_is_punctuated_where_it_can_be(word, text):
    """As it came where it cannot, and without the blanks around it."""
    found = only(read_transcript([{"words": [word, {"word": " "}]}], BEGAN))
    assert (found.text, found.words) == (text, (Word(text),))


def test_scripts_without_blanks_stay_without():
    """Chinese words are joined as they are written."""
    words = [{"text": each} for each in ("我们", "发货。", "Good", "。")]
    assert only(read_transcript([S3 | {"words": words}], BEGAN)).text == "我们发货。 Good 。"


@pytest.mark.parametrize(
    ("who", "label"),
    [
        ({"speaker": ""}, None), ({"speaker": None}, None), ({"speaker": 0}, "0"),
        ({"speaker": " NoSpeaker"}, "NoSpeaker"), ({"speaker": []}, None),
        ({"speaker": True}, None), ({"speaker": 10**400}, None), ({}, None),
        ({"participant": {"name": None}}, None), ({"participant": {}}, None), ({"participant": {"name": " A "}}, "A"),
        ({"participant": None, "speaker": "B"}, "B"), ({"participant": {"name": "A"}, "speaker": "B"}, "A"),
    ],
)  # fmt: skip
def test_a_speaker_without_name_keeps_the_speech(who, label):
    """The label is as sent, and none where none was."""
    assert only(read_transcript([{"text": "Aye."} | who], BEGAN)).speaker_label == label


@pytest.mark.parametrize("payload", [[S1], [S5], RAW, SHAPES["RAW with words"]], ids=["S1", "S5", "RAW", "RAW words"])
def test_a_confidence_of_0_is_none_of_a_streaming_provider(payload):
    """Of any other it was measured, and other values stay."""
    said = [word.confidence for word in only(read_transcript(payload, BEGAN)).words]
    assert said[0] == 0
    streamed = [word.confidence for word in only(read_transcript(payload, BEGAN, streaming=True)).words]
    assert streamed == [None, said[1]]


@pytest.mark.parametrize("value", [True, -0.5, 2, "0.5", float("nan"), 10**400, [], None])
def test_a_confidence_that_is_none_is_left_out(value):
    """It costs nobody the word."""
    words = [WORDS[0] | {"confidence": value}]
    assert only(read_transcript([S1 | {"words": words}], BEGAN)).words[0].confidence is None


def test_the_first_list_that_holds_anything_is_the_transcript():
    """An empty list beside it is no silence, and neither is a message beside a list."""
    assert only(read_transcript({"message": [], "segments": [S4]}, BEGAN)).text == "We ship."
    assert only(read_transcript({"message": "Success", "transcript": [S3_TEXT]}, BEGAN)).text == "We ship."


def test_segments_stand_in_order_of_their_starts():
    """Those that begin at once stay as they came, and overlaps stay."""
    segments = [{"text": name, "start": start, "end": 99} for name, start in (("c", 7), ("a", -1), ("d", 7), ("b", 0))]
    found = read_transcript({"segments": segments}, BEGAN).utterances
    assert [(each.text, each.start_ms) for each in found] == [("a", -1000), ("b", 0), ("c", 7000), ("d", 7000)]


def test_the_unit_is_told_by_the_shape_and_never_by_the_number():
    """The same number is seconds in one and milliseconds in the other, however large or small it is."""
    for number in (0, 5, 86_400, 90_000_000):
        plain = only(read_transcript({"segments": [S4 | {"start": number}]}, NOWHERE))
        raw = only(read_transcript(RAW | {"utterances": [TURN | {"start": number}]}, NOWHERE))
        assert (plain.start_ms, raw.start_ms) == (number * 1000, number)


def test_a_turn_of_the_raw_form():
    """Milliseconds, the speaker's letter, confidence and language as sent; the words are those of the whole."""
    speech = read_transcript(RAW | {"language_code": "en_us"}, BEGAN)
    found = only(speech)
    assert (found.text, found.start_ms, found.end_ms, found.speaker_label) == ("We ship.", 4000, 4900, "A")
    assert (found.confidence, found.language, speech.languages) == (0.75, "en-us", ("en-us",))
    assert found.start_at == BEGAN.at + timedelta(seconds=4)
    assert found.words == (Word("We", 4000, 4200, 0.0, "A"), Word("ship.", 4250, 4900, 0.5, "A"))


def test_a_turn_of_the_raw_form_with_words_keeps_its_own():
    """Those of the whole are the same once more; and its text may be missing."""
    turn = without(TURN, "text") | {"words": [{"text": "Aye.", "start": 4000, "end": 4100}]}
    found = only(read_transcript(RAW | {"utterances": [turn]}, BEGAN))
    assert (found.text, found.words) == ("Aye.", (Word("Aye.", 4000, 4100),))


def test_words_of_the_raw_form_find_their_turns():
    """By speaker and time, each once: others' turns, gaps, turns without times and words without a start are none."""
    turns = [("A", 0, 100), ("B", 50, 150), ("A", 100, 200), ("A", 300, 400), ("A", None, None), ("A", 500, None)]
    words = [("A", 0), ("A", 99), ("A", 100), ("B", 100), ("A", 250), ("C", 60), ("A", 400), ("A", None), ("A", 510)]
    payload = {
        "utterances": [{"speaker": who, "text": "x", "start": start, "end": end} for who, start, end in turns],
        "words": [{"speaker": who, "text": f"{who}{start}", "start": start} for who, start in words],
    }
    found = read_transcript(payload, BEGAN).utterances
    assert [(each.start_ms, " ".join(word.text for word in each.words)) for each in found] == [
        (0, "A0 A99"), (50, "B100"), (100, "A100"), (300, "A400"), (500, ""), (None, ""),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["We do ship.", None, ""])
def test_a_raw_form_without_turns_is_one_utterance(text):
    """Nobody told its speakers apart."""
    found = only(read_transcript(without(RAW, "utterances") | {"text": text}, BEGAN))
    assert (found.text, found.start_ms, found.end_ms) == (text or "We ship.", 4000, 4900)
    assert (found.speaker_label, found.language, len(found.words)) == (None, "pt", 2)
    bare = only(read_transcript({"text": "Aye.", "words": []}, BEGAN))
    assert (bare.text, bare.start_ms, bare.end_ms) == ("Aye.", None, None)


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("queued", RunStatus.PENDING), ("processing", RunStatus.PENDING), ("error", RunStatus.FAILED),
        ("completed", RunStatus.EMPTY), ("of tomorrow", RunStatus.EMPTY), (None, RunStatus.EMPTY),
        ([], RunStatus.EMPTY),
    ],
)  # fmt: skip
def test_the_raw_form_says_why_it_is_empty(status, found):
    """Its status counts where there is no speech, and takes nothing from what there is."""
    empty = {"status": status, "text": None, "words": None, "utterances": None}
    speech = read_transcript(empty, BEGAN)
    assert (speech.utterances, speech.dropped, speech.status) == ((), 0, found)
    assert read_transcript(RAW | {"status": status}, BEGAN).status is RunStatus.AVAILABLE


@pytest.mark.parametrize("value", [4000.0, 4.25, float("nan"), float("inf"), "4000", True, [4], 10**400])
def test_raw_times_that_are_no_whole_milliseconds_are_damaged(value):
    """Fractions are another provider's seconds."""
    for payload in (
        RAW | {"utterances": [TURN | {"start": value}]},
        RAW | {"utterances": [TURN | {"end": value}]},
        RAW | {"words": [RAW_WORDS[0] | {"start": value}]},
    ):
        with pytest.raises(Damaged):
            read_transcript(payload, BEGAN)


@pytest.mark.parametrize(
    "segment",
    [
        {}, {"speaker": "A", "start_time": 1}, {"deviceId": "1", "displayName": "Ines Okoro"}, 5, None, "We ship.",
        [S1], S1 | {"transcript": 5}, S1 | {"transcript": ["We"]}, S4 | {"text": {}}, S1 | {"start_time": True},
        S1 | {"start_time": "4 s"}, S1 | {"end_time": float("nan")}, S1 | {"start_time": 10**5000},
        S1 | {"absolute_start_time": 1782894600}, S1 | {"absolute_end_time": "soon"}, S1 | {"words": {"word": "We"}},
        S1 | {"words": ["We"]}, S1 | {"words": [{"token": "We"}]}, S1 | {"words": [{"word": 5}]},
        S1 | {"words": [WORDS[0] | {"start": False}]}, S1 | {"words": [WORDS[0] | {"end": deep()}]},
        S3 | {"participant": "Ines Okoro"}, S3 | {"words": [{"text": "We", "start_timestamp": 4.0}]},
        S3 | {"words": [{"text": "We", "start_timestamp": {"relative": True}}]}, S5 | {"timestamp": 1782894604},
        S5 | {"timestamp": "0001-01-01T00:00:00"}, S5 | {"timestamp": "4.25"},
    ],
)  # fmt: skip
def test_a_segment_of_another_shape_is_damaged(segment):
    """Text that is not where it should be must not pass for silence, nor a boolean for a second."""
    for payload in ([S1, segment], {"message": [segment]}, {"segments": [segment]}):
        with pytest.raises(Damaged):
            read_transcript(payload, BEGAN)


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        (None, "null"), (7, "a int"), (True, "a bool"), ("[]", "a str"), ({}, "an empty object"),
        ({"message": None}, "'message'"), ({"message": 5}, "'message'"), ({"data": {"transcript": []}}, "'data'"),
        ({"results": {}}, "'results'"), ({"message": "Left", "bot_event": "bot.kicked"}, "'bot_event'"),
        ([{"name": "Ines Okoro"}], "'name'"), ([[]], "a list"), ({"segments": [5]}, "a int"), (deep(2), "'words'"),
    ],
)  # fmt: skip
def test_what_is_no_transcript_is_damaged(payload, named):
    """The sentence names what came instead, and the hint what should have come."""
    with pytest.raises(Damaged) as raised:
        read_transcript(payload, NOWHERE)
    assert named in raised.value.message
    assert raised.value.hint


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_values_anywhere_are_read_or_damaged(odd, streaming):
    """In the place of every value of every shape, one after the other."""
    for payload in SHAPES.values():
        assert is_read(read_transcript, payload, streaming=streaming)
        for spoilt in spoil(payload, odd):
            is_read(read_transcript, spoilt, streaming=streaming)


NAMES = {"message", "data", "segments", "participant", "relative", "timestamp", *S1, *S3["words"][0], *S4, *RAW}
PARTS = st.lists(st.dictionaries(st.sampled_from(sorted({*S1, *S3, *S4, *S5})), anything(NAMES)), max_size=3)


@given(
    anything(NAMES) | PARTS | st.fixed_dictionaries({"segments": PARTS}) | st.fixed_dictionaries({"utterances": PARTS})
)
def test_no_json_is_more_than_damaged(payload):
    """Whatever it holds, it is read or Damaged."""
    is_read(read_transcript, payload)

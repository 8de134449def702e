"""Recall's transcripts: two forms told apart by type, times that may be missing, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import BEGAN, NOWHERE, ODD, anything, deep, is_read, rows, spoil

from harvester.bots.model import RunStatus, Word
from harvester.bots.recall.transcript import read_transcript
from harvester.errors import Damaged
from harvester.speaker import classify_speaker

WHO = {"id": 100, "name": "Ines Okoro", "is_host": True, "platform": "desktop", "extra_data": None, "email": None}


def stamp(relative, absolute=None):
    return {"relative": relative, "absolute": absolute}


def said(text, start=..., end=..., **more):
    times = {"start_timestamp": start, "end_timestamp": end}
    return {"text": text} | {name: value for name, value in times.items() if value is not ...} | more


def part(*words, **more):
    return {"participant": WHO, "words": list(words)} | more


def legacy(*words, **more):
    return {"speaker": "Ines Okoro", "speaker_id": 100, "language": "pt", "words": list(words)} | more


def only(speech):
    (found,) = speech.utterances
    return found


NEW = part(said("We", stamp(4.0005, "2026-07-01T09:00:00Z"), stamp(4.2)), said("ship.", stamp(4.25), stamp(4.9)))
OLD = legacy(said("We", 4.0005, 4.2, confidence=0.5, language="pt"), said("ship.", 4.25, 4.9, confidence=1))


@pytest.mark.parametrize(
    "name", ["transcript_download", "transcript_download.machine_diarization", "transcript_legacy"]
)
def test_the_shared_transcripts_give_their_rows(shared, expected, bot_t0, name):
    """The same conversation in both forms gives the rows of every other source, in milliseconds and moments."""
    speech = read_transcript(shared(f"recall/{name}.json"), bot_t0, duration_ms=3_894_750)
    assert rows(speech) == expected(f"recall/{name}.json")
    assert (speech.status, speech.dropped, speech.provider) == (RunStatus.AVAILABLE, 0, None)


def test_the_shared_transcript_brings_its_own_moments(shared, expected):
    """Since v1.11 nobody needs to know when the recording began; before it, only offsets are left."""
    found = rows(read_transcript(shared("recall/transcript_download.json"), NOWHERE))
    assert found == expected("recall/transcript_download.json")
    old = read_transcript(shared("recall/transcript_legacy.json"), NOWHERE).utterances
    assert {each.start_at for each in old} | {each.end_at for each in old} == {None}


@pytest.mark.parametrize(
    "name",
    [
        "bot_list.page1", "bot_list.page2", "bot_retrieve", "bot_retrieve.deleted", "bot_retrieve.no_transcript",
        "bot_retrieve.processing", "error.429", "error.507", "meeting_metadata", "participants_download",
        "speaker_timeline", "webhook.bot_done", "webhook.bot_fatal", "webhook.legacy_status_change",
        "webhook.recording_done", "webhook.transcript_done", "webhook.transcript_failed",
    ],
)  # fmt: skip
def test_whatever_else_is_sent_is_no_transcript(shared, name):
    """Other answers, files and events are refused, and not taken for silence."""
    with pytest.raises(Damaged, match=r"it is an object with '|it is Recall's event '") as raised:
        read_transcript(shared(f"recall/{name}.json"), NOWHERE)
    assert "download_url" in raised.value.hint


def test_a_live_piece_is_no_transcript(shared):
    """The sentence says that another one replaces it."""
    with pytest.raises(Damaged, match="live transcript, which the one after the call replaces"):
        read_transcript(shared("recall/realtime.transcript_data.json"), NOWHERE)
    with pytest.raises(Damaged, match="live transcript"):
        read_transcript({"event": "transcript.partial_data"}, NOWHERE)


def test_a_refusal_names_members_and_never_what_they_hold():
    """A bot's answer holds the password of its meeting."""
    with pytest.raises(Damaged) as raised:
        read_transcript({"meeting_password": "hush", "\ud800": 1, "x" * 99: {}}, NOWHERE)
    assert raised.value.message.endswith(f"'meeting_password', '\\ud800', '{'x' * 40}'")


def test_a_part_since_v1_11():
    """Start of the first word, end of the last, each word with its times, and the participant's name."""
    found = only(read_transcript([NEW], BEGAN))
    assert (found.text, found.start_ms, found.end_ms) == ("We ship.", 4001, 4900)
    assert (found.speaker_label, found.language, found.confidence) == ("Ines Okoro", None, None)
    assert found.words == (Word("We", 4001, 4200), Word("ship.", 4250, 4900))


def test_a_part_before_v1_11():
    """Plain numbers are seconds; the language is the part's, and confidence the words'."""
    speech = read_transcript([OLD], BEGAN)
    found = only(speech)
    assert (found.text, found.start_ms, found.end_ms) == ("We ship.", 4001, 4900)
    assert (found.speaker_label, found.language, found.confidence) == ("Ines Okoro", "pt", None)
    assert found.words == (Word("We", 4001, 4200, 0.5), Word("ship.", 4250, 4900, 1.0))
    assert (found.start_at, speech.languages) == (BEGAN.at + timedelta(milliseconds=4001), ("pt",))


def test_the_forms_are_told_apart_by_type_alone():
    """The same number means the same seconds, however large or small it is."""
    for seconds in (0, 0.25, 86_400, 90_000_000):
        new = part(said("Aye.", stamp(seconds), stamp(seconds)))
        old = legacy(said("Aye.", seconds, seconds), language=None)
        assert rows(read_transcript([new], BEGAN)) == rows(read_transcript([old], BEGAN))
        assert only(read_transcript([old], BEGAN)).start_ms == int(seconds * 1000)


def test_a_moment_that_was_sent_goes_before_one_that_was_counted():
    """The absolute time of the first word holds, and the end is counted where the last word has none."""
    found = only(read_transcript([NEW], BEGAN))
    assert found.start_at == datetime(2026, 7, 1, 9, 0, tzinfo=UTC)
    assert found.end_at == BEGAN.at + timedelta(seconds=4.9)
    assert only(read_transcript([NEW], NOWHERE)).end_at is None


def test_a_moment_is_utc_whatever_its_zone():
    """One without a zone is UTC already."""
    times = "2026-07-01T11:00:00.5+02:00", "2026-07-01T09:00:01"
    found = only(read_transcript([part(said("Aye.", *(stamp(0, each) for each in times)))], NOWHERE))
    assert found.start_at == datetime(2026, 7, 1, 9, 0, 0, 500_000, tzinfo=UTC)
    assert found.end_at == datetime(2026, 7, 1, 9, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("build", [lambda s: part(said("Early.", stamp(s))), lambda s: legacy(said("Early.", s))])
def test_an_offset_before_the_start_is_kept(build):
    """It is not moved to 0, and leads to a moment before the recording's."""
    speech = read_transcript([build(1.0), build(-0.4505)], BEGAN)
    assert [each.start_ms for each in speech.utterances] == [-451, 1000]
    assert speech.utterances[0].start_at == BEGAN.at - timedelta(milliseconds=451)


@pytest.mark.parametrize("build", [part, legacy])
@pytest.mark.parametrize("none", [None, ...])
def test_words_without_times_keep_their_text(build, none):
    """A part begins with its first timed word, and its end is unknown where the last has no time."""
    timed = said("ship", stamp(2), stamp(3)) if build is part else said("ship", 2, 3)
    found = only(read_transcript([build(said("We", none, none), timed, said("today.", none, none))], BEGAN))
    assert (found.text, found.start_ms, found.end_ms) == ("We ship today.", 2000, None)
    assert (found.start_at, found.end_at) == (BEGAN.at + timedelta(seconds=2), None)
    assert [word.start_ms for word in found.words] == [None, 2000, None]


def test_a_part_without_any_times_stands_last():
    """Its speech is kept all the same."""
    speech = read_transcript([part(said("When?")), NEW], BEGAN)
    assert [(each.start_ms, each.start_at is None, each.text) for each in speech.utterances] == [
        (4001, False, "We ship."),
        (None, True, "When?"),
    ]


def test_a_moment_without_offset_is_kept():
    """Offset and moment are those of one word, as long as any word has an offset."""
    moment = "2026-07-01T09:00:00Z"
    alone = only(read_transcript([part(said("Aye.", stamp(None, moment), stamp(None, moment)))], NOWHERE))
    assert (alone.start_ms, alone.start_at, alone.end_at) == (None, alone.end_at, datetime(2026, 7, 1, 9, tzinfo=UTC))
    mixed = only(read_transcript([part(said("Aye,", stamp(None, moment)), said("aye.", stamp(5)))], BEGAN))
    assert (mixed.start_ms, mixed.start_at) == (5000, BEGAN.at + timedelta(seconds=5))


@pytest.mark.parametrize(
    ("who", "label", "kind"),
    [
        (None, None, "unknown"),
        ({"id": None, "name": None}, None, "unknown"),
        ({"id": 3}, None, "unknown"),
        ({"name": " "}, None, "unknown"),
        ({"name": "B"}, "B", "generic"),
        ({"name": 1}, "1", "generic"),
        ({"name": "Speaker 2"}, "Speaker 2", "generic"),
        ({"name": " Ravi Holm "}, "Ravi Holm", "named"),
        ({"name": "+1 555-***-0100", "platform": "dial-in"}, "+1 555-***-0100", "named"),
        ({"name": float("inf")}, None, "unknown"),
        ({"name": 10**5000}, None, "unknown"),
        ({"name": ["Ravi"]}, None, "unknown"),
    ],
)
def test_who_spoke(who, label, kind):
    """Nobody, a machine's label or a name; speech of nobody stays."""
    found = only(read_transcript([NEW | {"participant": who}], BEGAN))
    assert (found.speaker_label, classify_speaker(found.speaker_label)[0], found.text) == (label, kind, "We ship.")
    if not isinstance(who, dict) or "name" in who:
        old = only(read_transcript([OLD | {"speaker": who and who["name"]}], BEGAN))
        assert old.speaker_label == label


def test_parts_without_speech_are_dropped_and_counted():
    """No words, and words of nothing, are none; words without text lend no times."""
    nothing = [part(), part(words=None), part(said(" ", stamp(1), stamp(2))), part(said(None))]
    silent = read_transcript(nothing, BEGAN)
    assert (silent.utterances, silent.dropped, silent.status) == ((), 4, RunStatus.EMPTY)
    words = said("", stamp(0), stamp(1)), said(" Aye. ", stamp(2), stamp(3)), said(None, stamp(4), stamp(5))
    found = only(read_transcript([part(*words)], BEGAN))
    assert (found.text, found.start_ms, found.end_ms, len(found.words)) == ("Aye.", 2000, 3000, 1)


def test_an_empty_list_is_silence():
    """A result, not an error."""
    assert read_transcript([], BEGAN).status is RunStatus.EMPTY


def test_scripts_without_blanks_stay_without():
    """Chinese words are joined as they are written."""
    assert only(read_transcript([part(said("我们"), said("发货。"), said("Good"))], BEGAN)).text == "我们发货。 Good"


def test_overlaps_stay_and_order_is_by_start():
    """Nothing is repaired, an end before its start included."""
    parts = [part(said("c", stamp(3), stamp(1))), part(said("a", stamp(1), stamp(9))), part(said("b", stamp(1)))]
    found = read_transcript(parts, BEGAN).utterances
    assert [(each.text, each.start_ms, each.end_ms) for each in found] == [
        ("a", 1000, 9000),
        ("b", 1000, None),
        ("c", 3000, 1000),
    ]


@pytest.mark.parametrize(("language", "kept"), [("", None), ("und", None), (5, None), (" zh ", "zh"), (None, None)])
def test_an_unknown_language_is_none(language, kept):
    """Neither the empty text nor `und` names one."""
    assert only(read_transcript([OLD | {"language": language}], BEGAN)).language == kept


def test_numbers_that_cannot_be_seconds_are_damaged():
    """Plain numbers up to one and a half times the duration are seconds; beyond, nobody knows what they are."""
    old = [legacy(said("Aye.", 80, 90)), legacy(said("Bye.", 1, 2))]
    assert len(read_transcript(old, BEGAN, duration_ms=60_000).utterances) == 2
    with pytest.raises(Damaged, match="90000 ms in a recording of 59999 ms"):
        read_transcript(old, BEGAN, duration_ms=59_999)
    with pytest.raises(Damaged, match="no seconds"):
        read_transcript([legacy(said("Aye.", 80_000))], BEGAN, duration_ms=3_600_000)


@pytest.mark.parametrize("duration_ms", [None, 0, -1])
def test_an_unknown_duration_refuses_nothing(duration_ms):
    """Some bots' recordings are listed with a duration of 0."""
    assert read_transcript([OLD], BEGAN, duration_ms=duration_ms).utterances


def test_offsets_in_time_stamps_need_no_guard():
    """Their unit is documented, and a recording that is listed too short is not the transcript's fault."""
    assert read_transcript([part(said("Aye.", stamp(80), stamp(90)))], BEGAN, duration_ms=1000).utterances
    assert read_transcript([part(said("Aye.")), legacy(said("Aye."))], BEGAN, duration_ms=1).utterances


@pytest.mark.parametrize(
    "time",
    [
        True, "14.87", "2026-07-01T09:00:00Z", [1], {}, {"seconds": 1}, float("nan"), float("inf"), 1e300, 10**400,
        stamp("soon"), stamp(True), stamp([1]), stamp(10**5000), stamp(deep()), stamp(1, "noon"), stamp(1, 1782894600),
        stamp(1, False), stamp(1, [deep()]), deep(),
    ],
)  # fmt: skip
def test_a_time_of_another_shape_is_damaged(time):
    """Text is neither form, a boolean no number, and an object without offset or moment no time stamp."""
    for word in (said("Aye.", time), said("Aye.", end=time)):
        for each in (part(word), legacy(word)):
            with pytest.raises(Damaged):
                read_transcript([each], BEGAN)


@pytest.mark.parametrize(
    "value",
    [
        None, "x", 7, {}, {"event": 5}, {"words": []}, [None], [[]], ["We"], [{"participant": WHO}],
        [{"speaker": "A", "transcript": "We ship."}], [part(words={})], [part(words="We")], [part("We")],
        [part({"word": "We"})], [part({"text": 5})], [part({"text": False})], [part({"text": ["We"]})],
        [NEW | {"participant": "A"}], [NEW | {"participant": []}], [NEW, None], deep(),
    ],
)  # fmt: skip
def test_what_is_no_transcript_is_damaged(value):
    """Speech that is not where it should be must not pass for silence."""
    with pytest.raises(Damaged) as raised:
        read_transcript(value, NOWHERE)
    assert raised.value.hint


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_odd_values_anywhere_are_read_or_damaged(odd):
    """In the place of every value of both forms, one after the other."""
    payload = [NEW, OLD]
    assert is_read(read_transcript, payload, duration_ms=5000)
    for spoilt in spoil(payload, odd):
        is_read(read_transcript, spoilt, duration_ms=5000)


NAMES = {"participant", "name", "speaker", "words", "text", "start_timestamp", "end_timestamp", "relative", "absolute"}
WORDS = st.lists(st.fixed_dictionaries({"text": st.text() | st.none()}, optional={"start_timestamp": anything(NAMES)}))


@given(anything(NAMES), WORDS, st.none() | st.integers())
def test_whatever_is_sent_is_read_or_damaged(value, words, duration_ms):
    """No input ends in another error, whether it looks like Recall's or not."""
    for payload in (value, [value], [{"words": value}], [{"participant": value, "speaker": value, "words": words}]):
        is_read(read_transcript, payload, duration_ms=duration_ms)

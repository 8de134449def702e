"""Otter's exports: the two forms, who speaks in each, and what is speech although it looks like something else."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from exports_samples import LETTERS, NOWHERE, ORIGIN, brief, read_or_refuse
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import rows

from harvester.bots.model import RunStatus
from harvester.bots.otter import read_transcript
from harvester.errors import Damaged

TXT = "Lena Brandt  0:05\nWe begin.\n\nOmar  1:02:03\nGood.\nVery good.\n\nTranscribed by https://otter.ai\n"
SRT = "1\n00:00:05,100 --> 00:00:07,000\nLena Brandt: We begin.\n\n2\n00:00:07,000 --> 00:00:09,250\nOmar: Good.\n\n"
PIECES = [
    "Ana  0:14", "0:14  ", "1", "2", "00:00:01,000 --> 00:00:02,500", "00:00:09,000 --> 00:00:99,000", "Omar: Well.",
    "Well: no", "", "", "Speaker 1", "Ana  ", "Transcribed by https://otter.ai", "-->", "5 -->", "WEBVTT", "\r",
    "\ufeff", "9:30",
]  # fmt: skip
PUMPS = [
    "a", " ", "9", "1:", "0:14", "Ana  0:14\n", "0:14\n", "\n", "\r", " \n", "9 ", "9:,. \t", "1\n", "-->", "5 -->",
    "1\n00:00:01,000 --> 00:00:02,000\na: b\n\n", "00:00:01,000 --> ", "a: ", ": ", "A\n\n", "A  \nb\n\n",
]  # fmt: skip


def test_the_shared_txt_gives_its_rows(shared, expected):
    """Whole seconds, no ends, no date, and the footer is nobody's speech."""
    speech = read_transcript(shared("otter/export_txt.json")["content"], NOWHERE)
    assert rows(speech) == expected("otter/export_txt.json")
    assert (speech.status, speech.dropped) == (RunStatus.AVAILABLE, 0)


def test_the_shared_srt_gives_its_rows(shared, expected):
    """Starts and ends in milliseconds, and names from in front of the speech."""
    speech = read_transcript(shared("otter/export_srt.json")["content"], NOWHERE)
    assert rows(speech) == expected("otter/export_srt.json")
    assert [each.source_segment_id for each in speech.utterances] == ["1", "2", "3", "4", "5"]


def test_the_shared_exports_with_options(shared):
    """Numbered speakers, a body of two lines, and one paragraph without anything else."""
    numbered = read_transcript(shared("otter/export_txt.speaker_numbers.json")["content"], NOWHERE)
    assert brief(numbered) == [
        (14_000, "Speaker 1", "Good morning."),
        (3_599_000, "Speaker 2", "One."),
        (3_600_000, "Speaker 1", "Two lines."),
    ]
    bare = read_transcript(shared("otter/export_txt.no_speakers.json")["content"], NOWHERE)
    assert brief(bare) == [(None, None, "Good morning, let's start. I can share the numbers.")]


@pytest.mark.parametrize("text", [TXT, SRT])
def test_line_ends_and_marks_change_nothing(text):
    """Windows, old Macs, a byte order mark and blanks at the ends of lines."""
    plain = read_transcript(text, NOWHERE)
    assert len(plain.utterances) == 2
    for other in (text.replace("\n", "\r\n"), text.replace("\n", "\r"), "\ufeff" + text, text.replace("\n", "  \n")):
        assert read_transcript(other, NOWHERE) == plain


@pytest.mark.parametrize(("text", "seconds"), [(TXT, 5.0), (SRT, 5.1)])
def test_times_count_from_what_the_caller_says(text, seconds):
    """Neither export has a date of its own."""
    assert read_transcript(text, ORIGIN).utterances[0].start_at == ORIGIN.at + timedelta(seconds=seconds)
    assert read_transcript(text, NOWHERE).utterances[0].start_at is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0:01  \nFirst.\n\n0:15\nSecond.\n", [(1000, None, "First."), (15_000, None, "Second.")]),
        ("  0:01\nFirst.\n", [(1000, None, "First.")]),
        ("00:02:03\nFirst.\n", [(123_000, None, "First.")]),
        ("Lena  0:05\nAt\n9:30\nthen.\n", [(5000, "Lena", "At 9:30 then.")]),
        ("Lena  0:05\nAt 9:30\n\nLena  0:09\nOr 10:00\n", [(5000, "Lena", "At 9:30"), (9000, "Lena", "Or 10:00")]),
        ("Lena  0:05\nOne.\n\nTwo.\n\n\nThree.\n", [(5000, "Lena", "One. Two. Three.")]),
        ("Lena  0:05\nOne.\nOmar  0:07\nTwo.\n", [(5000, "Lena", "One."), (7000, "Omar", "Two.")]),
        ("Lena van der Berg  75:10\nOne.\n", [(4_510_000, "Lena van der Berg", "One.")]),
        ("Lena  0:99\nOne.\n", [(None, None, "Lena  0:99 One.")]),
        ("Plan of May\n\nLena  0:05\nOne.\n", [(5000, "Lena", "One."), (None, None, "Plan of May")]),
        ("Lena  0:09\nB.\n\nOmar  0:05\nA.\n", [(5000, "Omar", "A."), (9000, "Lena", "B.")]),
        ("One\nline.\n\nAnother.", [(None, None, "One line."), (None, None, "Another.")]),
    ],
)
def test_turns_of_a_txt_export(text, found):
    """A head is a speaker, two blanks and a time; a time alone heads a block, and inside one it was said."""
    assert brief(read_transcript(text, NOWHERE)) == found


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("Lena  \nOne.\n\nOmar  \nTwo.\n", ["Lena", "Omar"]),
        ("Lena\nOne.\n\nOmar\nTwo.\n\nLena\nThree.\n", ["Lena", "Omar", "Lena"]),
        ("Speaker 1\nOne.\n\nOmar\nTwo.\n", ["Speaker 1", "Omar"]),
        ("Unknown Speaker\nOne.\n", ["Unknown Speaker"]),
        ("A first\nline.\n\nA second\nline.\n", [None, None]),
        ("Lena\nOne.\n\nTwo.\n\nLena\nThree.\n", [None, None, None]),
        ("Yes.\nYes.\n\nYes.\nNo.\n", [None, None]),
    ],
)
def test_speakers_without_times(text, labels):
    """Labels need a sign that the file has them: two blanks, a name met again, or one that Otter gives."""
    assert [each.speaker_label for each in read_transcript(text, NOWHERE).utterances] == labels


@pytest.mark.parametrize(
    ("footer", "texts"),
    [
        ("Transcribed by https://otter.ai", ["One."]),
        ("  TRANSCRIBED BY https://otter.ai/ \n\n", ["One."]),
        ("Transcribed by https://otter.ai\n\nLena  0:09\nTwo.", ["One. Transcribed by https://otter.ai", "Two."]),
        ("Transcribed by me", ["One. Transcribed by me"]),
    ],
)
def test_only_the_last_line_is_a_footer(footer, texts):
    """Elsewhere somebody may have said it."""
    speech = read_transcript(f"Lena  0:05\nOne.\n\n{footer}", NOWHERE)
    assert [each.text for each in speech.utterances] == texts


def test_a_turn_without_words_is_counted():
    """It is dropped, and not joined to the next."""
    speech = read_transcript("Lena  0:05\n\nOmar  0:07\nTwo.\n", NOWHERE)
    assert (brief(speech), speech.dropped) == ([(7000, "Omar", "Two.")], 1)
    assert read_transcript("1\n00:00:05,100 --> 00:00:07,000\n\n", NOWHERE).dropped == 1


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff", "Transcribed by https://otter.ai\n"])
def test_an_export_without_speech_is_empty(text):
    """Which is a result."""
    speech = read_transcript(text, NOWHERE)
    assert (speech.utterances, speech.status) == ((), RunStatus.EMPTY)


def cues(*bodies):
    stamps = (f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},500\n" for n in range(1, len(bodies) + 1))
    return "".join(f"{stamp}{body}\n\n" for stamp, body in zip(stamps, bodies, strict=True))


@pytest.mark.parametrize(
    ("bodies", "found"),
    [
        (("Omar: One", "Omar: Two"), [("Omar", "One"), ("Omar", "Two")]),
        (("Omar: One\ntwo", "Lena: 3"), [("Omar", "One two"), ("Lena", "3")]),
        (("One", "Two", "Note: three"), [(None, "One"), (None, "Two"), (None, "Note: three")]),
        (("Omar: One", "so we ask: why"), [("Omar", "One"), (None, "so we ask: why")]),
        (("Omar: One", "Is it on? Yes: on"), [("Omar", "One"), (None, "Is it on? Yes: on")]),
        (("Omar: One", "Two"), [("Omar", "One"), (None, "Two")]),
        (("Omar: One: two",), [("Omar", "One: two")]),
        (("Omar:", "Lena:two"), [(None, "Omar:"), (None, "Lena:two")]),
        (("Omar: One", "Two\nthings: three"), [("Omar", "One"), (None, "Two things: three")]),
        (("X" * 64 + ": One",), [("X" * 64, "One")]),
        (("X" * 65 + ": One",), [(None, "X" * 65 + ": One")]),
        (("ravi: One", "ravi: Two"), [("ravi", "One"), ("ravi", "Two")]),
        (("One\n\ntwo", "42"), [(None, "One two"), (None, "42")]),
        (("One\n42", "Two"), [(None, "One 42"), (None, "Two")]),
        (("a --> b",), [(None, "a --> b")]),
    ],
)
def test_cues_of_an_srt_export(bodies, found):
    """A label stands before a colon and a blank, in a file that has them, and does not read like speech."""
    speech = read_transcript(cues(*bodies), NOWHERE)
    assert [(each.speaker_label, each.text) for each in speech.utterances] == found


def test_cues_need_no_numbers_and_no_blank_lines():
    """Editors take them out; hours may have three digits, and a dot stands for the comma."""
    speech = read_transcript("00:00:01.000 --> 00:00:02.000\nA\n42\n100:00:03,004-->100:00:05,006\nB", NOWHERE)
    assert brief(speech) == [(1000, None, "A 42"), (360_003_004, None, "B")]
    assert [each.end_ms for each in speech.utterances] == [2000, 360_005_006]
    assert [each.source_segment_id for each in speech.utterances] == [None, None]


@pytest.mark.parametrize(
    "text",
    [
        "1\n00:00:01,000 --> 00:00:61,000\nA\n",
        "1\n00:00:01,000 -->\nA\n",
        SRT + "3\n0:1 --> 0:2\nA\n",
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nA\n",
        "%PDF-1.7\0",
    ],
)
def test_what_is_neither_export_is_damaged(text):
    """A cue that cannot be placed is not made part of the one before it."""
    with pytest.raises(Damaged):
        read_transcript(text, NOWHERE)


@pytest.mark.parametrize("pump", PUMPS)
def test_a_long_text_takes_no_more_than_its_length(pump):
    """Time that grew with the square would be hours, whatever else the machine is busy with."""
    started_s = time.process_time()
    for head in ("9", "1\n00:00:01,000", "Ana  0:14\n"):
        read_or_refuse(read_transcript, head + pump * (300_000 // len(pump)) + "!")
    assert time.process_time() - started_s < 20


NAMES = st.sampled_from(["Ana Díaz", "王小明", "Speaker 2", "+1 202 555 0100", "Díaz, Ana (Guest)"])
LINES = st.lists(st.sampled_from(["Yes.", "so: what", "9:30", "好的", "At  9", "1"]), min_size=1, max_size=3)


@given(st.lists(st.tuples(NAMES, st.integers(0, 99 * 3600), LINES), min_size=1, max_size=8))
def test_a_written_txt_export_is_read_again(turns):
    """Nothing of it is lost, joined or taken for something else."""
    blocks = []
    for name, seconds, lines in turns:
        clock = f"{seconds // 60}:{seconds % 60:02}" if seconds < 3600 else str(timedelta(seconds=seconds % 86_400))
        blocks.append("\n".join([f"{name}  {clock}", *lines]))
    speech = read_transcript("\n\n".join([*blocks, "Transcribed by https://otter.ai"]), NOWHERE)
    said = [(s * 1000 if s < 3600 else s % 86_400 * 1000, name, " ".join(lines)) for name, s, lines in turns]
    assert brief(speech) == sorted(said, key=lambda turn: turn[0])


@given(st.lists(st.sampled_from(PIECES) | LETTERS, max_size=30).map("\n".join))
def test_whatever_is_exported_is_read_or_damaged(text):
    """No input makes the reader fail in another way."""
    read_or_refuse(read_transcript, text)

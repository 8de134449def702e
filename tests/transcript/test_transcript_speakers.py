"""Who is named, who is refused, and what a roster settles."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harvester.speaker import classify_speaker
from harvester.transcript import read_transcript
from harvester.transcript.speakers import build_roster, split_speakers

SHARED = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "transcripts"
REAL = sorted(set(SHARED.glob("transcript_*.vtt")) - {SHARED / "transcript_va_bad_stamp.vtt"})


def split_one(text: str, *roster: str) -> tuple[str | None, str]:
    labels, speech = split_speakers([text], build_roster(roster))
    return labels[0], speech[0]


@pytest.mark.parametrize(
    ("text", "label", "speech"),
    [
        ("Ada Kern: Hello.", "Ada Kern", "Hello."),
        ("Ada Kern: a: b", "Ada Kern", "a: b"),
        ("Ada Kern : Hello.", "Ada Kern ", "Hello."),
        (" Ada: Hello.", " Ada", "Hello."),
        ("Ada:\tHello: you.", "Ada", "Hello: you."),
        ("Ada:  \t Hello.", "Ada", "Hello."),
        ("Ada: \u00a0Hello.", "Ada", "\u00a0Hello."),
        ("Ada: !", "Ada", "!"),
        ("n" * 64 + ": Hello.", "n" * 64, "Hello."),
        ("n" * 64 + "  : Hello.", "n" * 64 + "  ", "Hello."),
        ("n" * 65 + ": Hello.", None, None),
        ("Ada:Hello: you.", None, None),
        ("Ada:", None, None),
        ("Ada: ", None, None),
        ("Ada: \nHello.", None, None),
        ("first\nAda: Hello.", None, None),
        (": Hello.", None, None),
        (" : Hello.", None, None),
        ("\u00a0: Hello.", None, None),
        ("", None, None),
        ("Hello.", None, None),
        ("Ada\uff1a Hello.", None, None),
    ],
)
def test_the_first_colon_and_blank_end_the_name(text: str, label: str | None, speech: str | None):
    """A name runs to the first colon, which a blank and speech must follow; otherwise the text stays whole."""
    assert split_one(text) == (label, text if speech is None else speech)


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("Uh", False),
        ("Okay, so", False),
        ("Really?", False),
        ("Wait! Ada", False),
        ("and then we went to version", False),
        ("So your question was about the new Pages then", False),
        ("Maria de la Cruz", True),
        ("jan van der berg", False),
        ("jan van berg", True),
        ("Ada", True),
        ("EVERYBODY IN ROOM FOUR", True),
        ("dev42", True),
    ],
)
def test_a_name_met_once_must_not_read_like_speech(name: str, is_kept: bool):  # noqa: FBT001 - the expected side
    """A one-off that is filler, a question or lower-case words is speech; met twice, or known, it is a name."""
    once, twice = [f"{name}: Hello."], [f"{name}: Hello.", f"{name} : Again."]
    assert split_speakers(once, build_roster(()))[0] == [name if is_kept else None]
    assert split_speakers(twice, build_roster(()))[0] == [name, f"{name} "]
    assert split_speakers(once, build_roster([name]))[0] == [name]


@pytest.mark.parametrize(
    ("text", "label", "speech"),
    [
        ("Unit 7: Ada Kern: Hello: you.", "Unit 7: Ada Kern", "Hello: you."),
        ("Unit 7: Ada: Hello.", "Unit 7: Ada", "Hello."),
        ("Unit 7: Ada : Hello.", "Unit 7: Ada ", "Hello."),
        ("Unit 7: Bo: Hello.", "Unit 7", "Bo: Hello."),
        ("Unit 7: Adam: Hello.", "Unit 7", "Adam: Hello."),
        ("Unit 7: Ada Kern", "Unit 7", "Ada Kern"),
        ("Bo: Hello.", "Bo", "Hello."),
        ("Unit 9 : Cem: Hello.", "Unit 9 : Cem", "Hello."),
        ("L" * 70 + ": Hello.", "L" * 70, "Hello."),
        ("L" * 70 + " : Hello.", "L" * 70 + " ", "Hello."),
    ],
)
def test_a_roster_settles_names_that_hold_a_colon(text: str, label: str, speech: str):
    """The longest known name that the text starts with wins; unknown ones end at the first colon as ever."""
    assert split_one(text, "Unit 7: Ada", " Unit 7: Ada Kern ", "Unit 9 : Cem", "L" * 70, "") == (label, speech)


@pytest.mark.parametrize(
    ("label", "kind", "name"),
    [
        (" Ada Kern ", "named", "Ada Kern"),
        ("+1 555 010 99", "named", "+1 555 010 99"),
        ("王", "named", "王"),
        ("Speaker Jones", "named", "Speaker Jones"),
        ("Speaker 12", "generic", None),
        ("SPEAKER_00", "generic", None),
        ("speaker b", "generic", None),
        ("15", "generic", None),
        ("C", "generic", None),
        ("UNKNOWN speaker", "unknown", None),
        ("NoSpeaker", "unknown", None),
        (" ", "unknown", None),
        (None, "unknown", None),
    ],
)
def test_a_label_is_a_name_only_when_it_names_somebody(label: str | None, kind: str, name: str | None):
    """Numbered, lettered and unknown labels keep their label but give no name."""
    assert classify_speaker(label) == (kind, name)


@pytest.mark.parametrize("path", REAL or [None], ids=lambda path: path.name if path else "absent")
def test_real_transcripts_lose_no_name_and_invent_none(path: Path | None):
    """In real files every prefix is a speaker except two known false ones, and every word survives the split."""
    if path is None:
        pytest.skip("no real transcripts beside the checkout")
    read = read_transcript(path.read_bytes())
    false = {"transcript_besu_false_prefix.vtt": 1, "transcript_aries_uh.vtt": 1}
    raw = [line for line in path.read_text(encoding="utf-8").split("\n") if line and "-->" not in line]
    prefixed = sum(": " in line and bool(line.split(": ", 1)[1].strip()) for line in raw)
    named = sum(label is not None for label in read.segments.speaker_label)
    assert named == prefixed - false.get(path.name, 0)
    payloads = [line for line in raw[1:] if not line.strip().isdigit()]
    for payload, label, said in zip(payloads, read.segments.speaker_label, read.segments.text, strict=True):
        prefix = "" if label is None else f"{label}:"
        assert payload.startswith(prefix)
        assert payload.endswith(said)
        assert payload[len(prefix) : len(payload) - len(said)].strip(" ") == ""


def test_rows_can_be_written_as_json():
    """Columns hold plain Python or numpy numbers only, so any writer takes them."""
    read = read_transcript(b"WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.500\nAda: Hello.\n")
    assert json.dumps([read.n_words, read.n_speakers, read.segments.start_ms.tolist()]) == "[1, 1, [1000]]"


@pytest.mark.parametrize(
    ("payload", "dialect", "label", "text"),
    [
        ("Ada: the <video> tag &amp; <v Bo> in speech", "transcript", "Ada", "the <video> tag &amp; <v Bo> in speech"),
        ("<video> is a tag: yes", "transcript", "<video> is a tag", "yes"),
        ("<v Ada>the &lt;video> tag", "voice", "Ada", "the <video> tag"),
        ("<v.loud.clear Ada>yes", "voice", "Ada", "yes"),
        ("<v >yes", "voice", None, "yes"),
    ],
)
def test_only_a_voice_at_a_cue_start_makes_the_voice_dialect(payload: str, dialect: str, label: str | None, text: str):
    """Tags and entities are plain text unless some cue starts with a voice span."""
    read = read_transcript(f"WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.500\n{payload}\n".encode())
    assert read.dialect == dialect
    assert (read.segments.speaker_label, read.segments.text) == ([label], [text])


@pytest.mark.parametrize(
    ("number", "stamps", "dialect"),
    [
        ("", "00:00:01.000 --> 00:00:02.000", "captions"),
        ("", "00:00:01.000 --> 00:00:02.001", "transcript"),
        ("", "00:00:01.001 --> 00:00:02.000", "transcript"),
        ("1\n", "00:00:01.000 --> 00:00:02.000", "transcript"),
    ],
)
def test_captions_have_no_numbers_and_whole_seconds(number: str, stamps: str, dialect: str):
    """Only a file without numbers and without fractions is captions, and only there a colon names nobody."""
    read = read_transcript(f"WEBVTT\n\n{number}{stamps}\nAda: Hello.\n".encode())
    assert read.dialect == dialect
    assert read.segments.speaker_name == ([None] if dialect == "captions" else ["Ada"])

"""What is a cue, what is refused, and what is said about the rest."""

from __future__ import annotations

import codecs
import json
from pathlib import Path

import pytest

from harvester.errors import Damaged
from harvester.transcript import Cues, read_cues

SHARED = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "transcripts" / "conformance"
CUE = "00:00:01.000 --> 00:00:02.000\nHello.\n"


def rows(cues: Cues) -> list[list[object]]:
    columns = zip(cues.ids, cues.start_ms.tolist(), cues.end_ms.tolist(), cues.text, strict=True)
    return [[number or "", *rest] for number, *rest in columns]


def conformance(name: str) -> list[dict[str, object]]:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the conformance table {name} is not beside the checkout")
    return json.loads(path.read_text(encoding="utf-8"))["tests"]


def check_table(tests: list[dict[str, object]]) -> list[str]:
    wrong = []
    for test in tests:
        try:
            found = rows(read_cues(test["vtt"].encode()))
        except Damaged:
            found = None
        if found != test["cues"]:
            wrong.append(test["name"])
    return wrong


def test_every_web_platform_file_test_is_met():
    """All 37 file tests give the cues of the W3C text and the five wrong signatures are refused."""
    tests = conformance("wpt_file_parsing.json")
    assert len(tests) == 42
    assert check_table(tests) == []


def test_every_specified_vttjs_file_is_met():
    """The second public suite agrees wherever it follows today's text; files without a signature are refused."""
    tests = [test for test in conformance("vttjs.json") if test["agrees_with_spec"]]
    unsigned = [test for test in tests if not test["vtt"].removeprefix("\ufeff").startswith("WEBVTT")]
    assert len(unsigned) == 8
    assert check_table([test for test in tests if test not in unsigned]) == []
    assert {test["name"] for test in unsigned} == set(check_table(unsigned))


@pytest.mark.parametrize(
    ("stamps", "times_ms"),
    [
        ("00:00:01.000 --> 00:00:02.000", (1000, 2000)),
        ("00:01.000 --> 59:59.999", (1000, 3_599_999)),
        ("1:00:00.000 --> 0001:00:00.001", (3_600_000, 3_600_001)),
        ("100:00:00.000 --> 9999999999:59:59.999", (360_000_000, 35_999_999_999_999_999)),
        ("\t 00:01.000-->00:02.000 line:0", (1000, 2000)),
        ("00:00:01.000\f-->\f00:00:02.000\u00a0", (1000, 2000)),
        ("00:00:02.000 --> 00:00:01.000", (2000, 1000)),
        ("0:01.000 --> 00:02.000", None),
        ("00:00:60.000 --> 00:01:01.000", None),
        ("00:60:00.000 --> 00:61:00.000", None),
        ("00:00:01,000 --> 00:00:02,000", None),
        ("00:00:01.00 --> 00:00:02.000", None),
        ("00:00:01.0000 --> 00:00:02.000", None),
        ("00:00:01.000 --> 00:00:02.0000", None),
        ("-00:00:01.000 --> 00:00:02.000", None),
        ("00:00:01.000 -> 00:00:02.000-->", None),
        ("\u00a000:00:01.000 --> 00:00:02.000", None),
        ("\u0660\u0660:\u0660\u0661.\u0660\u0660\u0660 --> 00:00:02.000", None),
        ("00000000001:00:00.000 --> 99999999999:00:00.000", None),
    ],
)
@pytest.mark.parametrize("number", ["", "7\n"])
def test_times_follow_the_specification(number: str, stamps: str, times_ms: tuple[int, int] | None):
    """A stamp is read as the W3C text says or its cue is counted as rejected, alone or under a number."""
    cues = read_cues(f"WEBVTT\n\n{number}{stamps}\nHello.\n".encode())
    found = list(zip(cues.start_ms.tolist(), cues.end_ms.tolist(), strict=True))
    assert found == ([times_ms] if times_ms else [])
    assert (cues.arrows, cues.rejected) == (1, 0 if times_ms else 1)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><title>Sign in</title>", "starts with '<!DOCTYPE'"),
        (b"\r\n <html lang='en'>", "starts with '<html'"),
        (b"<", "starts with '<'"),
        (b'{"code":3301,"message":"gone"}', "it is JSON"),
        (b"PK\x03\x04rest", "it is a ZIP archive"),
        (b"\x1f\x8b\x08", "it is gzip data"),
        (b"%PDF-1.7", "it is a PDF"),
        (b"\0\0\0\x18ftypmp42", "it is MP4 or M4A media"),
        (("\ufeffWEBVTT\n\n" + CUE).encode("utf-16-le"), "it is UTF-16 text"),
        (("WEBVTT\n\n" + CUE).encode("utf-16-be"), "it is UTF-16 text"),
        (codecs.BOM_UTF32_BE + "WEBVTT".encode("utf-32-be"), "it is UTF-32 text"),
        (b"webvtt\n\n", "WEBVTT must be its first six bytes"),
        (b"\nWEBVTT\n\n", "WEBVTT must be its first six bytes"),
        (b"WEBVTTX\n\n", "WEBVTT must be its first six bytes"),
        (b"WEBVTT\0\n\n", "WEBVTT must be its first six bytes"),
        (b"1\r\n00:00:01,000 --> 00:00:02,000\r\nHi\r\n", "starts with the bytes 31 0d 0a 30"),
        (b"00:00:01\tAda:\tHi\r\n", "starts with the bytes 30 30 3a 30"),
    ],
)
def test_what_is_no_webvtt_is_named(data: bytes, says: str):
    """Bytes of another type are refused with a sentence that says what they are and a remedy."""
    with pytest.raises(Damaged) as refusal:
        read_cues(data)
    assert says in refusal.value.message
    assert refusal.value.message.startswith("not a WebVTT file: ")
    assert refusal.value.hint is not None


def test_a_refusal_quotes_no_speech():
    """A chat file given as a transcript is refused without its words in the message."""
    with pytest.raises(Damaged) as refusal:
        read_cues(b"Ada: the secret plan")
    assert "secret" not in refusal.value.message
    assert "Ada" not in refusal.value.message


def test_too_large_names_the_setting():
    """A file over the limit is refused, one of exactly the limit is read, and the remedy names the setting."""
    data = ("WEBVTT\n\n" + CUE).encode()
    assert len(read_cues(data, limit_bytes=len(data))) == 1
    with pytest.raises(Damaged, match="over the limit") as refusal:
        read_cues(data, limit_bytes=len(data) - 1)
    assert "HARVESTER_TRANSCRIPT_LIMIT" in (refusal.value.hint or "")


@pytest.mark.parametrize(
    ("body", "warnings"),
    [
        ("\ufeffWEBVTT\n\n" + CUE, ("bom",)),
        ("WEBVTT\n\nNOTE kept out\n\n" + CUE, ()),
        ("WEBVTT\n\nSTYLE\n::cue {}\n\nREGION\nid:a\n\n" + CUE, ()),
        ("WEBVTT title\nKind: captions\n\n\n\n" + CUE, ()),
        ("WEBVTT\n\n" + CUE + "\n\nA second paragraph.\n", ("text_outside_cues",)),
        ("WEBVTT\n\nfirst\nsecond\n" + CUE, ("text_outside_cues",)),
        ("WEBVTT\n\nfirst\nsecond\n-->\nlost\n\n" + CUE, ("text_outside_cues",)),
    ],
)
def test_oddities_are_warned_of(body: str, warnings: tuple[str, ...]):
    """Text that belongs to no cue and odd encodings leave a warning; comments and styles do not."""
    cues = read_cues(body.encode())
    assert cues.warnings == warnings
    assert cues.text == ["Hello."]


@pytest.mark.parametrize(
    ("tail", "text", "warning"),
    [
        (b"caf\xc3", "caf\ufffd", "cut_in_character"),
        (b"\xf0\x9f\x9a", "\ufffd", "cut_in_character"),
        (b"caf\xe9 cr\xe8me", "café crème", "not_utf8"),
        (b"caf\xc3\n", "cafÃ", "not_utf8"),
        (b"y\xff", "yÿ", "not_utf8"),
        (b"\x81\x9d.", "\ufffd\ufffd.", "not_utf8"),
    ],
)
def test_bytes_that_are_not_utf8_are_still_read(tail: bytes, text: str, warning: str):
    """A file cut inside a character stays UTF-8, anything else is read as cp1252, and both are warned of."""
    cues = read_cues(b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n" + tail)
    assert (cues.text, cues.warnings) == ([text], (warning,))

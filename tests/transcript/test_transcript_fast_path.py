"""The fast reader and the general reader are one: same rows wherever the fast one agrees to read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.errors import Damaged
from harvester.transcript import Cues, read_cues, read_transcript
from harvester.transcript.canonical import parse_canonical
from harvester.transcript.general import parse_general

SHARED = Path(__file__).resolve().parents[3] / "shared" / "fixtures" / "transcripts"
REAL = sorted(SHARED.glob("*.vtt")) + sorted(SHARED.glob("transcript_in_txt.txt"))
HAND_EDITED = {"transcript_va_bad_stamp.vtt"}

stamps = st.builds(
    lambda h, m, s, ms: f"{h:02d}:{m:02d}:{s:02d}.{ms:03d}",
    st.integers(0, 99),
    st.integers(0, 59),
    st.integers(0, 59),
    st.integers(0, 999),
)
# Everything that could end a line for somebody, look like an arrow, or be trimmed by somebody.
tricky = st.text(alphabet=st.sampled_from("aB:é字🚲 \t\u00a0\u2028\x0b\x0c\x85<>-&1\ufeff"), min_size=1)
speech = tricky.filter(lambda text: "-->" not in text)
cue_lists = st.lists(st.tuples(stamps, stamps, speech), max_size=6)
endings = st.sampled_from(["", "\n", "\n\n"])


def build(cues: list[tuple[str, str, str]], *, numbered: bool, ending: str, eol: str) -> bytes:
    blocks = [
        (f"{number}\n" if numbered else "") + f"{start} --> {end}\n{text}"
        for number, (start, end, text) in enumerate(cues, 1)
    ]
    body = "\n\n".join(["WEBVTT", *blocks]) + (ending if blocks else "\n\n")
    return body.replace("\n", eol).encode()


def assert_same(fast: Cues, general: Cues) -> None:
    assert fast.ids == general.ids
    assert fast.text == general.text
    assert fast.start_ms.tolist() == general.start_ms.tolist()
    assert fast.end_ms.tolist() == general.end_ms.tolist()
    assert (fast.arrows, fast.rejected, fast.warnings) == (general.arrows, general.rejected, general.warnings)
    assert (fast.start_ms.dtype, fast.end_ms.dtype) == (general.start_ms.dtype, general.end_ms.dtype)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cue_lists, st.booleans(), endings, st.sampled_from(["\n", "\r\n"]))
def test_canonical_files_take_the_fast_path(cues, numbered, ending, eol):
    """Any cues in Zoom's layout are read by the fast reader, as given, and the general reader agrees."""
    data = build(cues, numbered=numbered, ending=ending, eol=eol)
    fast = parse_canonical(data.decode(), data)
    assert fast is not None
    assert fast.text == [text for _, _, text in cues]
    assert_same(fast, parse_general(data.decode()))


@pytest.mark.parametrize(
    "body",
    [
        "a\nb\r\n\r\n",
        "a\n\nb\r\n\r\n",
        "a\r\r\n\r\n",
        "a\rb\n\r\n",
        "a\r\nb\r\n\r\n",
        "a\r\n\r\n\r\n\r\n",
        "a\0\r\n\r\n",
        "a --> b\r\n\r\n",
        "a\r\n \r\n",
        "a\r\n\r\n\r\n00:00:03.000 --> 00:00:04.000\r\nno number\r\n\r\n",
        "a\r\n\r\n2\r\n00:00:03.000 --> 00:00:64.000\r\nb\r\n\r\n",
        "a\r\n\r\n2\r\n00:00:03.000 --> 00:00:4.0000\r\nb\r\n\r\n",
        "a\r\n\r\n2\r\n00:00:03.000 --> 00:00:04.000 line:0\r\nb\r\n\r\n",
        "a\r\n\r\n2\r\n00:00:03.000 --> 00:00:04.00\r\nb\r\n\r\n3\r\n000:00:05.000 --> 00:00:06.000\r\nc\r\n\r\n",
    ],
)
def test_near_misses_are_declined(body: str):
    """One thing out of place and the fast reader leaves the file to the general one."""
    data = f"WEBVTT\r\n\r\n1\r\n00:00:01.000 --> 00:00:02.000\r\n{body}".encode()
    assert parse_canonical(data.decode(), data) is None
    assert_same(read_cues(data), parse_general(data.decode()))


pieces = st.sampled_from(
    [
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        " ",
        "\t",
        "-->",
        "1\n",
        "x",
        ":",
        "0",
        "\0",
        "é",
        "NOTE",
        "00:00:01.000",
        " --> ",
        "\ufeff",
    ]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cue_lists, st.booleans(), endings, st.sampled_from(["\n", "\r\n"]), st.data())
def test_a_damaged_file_reads_the_same_or_not_fast(cues, numbered, ending, eol, data):
    """After cuts and insertions anywhere, the fast reader declines or gives exactly the general reader's rows."""
    text = build(cues, numbered=numbered, ending=ending, eol=eol).decode()
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(6, len(text)))
        cut = data.draw(st.integers(0, 4))
        text = text[:at] + data.draw(st.just("") | pieces) + text[at + cut :]
    raw = text.encode()
    try:
        found = read_cues(raw)
    except Damaged:
        return
    assert found.arrows == len(found) + found.rejected
    assert_same(found, parse_general(text))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=60), st.booleans())
def test_any_bytes_are_read_or_refused(tail: bytes, signed: bool):  # noqa: FBT001 - drawn, not passed
    """Whatever the bytes, reading ends in rows or in `Damaged`, never in another error."""
    data = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n" + tail if signed else tail
    try:
        read = read_transcript(data)
    except Damaged:
        return
    assert read.arrows == read.n_cues + read.rejected


@pytest.mark.parametrize("path", REAL or [None], ids=lambda path: path.name if path else "absent")
def test_real_files_are_read_whole(path: Path | None):
    """Every arrow `grep -c` finds in a real file is a row or a counted rejection, and Zoom's own files go fast."""
    if path is None:
        pytest.skip("no real transcripts beside the checkout")
    data = path.read_bytes()
    arrow_lines = sum(b"-->" in line for line in data.split(b"\n"))
    cues = read_cues(data)
    assert len(cues) == arrow_lines - cues.rejected
    assert cues.rejected == (1 if path.name in HAND_EDITED else 0)
    assert (parse_canonical(data.decode(), data) is not None) == (path.name not in HAND_EDITED)
    assert_same(cues, parse_general(data.decode()))

from __future__ import annotations

import re
from pathlib import Path

import pytest
from export_samples import part, part_of, said
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import Damaged
from harvester.lake.export.captions import render_srt, render_vtt
from harvester.transcript import read_transcript

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT.parent / "shared" / "fixtures" / "transcripts"
OWN = sorted((ROOT / "tests" / "transcript" / "data").glob("*.vtt"))

# what a reader gives: never NUL, never half of a pair
TEXT = st.text(st.one_of(st.sampled_from("a: &<>-;#'/\n\r\t vA\u2028\x85\x0b\x1c\ufeff"), st.characters(codec="utf-8")))
TEXT = TEXT.map(lambda text: text.replace("\0", ""))
LABEL = st.one_of(st.none(), TEXT.filter(str.strip))
AT_MS = st.integers(0, 100 * 3_600_000 - 1)


def rows(segments):
    return list(
        zip(
            segments.segment_index.tolist(),
            segments.start_ms.tolist(),
            segments.end_ms.tolist(),
            segments.speaker_label,
            segments.text,
            strict=True,
        )
    )


@given(st.lists(st.tuples(LABEL, TEXT, AT_MS, AT_MS), max_size=6))
def test_vtt_comes_back_as_it_went(cues):
    """Whatever names and text hold, and however odd the times: index, times, label and text are those that were
    written.
    """
    given_part = part(*(said(row, text, label, *times) for row, (label, text, *times) in enumerate(cues)))
    back = read_transcript(render_vtt(given_part).encode()).segments
    assert rows(back) == [(row, start, end, label, text) for row, (label, text, start, end) in enumerate(cues)]


def check_file(data):
    first = read_transcript(data)
    again = read_transcript(render_vtt(part_of(first)).encode())
    assert rows(again.segments) == rows(first.segments)
    assert again.rejected == 0
    if all(each and each.isascii() and each.isdigit() for each in first.segments.source_segment_id):
        assert again.segments.source_segment_id == first.segments.source_segment_id


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_every_file_that_is_read_can_be_written(path):
    """Our own awkward files, read, written and read again, give the same segments."""
    try:
        check_file(path.read_bytes())
    except Damaged:
        assert "WEBVTT" not in path.read_bytes()[:10].decode("latin-1")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples of real meetings are not on this machine")
def test_every_real_file_can_be_written():
    """All transcripts and captions of real meetings come back with the same segments and cue numbers."""
    files = [each for each in sorted(SAMPLES.iterdir()) if each.is_file() and each.read_bytes()[:6] == b"WEBVTT"]
    assert len(files) >= 28
    for each in files:
        check_file(each.read_bytes())


@pytest.mark.parametrize(
    ("segments", "vtt"),
    [
        ([], "WEBVTT\n"),
        ([said(0, "R&D --> <now>", "OMA3: Alfred", 1_500, 2_000)], "<v OMA3: Alfred>R&amp;D --&gt; &lt;now&gt;</v>"),
        ([said(0, "Right: yes", None, 0, 1)], "<v &#32;>Right: yes</v>"),
        ([said(0, "So", "Bo --", 0, 1), said(1, "", None, 1, 2)], "<v Bo -&#45;>So</v>\n\n2\n"),
        ([said(0, "a\n\nb", "\tBo ", 0, 1)], "<v &#9;Bo >a&#10;&#10;b</v>"),
        ([said(0, "a", "Bo", -5, 360_000_000)], "00:00:00.000 --> 100:00:00.000"),
        ([said(0, "a", "Bo", None, None), said(1, "b", "Bo", 9, 8)], "00:00:00.000 --> 00:00:00.009"),
    ],
)
def test_vtt_says_what_it_must(segments, vtt):
    """Names stand in voice spans, and nothing in them or in the text is taken for markup, times or another cue."""
    assert vtt in render_vtt(part(*segments))


def test_srt_can_be_shown():
    """Cues are numbered, each lasts, none holds a blank line or an arrow, and silent ones are left out."""
    srt = render_srt(
        part(
            said(0, "one\r\n\n--> two", "Ana\n-->", -10, -5),
            said(1, "  ", "Bo", 10, 20),
            said(2, "three", None, 5_000, 4_000),
            said(3, "four", "Bo", 5_000, 5_000),
        )
    )
    blocks = [each.split("\n") for each in srt.strip().split("\n\n")]
    assert [each[0] for each in blocks] == ["1", "2", "3"]
    assert [each[1] for each in blocks] == [
        "00:00:00,000 --> 00:00:00,010",
        "00:00:05,000 --> 00:00:05,001",
        "00:00:05,000 --> 00:00:05,001",
    ]
    assert [each[2:] for each in blocks] == [["Ana ->: one", "-> two"], ["three"], ["Bo: four"]]
    assert len(re.findall("-->", srt)) == 3

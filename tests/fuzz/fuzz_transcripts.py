"""Targets: what a recording's text files say. Promises of `harvester.transcript` and of the first-bytes check."""

from __future__ import annotations

import numpy as np
from fuzz_model import Target

from harvester.errors import Damaged
from harvester.fetch.sniff import HEAD_BYTES, check_first_bytes, find_refusal
from harvester.transcript import Transcript, read_cues, read_transcript
from harvester.transcript.general import parse_general
from harvester.transcript.signature import decode

LIMIT_BYTES = 1 << 20


def check_vtt(data: bytes) -> None:
    """A transcript or Damaged: cues + rejected = arrows, columns of one length, turns that cover all segments once."""
    try:
        read = read_transcript(data, limit_bytes=LIMIT_BYTES)
    except Damaged as error:
        assert error.message
        return
    assert read.n_cues + read.rejected == read.arrows <= data.count(b"-->")
    _check_columns(read)
    cues, text = read_cues(data, limit_bytes=LIMIT_BYTES), decode(data)[0]
    slow = parse_general(text)
    assert (cues.ids, cues.text, cues.arrows, cues.rejected) == (slow.ids, slow.text, slow.arrows, slow.rejected)
    assert np.array_equal(cues.start_ms, slow.start_ms)
    assert np.array_equal(cues.end_ms, slow.end_ms)


def check_named_vtt(data: bytes) -> None:
    """With any roster, speech is cut between name and text and nowhere else."""
    chat, _, vtt = data.partition(b"\n\n\n")
    roster = {line.decode("utf-8", "replace") for line in chat.split(b"\n")}
    try:
        read = read_transcript(b"WEBVTT\n\n" + vtt, roster=roster, limit_bytes=LIMIT_BYTES)
    except Damaged:
        return
    _check_columns(read)
    whole = read_cues(b"WEBVTT\n\n" + vtt, limit_bytes=LIMIT_BYTES).text
    if read.dialect != "voice":
        for text, label, speech in zip(whole, read.segments.speaker_label, read.segments.text, strict=True):
            assert text.endswith(speech)
            assert label is None or text.startswith(label)
            rest = text[len(label) : len(text) - len(speech)] if label is not None else ""
            assert rest.strip(" \t") in {"", ":"}


def check_sniff(data: bytes) -> None:
    """A verdict on any first bytes under any extension; markup never passes as media."""
    for extension in ("MP4", "VTT", "JSON", "TXT", ""):
        for content_type in (None, "text/html; charset=utf-8", "video/mp4"):
            head = data[:HEAD_BYTES]
            refusal = find_refusal(extension, head, content_type)
            try:
                check_first_bytes(extension, head, content_type)
            except Damaged:
                continue
            assert refusal is None
            assert extension != "MP4" or head[4:8] == b"ftyp"


def _check_columns(read: Transcript) -> None:
    rows, turns = read.segments, read.turns
    columns = (
        rows.segment_index,
        rows.source_segment_id,
        rows.start_ms,
        rows.end_ms,
        rows.speaker_label,
        rows.speaker_name,
        rows.speaker_kind,
        rows.speaker_source,
        rows.speaker_share,
        rows.text,
        rows.n_words,
        rows.time_flag,
    )
    assert {len(column) for column in columns} == {read.n_cues}
    assert (rows.start_ms >= 0).all()
    assert (rows.end_ms >= 0).all()
    assert read.n_words == int(rows.n_words.sum())
    for words in (rows.text, rows.speaker_label, rows.source_segment_id, turns.text):
        joined = "".join(each for each in words if each)
        joined.encode()  # no lone surrogate: Parquet could not hold it
        assert "\0" not in joined
    assert int(turns.n_segments.sum()) == read.n_cues
    if read.n_cues:
        assert turns.first_segment[0] == 0
        assert turns.last_segment[-1] == read.n_cues - 1
        assert (turns.first_segment[1:] == turns.last_segment[:-1] + 1).all()


_CUE = b"1\r\n00:00:01.000 --> 00:00:02.500\r\nAda Brandt: hello there\r\n\r\n"
_ZOOM = b"WEBVTT\r\n\r\n" + _CUE + b"2\r\n00:00:03.000 --> 00:00:04.000\r\nBo: and on\r\n"
_CAPTIONS = b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nRight: so\nyes\n\n00:00:02.000 --> 00:00:01.000\nno\n"
_VOICES = b"WEBVTT\n\n00:01.000 --> 00:02.000 line:1\n<v.loud Ada &amp; Bo>hi <i>there</i></v>\n\nNOTE x\n"
_NAMES = b"Ada: Brandt\nBo\n"
_VTT_PIECES = (
    b"WEBVTT",
    b"\xef\xbb\xbf",
    b"\n",
    b"\r\n",
    b"\r",
    b"\n\n",
    b"1",
    b"00:00:01.000",
    b"00:01.000",
    b"99:59:59.999",
    b"100:00:00.000",
    b"00:60:00.000",
    b"9999999999999999999:00:00.000",
    b" --> ",
    b"-->",
    b" line:1",
    b"Ada: ",
    b"Um: ",
    b":",
    b": ",
    b"\t",
    b" ",
    b"\0",
    b"\xc2\xa0",
    b"\xff",
    b"\xe2\x80",
    b"<v Ada>",
    b"</v>",
    b"<v",
    b"<00:01.000>",
    b"&#xD800;",
    b"&#0;",
    b"&amp",
    b"NOTE ",
    b"STYLE\n",
    b"REGION\n",
    b"speech",
    b"\x85",
    b"\xe2\x80\xa8",
    b"\x0c",
    b"\x1c",
)
TARGETS = (
    Target("vtt", check_vtt, (_ZOOM, _CAPTIONS, _VOICES), _VTT_PIECES),
    Target("vtt_roster", check_named_vtt, (_NAMES + b"\n\n\n" + _CUE, b"A: B\nAda\n\n\n" + _CUE), _VTT_PIECES),
    Target(
        "first_bytes",
        check_sniff,
        (
            b"\0\0\0\x18ftypmp42",
            b"WEBVTT\n",
            b"<!DOCTYPE html><html>",
            b'{"status":false,"errorCode":300}',
            b"<?xml?><Error>",
        ),
        (b"<html", b"<?xml", b"<error>", b"ftyp", b"{", b'"errorCode"', b'"status":false', b"}", b"\xef\xbb\xbf", b" "),
    ),
)
